"""The infographics of spec06: what a prompt outlines, and the one way to spell it as atoms.

    bullet_panel     points in a list
    compare_panels   two panels, with lines of their own
    stat_cards       figures with what they count, two in a row
    spectrum_band    a band cut into parts that are told below it
    flow_steps       steps downwards, joined by arrows

All stand on a sheet under a title. Words are named, not spelled: `[slot:item_4]` shows the fourth
item of the document's topic, which the compiler looks up. Nothing but the number of points moves
what is beside them: a note, a footer and the lines of a panel have places of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from contracts.families import FamilyTable
from engine.dsl.atoms import Atoms, AtomsLanguage, Dialect, painted, rect
from engine.dsl.first_scene import ACCENTS, DENSITIES, FRAMES, GROUNDS, TOPICS
from engine.dsl.raw_svg import Shape
from engine.dsl.spelling import SLOTS

CANVAS = (256, 160)
WORDS = {"item": "items", "figure": "items", "note": "notes", "group": "groups"}
"""Names of slots that go by number, with the list of a topic's words that they count in."""


@dataclass(frozen=True)
class Panel:
    """What a prompt asks for: a look, and the numbers of what is shown.

    `lines` belong to the points of compare_panels, one tuple each; `note` is a number and the
    place of the point that it belongs to, () for none.
    """

    layout: str
    topic: str
    accent: str
    bg: str
    frame: str
    density: str
    points: tuple[int, ...]
    lines: tuple[tuple[int, ...], ...] = ()
    note: tuple[int, ...] = ()
    footer: bool = False

    @property
    def ink(self) -> str:
        """Colour of words."""
        return _paints(self.bg)[0]

    @property
    def sheet(self) -> str:
        """Colour of what they stand on."""
        return _paints(self.bg)[1]

    def of(self, airy: int, compact: int) -> int:
        """The measure that goes with the density."""
        return airy if self.density == "airy" else compact


def spelled(panel: Panel) -> Atoms:
    """The document of a panel."""
    header = ("bg", "layout", "topic", "accent", "frame", "density")
    elements = [_sheet(panel.frame, panel.bg), _rule(panel.accent)]
    elements.append(_text(panel, 128, 27, "title", font=12))
    elements += LAYOUTS[panel.layout][0](panel)
    if panel.footer:
        elements.append(_text(panel, 128, 145, "footer"))
    return Atoms(tuple((name, getattr(panel, name)) for name in header), tuple(elements))


def _paints(bg: str) -> tuple[str, str]:
    """Ink and sheet on a ground."""
    return ("white", "black") if bg == "slate" else ("black", "white")


def _sheet(frame: str, bg: str) -> Shape:
    ink, sheet = _paints(bg)
    if frame == "card":
        return rect(8, 8, 240, 144, 14, sheet, ink)
    return rect(16, 10, 224, 140, 4, sheet, sheet)


def _rule(accent: str) -> Shape:
    """The line under the title, in the accent that the header names."""
    return rect(24, 33, 208, 3, 1, accent, accent, 1)


def _text(panel: Panel, x: int, y: int, slot: str, font: int = 7, anchor: str = "middle") -> Shape:
    place = {"tx": x, "ty": y, "font": font, "anchor": anchor, "fill": panel.ink, "slot": slot}
    return Shape("text", tuple((name, str(value)) for name, value in place.items()))


def _dot(panel: Panel, x: int, y: int) -> Shape:
    place = {"cx": x, "cy": y, "r": 3}
    return painted("circle", place, panel.accent, panel.accent, 1)


def _arrow(panel: Panel, x: int, tip: int, rear: int) -> Shape:
    """A triangle that points up or down."""
    points = f"{x},{tip}|{x - 5},{rear}|{x + 5},{rear}"
    return painted("polygon", {"points": points}, panel.accent, panel.accent, 1)


def _box(panel: Panel, x: int, y: int, width: int, height: int) -> Shape:
    return rect(x, y, width, height, 6, panel.sheet, panel.accent)


def _note(panel: Panel) -> Iterator[Shape]:
    """The note at the foot of a list."""
    if panel.note:
        yield _box(panel, 24, 121, 208, 14)
        yield _text(panel, 128, 131, f"note_{panel.note[0]}", font=8)


def _bullets(panel: Panel) -> Iterator[Shape]:
    last = len(panel.points) - 1
    step = panel.of(56, 47) // last
    rail = step * last + 16
    yield rect(24, 43, 4, rail, 1, panel.accent, panel.accent, 1)
    for place, number in enumerate(panel.points):
        yield _dot(panel, 40, 51 + step * place)
        yield _text(panel, 50, 54 + step * place, f"item_{number}", font=10, anchor="start")
    yield from _note(panel)


def _compared(panel: Panel) -> Iterator[Shape]:
    for place, number in enumerate(panel.points):
        left = 24 + 108 * place
        if place:
            yield _dot(panel, 128, panel.of(78, 72))
        yield _box(panel, left, 43, 100, panel.of(70, 58))
        yield _text(panel, left + 50, 56, f"group_{number}", font=10)
        for row, line in enumerate(panel.lines[place]):
            yield _text(panel, left + 50, 72 + panel.of(15, 11) * row, f"item_{line}")
    yield from _note(panel)


