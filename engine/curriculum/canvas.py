"""A canvas on which curricula draw raw SVG: shapes on a grid of units around the middle."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from engine.dsl.raw_svg import RawSvg, Shape, shape

Point = tuple[float, float]
Paint = dict[str, object]


def filled(colour: str) -> Paint:
    """A fill without outline."""
    return {"fill": colour}


def outlined(colour: str, width: int = 3) -> Paint:
    """An outline without fill."""
    return {"fill": "none", "stroke": colour, "stroke-width": width}


def stroked(colour: str, width: int = 3, *, dashed: bool = False) -> Paint:
    """A line, whole or in dashes."""
    line: Paint = {"stroke": colour, "stroke-width": width}
    return line | {"stroke-dasharray": "8 6"} if dashed else line


class Canvas:
    """Shapes under construction; places are units from the middle, written as whole numbers."""

    def __init__(self, width: int, height: int, page: str, unit: int = 1) -> None:
        self.width, self.height, self.unit = width, height, unit
        whole = {"x": 0, "y": 0, "width": width, "height": height, "fill": page}
        self._shapes: list[Shape] = [shape("rect", whole)]
        self._gradients: list[tuple[str, str]] = []

    def _x(self, x: float) -> int:
        return round(self.width / 2 + self.unit * x)

    def _y(self, y: float) -> int:
        return round(self.height / 2 + self.unit * y)

    def _chain(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)

    def _add(self, kind: str, place: Paint, paint: Paint, words: str = "") -> None:
        self._shapes.append(shape(kind, place | paint, words))

    def gradient(self, first: str, last: str) -> str:
        """Paint that runs from one colour to another."""
        ends = (first, last)
        if ends not in self._gradients:
            self._gradients.append(ends)
        return f"url(#g{self._gradients.index(ends) + 1})"

    def line(self, start: Point, end: Point, paint: Paint) -> None:
        """A straight line."""
        place: Paint = {"x1": self._x(start[0]), "y1": self._y(start[1])}
        place |= {"x2": self._x(end[0]), "y2": self._y(end[1])}
        self._add("line", place, paint)

    def rect(self, at: Point, size: tuple[float, float], paint: Paint, radius: int = 0) -> None:
        """A rectangle from its upper left corner."""
        x, y = self._x(at[0]), self._y(at[1])
        right, lower = self._x(at[0] + size[0]), self._y(at[1] + size[1])
        place: Paint = {"x": x, "y": y, "width": right - x, "height": lower - y}
        self._add("rect", place | ({"rx": radius} if radius else {}), paint)

    def circle(self, at: Point, radius: float, paint: Paint) -> None:
        """A circle."""
        reach = round(self.unit * radius)
        self._add("circle", {"cx": self._x(at[0]), "cy": self._y(at[1]), "r": reach}, paint)

    def ellipse(self, at: Point, reach: tuple[float, float], paint: Paint) -> None:
        """An ellipse."""
        rx, ry = (round(self.unit * part) for part in reach)
        place: Paint = {"cx": self._x(at[0]), "cy": self._y(at[1]), "rx": rx, "ry": ry}
        self._add("ellipse", place, paint)

    def polygon(self, points: Sequence[Point], paint: Paint) -> None:
        """A closed chain."""
        self._add("polygon", {"points": self._chain(points)}, paint)

    def polyline(self, points: Sequence[Point], paint: Paint) -> None:
        """An open chain."""
        self._add("polyline", {"points": self._chain(points), "fill": "none"}, paint)

    def waves(self, start: Point, bends: Sequence[tuple[Point, Point]], paint: Paint) -> None:
        """A chain of curves, each with its control point and its end."""
        d = f"M{self._x(start[0])} {self._y(start[1])}"
        for (cx, cy), (x, y) in bends:
            d += f" Q{self._x(cx)} {self._y(cy)} {self._x(x)} {self._y(y)}"
        self._add("path", {"d": d, "fill": "none"}, paint)

    def text(self, at: Point, words: str, size: float, fill: str) -> None:
        """Words around the middle of their baseline."""
        place: Paint = {"x": self._x(at[0]), "y": self._y(at[1])}
        place |= {"font-size": round(self.unit * size), "text-anchor": "middle"}
        self._add("text", place, {"fill": fill}, words)

    def document(self) -> RawSvg:
        """What has been drawn."""
        return RawSvg(self.width, self.height, tuple(self._shapes), tuple(self._gradients))


def regular(sides: int, radius: float) -> list[Point]:
    """Corners of a regular polygon that stands on its side or points up."""
    turns = [2 * pi * side / sides - pi / 2 for side in range(sides)]
    return [(radius * cos(turn), radius * sin(turn)) for turn in turns]
