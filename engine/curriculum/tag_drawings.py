"""What the fifty control tags of spec03 ask for, drawn in one way only as raw SVG.

Words of people stand as placeholders (TITLE_A, LABEL_1): what they say is no business of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from engine.curriculum.canvas import Canvas, Paint, Point, filled, outlined, regular, stroked
from engine.dsl.raw_svg import RawSvg

WIDTH, HEIGHT = 160, 120
TITLE, PARAGRAPH, AXIS_X = "TITLE_A", "PARA_A", "AXIS_X"


@dataclass(frozen=True)
class Palette:
    """Page, ink that reads on it, and three colours."""

    page: str
    ink: str
    colours: tuple[str, str, str]


PALETTES: Mapping[str, Palette] = {
    "neutral": Palette("#f8fafc", "#111827", ("#475569", "#94a3b8", "#cbd5e1")),
    "bold": Palette("#ffffff", "#111827", ("#dc2626", "#1d4ed8", "#f59e0b")),
    "warm": Palette("#fff7ed", "#431407", ("#ea580c", "#dc2626", "#fbbf24")),
    "cool": Palette("#f0f9ff", "#0c4a6e", ("#0284c7", "#0d9488", "#6366f1")),
    "pastel": Palette("#fdf4ff", "#3b0764", ("#f9a8d4", "#a5b4fc", "#86efac")),
    "dark": Palette("#0f172a", "#f8fafc", ("#38bdf8", "#a78bfa", "#34d399")),
}
SHAPES = ("circle", "rect", "line", "triangle", "ellipse", "polygon")
CHARTS = ("bar-chart", "line-chart", "scatter", "table")
COMPOSITES = ("infographic", "card", "legend", "flow", "timeline")
HEADS = (*SHAPES, *CHARTS, *COMPOSITES)
ORDERS = ("ascending", "descending", "mixed")
_MIXED = (4, 7, 2, 8, 3, 6, 5, 9)
_SCATTER = ((-48, 24), (-32, 10), (-18, 18), (-4, -4), (12, 6), (26, -14), (38, -6), (52, -28))


def drawn(tags: Sequence[str]) -> RawSvg:
    """The one drawing that answers a head and its tags."""
    head, *others = tags
    pen = _Pen({name: value for name, _, value in (tag.partition(":") for tag in others)})
    if head in SHAPES:
        _shapes(pen, head)
    else:
        _DRAWINGS[head](pen)
    return pen.canvas.document()


class _Pen:
    """Canvas, palette and style of one drawing; a bare tag has the value ""."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        self.tags = tags
        self.palette = PALETTES[tags["palette"]]
        self.canvas = Canvas(WIDTH, HEIGHT, self.palette.page)
        self.ink = self.palette.ink
        complexity = tags.get("complexity", "simple")
        if complexity != "simple":
            self.canvas.rect((-74, -54), (148, 108), outlined(self.ink, 1), radius=8)
        if complexity == "rich":
            self.canvas.rect((-80, -60), (160, 4), filled(self.colour(2)))

    def has(self, tag: str) -> bool:
        """Whether a tag is there."""
        return tag in self.tags

    def count(self, name: str) -> int:
        """The number that a tag gives."""
        return int(self.tags[name])

    def colour(self, number: int) -> str:
        """Colour of the palette, in turn."""
        return self.palette.colours[number % 3]

    def paint(self, number: int) -> Paint:
        """How the style paints a surface in a colour."""
        colour, style = self.colour(number), self.tags["style"]
        if style == "filled":
            return filled(colour)
        if style == "gradient":
            return filled(self.canvas.gradient(colour, self.colour(number + 1)))
        return outlined(colour, 3 if style == "outlined" else 1)

    def stroke(self, number: int) -> Paint:
        """How the style draws a line in a colour."""
        width = {"minimal": 1, "outlined": 3, "filled": 6, "gradient": 2}[self.tags["style"]]
        return stroked(self.colour(number), width)

    def label(self, at: Point, number: int) -> None:
        """The placeholder of a label, if labels are asked for."""
        if self.has("labeled"):
            self.canvas.text(at, f"LABEL_{number + 1}", 9, self.ink)


