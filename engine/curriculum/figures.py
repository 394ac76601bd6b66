"""The eighteen figures of spec02, each drawn in one way only for what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.curriculum.canvas import Canvas, Paint, filled, outlined, regular, stroked
from engine.dsl.palette import COLOURS, PAGES
from engine.dsl.raw_svg import RawSvg

SIZES: Mapping[str, int] = {"small": 2, "medium": 3, "large": 4}
INK, CHALK = "#111827", "#f8fafc"
AREA = ("filled", "outlined")
LINE = ("solid", "dashed")


@dataclass(frozen=True)
class Asked:
    """What a prompt asks for; `more` is the family's own choice: a number, a word, a colour."""

    family: str
    colour: str
    size: str
    finish: str
    page: str
    more: str = ""


@dataclass(frozen=True)
class Figure:
    """One family: its canvas, its finishes, its own choice, and how it is drawn."""

    canvas: tuple[int, int]
    finishes: tuple[str, ...]
    draw: Callable[[Canvas, Asked], None]
    more: tuple[str, ...] = ("",)


def drawn(asked: Asked) -> RawSvg:
    """The one drawing that answers."""
    figure = FIGURES[asked.family]
    canvas = Canvas(*figure.canvas, PAGES[asked.page], SIZES[asked.size])
    figure.draw(canvas, asked)
    return canvas.document()


def _colour(asked: Asked) -> str:
    return COLOURS[asked.colour]


def _ink(asked: Asked) -> str:
    return CHALK if asked.page == "slate" else INK


def _area(asked: Asked, colour: str | None = None) -> Paint:
    chosen = colour or _colour(asked)
    return filled(chosen) if asked.finish == "filled" else outlined(chosen)


def _stroke(asked: Asked) -> Paint:
    return stroked(_colour(asked), 4, dashed=asked.finish == "dashed")


def _line(canvas: Canvas, asked: Asked) -> None:
    canvas.line((-18, 9), (18, -9), _stroke(asked))


def _rect(canvas: Canvas, asked: Asked) -> None:
    canvas.rect((-16, -10), (32, 20), _area(asked))


def _circle(canvas: Canvas, asked: Asked) -> None:
    canvas.circle((0, 0), 12, _area(asked))


def _ellipse(canvas: Canvas, asked: Asked) -> None:
    canvas.ellipse((0, 0), (18, 10), _area(asked))


_TRIANGLE = [(0, -11), (16, 10), (-16, 10)]


def _triangle(canvas: Canvas, asked: Asked) -> None:
    canvas.polygon(_TRIANGLE, _area(asked))


def _rounded_triangle(canvas: Canvas, asked: Asked) -> None:
    colour = _colour(asked)
    edge: Paint = {"stroke": colour, "stroke-width": 10, "stroke-linejoin": "round"}
    canvas.polygon(_TRIANGLE, edge | {"fill": colour if asked.finish == "filled" else "none"})


def _polygon(canvas: Canvas, asked: Asked) -> None:
    canvas.polygon(regular(int(asked.more), 12), _area(asked))


def _polyline(canvas: Canvas, asked: Asked) -> None:
    pieces = int(asked.more)
    step = 36 / pieces
    points = [(-18 + i * step, -8 if i % 2 else 8) for i in range(pieces + 1)]
    canvas.polyline(points, _stroke(asked))


def _path(canvas: Canvas, asked: Asked) -> None:
    bends = int(asked.more)
    step = 36 / bends
    curves = [
        ((-18 + (i + 0.5) * step, 13 if i % 2 else -13), (-18 + (i + 1) * step, 0))
        for i in range(bends)
    ]
    canvas.waves((-18, 0), curves, _stroke(asked))


def _arrow(canvas: Canvas, asked: Asked) -> None:
    canvas.line((-18, 0), (9, 0), _stroke(asked))
    canvas.polygon([(18, 0), (9, -6), (9, 6)], filled(_colour(asked)))


def _double_arrow(canvas: Canvas, asked: Asked) -> None:
    canvas.line((-9, 0), (9, 0), _stroke(asked))
    for side in (-1, 1):
        head = [(18 * side, 0), (9 * side, -6), (9 * side, 6)]
        canvas.polygon(head, filled(_colour(asked)))


