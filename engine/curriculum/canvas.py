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
    return {"fill": "none", "stroke": colour, "stroke_width": width}


def stroked(colour: str, width: int = 3, *, dashed: bool = False) -> Paint:
    """A line, whole or in dashes."""
    return {"stroke": colour, "stroke_width": width} | (
        {"stroke_dasharray": "8 6"} if dashed else {}
    )


class Canvas:
    """Shapes under construction; places are units from the middle, written as whole numbers."""

    def __init__(self, width: int, height: int, page: str, unit: int = 1) -> None:
        self.width, self.height, self.unit = width, height, unit
        self._shapes: list[Shape] = [shape("rect", x=0, y=0, width=width, height=height, fill=page)]
        self._gradients: list[tuple[str, str]] = []

    def _x(self, x: float) -> int:
        return round(self.width / 2 + self.unit * x)

    def _y(self, y: float) -> int:
        return round(self.height / 2 + self.unit * y)

    def _chain(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)

    def _add(self, kind: str, words: str = "", **attributes: object) -> None:
        self._shapes.append(shape(kind, words, **attributes))

    def gradient(self, first: str, last: str) -> str:
        """Paint that runs from one colour to another."""
        ends = (first, last)
        if ends not in self._gradients:
            self._gradients.append(ends)
        return f"url(#g{self._gradients.index(ends) + 1})"

    def line(self, start: Point, end: Point, paint: Paint) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._add("line", x1=self._x(x1), y1=self._y(y1), x2=self._x(x2), y2=self._y(y2), **paint)

    def rect(self, at: Point, size: tuple[float, float], paint: Paint, radius: int = 0) -> None:
        """A rectangle from its upper left corner."""
        x, y, (width, height) = self._x(at[0]), self._y(at[1]), size
        more = paint | ({"rx": radius} if radius else {})
        right, lower = self._x(at[0] + width), self._y(at[1] + height)
        self._add("rect", x=x, y=y, width=right - x, height=lower - y, **more)

    def circle(self, at: Point, radius: float, paint: Paint) -> None:
        """A circle."""
        reach = round(self.unit * radius)
        self._add("circle", cx=self._x(at[0]), cy=self._y(at[1]), r=reach, **paint)

    def ellipse(self, at: Point, reach: tuple[float, float], paint: Paint) -> None:
        """An ellipse."""
        rx, ry = (round(self.unit * part) for part in reach)
        self._add("ellipse", cx=self._x(at[0]), cy=self._y(at[1]), rx=rx, ry=ry, **paint)

    def polygon(self, points: Sequence[Point], paint: Paint) -> None:
        """A closed chain."""
        self._add("polygon", points=self._chain(points), **paint)

    def polyline(self, points: Sequence[Point], paint: Paint) -> None:
        """An open chain."""
        self._add("polyline", points=self._chain(points), fill="none", **paint)

    def waves(self, start: Point, bends: Sequence[tuple[Point, Point]], paint: Paint) -> None:
        """A chain of curves, each with its control point and its end."""
        d = f"M{self._x(start[0])} {self._y(start[1])}"
        for (cx, cy), (x, y) in bends:
            d += f" Q{self._x(cx)} {self._y(cy)} {self._x(x)} {self._y(y)}"
        self._add("path", d=d, fill="none", **paint)

    def text(
        self, at: Point, words: str, size: float, fill: str, anchor: str | None = "middle"
    ) -> None:
        """Words on a baseline, from their middle unless told otherwise."""
        more = {"text_anchor": anchor} if anchor else {}
        place: dict[str, object] = {"x": self._x(at[0]), "y": self._y(at[1])}
        self._add("text", words, **place, font_size=round(self.unit * size), fill=fill, **more)

    def document(self) -> RawSvg:
        """What has been drawn."""
        return RawSvg(self.width, self.height, tuple(self._shapes), tuple(self._gradients))


def regular(sides: int, radius: float) -> list[Point]:
    """Corners of a regular polygon that stands on its side or points up."""
    turns = [2 * pi * side / sides - pi / 2 for side in range(sides)]
    return [(radius * cos(turn), radius * sin(turn)) for turn in turns]