def _spread(count: int, reach: float) -> list[float]:
    """`count` places, evenly from -reach to reach."""
    return [reach * (2 * i / (count - 1) - 1) for i in range(count)]


def _places(pen: _Pen) -> tuple[float, Sequence[Point]]:
    """Size of a shape, and where the shapes stand."""
    layout = pen.tags["layout"]
    if layout == "center":
        return 34, [(0, 0)]
    count = pen.count("shapes")
    wide, high = _spread(count, 24.0 * (count - 1)), _spread(count, 17.0 * (count - 1))
    if layout == "horizontal":
        return 20, [(x, 0) for x in wide]
    if layout == "stacked":
        return 15, [(0, y) for y in high]
    if layout == "tiled":
        return 15, list(zip(wide, high, strict=True))
    return 18, [(x, y) for y in (-24, 24) for x in wide]


def _shapes(pen: _Pen, head: str) -> None:
    size, places = _places(pen)
    canvas = pen.canvas
    for number, (x, y) in enumerate(places):
        if head == "line":
            canvas.line((x - size, y + size / 2), (x + size, y - size / 2), pen.stroke(number))
            continue
        paint = pen.paint(number)
        if head == "circle":
            canvas.circle((x, y), size, paint)
        elif head == "rect":
            canvas.rect((x - size, y - 0.7 * size), (2 * size, 1.4 * size), paint)
        elif head == "ellipse":
            canvas.ellipse((x, y), (size, 0.6 * size), paint)
        else:
            corners = regular(6 if head == "polygon" else 3, size)
            canvas.polygon([(x + dx, y + dy) for dx, dy in corners], paint)


# --- charts ---------------------------------------------------------------------------------


def _heights(pen: _Pen, count: int) -> list[float]:
    """Heights from 16 to 72 in the order that is asked for."""
    if pen.has("mixed"):
        return [8 * _MIXED[i] for i in range(count)]
    rising = [16 + 56 * i / (count - 1) for i in range(count)]
    return rising if pen.has("ascending") else rising[::-1]


def _axes(pen: _Pen) -> None:
    if pen.has("axes"):
        pen.canvas.polyline([(-66, -44), (-66, 38), (66, 38)], stroked(pen.ink, 2))
    if pen.has("labeled"):
        pen.canvas.text((0, 52), AXIS_X, 10, pen.ink)


def _trend(pen: _Pen, points: Sequence[Point]) -> None:
    if pen.has("trend-line"):
        pen.canvas.line(points[0], points[-1], stroked(pen.colour(1), 2, dashed=True))


def _bar_chart(pen: _Pen) -> None:
    heights = _heights(pen, pen.count("bars"))
    slot = 120 / len(heights)
    for i, height in enumerate(heights):
        x = -60 + slot * i
        pen.canvas.rect((x + 0.2 * slot, 38 - height), (0.6 * slot, height), pen.paint(i))
        if pen.has("values") and height == max(heights):
            pen.canvas.text((x + slot / 2, 34 - height), f"{height:.0f}", 9, pen.ink)
    _axes(pen)


def _line_chart(pen: _Pen) -> None:
    heights = _heights(pen, pen.count("points"))
    xs = _spread(len(heights), 56)
    points = [(x, 34 - height) for x, height in zip(xs, heights, strict=True)]
    if pen.tags["style"] == "gradient":
        area = [(xs[0], 34), *points, (xs[-1], 34)]
        pen.canvas.polygon(area, pen.paint(0))
    else:
        pen.canvas.polyline(points, pen.stroke(0))
    _trend(pen, points)
    _axes(pen)


def _scatter(pen: _Pen) -> None:
    points = _SCATTER[: pen.count("points")]
    for point in points:
        pen.canvas.circle(point, 5, pen.paint(0))
    _trend(pen, points)
    _axes(pen)


def _table(pen: _Pen) -> None:
    columns = pen.count("shapes")
    wide = 128 / columns
    pen.canvas.rect((-64, -26), (128, 8), pen.paint(0))
    for column in range(columns):
        pen.label((-64 + wide * (column + 0.5), -32), column)
    if pen.tags["layout"] == "grid":
        for row, column in product(range(2), range(columns)):
            place = (-64 + wide * column, -12 + 24 * row)
            pen.canvas.rect(place, (wide - 4, 20), outlined(pen.ink, 1))
        return
    for row in range(3):
        pen.canvas.line((-64, 18 * row), (64, 18 * row), stroked(pen.ink, 1))
    for column in range(1, columns):
        x = -64 + wide * column
        pen.canvas.line((x, -14), (x, 36), stroked(pen.ink, 1))


