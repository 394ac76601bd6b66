"""Tables: rows under shared columns, with words, meters or marked cells, upon one panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.compiler.blocks import GAPS, Kit, fitted
from engine.compiler.cards import mark, skin
from engine.compiler.colour import mix
from engine.compiler.components import draw_stack, panel
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Copy, Step, measure
from engine.compiler.text import Stack as Lines
from engine.dsl.scene import Part

FIRST = 0.4
"""Share of the width that the first column takes; it holds the words of the rows."""
DOT = 15.0


@dataclass(frozen=True)
class Head:
    """One column: the component that stands for it, if any, and the content that it names."""

    ref: str
    part: Part | None = None


@dataclass(frozen=True)
class Row:
    """One row: its component, its state, and whether it heads a block of rows."""

    part: Part
    state: str = "normal"
    block: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under columns. A cell shows the level that an item has in a column.

    `across` turns the table: columns are items then, and rows are what they are measured by.
    `meters` shows levels as dots over their word; `cards` sets each row on a card of its own.
    """

    kit: Kit
    heads: Sequence[Head]
    rows: Sequence[Row]
    marks: Sequence[Part] = ()
    across: bool = False
    meters: bool = False
    cards: bool = False

    @property
    def _air(self) -> float:
        return self.kit.size(9) * GAPS[self.kit.scene.setting["gap"]]

    @property
    def _gutter(self) -> float:
        return self._air if self.cards else 0.0

    @property
    def _step(self) -> Step:
        return self.kit.step(20, 16)

    def _columns(self, width: float) -> list[tuple[float, float]]:
        """Left edge and width of the words of the rows, then of each column."""
        inner = width - 2 * self.kit.pad
        first = inner * (FIRST if len(self.heads) < 4 else 0.34)
        rest = (inner - first) / len(self.heads)
        lefts = [self.kit.pad + first + i * rest for i in range(len(self.heads))]
        return [(self.kit.pad, first), *((left, rest) for left in lefts)]

    def _head_words(self, width: float) -> list[Lines]:
        columns = self._columns(width)[1:]
        step = self.kit.step(19, 14.5)
        return [
            fitted(self.kit.words.copy(head.ref), w - 20, step, f"column {head.ref}")
            for head, (_, w) in zip(self.heads, columns, strict=True)
        ]

    def _row_words(self, row: Row, width: float) -> Lines:
        room = width - 2 * self.kit.pad if row.block else self._columns(width)[0][1]
        indent = 0.0 if row.block else self._indent
        step = self.kit.step(18, 15) if row.block else self._step
        return fitted(self.kit.copy(row.part), room - indent - 14, step, f"row {row.part.id}")

    @property
    def _indent(self) -> float:
        return self.kit.size(34)

    def _cell(self, row: Row, head: Head) -> tuple[int, tuple[str, ...]]:
        item, column = (head.ref, row.part.ref) if self.across else (row.part.ref, head.ref)
        return self.kit.words.level(item, column)

    def _cell_words(self, row: Row, head: Head, width: float) -> Lines:
        level, scale = self._cell(row, head)
        size = self.kit.size(16.5)
        return fitted(Copy(scale[level]), width - 34, Step(size, size), f"cell {row.part.id}")

    def _row_height(self, row: Row, width: float) -> float:
        words = self._row_words(row, width).height
        if row.block:
            return words + 1.4 * self._air
        columns = self._columns(width)[1:]
        cells = [
            self._cell_words(row, head, w).height + (self.kit.size(DOT + 10) if self.meters else 0)
            for head, (_, w) in zip(self.heads, columns, strict=True)
        ]
        return max(words, *cells) + 2 * self._air

    def _head_height(self, width: float) -> float:
        return max(words.height for words in self._head_words(width)) + 2.2 * self._air

    def height(self, width: float) -> float:
        """Head and all rows."""
        rows = [self._row_height(row, width) for row in self.rows]
        return self._head_height(width) + sum(rows) + self._gutter * len(rows)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the panel, the head, then row by row; room to spare is shared by the rows."""
        look = self.kit.look
        spare = (box.h - self.height(box.w)) / max(1, sum(not row.block for row in self.rows))
        head = Box(box.x, box.y, box.w, self._head_height(box.w))
        if not self.cards:
            panel(picture, look, box)
        self._draw_head(picture, head)
        y = head.bottom + self._gutter
        plain = 0
        for row in self.rows:
            height = self._row_height(row, box.w) + (0 if row.block else spare)
            strip = Box(box.x, y, box.w, height)
            with picture.group(row.part.kind, row.part.id):
                if row.block:
                    self._draw_block(picture, row, strip)
                else:
                    self._draw_row(picture, row, strip, plain, row is self.rows[-1])
                    plain += 1
            self._draw_marks(picture, row, strip)
            y = strip.bottom + self._gutter

    def _draw_head(self, picture: Picture, box: Box) -> None:
        look = self.kit.look
        fill = mix(look.palette.surface_2, look.tone.accent, 0.2)
        picture.rect(box, Paint(fill, look.palette.border, 1.2), look.density.radius)
        for head, words, (left, w) in zip(
            self.heads, self._head_words(box.w), self._columns(box.w)[1:], strict=True
        ):
            at = (box.x + left + 10, box.cy - words.height / 2)
            tick = Box(at[0] - 10, box.y + 10, 3, box.h - 20)
            if head.part is None:
                picture.rect(tick, Paint(look.tone.accent), 1.5)
                draw_stack(picture, at, words, look.palette.ink, look.quiet(fill))
                continue
            with picture.group(head.part.kind, head.part.id):
                picture.rect(tick, Paint(look.tone.accent), 1.5)
                draw_stack(picture, at, words, look.palette.ink, look.quiet(fill))
                room = Box(at[0] - 10, box.y + 6, w - 6, box.h - 12)
                self.kit.ring(picture, head.part, room.inset(5), 4)

    def _draw_block(self, picture: Picture, row: Row, box: Box) -> None:
        look = self.kit.look
        fill = look.wash(0.1)
        picture.rect(box.inset(1.5, 0), Paint(fill))
        picture.rect(Box(box.x + 1.5, box.y, 6, box.h), Paint(look.tone.accent))
        words = self._row_words(row, box.w)
        at = (box.x + self.kit.pad, box.cy - words.height / 2)
        draw_stack(picture, at, words, look.coloured(fill), look.quiet(fill))

    def _draw_row(self, picture: Picture, row: Row, box: Box, index: int, last: bool) -> None:
        look, palette = self.kit.look, self.kit.look.palette
        dress = skin(picture, look, row.state)
        if row.state == "normal" and index % 2 and not self.cards:
            fill = mix(palette.surface, palette.surface_2, 0.7)
            dress = replace(dress, fill=fill, ground=fill, quiet=look.quiet(fill))
        if self.cards:
            panel(picture, look, box, fill=dress.fill, stroke=dress.stroke)
        else:
            inner = box.inset(1.5, 0)
            picture.rect(inner, Paint(dress.fill))
            if not last:
                line = [(box.x + 10, box.bottom), (box.right - 10, box.bottom)]
                picture.line(line, Paint(stroke=palette.border, width=1))
        words = self._row_words(row, box.w)
        top = box.cy - words.height / 2
        r = self.kit.size(11)
        at = (box.x + self.kit.pad + r, top + words.step.title * 0.52)
        mark(picture, look, at, r, row.state)
        at = (box.x + self.kit.pad + self._indent, top)
        draw_stack(picture, at, words, dress.ink, dress.quiet)
        for head, (left, w) in zip(self.heads, self._columns(box.w)[1:], strict=True):
            self._draw_cell(picture, row, head, Box(box.x + left, box.y, w, box.h), dress.ground)
        self.kit.ring(picture, row.part, box.inset(7, 5), 6)

    def _draw_cell(self, picture: Picture, row: Row, head: Head, box: Box, ground: str) -> None:
        look = self.kit.look
        words = self._cell_words(row, head, box.w)
        tall = self.kit.size(DOT + 10) if self.meters else 0.0
        y = box.cy - (words.height + tall) / 2
        if self.meters:
            level, scale = self._cell(row, head)
            for i in range(len(scale)):
                dot = Box(box.x + 10 + i * self.kit.size(DOT + 9), y, *(self.kit.size(DOT),) * 2)
                lit = mix(look.tone.accent, look.tone.accent_2, i / len(scale))
                fill = lit if i <= level else mix(ground, look.palette.muted, 0.3)
                picture.rect(Box(dot.x, dot.y, self.kit.size(DOT + 4), dot.h), Paint(fill), 4)
        at = (box.x + 10, y + tall)
        draw_stack(picture, at, words, look.palette.ink, look.quiet(ground))

    def _draw_marks(self, picture: Picture, row: Row, box: Box) -> None:
        """Marked cells of a row, on top of it: a frame in the colour of the state, and its sign."""
        look = self.kit.look
        places = {head.part.id: i for i, head in enumerate(self.heads, 1) if head.part}
        for part in self.marks:
            if part.source != row.part.id:
                continue
            left, width = self._columns(box.w)[places[part.target]]
            cell = Box(box.x + left, box.y, width, box.h).inset(0, 4)
            with picture.group(part.kind, part.key):
                colour = look.state(part.place)
                picture.rect(cell, Paint(stroke=colour, width=3), 6)
                r = self.kit.size(8)
                mark(picture, look, (cell.right - r - 6, cell.y + r + 6), r, part.place)


@dataclass(frozen=True)
class Legend:
    """What the signs of a picture mean, in one line, or in two where it is narrow."""

    kit: Kit
    part: Part
    signs: Sequence[tuple[str, str]]

    @property
    def _size(self) -> float:
        return self.kit.size(15.5)

    def _rows(self, width: float) -> list[list[tuple[str, str]]]:
        rows: list[list[tuple[str, str]]] = [[]]
        x = 0.0
        for sign, words in self.signs:
            step = self._step(words)
            if rows[-1] and x + step > width - 2 * self.kit.pad:
                rows.append([])
                x = 0.0
            rows[-1].append((sign, words))
            x += step
        return rows

    def _step(self, words: str) -> float:
        return self._size * 1.9 + measure(words, self._size, 500) + 26

    def height(self, width: float) -> float:
        """Height of its lines."""
        return len(self._rows(width)) * self._size * 1.7 + self.kit.pad * 1.2

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw signs and words, line by line."""
        look, size = self.kit.look, self._size
        ground = look.palette.surface_2
        with picture.group(self.part.kind, self.part.id):
            panel(picture, look, box, fill=ground)
            y = box.cy - (len(self._rows(box.w)) - 1) * size * 0.85
            for row in self._rows(box.w):
                x = box.x + self.kit.pad
                for sign, words in row:
                    self._sign(picture, sign, (x + size * 0.6, y))
                    at = (x + size * 1.6, y + size * 0.35)
                    ink = look.quiet(ground)
                    picture.text(at, words, size=size, fill=ink, weight=500)
                    x += self._step(words)
                y += size * 1.7

    def _sign(self, picture: Picture, sign: str, at: tuple[float, float]) -> None:
        look, r = self.kit.look, self._size * 0.55
        if not sign.isdigit():
            mark(picture, look, at, r, sign)
            return
        lit = mix(look.tone.accent, look.tone.accent_2, int(sign) / 4)
        picture.rect(Box(at[0] - r, at[1] - r, 2 * r, 2 * r), Paint(lit), 4)
