"""Charts: bars over one floor, upright or lying, with an axis, brackets over runs, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.errors import CompileError
from engine.compiler.blocks import GAPS, Kit, fitted
from engine.compiler.colour import mix
from engine.compiler.components import badge, draw_stack, panel
from engine.compiler.spans import Brackets, Span
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Stack as Lines
from engine.compiler.text import measure
from engine.dsl.scene import Part

LETTERS = "abcdef"
TICKS = (0, 25, 50, 75, 100)
BAR_MOST = 120.0
PLOT_LEAST = 250.0
"""Least height of the field in which bars stand, at scale 1."""
LYING = 30.0
"""Thickness of a lying bar, at scale 1."""
TICK_GAP = 8.0
"""Least room between two numbers of the axis."""


@dataclass(frozen=True)
class Chart:
    """Bars with their values. `notes` maps a bar to the letters of what is noted of it."""

    kit: Kit
    bars: Sequence[Part]
    spans: Sequence[Part]
    notes: dict[str, str]
    axis: Part | None = None
    floor: Part | None = None
    lying: bool = False

    @property
    def _brackets(self) -> Brackets:
        return Brackets(self.kit, self.spans)

    @property
    def _pad(self) -> float:
        return self.kit.pad + 4

    @property
    def _tick(self) -> float:
        return self.kit.size(14)

    @property
    def _scale_room(self) -> float:
        """Room of the axis: left of upright bars, or above lying ones."""
        if self.axis is None:
            return 0.0
        return self._tick * 1.9 if self.lying else measure("100", self._tick, 500) + 14

    @property
    def _air(self) -> float:
        return 16 * GAPS[self.kit.scene.setting["gap"]]

    def _floor_words(self, width: float) -> Lines | None:
        if self.floor is None:
            return None
        step = self.kit.step(18, 15)
        return fitted(self.kit.copy(self.floor), width - 30, step, f"floor {self.floor.id}")

    def _floor_height(self, width: float) -> float:
        words = self._floor_words(width)
        return words.height + 18 if words else 4.0

    def _inner(self, width: float) -> float:
        return width - 2 * self._pad

    # Upright bars: slots side by side, words below the floor.

    def _slot(self, width: float) -> float:
        return (self._inner(width) - self._scale_room) / len(self.bars)

    def _words(self, part: Part, width: float) -> Lines:
        return fitted(self.kit.copy(part), width, self.kit.step(19, 15), f"bar {part.id}")

    def _upright_words(self, width: float) -> list[Lines]:
        return [self._words(part, self._slot(width) - self._air) for part in self.bars]

    def _slots(self, width: float) -> dict[str, Span]:
        slot = self._slot(width)
        return {
            part.id: (i * slot + self._air / 4, (i + 1) * slot - self._air / 4)
            for i, part in enumerate(self.bars)
        }

    def _runs(self, width: float) -> list[Span]:
        slots = self._slots(width)
        return [(slots[part.source][0], slots[part.target][1]) for part in self.spans]

    # Lying bars: rows one under the other, words left of the floor.

    def _label_width(self, width: float) -> float:
        return self._inner(width) * 0.32

    def _side(self, width: float) -> float:
        return self._brackets.width(self._inner(width))

    @property
    def _value_width(self) -> float:
        """Room behind a bar for its value and the letters of its notes."""
        return measure("100", self.kit.size(20), 700) + 16 + self.kit.size(40)

    def _plot_width(self, width: float) -> float:
        """Width of the field of lying bars; CompileError where its axis would not be legible."""
        room = self._inner(width) - self._side(width) - self._label_width(width) - self._value_width
        least = (len(TICKS) - 1) * (measure("100", self._tick, 500) + TICK_GAP)
        if room < least:
            raise CompileError("lying bars", f"{room:.0f} of room", f"at least {least:.0f}")
        return room

    def _row_height(self, part: Part, width: float) -> float:
        words = self._words(part, self._label_width(width) - 16)
        return max(words.height, self.kit.size(LYING)) + self._air

    def height(self, width: float) -> float:
        """Plot, words, floor and brackets with the panel around them."""
        inner, floor = self._inner(width), self._floor_height(width)
        if self.lying:
            self._plot_width(width)
            rows = sum(self._row_height(part, width) for part in self.bars)
            if self.spans:
                rows = max(rows, self._brackets.tall(self._side(width)))
            return rows + self._scale_room + floor + 12 + 2 * self._pad
        words = max(lines.height for lines in self._upright_words(width))
        below = self._brackets.height(self._runs(width), inner - self._scale_room)
        plot = PLOT_LEAST * max(1.0, self.kit.scale * 0.8)
        return plot + floor + words + 14 + below + 2 * self._pad

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the panel, the axis, the floor, the bars and the brackets."""
        panel(picture, self.kit.look, box)
        inner = box.inset(self._pad)
        if self.lying:
            self._draw_lying(picture, inner, box.w)
        else:
            self._draw_upright(picture, inner, box.w)

    def _draw_upright(self, picture: Picture, inner: Box, width: float) -> None:
        lines = self._upright_words(width)
        words = max(found.height for found in lines)
        room = Box(inner.x + self._scale_room, inner.y, inner.w - self._scale_room, inner.h)
        below = self._brackets.height(self._runs(width), room.w)
        plot = Box(
            room.x,
            room.y + self.kit.size(34),
            room.w,
            room.h - self.kit.size(34) - self._floor_height(width) - words - 14 - below,
        )
        if self.axis is not None:
            self._draw_axis(picture, plot, upright=True)
        slots = self._slots(width)
        for i, (part, found) in enumerate(zip(self.bars, lines, strict=True)):
            first, last = slots[part.id]
            middle, thick = room.x + (first + last) / 2, min(BAR_MOST, (last - first) * 0.62)
            with picture.group(part.kind, part.id):
                tall = plot.h * int(part.place) / 100
                bar = Box(middle - thick / 2, plot.bottom - tall, thick, tall)
                self._draw_bar(picture, bar, i, upright=True)
                self._draw_value(picture, part, middle, bar.y - 10)
                look = self.kit.look
                at = (room.x + first, plot.bottom + self._floor_height(width) + 12)
                quiet = look.quiet(look.palette.surface)
                draw_stack(picture, at, found, look.palette.ink, quiet)
                frame = Box(at[0] - 2, bar.y - self.kit.size(30), last - first, 0)
                low = at[1] + found.height + 2
                self.kit.ring(
                    picture, part, Box(frame.x, frame.y, frame.w, low - frame.y).inset(3), 6
                )
        self._draw_floor(picture, Box(room.x, plot.bottom, room.w, self._floor_height(width)))
        strip = Box(room.x, inner.bottom - below, room.w, below)
        self._brackets.under(picture, self._runs(width), strip)

    def _draw_lying(self, picture: Picture, inner: Box, width: float) -> None:
        side, label = self._side(width), self._label_width(width)
        value = self._value_width
        rows = Box(inner.x, inner.y + self._scale_room, inner.w - side, 0)
        floor = self._floor_height(width)
        field = inner.h - self._scale_room - floor - 12
        plot = Box(rows.x + label, rows.y, self._plot_width(width), field)
        spare = field - sum(self._row_height(part, width) for part in self.bars)
        if self.axis is not None:
            self._draw_axis(picture, plot, upright=False)
        boxes: dict[str, Box] = {}
        y = rows.y
        for i, part in enumerate(self.bars):
            height = self._row_height(part, width) + spare / len(self.bars)
            row = boxes[part.id] = Box(rows.x, y, rows.w - 8, height).inset(0, 4)
            y += height
            with picture.group(part.kind, part.id):
                words = self._words(part, label - 16)
                look = self.kit.look
                at = (row.x + 4, row.cy - words.height / 2)
                quiet = look.quiet(look.palette.surface)
                draw_stack(picture, at, words, look.palette.ink, quiet)
                thick = min(row.h - 4, self.kit.size(LYING) * 1.2)
                long = plot.w * int(part.place) / 100
                bar = Box(plot.x, row.cy - thick / 2, long, thick)
                self._draw_bar(picture, bar, i, upright=False)
                self._draw_value(picture, part, bar.right + value / 2, row.cy + self.kit.size(7))
                self.kit.ring(picture, part, row.inset(4, 3), 6)
        stem = Box(plot.x - 2, plot.y, 4, plot.h)
        picture.rect(stem, Paint(self.kit.look.state("normal")), 2)
        zone = Box(inner.right - side + 12, rows.y, side - 12, field)
        if self.spans:
            self._brackets.beside(picture, boxes, zone)
        self._draw_floor(picture, Box(rows.x, inner.bottom - floor, inner.w, floor))

    def _draw_bar(self, picture: Picture, bar: Box, index: int, *, upright: bool) -> None:
        """A bar whose foot stands on the floor; a value of 0 still has a foot."""
        look = self.kit.look
        first, last = look.tone.accent_2, look.tone.accent
        if index % 2:
            first, last = last, mix(last, look.palette.ink, 0.35)
        least = 4.0
        if upright and bar.h < least:
            bar = Box(bar.x, bar.bottom - least, bar.w, least)
        if not upright and bar.w < least:
            bar = Box(bar.x, bar.y, least, bar.h)
        picture.rect(bar, Paint(picture.gradient(first, last, vertical=upright)), 5)

    def _draw_value(self, picture: Picture, part: Part, x: float, y: float) -> None:
        """The value at the end of a bar, and the letters of its notes beside it."""
        look, size = self.kit.look, self.kit.size(20)
        letters = self.notes.get(part.id, "")
        r = self.kit.size(10)
        wide = measure(part.place, size, 700)
        whole = wide + len(letters) * (2 * r + 5)
        left = x - whole / 2
        ink = look.coloured(look.palette.surface)
        plate = Box(left - 5, y - size * 0.85, whole + 10, size * 1.1)
        picture.rect(plate, Paint(look.palette.surface), 4)
        picture.text((left, y), part.place, size=size, fill=ink, weight=700)
        for i, letter in enumerate(letters):
            at = (left + wide + 6 + r + i * (2 * r + 5), y - size * 0.35)
            badge(picture, look, at, letter, r=r)

    def _draw_axis(self, picture: Picture, plot: Box, *, upright: bool) -> None:
        look, size = self.kit.look, self._tick
        assert self.axis is not None
        with picture.group(self.axis.kind, self.axis.id):
            paint = Paint(stroke=mix(look.palette.surface, look.palette.border, 0.9), width=1.2)
            ink = look.quiet(look.palette.surface)
            for tick in TICKS:
                if upright:
                    y = plot.bottom - plot.h * tick / 100
                    picture.line([(plot.x, y), (plot.right, y)], paint)
                    at = (plot.x - 8, y + size * 0.35)
                    picture.text(at, str(tick), size=size, fill=ink, weight=500, anchor="end")
                else:
                    x = plot.x + plot.w * tick / 100
                    picture.line([(x, plot.y), (x, plot.bottom)], paint)
                    at = (x, plot.y - size * 0.5)
                    picture.text(at, str(tick), size=size, fill=ink, weight=500, anchor="middle")

    def _draw_floor(self, picture: Picture, box: Box) -> None:
        """The floor: a line, or a band with words where the scene has one."""
        look, words = self.kit.look, self._floor_words(box.w)
        if words is None or self.floor is None:
            picture.rect(Box(box.x, box.y, box.w, 4), Paint(look.state("normal")), 2)
            return
        with picture.group(self.floor.kind, self.floor.id):
            fill = mix(look.palette.surface_2, look.tone.accent, 0.25)
            picture.rect(box, Paint(fill, look.tone.accent, 1.2), 4)
            at = (box.x + 15, box.cy - words.height / 2)
            draw_stack(picture, at, words, look.palette.ink, look.quiet(fill))


@dataclass(frozen=True)
class Note:
    """What is noted of a bar: the letter by which the bar shows it, and the words."""

    kit: Kit
    part: Part
    letter: str

    def _words(self, width: float) -> Lines:
        room = width - 2 * self.kit.pad - self.kit.size(36)
        return fitted(self.kit.copy(self.part), room, self.kit.step(20, 16), self.part.id)

    def height(self, width: float) -> float:
        """Height of the words with their air."""
        return self._words(width).height + 2 * self.kit.pad

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw a panel with the letter and the words."""
        look = self.kit.look
        ground = look.palette.surface_2
        with picture.group(self.part.kind, self.part.id):
            panel(picture, look, box, fill=ground)
            r = self.kit.size(13)
            badge(picture, look, (box.x + self.kit.pad + r, box.cy), self.letter, r=r)
            words = self._words(box.w)
            at = (box.x + self.kit.pad + self.kit.size(36), box.cy - words.height / 2)
            draw_stack(picture, at, words, look.palette.ink, look.quiet(ground))