# --- composites -----------------------------------------------------------------------------


def _infographic(pen: _Pen) -> None:
    count, layout = pen.count("shapes"), pen.tags["layout"]
    pen.canvas.text((0, -36), TITLE, 13, pen.ink)
    if layout == "stacked":
        high = 80 / count
        for i in range(count):
            y = -28 + high * i
            pen.canvas.rect((-62, y), (64, high - 8), pen.paint(i), radius=4)
            pen.canvas.text((34, y + high / 2), f"LABEL_{i + 1}", 9, pen.ink)
        return
    if layout == "header":
        # In the first colour, like the first card: gradients come in one order in every drawing.
        pen.canvas.rect((-62, -30), (124, 6), pen.paint(0))
    wide = 128 / count
    for i in range(count):
        x = -62 + wide * i
        pen.canvas.rect((x, -18), (wide - 8, 46), pen.paint(i), radius=4)
        pen.canvas.text((x + wide / 2 - 4, 42), f"LABEL_{i + 1}", 9, pen.ink)


def _card(pen: _Pen) -> None:
    pen.canvas.rect((-54, -42), (108, 84), outlined(pen.ink, 2), radius=8)
    if pen.tags["layout"] == "header":
        pen.canvas.rect((-44, -32), (88, 14), pen.paint(0))
    else:
        pen.canvas.circle((0, -18), 15, pen.paint(0))
    pen.canvas.text((0, 14), TITLE, 12, pen.ink)
    if pen.has("labeled"):
        pen.canvas.text((0, 30), PARAGRAPH, 9, pen.ink)


def _legend(pen: _Pen) -> None:
    count = pen.count("shapes")
    for i in range(count):
        if pen.tags["layout"] == "stacked":
            x, y = -30.0, 34 * (i - (count - 1) / 2)
            text = (30.0, y + 3)
        else:
            x, y = 48 * (i - (count - 1) / 2), -10.0
            text = (x, 22.0)
        pen.canvas.rect((x - 9, y - 9), (18, 18), pen.paint(i))
        pen.label(text, i)


def _flow(pen: _Pen) -> None:
    count, down = pen.count("shapes"), pen.tags["layout"] == "stacked"
    step = 36 if down else 52
    places = [step * (i - (count - 1) / 2) for i in range(count)]
    for i, at in enumerate(places):
        if down:
            pen.canvas.rect((-52, at - 10), (44, 20), pen.paint(i), radius=4)
            pen.label((34, at + 3), i)
        else:
            pen.canvas.rect((at - 18, -14), (36, 28), pen.paint(i), radius=4)
            pen.label((at, 32), i)
    for at in places[:-1]:
        start, end = (at + 11, at + 25) if down else (at + 19, at + 33)
        ends = [(-30, start), (-30, end)] if down else [(start, 0), (end, 0)]
        pen.canvas.line(ends[0], ends[1], stroked(pen.ink, 2))


def _timeline(pen: _Pen) -> None:
    places = _spread(pen.count("points"), 56)
    ends = (0, len(places) - 1)
    if pen.tags["layout"] == "stacked":
        pen.canvas.line((-40, -50), (-40, 50), stroked(pen.ink, 2))
        for i, at in enumerate(places):
            pen.canvas.circle((-40, 0.75 * at), 6, pen.paint(i))
            if i in ends:
                pen.label((10, 0.75 * at + 3), i)
        return
    pen.canvas.line((-70, 0), (70, 0), stroked(pen.ink, 2))
    for i, at in enumerate(places):
        pen.canvas.circle((at, 0), 7, pen.paint(i))
        if i in ends:
            pen.label((at, 24), i)


_DRAWINGS: dict[str, Callable[[_Pen], None]] = {
    "bar-chart": _bar_chart,
    "line-chart": _line_chart,
    "scatter": _scatter,
    "table": _table,
    "infographic": _infographic,
    "card": _card,
    "legend": _legend,
    "flow": _flow,
    "timeline": _timeline,
}