def _stats(panel: Panel) -> Iterator[Shape]:
    low = panel.of(34, 30)
    height = low if len(panel.points) > 2 else panel.of(72, 64)
    spare = (height - low) // 2
    for place, number in enumerate(panel.points):
        left, top = 24 + 108 * (place % 2), 42 + panel.of(38, 34) * (place // 2)
        yield _box(panel, left, top, 100, height)
        yield _text(panel, left + 50, top + spare + 14, f"figure_{number}", font=12)
        yield _text(panel, left + 50, top + spare + panel.of(27, 25), f"item_{number}")
    yield from _note(panel)


def _band(panel: Panel) -> Iterator[Shape]:
    """Parts under which their figures stand; their titles follow below, each a line of its own."""
    count = len(panel.points)
    width = 204 // count
    yield rect(26, 60, 204, 2, 1, panel.accent, panel.accent, 1)
    for place, number in enumerate(panel.points):
        left = 26 + width * place
        fill = panel.ink if place % 2 else panel.accent
        yield rect(left, 43, width, 15, 1, fill, panel.sheet)
        yield _text(panel, left + width // 2, 81, f"figure_{number}")
        late = 2 * place >= count
        row = 92 + panel.of(10, 9) * place
        edge, anchor = (left + width, "end") if late else (left, "start")
        yield _text(panel, edge, row, f"item_{number}", anchor=anchor)
    if panel.note:
        number, owner = panel.note
        yield _arrow(panel, 26 + width * owner + width // 2, 64, 72)
        yield _text(panel, 128, 134, f"note_{number}", font=8)


def _steps(panel: Panel) -> Iterator[Shape]:
    last = len(panel.points) - 1
    step = panel.of(75, 66) // max(last, 2)
    for place, number in enumerate(panel.points):
        top = 42 + step * place
        if place:
            yield _arrow(panel, 128, top - 2, top - step + 16)
        yield rect(24, top, 208, 14, 6, panel.sheet, panel.ink, 1)
        yield _text(panel, 34, top + 10, f"item_{number}", anchor="start")
        if panel.note and panel.note[1] == place:
            yield _box(panel, 136, top + 1, 94, 12)
            yield _text(panel, 183, top + 10, f"note_{panel.note[0]}")


LAYOUTS = {
    "bullet_panel": (_bullets, "r(ct){2,4}(rt)?"),
    "compare_panels": (_compared, "rt(t){0,3}crt(t){0,3}(rt)?"),
    "stat_cards": (_stats, "(rtt){2,4}(rt)?"),
    "spectrum_band": (_band, "r(rtt){2,4}(pt)?"),
    "flow_steps": (_steps, "rt(rt)?(prt(rt)?){1,3}"),
}
"""How each layout is spelled, and its elements by the first letters of their kinds, as a pattern
that fits no other layout."""


def borne_out(document: Atoms) -> str:
    """What the header promises and the elements do not keep; "" if they do."""
    header, elements = document.field, document.elements
    kinds = "".join(element.kind[0] for element in elements)
    if elements[0] != _sheet(header["frame"], header["bg"]):
        return f"the sheet of frame:{header['frame']} on bg:{header['bg']} first"
    if elements[1:2] != (_rule(header["accent"]),):
        return f"a line in accent:{header['accent']} second"
    if kinds[2:3] != "t" or elements[2].attribute.get("slot") != "title":
        return "the title third"
    if re.fullmatch(f"rrt{LAYOUTS[header['layout']][1]}t?", kinds) is None:
        return f"the elements of layout:{header['layout']}"
    return ""


def _examples() -> Iterator[Panel]:
    """Panels that together say all that can be said, but for the numbers of slots."""
    for layout in LAYOUTS:
        few = Panel(layout, TOPICS[0], ACCENTS[0], GROUNDS[0], "plain", "airy", (1, 2), ((), ()))
        for density, count in product(DENSITIES, (2, 3, 4)):
            points = tuple(range(1, count + 1)) if layout != "compare_panels" else (1, 2)
            many = replace(few, density=density, points=points, lines=((1, 2, 3),) * 4, footer=True)
            yield from (replace(many, note=(1, owner)) for owner in range(len(points)))
        yield from (replace(few, topic=topic) for topic in TOPICS)
        for accent, bg, frame in product(ACCENTS, GROUNDS, FRAMES):
            yield replace(few, accent=accent, bg=bg, frame=frame)


@cache
def _dialect() -> Dialect:
    dialect = Dialect.of("panels", CANVAS, map(spelled, _examples()), borne_out)
    numbered = [f"{name}_{n}" for name, slot in WORDS.items() for n in range(1, SLOTS[slot] + 1)]
    return replace(dialect, slots=("title", "footer", *numbered))


class PanelAtoms(AtomsLanguage):
    """The atoms of spec06: all that its panels say."""

    def __init__(self, families: FamilyTable | None = None) -> None:
        super().__init__(_dialect())