def _bar_chart(canvas: Canvas, asked: Asked) -> None:
    heights = (8, 14, 20, 11, 17)[: int(asked.more)]
    left = 1 - 4 * len(heights)
    for i, height in enumerate(heights):
        canvas.rect((left + 8 * i, 12 - height), (6, height), _area(asked))
    canvas.line((-24, 12), (24, 12), stroked(_ink(asked), 2))


def _scatter(canvas: Canvas, asked: Asked) -> None:
    canvas.polyline([(-18, -11), (-18, 11), (18, 11)], stroked(_ink(asked), 2))
    places = ((-12, 6), (-6, 1), (0, 4), (5, -3), (10, 0), (15, -8))
    for place in places[: int(asked.more)]:
        canvas.circle(place, 2, _area(asked))


def _comparison_table(canvas: Canvas, asked: Asked) -> None:
    rows = int(asked.more)
    canvas.rect((-22, -13), (44, 6), _area(asked))
    for row in range(rows):
        y = -5 + 5 * row
        canvas.rect((-22, y), (12, 3), filled(_ink(asked)))
        canvas.rect((-6, y), (28 - 6 * row, 3), filled(_colour(asked)))


def _text(canvas: Canvas, asked: Asked) -> None:
    canvas.text((0, 2), asked.more.upper(), 6, _ink(asked))
    canvas.line((-14, 6), (14, 6), _stroke(asked))


def _rect_circle(canvas: Canvas, asked: Asked) -> None:
    canvas.rect((-19, -8), (18, 16), _area(asked))
    canvas.circle((10, 0), 8, _area(asked, COLOURS[asked.more]))


def _gradient_square(canvas: Canvas, asked: Asked) -> None:
    paint = filled(canvas.gradient(_colour(asked), COLOURS[asked.more]))
    if asked.finish == "framed":
        paint |= {"stroke": _ink(asked), "stroke-width": 3}
    canvas.rect((-12, -12), (24, 24), paint)


def _infographic_layout(canvas: Canvas, asked: Asked) -> None:
    cards = int(asked.more)
    canvas.text((0, -13), "Overview", 5, _ink(asked))
    for card in range(cards):
        x = 1 - 9 * cards + 18 * card
        canvas.rect((x, -8), (16, 18), _area(asked), radius=6)
        canvas.text((x + 8, 16), f"Part {card + 1}", 3.5, _ink(asked))


_MANY = tuple(COLOURS)
FIGURES: dict[str, Figure] = {
    "line": Figure((180, 120), LINE, _line),
    "rect": Figure((180, 120), AREA, _rect),
    "circle": Figure((180, 120), AREA, _circle),
    "ellipse": Figure((180, 120), AREA, _ellipse),
    "triangle": Figure((180, 120), AREA, _triangle),
    "rounded_triangle": Figure((180, 120), AREA, _rounded_triangle),
    "polygon": Figure((180, 120), AREA, _polygon, ("5", "6", "8")),
    "polyline": Figure((180, 120), LINE, _polyline, ("3", "4", "5")),
    "path": Figure((180, 120), LINE, _path, ("1", "2", "3")),
    "arrow": Figure((180, 120), LINE, _arrow),
    "double_arrow": Figure((180, 120), LINE, _double_arrow),
    "bar_chart": Figure((220, 130), AREA, _bar_chart, ("3", "4", "5")),
    "scatter": Figure((200, 120), AREA, _scatter, ("4", "5", "6")),
    "comparison_table": Figure((220, 130), AREA, _comparison_table, ("2", "3", "4")),
    "text": Figure((180, 120), LINE, _text, ("pass", "fail", "ready", "draft", "train", "gate")),
    "rect_circle": Figure((200, 120), AREA, _rect_circle, _MANY),
    "gradient_square": Figure((200, 120), ("plain", "framed"), _gradient_square, _MANY),
    "infographic_layout": Figure((320, 180), AREA, _infographic_layout, ("2", "3", "4")),
}
