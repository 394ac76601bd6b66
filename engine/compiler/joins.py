"""Joins between cards in a grid: straight to a neighbour, else through the channels between cards.

Every piece of a join that runs in a channel has a track of its own there, so that no two joins ever
lie upon each other; they may cross.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from engine.compiler.blocks import Kit
from engine.compiler.cards import Card
from engine.compiler.components import connect
from engine.compiler.svg import Box, Picture, Point
from engine.dsl.scene import Part

STRAIGHT = 46.0
"""Least gap that a straight connector crosses."""
PITCH = 13.0
"""Distance of two tracks in a channel."""
PORT = 12.0
"""Least distance of two connectors at one card."""


@dataclass(frozen=True)
class Joined:
    """Cards in rows of so many columns, each joined to the next one."""

    kit: Kit
    cards: Sequence[Card]
    columns: int

    @property
    def _gap(self) -> float:
        return max(STRAIGHT, self.kit.gap * 2)

    def _rows(self) -> list[Sequence[Card]]:
        return [
            self.cards[i : i + self.columns] for i in range(0, len(self.cards), self.columns)
        ]

    def _heights(self, width: float) -> list[float]:
        room = (width - self._gap * (self.columns - 1)) / self.columns
        return [max(card.height(room) for card in row) for row in self._rows()]

    def height(self, width: float) -> float:
        """Sum of the rows with the gaps between."""
        heights = self._heights(width)
        return sum(heights) + self._gap * (len(heights) - 1)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the cards, then a connector from each to the next."""
        heights = self._heights(box.w)
        spare = (box.h - self.height(box.w)) / len(heights)
        boxes: list[Box] = []
        y = box.y
        for row, height in zip(self._rows(), heights, strict=True):
            strip = Box(box.x, y, box.w, height + spare)
            cells = strip.columns(self.columns, self._gap)
            for card, cell in zip(row, cells, strict=False):
                card.draw(picture, cell)
                boxes.append(cell)
            y += height + spare + self._gap
        connector = self.kit.scene.setting["connector"]
        for a, b in zip(boxes, boxes[1:], strict=False):
            colour = self.kit.look.tone.accent
            connect(picture, _between(a, b), colour, connector, width=4)


def _between(a: Box, b: Box) -> list[Point]:
    """From the edge of a box to that of the next: to the right, or down to the row below."""
    if b.y < a.bottom:
        return [(a.right + 7, a.cy), (b.x - 7, b.cy)]
    if abs(a.cx - b.cx) < 1:
        return [(a.cx, a.bottom + 6), (b.cx, b.y - 6)]
    middle = (a.bottom + b.y) / 2
    return [(a.cx, a.bottom + 6), (a.cx, middle), (b.cx, middle), (b.cx, b.y - 6)]
