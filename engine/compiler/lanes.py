"""Lanes: cards in rows and columns, joined by routed links; the rows of a lane may have a label."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.compiler.blocks import Block, Kit, fitted
from engine.compiler.cards import Card
from engine.compiler.components import connect, draw_stack
from engine.compiler.joins import Cell, Channels, Link, rounded
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Stack as Lines
from engine.dsl.scene import Part

STRAIGHT = 46.0
"""Least gap that a straight connector crosses."""
LABEL = 168.0


@dataclass(frozen=True)
class Lane:
    """Cards in reading order, and the component that labels them, if any."""

    cards: Sequence[Card]
    label: Part | None = None


@dataclass(frozen=True)
class Joint:
    """A link to draw: its component if it has one, and its manner."""

    source: str
    target: str
    connector: str
    part: Part | None = None
    second: bool = False

    @property
    def key(self) -> str:
        """Name of the link: two components may join the same cards."""
        return f"{self.part.kind if self.part else ''}{self.source}->{self.target}"


@dataclass(frozen=True)
class Lanes:
    """Lanes one under the other, each in rows of at most `columns` cards, with their links."""

    kit: Kit
    lanes: Sequence[Lane]
    columns: int
    joints: Sequence[Joint] = field(default_factory=tuple)

    @cached_property
    def _rows(self) -> list[tuple[int, Sequence[Card]]]:
        """Lane and cards of each row, the rows of a lane as evenly filled as it goes."""
        rows: list[tuple[int, Sequence[Card]]] = []
        for i, lane in enumerate(self.lanes):
            number = max(1, -(-len(lane.cards) // self.columns))
            each = max(1, -(-len(lane.cards) // number))
            starts = range(0, max(1, len(lane.cards)), each)
            rows += [(i, lane.cards[s : s + each]) for s in starts]
        return rows

    @property
    def _wide(self) -> int:
        return max(1, *(len(cards) for _, cards in self._rows))

    @cached_property
    def _channels(self) -> Channels:
        cells: dict[str, Cell] = {
            card.part.id: (r, c)
            for r, (_, cards) in enumerate(self._rows)
            for c, card in enumerate(cards)
        }
        links = [Link(joint.key, joint.source, joint.target) for joint in self.joints]
        return Channels(links, cells)

    @property
    def _labelled(self) -> bool:
        return any(lane.label for lane in self.lanes)

    @property
    def _label_width(self) -> float:
        return LABEL * max(1.0, self.kit.scale) if self._labelled else 0.0

    @property
    def _lane_pad(self) -> float:
        return self.kit.gap * 0.6 if self._labelled else 0.0

    def _gutters(self) -> list[float]:
        """Widths of the channels between columns, with one at each end."""
        least = max(STRAIGHT, self.kit.gap * 2.1)
        inner = [self._channels.column_width(c, least) for c in range(1, self._wide)]
        ends = [self._channels.column_width(c, 0.0) for c in (0, self._wide)]
        return [ends[0], *inner, ends[1]]

    def _card_width(self, width: float) -> float:
        rest = width - self._label_width - 2 * self._lane_pad - sum(self._gutters())
        return rest / self._wide

    def _label(self, lane: Lane) -> Lines | None:
        if lane.label is None:
            return None
        room = self._label_width - 2 * self.kit.pad
        where = f"{lane.label.kind} {lane.label.id}"
        return fitted(self.kit.copy(lane.label), room, self.kit.step(20, 15.5), where)

    def _row_heights(self, width: float) -> list[float]:
        cards = self._card_width(width)
        heights = []
        for lane, row in self._rows:
            label = self._label(self.lanes[lane])
            least = label.height if label else self.kit.size(40)
            heights.append(max([least, *(card.height(cards) for card in row)]))
        return heights

    def _channel_heights(self) -> list[float]:
        """Heights of the channels above each row and below the last; lanes stand further apart."""
        heights = [self._channels.row_height(0, 0.0)]
        for above, below in zip(self._rows, self._rows[1:], strict=False):
            row = len(heights)
            least = STRAIGHT if above[0] == below[0] else 2 * self._lane_pad + self.kit.gap
            straight = any(
                way.straight and way.leaves in ("top", "bottom")
                for way in self._channels.ways.values()
            )
            least = max(least, STRAIGHT) if straight else max(least, self.kit.gap)
            heights.append(self._channels.row_height(row, least))
        return [*heights, self._channels.row_height(len(self._rows), 0.0)]

    def height(self, width: float) -> float:
        """Rows and the channels between."""
        return sum(self._row_heights(width)) + sum(self._channel_heights()) + 2 * self._lane_pad

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the lanes' beds with their labels, the cards, then the links."""
        spare = max(0.0, box.h - self.height(box.w)) / len(self._rows)
        channels, gutters = self._channel_heights(), self._gutters()
        card_width = self._card_width(box.w)
        left = box.x + self._label_width + self._lane_pad
        boxes: dict[str, Box] = {}
        between: dict[int, Box] = {}
        beds: dict[int, list[Box]] = {}
        y = box.y + self._lane_pad
        for r, (lane, cards) in enumerate(self._rows):
            between[r] = Box(box.x, y, box.w, channels[r])
            y += channels[r]
            height = self._row_heights(box.w)[r] + spare
            beds.setdefault(lane, []).append(Box(box.x, y, box.w, height))
            x = left + gutters[0]
            for c, card in enumerate(cards):
                boxes[card.part.id] = Box(x, y, card_width, height)
                x += card_width + gutters[c + 1]
            y += height
        between[len(self._rows)] = Box(box.x, y, box.w, channels[-1])
        for lane, strips in beds.items():
            self._bed(picture, self.lanes[lane], strips)
        for _, cards in self._rows:
            for card in cards:
                card.draw(picture, boxes[card.part.id])
        columns = {
            c: Box(left + sum(gutters[:c]) + card_width * c, box.y, gutters[c], box.h)
            for c in range(self._wide + 1)
        }
        self._links(picture, self._channels.lines(boxes, between, columns))

    def _links(self, picture: Picture, lines: dict[str, list[tuple[float, float]]]) -> None:
        tone = self.kit.look.tone
        for joint in self.joints:
            points = rounded(lines[joint.key], 26 if joint.second else 9)
            colour = tone.accent_2 if joint.second else tone.accent
            width = 2.4 if joint.second else 3.2
            if joint.part is None:
                connect(picture, points, colour, joint.connector, width=width)
                continue
            with picture.group(joint.part.kind, joint.part.key):
                if joint.second:
                    picture.circle(*points[0], 4.5, Paint(colour))
                connect(picture, points, colour, joint.connector, width=width)

    def _bed(self, picture: Picture, lane: Lane, strips: Sequence[Box]) -> None:
        """The ground of a labelled lane, and its label."""
        if lane.label is None:
            return
        look, pad = self.kit.look, self._lane_pad
        first, last = strips[0], strips[-1]
        bed = Box(first.x, first.y - pad, first.w, last.bottom - first.y + 2 * pad)
        fill = look.palette.surface_2
        words = self._label(lane)
        assert words is not None
        with picture.group(lane.label.kind, lane.label.id):
            picture.rect(bed, Paint(fill, look.palette.border, 1.2), look.density.radius)
            edge = Box(bed.x + 7, bed.y + 10, 6, bed.h - 20)
            picture.rect(edge, Paint(look.tone.accent), 3)
            at = (bed.x + self.kit.pad + 6, bed.cy - words.height / 2)
            draw_stack(picture, at, words, look.coloured(fill), look.quiet(fill))


def chain(kit: Kit, cards: Sequence[Card], columns: int) -> Block:
    """Cards in rows of so many columns, each joined to the next one."""
    connector = kit.scene.setting["connector"]
    ids = [card.part.id for card in cards]
    joints = [Joint(a, b, connector) for a, b in itertools.pairwise(ids)]
    return Lanes(kit, [Lane(cards)], columns, joints)
