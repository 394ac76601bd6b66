"""Infographics in atoms: every panel is legal, its header is borne out, its words stay inside."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.compiler.lint import lint
from engine.curriculum.panels import COMPARED, Panels
from engine.dsl.first_scene import ACCENTS, DENSITIES, FRAMES, GROUNDS, TOPICS
from engine.dsl.panels import LAYOUTS, Panel, PanelAtoms, spelled
from engine.representations.panels import PanelPictures

LANGUAGE = PanelAtoms()
PICTURES = PanelPictures(LANGUAGE, family_table())


def widest(layout: str, density: str, **more: object) -> Panel:
    """A panel of a layout that shows as much as it can."""
    points = (1, 2) if layout == COMPARED else (1, 2, 3, 4)
    lines = ((5, 6, 7), (8, 9, 10)) if layout == COMPARED else ((),) * 4
    look = {"topic": TOPICS[0], "accent": "blue", "bg": "paper", "frame": "card", **more}
    return Panel(layout, density=density, points=points, lines=lines, footer=True, **look)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_shape_is_legal_and_fits_no_other_layout(layout: str) -> None:
    for shape in Panels(LANGUAGE).shapes(layout):
        *counts, note, footer = shape
        lines = tuple(tuple(range(1, n + 1)) for n in counts) if layout == COMPARED else ((),) * 4
        panel = Panel(
            layout, TOPICS[0], "gray", "mint", "plain", "airy",
            points=(1, 2) if layout == COMPARED else tuple(range(1, counts[0] + 1)),
            lines=lines,
            note=(3, 1) if note else (),
            footer=bool(footer),
        )  # fmt: skip
        text = LANGUAGE.serialize(spelled(panel))
        assert LANGUAGE.parse(text) == spelled(panel)
        for other in LAYOUTS:
            if other != layout:
                with pytest.raises(LanguageError, match=f"the elements of layout:{other}"):
                    LANGUAGE.parse(text.replace(f"[layout:{layout}]", f"[layout:{other}]"))


@pytest.mark.parametrize(("layout", "topic"), [*product(LAYOUTS, TOPICS)])
def test_words_of_every_topic_fit(layout: str, topic: str) -> None:
    """Each item at each place, each note beside each point."""
    for density, turn in product(DENSITIES, range(12)):
        panel = widest(layout, density, topic=topic, bg=GROUNDS[turn % 3], accent=ACCENTS[turn % 5])
        turned = [(number + turn - 1) % 12 + 1 for number in panel.points]
        if layout == COMPARED:
            turned = [(number + turn - 1) % 4 + 1 for number in panel.points]
        lines = tuple(tuple((n + turn - 1) % 12 + 1 for n in row) for row in panel.lines)
        note = (turn % 6 + 1, turn % len(panel.points))
        panel = replace(
            panel, points=tuple(turned), lines=lines, note=note, frame=FRAMES[turn % 2]
        )
        svg = PICTURES.picture(spelled(panel), topic, "default")
        assert lint(svg) == [], panel


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[frame:card]", "[frame:plain]", "the sheet of frame:plain on bg:paper first"),
        ("[bg:paper]", "[bg:slate]", "the sheet of frame:card on bg:slate first"),
        ("[accent:blue]", "[accent:gray]", "a line in accent:gray second"),
        ("[slot:title]", "[slot:footer]", "the title third"),
    ],
)
def test_a_header_is_borne_out(old: str, new: str, expected: str) -> None:
    text = LANGUAGE.serialize(spelled(widest("stat_cards", "airy")))
    with pytest.raises(LanguageError, match=expected):
        LANGUAGE.parse(text.replace(old, new, 1))


def test_a_document_says_where_its_rows_are_filed() -> None:
    document = spelled(widest("flow_steps", "compact", topic="capacity_math"))
    assert (document.layout, document.form, document.topic) == (
        "flow_steps", "card", "capacity_math"
    )  # fmt: skip
    assert PICTURES.topic_for(document, "gpu_readiness") == "capacity_math"
    assert "Three layers" in PICTURES.picture(document, "gpu_readiness", "default")
    assert "Three layers" in PICTURES.payloads("capacity_math")
