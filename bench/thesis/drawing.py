"""A panel as a flat drawing: page, title, a bar in the tone, and a box with words for each point.

Theme, tone, density and marks are seen as page, bar, spacing and fill; colours go by name, so that
structured atoms can say them and raw SVG can spell them out.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.thesis.task import Panel
from contracts.families import content
from engine.compiler.atoms import FILLS
from engine.dsl.atoms import Atoms
from engine.dsl.raw_svg import RawSvg, Shape, shape

WIDTH, HEIGHT = 200, 170
PAGES = {"paper_editorial": "paper", "infra_dark": "slate", "signal_glow": "mint"}
TONES = {"amber": "gold", "green": "green", "blue": "blue", "purple": "purple"}
FILLS_OF_MARKS = {"good": "teal", "watch": "orange", "bad": "red", "key": "gray"}
STEPS = {"compact": 20, "airy": 26}
"""From one box to the next; a box is four less high."""
_LEFT, _BOX_WIDTH, _TOP = 12, 176, 36
_FONT = 10
# Named as structured atoms have them, spelled as SVG has them.
_SPELLINGS = {
    "tx": "x",
    "ty": "y",
    "font": "font-size",
    "anchor": "text-anchor",
    "sw": "stroke-width",
}


def words(topic: str, number: int) -> str:
    """What a point says."""
    return content(topic).slots["items"][number - 1].title


def atoms(panel: Panel, *, framed: bool) -> Atoms:
    """The drawing as structured atoms; framed ones say the density too, and stand on a card."""
    header = [("bg", PAGES[panel.theme]), ("layout", "panel")]
    elements = list(_elements(panel))
    if framed:
        header += [("frame", "card"), ("density", panel.density)]
        card = _rect(4, 4, WIDTH - 8, HEIGHT - 8, PAGES[panel.theme], _ink(panel))
        elements.insert(0, card)
    return Atoms(tuple(header), tuple(elements))


def raw(panel: Panel) -> RawSvg:
    """The drawing as raw SVG: what the plain atoms stand for, spelled out."""
    page = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "fill": FILLS[PAGES[panel.theme]]}
    return RawSvg(WIDTH, HEIGHT, (shape("rect", page), *map(_flat, _elements(panel))))


def _flat(element: Shape) -> Shape:
    spelled = {
        _SPELLINGS.get(name, name): FILLS.get(value, value) if name in ("fill", "stroke") else value
        for name, value in element.attributes
    }
    if spelled.get("text-anchor") == "start":
        del spelled["text-anchor"]
    return shape(element.kind, spelled, element.words)


def _elements(panel: Panel) -> Iterator[Shape]:
    ink, step = _ink(panel), STEPS[panel.density]
    yield _text(20, ink, content(panel.topic).header.title)
    yield _rect(_LEFT, 26, _BOX_WIDTH, 4, TONES[panel.tone], TONES[panel.tone])
    for at, point in enumerate(panel.points):
        y = _TOP + step * at
        fill = FILLS_OF_MARKS.get(point.mark, _sheet(panel))
        yield _rect(_LEFT, y, _BOX_WIDTH, step - 4, fill, ink)
        upon = "black" if point.mark else ink  # every colour of a mark is light
        yield _text(y + step // 2 + 2, upon, words(panel.topic, point.number))


def _ink(panel: Panel) -> str:
    return "white" if panel.theme == "infra_dark" else "black"


def _sheet(panel: Panel) -> str:
    return "black" if panel.theme == "infra_dark" else "white"


def _rect(x: int, y: int, width: int, height: int, fill: str, stroke: str) -> Shape:
    place = {"x": x, "y": y, "width": width, "height": height, "rx": 2}
    named = place | {"fill": fill, "stroke": stroke, "sw": 1}
    return Shape("rect", tuple((name, str(value)) for name, value in named.items()))


def _text(y: int, fill: str, said: str) -> Shape:
    left = _LEFT + 6
    named = {"tx": left, "ty": y, "font": _FONT, "anchor": "start", "fill": fill}
    return Shape("text", tuple((name, str(value)) for name, value in named.items()), said)
