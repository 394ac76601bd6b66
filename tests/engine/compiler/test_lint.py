"""Each rule of lint turns red over a seeded defect, and over nothing else."""

from __future__ import annotations

import pytest

from contracts.families import content, family_table
from engine.compiler import compile_bundle, drawn_counts, lint
from engine.compiler.colour import contrast, legible
from engine.compiler.sheet import chosen_counts
from engine.compiler.svg import Box, Paint, Picture
from engine.dsl.bundle import Bundle

WHITE, BLACK, GREY, CARD = Paint("#ffffff"), "#000000", "#999999", Paint("#eeeeee", "#000000", 2)
FRAME = Box(40, 40, 200, 80)


def _picture() -> Picture:
    picture = Picture(300, 200, "seeded")
    picture.rect(picture.box, WHITE)
    return picture


def _say(
    picture: Picture, at: tuple[float, float], words: str = "Hello", fill: str = BLACK
) -> None:
    picture.text(at, words, size=20, fill=fill)


def _rules(picture: Picture) -> set[str]:
    return {finding.rule for finding in lint(picture.source())}


def test_a_sound_picture_has_no_findings() -> None:
    picture = _picture()
    picture.rect(FRAME, CARD, 12)
    _say(picture, (60, 90))
    assert lint(picture.source()) == []


@pytest.mark.parametrize("at", [(-5, 90), (280, 90), (60, 8), (60, 204)])
def test_text_over_the_edge(at: tuple[float, float]) -> None:
    picture = _picture()
    _say(picture, at, "Hyp")
    assert "text-outside" in _rules(picture)


@pytest.mark.parametrize("anchor", ["middle", "end"])
def test_text_over_the_edge_by_its_anchor(anchor: str) -> None:
    picture = _picture()
    picture.text((10, 90), "Hello", size=20, fill=BLACK, anchor=anchor)
    assert "text-outside" in _rules(picture)


def test_a_shape_over_the_edge_even_by_its_stroke() -> None:
    picture = _picture()
    picture.rect(Box(1, 20, 50, 50), Paint("#eeeeee", "#000000", 4))
    assert _rules(picture) == {"shape-outside"}
    other = _picture()
    other.circle(150, 190, 20, CARD)
    assert _rules(other) == {"shape-outside"}


def test_two_texts_in_one_place() -> None:
    picture = _picture()
    _say(picture, (60, 90))
    _say(picture, (80, 95), "World")
    assert _rules(picture) == {"text-overlap"}


def test_a_shape_over_a_text() -> None:
    picture = _picture()
    _say(picture, (60, 90))
    picture.circle(80, 85, 6, CARD)
    assert _rules(picture) == {"text-covered"}


def test_a_card_edge_through_a_text() -> None:
    picture = _picture()
    picture.rect(FRAME, CARD)
    _say(picture, (215, 90))
    assert "text-border" in _rules(picture)


def test_a_round_corner_through_a_text() -> None:
    picture = _picture()
    picture.rect(Box(40, 40, 80, 80), CARD, 40)
    _say(picture, (46, 62), "Hi")
    assert "text-border" in _rules(picture)


def test_a_line_through_a_text_unless_a_card_lies_between() -> None:
    picture = _picture()
    picture.line([(10, 10), (290, 190)], Paint(stroke="#eeeeee", width=2))
    _say(picture, (110, 100))
    assert _rules(picture) == {"text-struck"}
    covered = _picture()
    covered.line([(10, 10), (290, 190)], Paint(stroke="#eeeeee", width=2))
    covered.rect(FRAME, CARD)
    _say(covered, (110, 90))
    assert lint(covered.source()) == []


def test_faint_text() -> None:
    picture = _picture()
    _say(picture, (60, 90), fill=GREY)
    (finding,) = lint(picture.source())
    assert finding.rule == "contrast"
    assert "2.85:1 for #999999 over #ffffff" in finding.message


def test_faint_text_by_a_veil_a_gradient_end_or_a_part() -> None:
    veil = _picture()
    veil.rect(FRAME, Paint("#000000", alpha=0.7))
    _say(veil, (60, 90))
    gradient = _picture()
    gradient.rect(FRAME, Paint(gradient.gradient("#ffffff", "#222222")))
    _say(gradient, (60, 90))
    disc = _picture()
    disc.circle(70, 85, 60, Paint("#333333"))
    _say(disc, (60, 90), "Hello, wide world")
    assert _rules(veil) == _rules(gradient) == {"contrast"}
    assert "contrast" in _rules(disc)


def test_an_opaque_card_hides_what_lies_below() -> None:
    picture = _picture()
    picture.circle(70, 85, 35, Paint("#333333"))
    picture.rect(FRAME, CARD)
    _say(picture, (60, 90))
    assert lint(picture.source()) == []


def test_a_character_without_a_glyph() -> None:
    picture = _picture()
    _say(picture, (60, 90), "\u4e2d")
    assert _rules(picture) == {"font"}


def test_a_dropped_bracket_shows_in_the_counts() -> None:
    """A compiler that leaves a component out is found from the picture alone."""
    families = family_table()
    counts = chosen_counts(families["memory_map"], "middle")
    bundle = Bundle(
        "memory_map", "layer_stack", "infra_dark", "blue", "airy", "none", tuple(counts.items())
    )
    svg = compile_bundle(bundle, families, content("memory_layout_map"), "brief")
    start = svg.index('<g data-component="region_bracket"')
    dropped = svg[:start] + svg[svg.index("</g>", start) + len("</g>") :]
    assert drawn_counts(svg)["region_bracket"] == counts["brackets"]
    assert drawn_counts(dropped)["region_bracket"] == counts["brackets"] - 1


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast(legible("#cccccc", "#000000", "#ffffff"), "#ffffff") >= 4.5
