"""spec06: a prompt names layout, topic and look, and outlines an infographic; the answer is atoms.

    [point:4] [point:1] [aside:2] [point:7] [coda]                  four of the layouts
    [point:2] [detail:4] [detail:9] [point:1] [detail:3] [coda]     compare_panels

An outline is read from left to right: a detail or an aside belongs to the last point before it. The
answer wants every part at its place, which depends on layout, density and the number of points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.outlines import CODA
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import (
    WIDE_PROSE,
    WIDE_WORDINGS,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.dsl.first_scene import ACCENTS, DENSITIES, FRAMES, GROUNDS, TOPICS
from engine.dsl.panels import LAYOUTS, WORDS, Panel, PanelAtoms, spelled
from engine.dsl.spelling import SLOTS

LOOK: Mapping[str, Sequence[str]] = {
    "topic": TOPICS,
    "accent": ACCENTS,
    "bg": GROUNDS,
    "frame": FRAMES,
    "density": DENSITIES,
}
"""Prompt tags beside the layout, with their values."""
MARKS = {"point": "item", "detail": "item", "aside": "note"}
"""Tags of an outline, with the words that their number counts in."""
COMPARED = "compare_panels"
LINES_MOST = 3


class Panels:
    """Five layouts, six topics, five accents, three grounds, two frames, two densities."""

    name = "panels"
    families = tuple(LAYOUTS)

    def __init__(self, language: PanelAtoms) -> None:
        self.language = language

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every look."""
        return tuple(product(*LOOK.values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Numbers of points, or of the lines of two panels; with and without note and footer."""
        if family == COMPARED:
            lines = range(LINES_MOST + 1)
            return tuple(product(lines, lines, range(2), range(2)))
        return tuple(product(range(2, 5), range(2), range(2)))

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """An outline of a shape, under a header of the combination."""
        *counts, notes, footer = shape
        lines = [0] * counts[0] if family != COMPARED else counts
        points = _drawn("item" if family != COMPARED else "group", len(lines), rng)
        details = _drawn("item", sum(lines), rng)
        note = (*_drawn("note", 1, rng), rng.randrange(len(points))) if notes else ()
        look = dict(zip(LOOK, combination, strict=True))
        panel = Panel(
            layout=family,
            **look,
            points=tuple(points),
            lines=tuple(tuple(details.pop() for _ in range(count)) for count in lines),
            note=note,
            footer=bool(footer),
        )
        head = {"layout": family, **look}
        return Told(
            tuple(tag(name, value) for name, value in head.items()),
            tuple(_outline(panel)),
            spelled(panel),
        )

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, looks and the marks of outlines."""
        fields = {"layout": self.families, **LOOK}
        atoms = [tag(name, value) for name, values in fields.items() for value in values]
        atoms += [
            tag(mark, n) for mark, name in MARKS.items() for n in range(1, SLOTS[WORDS[name]] + 1)
        ]
        return (*atoms, CODA)


def _drawn(name: str, count: int, rng: Random) -> list[int]:
    """So many different numbers of a kind of words."""
    return rng.sample(range(1, SLOTS[WORDS[name]] + 1), count)


def _outline(panel: Panel) -> list[str]:
    marks: list[str] = []
    for place, (point, lines) in enumerate(zip(panel.points, panel.lines, strict=True)):
        marks.append(tag("point", point))
        marks += [tag("detail", line) for line in lines]
        if panel.note and panel.note[1] == place:
            marks.append(tag("aside", panel.note[0]))
    return [*marks, *([CODA] if panel.footer else [])]


def panels(families: FamilyTable) -> SceneLine:
    """The curriculum of spec06."""
    return SceneLine(Panels(PanelAtoms(families)), WIDE_WORDINGS, WIDE_PROSE)
