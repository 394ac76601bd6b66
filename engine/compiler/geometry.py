"""What an SVG paints, read back from its elements: text boxes and shapes in paint order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import cos, hypot, pi, sin

from lxml import etree

from engine.compiler.colour import mix
from engine.compiler.safety import local_name
from engine.compiler.svg import Box, Point
from engine.compiler.text import extent, measure

SLACK = 0.5
"""Overlaps up to this many canvas units are rounding, not faults."""
SHAPES = ("rect", "circle", "ellipse", "line", "polyline", "polygon", "path")
_MOVE = re.compile(r"([MLQCZ])([^MLQCZ]*)")
CURVE_STEPS = 16
"""Straight pieces that stand for one curve: closer than SLACK at the sizes that are drawn."""


@dataclass(frozen=True)
class Text:
    """One drawn line of text with the box that its glyphs fill."""

    content: str
    box: Box
    fill: str


@dataclass(frozen=True)
class Shape:
    """One painted shape; a gradient counts as its two ends and their middle in `fills`."""

    name: str
    box: Box
    fills: tuple[str, ...]
    alpha: float
    strokes: tuple[str, ...]
    stroke_alpha: float
    stroke_width: float
    outline: tuple[tuple[Point, Point], ...]
    radius: float

    @cached_property
    def reach(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that the shape paints."""
        half = self.stroke_width / 2
        box = self.box
        return box.x - half, box.y - half, box.right + half, box.bottom + half

    @cached_property
    def core(self) -> Box:
        """What a rectangle is without its round corners and a circle without its radius."""
        return self.box.inset(self.radius)

    def holds(self, box: Box, margin: float = 0.0) -> bool:
        """Whether a box lies wholly within the fill, `margin` away from its edge."""
        if self.name not in ("rect", "circle") or not encloses(self.box.inset(margin), box):
            return False
        corners = [(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)]
        reach = max(0.0, self.radius - margin) + SLACK
        return all(_gap(Box(x, y, 0, 0), self.core) <= reach for x, y in corners)

    def crosses(self, box: Box) -> bool:
        """Whether the outline, as thick as it is stroked, runs through a box."""
        half = self.stroke_width / 2
        if self.name in ("rect", "circle"):
            meets = _gap(box, self.core) < self.radius + half - SLACK or overlap(box, self.core)
            return meets and not self.holds(box, half)
        return any(_meets(a, b, box.inset(SLACK - half)) for a, b in self.outline)

    def over(self, ground: set[str]) -> set[str]:
        """Colours that the fill gives upon grounds."""
        return {mix(under, fill, self.alpha) for under in ground for fill in self.fills}

    def stroked(self, ground: set[str]) -> set[str]:
        """Colours that the stroke gives upon grounds."""
        return {
            mix(under, colour, self.stroke_alpha) for under in ground for colour in self.strokes
        }


def _gap(first: Box, second: Box) -> float:
    """Distance between two boxes; 0 when they meet."""
    dx = max(first.x - second.right, second.x - first.right, 0)
    dy = max(first.y - second.bottom, second.y - first.bottom, 0)
    return hypot(dx, dy)


def encloses(outer: Box, inner: Box) -> bool:
    """Whether one box lies within another, up to rounding."""
    return (
        inner.x >= outer.x - SLACK
        and inner.y >= outer.y - SLACK
        and inner.right <= outer.right + SLACK
        and inner.bottom <= outer.bottom + SLACK
    )


def overlap(first: Box, second: Box) -> bool:
    """Whether two boxes share more than rounding."""
    return (
        min(first.right, second.right) - max(first.x, second.x) > SLACK
        and min(first.bottom, second.bottom) - max(first.y, second.y) > SLACK
    )


def read_painted(root: etree._Element) -> list[Text | Shape]:
    """Everything that an allow-listed SVG paints, in paint order."""
    gradients = {
        str(element.get("id")): tuple(str(stop.get("stop-color")) for stop in element)
        for element in root.iter()
        if local_name(element) == "linearGradient"
    }
    return list(_painted(root, gradients))


def _painted(root: etree._Element, gradients: dict[str, tuple[str, ...]]) -> Iterator[Text | Shape]:
    for element in root.iter():
        name = local_name(element)
        if name == "text" and (element.text or "").strip():
            yield _text(element)
        elif name in SHAPES:
            yield _shape(name, element, gradients)


def _value(element: etree._Element, name: str, default: float = 0.0) -> float:
    return float(element.get(name, default))


