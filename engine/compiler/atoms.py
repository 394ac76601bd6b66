"""Structured atoms to picture: the page's ground, a grid as wide as the density, then each element.

Every header field is to be seen or is borne out by the elements, so that no two documents share a
picture. Texts that name a slot show the words that the caller has for it.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.errors import CompileError
from engine.compiler.colour import mix
from engine.compiler.svg import Box, Paint, Picture
from engine.dsl.atoms import Atoms, Dialect
from engine.dsl.palette import COLOURS, PAGES
from engine.dsl.raw_svg import Shape

FILLS = {
    **COLOURS,
    **PAGES,
    "black": "#111827",
    "white": "#ffffff",
    "none": "#ffffff",
}
"""White is whiter than paper, so that the two can be told apart; the others are the lineage's."""
GRID_STEP = {"compact": 8, "airy": 16}


def _no_slots(name: str) -> str:
    raise CompileError(f"slot {name!r}", "a text of another place", "a dialect without slots")


def compile_atoms(
    document: Atoms, dialect: Dialect, words: Callable[[str], str] = _no_slots
) -> str:
    """SVG of a document; `words` gives the text of a slot."""
    header = document.field
    picture = Picture(dialect.width, dialect.height, f"A scene of layout {header['layout']}")
    ground = FILLS[header["bg"]]
    picture.rect(picture.box, Paint(ground))
    if "density" in header:
        _grid(picture, ground, GRID_STEP[header["density"]])
    for element in document.elements:
        with picture.group(element.kind):
            _draw(picture, element, words)
    return picture.source()


def _grid(picture: Picture, ground: str, step: int) -> None:
    box = picture.box
    paint = Paint(stroke=mix(ground, FILLS["gray"], 0.25), width=1)
    for x in range(step, round(box.w), step):
        picture.line([(x, 1), (x, box.h - 1)], paint)
    for y in range(step, round(box.h), step):
        picture.line([(1, y), (box.w - 1, y)], paint)


def _draw(picture: Picture, element: Shape, words: Callable[[str], str]) -> None:
    at = {name: int(value) for name, value in element.attributes if value.isdigit()}
    named = element.attribute
    if element.kind == "text":
        content = element.words or words(named["slot"])
        point = (at["tx"], at["ty"])
        fill, anchor = FILLS[named["fill"]], named["anchor"]
        picture.text(point, content, size=at["font"], fill=fill, weight=600, anchor=anchor)
        return
    paint = Paint(FILLS[named["fill"]], FILLS[named["stroke"]], at["sw"])
    if element.kind == "circle":
        picture.circle(at["cx"], at["cy"], at["r"], paint)
    elif element.kind == "rect":
        picture.rect(Box(at["x"], at["y"], at["width"], at["height"]), paint, at["rx"])
    else:
        corners = [corner.split(",") for corner in named["points"].split("|")]
        picture.polygon([(int(x), int(y)) for x, y in corners], paint)
