"""Cards: words in a panel, with a state or variant, a mark, a figure, a meter, pills and lines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from engine.compiler.blocks import Block, Kit, Stack, fitted
from engine.compiler.colour import mix
from engine.compiler.components import badge, draw_stack, panel
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import Copy, Step, measure
from engine.compiler.text import Stack as Lines
from engine.compiler.theme import Look
from engine.dsl.scene import Part

TITLE, NOTE = 24.0, 18.0
"""Text sizes of a card at scale 1."""
UPRIGHT = 250.0
"""A card narrower than this has its mark above its words, at scale 1."""
METER = 13.0
FIGURE = 46.0


@dataclass(frozen=True)
class Skin:
    """Colours of a card in a state or variant."""

    fill: str
    ground: str
    stroke: str
    ink: str
    quiet: str
    colour: str


def skin(picture: Picture, look: Look, manner: str) -> Skin:
    """The skin that a state or variant means; `fill` may be a gradient, `ground` is its colour."""
    palette, tone, colour = look.palette, look.tone, look.state(manner)
    if manner == "hero":
        fill = picture.gradient(tone.accent, mix(tone.accent, "#ffffff", 0.24), vertical=True)
        ink = look.upon(tone.accent)
        return Skin(fill, tone.accent, tone.accent, ink, ink, ink)
    strength = {"normal": 0.0, "default": 0.0, "note": 0.0, "metric": 0.06}.get(manner, 0.13)
    base = palette.surface_2 if manner == "note" else palette.surface
    fill = mix(base, colour, strength)
    stroke = mix(palette.border, colour, 0.75 if strength > 0.1 else 0.25)
    return Skin(fill, fill, stroke, palette.ink, look.quiet(fill), colour)


def mark(
    picture: Picture, look: Look, at: Point, r: float, manner: str, on: Skin | None = None
) -> None:
    """The sign of a state or variant: a ring, diamond, tick, bar with dot, cross, bars or lines."""
    x, y = at
    colour = on.colour if on and manner == "hero" else look.state(manner)
    if manner in ("normal", "default"):
        picture.circle(x, y, r * 0.62, Paint(stroke=colour, width=r * 0.3))
        return
    if manner in ("highlight", "hero"):
        tips = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
        picture.polygon(tips, Paint(colour, colour, 1))
        return
    picture.circle(x, y, r, Paint(colour))
    pen = Paint(stroke=look.upon(colour), width=max(2.0, r * 0.24))
    strokes: dict[str, list[list[Point]]] = {
        "success": [[(-0.45, 0.02), (-0.12, 0.38), (0.48, -0.36)]],
        "warning": [[(0, -0.5), (0, 0.12)], [(0, 0.5), (0, 0.5)]],
        "danger": [[(-0.38, -0.38), (0.38, 0.38)], [(-0.38, 0.38), (0.38, -0.38)]],
        "metric": [[(-0.4, 0.42), (-0.4, 0)], [(0, 0.42), (0, -0.25)], [(0.4, 0.42), (0.4, -0.5)]],
        "note": [
            [(-0.42, -0.3), (0.42, -0.3)],
            [(-0.42, 0.05), (0.42, 0.05)],
            [(-0.42, 0.4), (0, 0.4)],
        ],
    }
    for line in strokes[manner]:
        picture.line([(x + dx * r, y + dy * r) for dx, dy in line], pen)


def meter(picture: Picture, look: Look, box: Box, value: int, size: float, on: Skin) -> None:
    """A bar filled up to a value of 100, with the value at its end."""
    label = str(value)
    room = measure("100", size, 600) + 12
    track = Box(box.x, box.cy - METER / 2, box.w - room, METER)
    empty = mix(on.ground, look.palette.muted, 0.28)
    picture.rect(track, Paint(empty), METER / 2)
    if value:
        ends = (look.tone.accent, look.tone.accent_2)
        if on.fill != on.ground:  # upon a gradient the accent would not show
            ends = (on.ink, on.ink)
        lit = Box(track.x, track.y, max(METER * 0.6, track.w * value / 100), METER)
        picture.rect(lit, Paint(picture.gradient(*ends)), METER / 2)
    at = (box.right, box.cy + size * 0.35)
    picture.text(at, label, size=size, fill=on.ink, weight=600, anchor="end")


@dataclass(frozen=True)
class Card:
    """One component as a card: words, and whatever of mark, figure, meter, lines, pills it has.

    `manner` is a state or variant; `number` a label in a disc, `tag` one in the upper right corner;
    `inner` are blocks under the words.
    """

    kit: Kit
    part: Part
    manner: str = "normal"
    number: str = ""
    figure: str = ""
    value: int | None = None
    inner: Sequence[Block] = ()
    pills: Sequence[Part] = ()
    title: float = TITLE
    note: float = NOTE
    marked: bool = True
    middle: bool = False
    tag: str = ""

    @property
    def _pad(self) -> float:
        return self.kit.pad + 2

    @property
    def _r(self) -> float:
        return self.kit.size(14)

    @property
    def _has_mark(self) -> bool:
        return bool(self.number) or self.marked

    def _upright(self, width: float) -> bool:
        return bool(self.figure) or width < UPRIGHT * self.kit.scale

    def _indent(self, width: float) -> float:
        return 2 * self._r + 14 if self._has_mark and not self._upright(width) else 0.0

    def _head(self, width: float) -> float:
        """Height of the line that holds mark and figure, if they stand above the words."""
        if not self._upright(width):
            return 0.0
        figure = self._figure_size(width) * 0.86 if self.figure else 0.0
        return max(2 * self._r if self._has_mark else 0.0, figure) + (
            self.kit.size(12) if self._has_mark or self.figure else 0.0
        )

    def _figure_size(self, width: float) -> float:
        room = width - 2 * self._pad - (2 * self._r + 14 if self._has_mark else 0)
        size = self.kit.size(FIGURE)
        return min(size, size * room / max(1.0, measure(self.figure, size, 700)))

    def _words(self, width: float) -> Lines:
        inner = width - 2 * self._pad - self._indent(width)
        inner -= self._tag_width if not self._upright(width) else 0.0
        step = self.kit.step(self.title, self.note)
        return fitted(self.kit.copy(self.part), inner, step, f"{self.part.kind} {self.part.id}")

    @property
    def _tag_width(self) -> float:
        return self.kit.size(26) if self.tag else 0.0

    def _tail(self) -> Stack:
        blocks: list[Block] = [*self.inner]
        blocks += [Pill(self.kit, part) for part in self.pills]
        return Stack(blocks, self.kit.size(9), [0.0] * len(blocks))

    @property
    def _meter_height(self) -> float:
        return self.kit.size(30) if self.value is not None else 0.0

    def height(self, width: float) -> float:
        """Height of all that the card holds, one under the other."""
        words = self._words(width).height
        indent = self._indent(width)
        if indent:
            words = max(words, 2 * self._r)
        tail = self._tail()
        inner = tail.height(width - 2 * self._pad - indent)
        inner += self.kit.size(12) if tail.blocks else 0.0
        return 2 * self._pad + self._head(width) + words + inner + self._meter_height

    def draw(self, picture: Picture, box: Box, *, named: bool = True) -> None:
        """Draw the card over the whole box; unnamed, it is but a piece of its component."""
        look, part = self.kit.look, self.part
        with picture.group(part.kind, part.id) if named else nullcontext():
            dress = skin(picture, look, self.manner)
            panel(picture, look, box, fill=dress.fill, stroke=dress.stroke)
            self._trim(picture, box, dress)
            spare = box.h - self.height(box.w)
            y = box.y + self._pad + (spare / 2 if self.middle and self.value is None else 0)
            x, indent, head = box.x + self._pad, self._indent(box.w), self._head(box.w)
            words = self._words(box.w)
            if self._has_mark:
                first = words.step.title if indent else head - self.kit.size(12)
                self._draw_mark(picture, (x + self._r, y + max(self._r, first / 2)), dress)
            if self.tag:
                size = self.kit.size(16)
                corner = (box.right - self._pad, box.y + self._pad + size * 0.8)
                picture.text(
                    corner, self.tag, size=size, fill=dress.quiet, weight=600, anchor="end"
                )
            if self.figure:
                size = self._figure_size(box.w)
                at = (x + (2 * self._r + 14 if self._has_mark else 0), y + size * 0.78)
                ink = dress.ink if self.manner == "hero" else look.coloured(dress.ground)
                picture.text(at, self.figure, size=size, fill=ink, weight=700)
            draw_stack(picture, (x + indent, y + head), words, dress.ink, dress.quiet)
            tall = max(words.height, 2 * self._r) if indent else words.height
            y += head + tall + self.kit.size(12)
            tail = self._tail()
            inner = Box(x + indent, y, box.w - 2 * self._pad - indent, 0)
            tail.draw(picture, Box(inner.x, inner.y, inner.w, tail.height(inner.w)))
            if self.value is not None:
                foot = box.bottom - self._pad - self.kit.size(10)
                gauge = Box(box.x + self._pad, foot - 8, box.w - 2 * self._pad, 16)
                meter(picture, look, gauge, self.value, self.kit.size(17), dress)
            self.kit.ring(picture, part, box)

    def _draw_mark(self, picture: Picture, at: Point, dress: Skin) -> None:
        if self.number:
            fill = dress.ink if self.manner == "hero" else None
            badge(picture, self.kit.look, at, self.number, r=self._r, fill=fill)
        else:
            mark(picture, self.kit.look, at, self._r * 0.86, self.manner, dress)

    def _trim(self, picture: Picture, box: Box, dress: Skin) -> None:
        """What a numbered card shows of its manner: an edge on its left, or a band on its top."""
        if self.manner == "metric":
            band = Box(box.x + self._pad, box.y, box.w - 2 * self._pad, 5)
            picture.rect(band, Paint(dress.colour), 2.5)
        elif self.manner == "note" or (self.number and self.manner not in ("normal", "hero")):
            edge = Box(box.x + 5, box.y + 12, 5, box.h - 24)
            picture.rect(edge, Paint(dress.colour), 2.5)


@dataclass(frozen=True)
class Pill:
    """A title in a round tag."""

    kit: Kit
    part: Part
    size: float = 15.5

    def _words(self, width: float) -> Lines:
        copy = Copy(self.kit.copy(self.part).title)
        size = self.kit.size(self.size)
        return fitted(copy, width - size * 1.5, Step(size, size), f"pill {self.part.id}")

    def height(self, width: float) -> float:
        """Height of the tag."""
        return self._words(width).height + self.kit.size(self.size) * 0.85

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the tag as wide as its words, at the left of the box."""
        look = self.kit.look
        words = self._words(box.w)
        size = words.step.title
        width = max(measure(line, size, Lines.TITLE_WEIGHT) for line in words.title) + size * 1.4
        tag = Box(box.x, box.y, width, self.height(box.w))
        with picture.group(self.part.kind, self.part.id):
            fill = look.tone.accent
            picture.rect(tag, Paint(fill, look.palette.surface, 1), min(tag.h / 2, size * 0.95))
            at = (tag.x + size * 0.7, tag.cy - words.height / 2)
            draw_stack(picture, at, words, look.upon(fill), look.upon(fill))


