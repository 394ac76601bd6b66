"""Stacked pictures: each as it was, in a place of its own, under names of its own."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from contracts.errors import CompileError
from contracts.families import content, content_topics, family_table
from engine.compiler.counts import drawn_counts
from engine.compiler.geometry import read_painted
from engine.compiler.lint import lint
from engine.compiler.sheet import chosen_counts
from engine.compiler.stack import stacked
from engine.dsl.bundle import Bundle
from engine.representation import representation_for

FAMILIES = family_table()
FORM = representation_for("bundle", FAMILIES)


def pictures(family: int) -> list[str]:
    """Three pictures of a family, in three looks and sizes."""
    of = FAMILIES.family[family]
    topic = next(name for name in content_topics() if content(name).family == of.id)
    looks = (
        ("infra_dark", "blue", "compact", "rings"),
        ("paper_editorial", "amber", "airy", "grid"),
        ("signal_glow", "mixed", "balanced", "mesh"),
    )
    return [
        FORM.picture(
            Bundle(of.id, form, *look, counts=tuple(chosen_counts(of, counts).items())),
            topic,
            "default",
        )
        for form, look, counts in zip(of.forms, looks, ("least", "middle", "most"), strict=False)
    ]


def size(svg: str) -> tuple[float, float]:
    root = etree.fromstring(svg)
    return float(root.get("width")), float(root.get("height"))


@pytest.mark.parametrize("family", range(len(FAMILIES.family)))
def test_a_stack_shows_what_its_pictures_show_and_is_fit_to_read(family: int) -> None:
    svgs = pictures(family)
    whole = stacked(svgs)
    assert lint(whole) == []
    shown = [drawn_counts(svg) for svg in svgs]
    assert drawn_counts(whole) == {
        kind: sum(counts.get(kind, 0) for counts in shown) for kind in {k for s in shown for k in s}
    }
    sizes = [size(svg) for svg in svgs]
    assert size(whole) == (max(w for w, _ in sizes), sum(h for _, h in sizes))


def test_every_shape_is_moved_by_its_picture_s_place_alone() -> None:
    svgs = pictures(0)
    painted = iter(read_painted(etree.fromstring(stacked(svgs))))
    widest, top = max(size(svg)[0] for svg in svgs), 0.0
    for svg in svgs:
        width, height = size(svg)
        for item in read_painted(etree.fromstring(svg)):
            moved = next(painted)
            assert type(moved) is type(item)
            assert moved.box.x == pytest.approx(item.box.x + (widest - width) / 2, abs=0.02)
            assert moved.box.y == pytest.approx(item.box.y + top, abs=0.02)
        top += height
    assert next(painted, None) is None


def test_gradients_are_named_apart() -> None:
    whole = stacked(pictures(1))
    named = re.findall(r'id="([^"]+)"', whole.split("</defs>")[0])
    assert len(named) == len(set(named)) > 1
    assert set(re.findall(r"url\(#([^)]+)\)", whole)) <= set(named)


def test_one_picture_alone_keeps_its_size_and_its_shapes() -> None:
    (svg, *_) = pictures(2)
    assert size(stacked([svg])) == size(svg)
    assert drawn_counts(stacked([svg])) == drawn_counts(svg)


def test_what_the_compiler_did_not_draw_is_refused() -> None:
    with pytest.raises(CompileError, match="a picture of the compiler"):
        stacked(["<svg/>"])
    (svg, *_) = pictures(0)
    with pytest.raises(CompileError, match="an outline of a path"):
        stacked([svg.replace("</svg>", '<path d="M0 0 L1 1" fill="none"/></svg>')])
