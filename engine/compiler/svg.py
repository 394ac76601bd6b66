"""Builds SVG text: few elements, absolute coordinates, numbers at fixed precision, no state.

There are no transforms, no style sheets and no tspans, so lint sees what the rasteriser sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from lxml import etree

from contracts.errors import CompileError
from engine.compiler.fonts import FONT_FAMILY

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
DECIMALS = 2

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle in canvas units."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.h

    @property
    def cx(self) -> float:
        """Its horizontal middle."""
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        """Its vertical middle."""
        return self.y + self.h / 2

    def inset(self, dx: float, dy: float | None = None) -> Box:
        """The box without `dx` on both sides and `dy` (or `dx`) above and below."""
        dy = dx if dy is None else dy
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def columns(self, count: int, gap: float) -> list[Box]:
        """`count` boxes of one width side by side."""
        width = (self.w - gap * (count - 1)) / count
        return [Box(self.x + i * (width + gap), self.y, width, self.h) for i in range(count)]

    def rows(self, count: int, gap: float) -> list[Box]:
        """`count` boxes of one height, one under the other."""
        height = (self.h - gap * (count - 1)) / count
        return [Box(self.x, self.y + i * (height + gap), self.w, height) for i in range(count)]


@lru_cache(maxsize=2**16)  # a session writes millions of coordinates, and few of them differ
def number(value: float) -> str:
    """A coordinate as text, the same on every machine."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True)
class Paint:
    """Fill and stroke of a shape; `fill` is `#rrggbb`, `none` or a gradient of the picture."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 0
    alpha: float = 1
    stroke_alpha: float = 1
    dash: Sequence[float] = ()

    def attributes(self) -> dict[str, str]:
        """As presentation attributes, defaults left out."""
        found = {"fill": self.fill}
        if self.alpha < 1 and self.fill != "none":
            found["fill-opacity"] = number(self.alpha)
        if self.stroke != "none":
            found |= {"stroke": self.stroke, "stroke-width": number(self.width)}
            if self.stroke_alpha < 1:
                found["stroke-opacity"] = number(self.stroke_alpha)
            if self.dash:
                found["stroke-dasharray"] = " ".join(number(value) for value in self.dash)
        return found


class Picture:
    """One SVG under construction; later shapes lie over earlier ones."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.box = Box(0, 0, width, height)
        self._root = etree.Element(
            f"{{{SVG_NAMESPACE}}}svg",
            {
                "width": number(width),
                "height": number(height),
                "viewBox": f"0 0 {number(width)} {number(height)}",
                "font-family": FONT_FAMILY,
            },
            nsmap=cast("dict[str, str]", {None: SVG_NAMESPACE}),  # the stub forgets None
        )
        self._here = self._root
        self._write(self._add("title", {}), title)
        self._defs = self._add("defs", {})
        self._gradients: dict[tuple[str, str, bool], str] = {}

    def _add(self, name: str, attributes: dict[str, str]) -> etree._Element:
        return etree.SubElement(self._here, f"{{{SVG_NAMESPACE}}}{name}", attributes)

    @staticmethod
    def _write(element: etree._Element, text: str) -> None:
        try:
            element.text = text
        except ValueError as error:
            raise CompileError(f"text {text!r}", str(error), "printable characters") from error

    @contextmanager
    def group(self, component: str, id_: str = "") -> Iterator[None]:
        """Shapes drawn inside belong to one named component."""
        outer = self._here
        self._here = self._add("g", {"data-component": component})
        if id_:
            self._here.set("data-id", id_)
        yield
        self._here = outer

    def gradient(self, first: str, second: str, *, vertical: bool = False) -> str:
        """Paint that runs from one colour to another over a shape."""
        key = (first, second, vertical)
        if key not in self._gradients:
            name = f"g{len(self._gradients) + 1}"
            ends = {"x1": "0", "y1": "0", "x2": "0" if vertical else "1", "y2": str(int(vertical))}
            element = etree.SubElement(
                self._defs, f"{{{SVG_NAMESPACE}}}linearGradient", {"id": name, **ends}
            )
            for offset, colour in (("0", first), ("1", second)):
                stop = {"offset": offset, "stop-color": colour}
                etree.SubElement(element, f"{{{SVG_NAMESPACE}}}stop", stop)
            self._gradients[key] = name
        return f"url(#{self._gradients[key]})"

    def rect(self, box: Box, paint: Paint, radius: float = 0) -> None:
        """A rectangle with round corners."""
        place = {"x": box.x, "y": box.y, "width": box.w, "height": box.h}
        attributes = {name: number(value) for name, value in place.items()}
        if radius > 0:
            attributes["rx"] = number(min(radius, box.w / 2, box.h / 2))
        self._add("rect", attributes | paint.attributes())

    def circle(self, cx: float, cy: float, r: float, paint: Paint) -> None:
        """A circle."""
        attributes = {"cx": number(cx), "cy": number(cy), "r": number(r)}
        self._add("circle", attributes | paint.attributes())

    def line(self, points: Sequence[Point], paint: Paint) -> None:
        """An open chain of straight lines with round joints."""
        chain = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        attributes = {"points": chain, "stroke-linecap": "round", "stroke-linejoin": "round"}
        self._add("polyline", attributes | paint.attributes())

    def polygon(self, points: Sequence[Point], paint: Paint) -> None:
        """A closed chain of straight lines."""
        chain = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add("polygon", {"points": chain, "stroke-linejoin": "round"} | paint.attributes())

    def text(
        self,
        at: Point,
        content: str,
        *,
        size: float,
        fill: str,
        weight: int = 400,
        anchor: str = "start",
    ) -> None:
        """One line of text; `at` is its baseline at the left, middle or right end (`anchor`)."""
        attributes = {"x": number(at[0]), "y": number(at[1]), "font-size": number(size)}
        attributes |= {"font-weight": str(weight), "fill": fill}
        if anchor != "start":
            attributes["text-anchor"] = anchor
        self._write(self._add("text", attributes), content)

    def element(self, name: str, attributes: dict[str, str], words: str = "") -> None:
        """An element as a document spells it; the allow-list decides whether it may be shown."""
        self._write(self._add(name, attributes), words) if words else self._add(name, attributes)

    def source(self) -> str:
        """The whole picture as SVG text."""
        return etree.tostring(self._root, encoding="unicode") + "\n"