@dataclass(frozen=True)
class Item:
    """A line of words behind a bullet, upon a card in a manner; with a meter if it has a value."""

    kit: Kit
    part: Part
    value: int | None = None
    upon: str = "normal"

    def _words(self, width: float) -> Lines:
        step = self.kit.step(19, 16)
        return fitted(self.kit.copy(self.part), width - self._indent, step, self.part.id)

    @property
    def _indent(self) -> float:
        return self.kit.size(22)

    def height(self, width: float) -> float:
        """Height of the words, and of the meter under them."""
        return self._words(width).height + (self.kit.size(28) if self.value is not None else 0)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw bullet, words and meter."""
        look = self.kit.look
        words = self._words(box.w)
        dress = skin(picture, look, self.upon)
        with picture.group(self.part.kind, self.part.id):
            r = self.kit.size(5)
            at = (box.x + r + 1, box.y + words.step.title * 0.52)
            bullet = dress.ink if self.upon == "hero" else look.tone.accent
            picture.circle(*at, r, Paint(bullet))
            draw_stack(picture, (box.x + self._indent, box.y), words, dress.ink, dress.quiet)
            if self.value is not None:
                y = box.y + words.height + self.kit.size(6)
                gauge = Box(box.x + self._indent, y, box.w - self._indent, self.kit.size(20))
                meter(picture, look, gauge, self.value, self.kit.size(16), dress)
            self.kit.ring(picture, self.part, box.inset(-2), 6)


@dataclass(frozen=True)
class Strip:
    """A band over the whole width: title beside note, with an edge or filled with the accent."""

    kit: Kit
    part: Part
    strong: bool = False
    lead: str = ""

    def _words(self, width: float) -> Lines:
        inner = width - 2 * self.kit.pad - 22
        step = self.kit.step(22, 18)
        return fitted(self.kit.copy(self.part), inner, step, f"{self.part.kind} {self.part.id}")

    def height(self, width: float) -> float:
        """Height of the words with their air."""
        return self._words(width).height + 2 * self.kit.pad

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the band over the whole box."""
        look = self.kit.look
        manner = "hero" if self.strong else "note"
        with picture.group(self.part.kind, self.part.id):
            dress = skin(picture, look, manner)
            panel(picture, look, box, fill=dress.fill, stroke=dress.stroke)
            colour = dress.ink if self.strong else look.tone.accent
            picture.rect(Box(box.x + 9, box.y + 10, 6, box.h - 20), Paint(colour), 3)
            words = self._words(box.w)
            at = (box.x + 22 + self.kit.pad, box.cy - words.height / 2)
            draw_stack(picture, at, words, dress.ink, dress.quiet)
