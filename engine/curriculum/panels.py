"""spec06: a prompt names layout, topic and look, and outlines an infographic; the answer is atoms.

    [points:3] [point:4] [point:1] [point:7] [aside:2] [of:2] [coda:no]       four of the layouts
    [points:2] [point:2] [lines:2] [detail:4] [detail:9]
               [point:1] [lines:1] [detail:3] [aside:no] [coda]               compare_panels

A detail belongs to the last point before it, an aside to the point whose place it names. The answer
wants every part at its place, which depends on layout, density and the numbers of points and lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.outlines import CODA, NO_CODA
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
POINTS = range(2, 5)
LINES = range(4)
NO_ASIDE = "[aside:no]"


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
            return tuple(product(LINES, LINES, range(2), range(2)))
        return tuple(product(POINTS, range(2), range(2)))

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
        atoms += [tag("points", count) for count in POINTS]
        atoms += [tag("of", place) for place in range(1, POINTS[-1] + 1)]
        atoms += [tag("lines", count) for count in LINES]
        return (*atoms, CODA, NO_ASIDE, NO_CODA)


def _drawn(name: str, count: int, rng: Random) -> list[int]:
    """So many different numbers of a kind of words."""
    return rng.sample(range(1, SLOTS[WORDS[name]] + 1), count)


def _outline(panel: Panel) -> list[str]:
    marks = [tag("points", len(panel.points))]
    for point, lines in zip(panel.points, panel.lines, strict=True):
        marks.append(tag("point", point))
        if panel.layout == COMPARED:
            marks += [tag("lines", len(lines)), *(tag("detail", line) for line in lines)]
    if panel.note:
        number, place = panel.note
        marks += [tag("aside", number), tag("of", place + 1)]
    else:
        marks.append(NO_ASIDE)
    return [*marks, CODA if panel.footer else NO_CODA]


def panels(families: FamilyTable) -> SceneLine:
    """The curriculum of spec06."""
    return SceneLine(Panels(PanelAtoms(families)), WIDE_WORDINGS, WIDE_PROSE)