def _text(element: etree._Element) -> Text:
    content = element.text or ""
    size, weight = _value(element, "font-size"), int(element.get("font-weight", "400"))
    width = measure(content, size, weight)
    above, below = extent(content, size, weight)
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
    x, y = _value(element, "x") - width * shift, _value(element, "y")
    return Text(content, Box(x, y - above, width, above + below), str(element.get("fill")))


def _shape(name: str, element: etree._Element, gradients: dict[str, tuple[str, ...]]) -> Shape:
    def paints(attribute: str) -> tuple[str, ...]:
        value = element.get(attribute, "none")
        if value == "none":
            return ()
        if not value.startswith("url(#"):
            return (value,)
        ends = gradients[value[5:-1]]
        return (*ends, *(mix(a, b, 0.5) for a, b in pairwise(ends)))

    box, outline = _extent(name, element)
    strokes = paints("stroke")
    return Shape(
        name=name,
        box=box,
        fills=paints("fill"),
        alpha=_value(element, "fill-opacity", 1.0),
        strokes=strokes,
        stroke_alpha=_value(element, "stroke-opacity", 1.0),
        stroke_width=_value(element, "stroke-width", 1.0) if strokes else 0.0,
        outline=outline,
        radius=_radius(name, element, box),
    )


def _radius(name: str, element: etree._Element, box: Box) -> float:
    """Radius of a rectangle's corners; a circle is all corner, other outlines say theirs."""
    if name == "rect":
        return min(_value(element, "rx"), box.w / 2, box.h / 2)
    return box.w / 2 if name == "circle" else 0.0


def _extent(name: str, element: etree._Element) -> tuple[Box, tuple[tuple[Point, Point], ...]]:
    if name == "circle":
        r = _value(element, "r")
        return Box(_value(element, "cx") - r, _value(element, "cy") - r, 2 * r, 2 * r), ()
    if name == "rect":
        x, y = _value(element, "x"), _value(element, "y")
        box = Box(x, y, _value(element, "width"), _value(element, "height"))
        return box, ()
    points = _corners(name, element)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return box, tuple(pairwise(points))


def _corners(name: str, element: etree._Element) -> list[Point]:
    """The chain of points that draws an outline; curves as straight pieces."""
    if name == "line":
        x1, y1, x2, y2 = (_value(element, at) for at in ("x1", "y1", "x2", "y2"))
        return [(x1, y1), (x2, y2)]
    if name == "ellipse":
        cx, cy, rx, ry = (_value(element, at) for at in ("cx", "cy", "rx", "ry"))
        turns = [2 * pi * step / (4 * CURVE_STEPS) for step in range(4 * CURVE_STEPS + 1)]
        return [(cx + rx * cos(turn), cy + ry * sin(turn)) for turn in turns]
    if name == "path":
        return _traced(element.get("d", ""))
    pairs = (pair.split(",") for pair in element.get("points", "").split())
    points = [(float(x), float(y)) for x, y in pairs]
    return [*points, points[0]] if name == "polygon" else points


def _traced(outline: str) -> list[Point]:
    """Points along an allow-listed outline: M first, then L, Q, C and a closing Z."""
    points: list[Point] = []
    for move, numbers in _MOVE.findall(outline):
        values = [float(value) for value in numbers.split()]
        ends = list(zip(values[::2], values[1::2], strict=True))
        if move == "Z":
            points.append(points[0])
        elif len(ends) == 1:
            points += ends
        else:
            hull = [points[-1], *ends]
            points += [_on_curve(hull, step / CURVE_STEPS) for step in range(1, CURVE_STEPS + 1)]
    return points


def _on_curve(hull: list[Point], at: float) -> Point:
    """Point of a Bézier curve by de Casteljau's construction."""
    while len(hull) > 1:
        hull = [(x0 + (x1 - x0) * at, y0 + (y1 - y0) * at) for (x0, y0), (x1, y1) in pairwise(hull)]
    return hull[0]


def _meets(a: Point, b: Point, box: Box) -> bool:
    """Whether the line from a to b meets a box (Liang and Barsky's clipping)."""
    enter, leave = 0.0, 1.0
    for start, delta, low, high in (
        (a[0], b[0] - a[0], box.x, box.right),
        (a[1], b[1] - a[1], box.y, box.bottom),
    ):
        if delta == 0:
            if not low < start < high:
                return False
            continue
        first, second = sorted(((low - start) / delta, (high - start) / delta))
        enter, leave = max(enter, first), min(leave, second)
        if enter >= leave:
            return False
    return True
