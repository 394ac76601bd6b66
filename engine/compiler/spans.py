"""Brackets over runs of a picture, with a label each: beside a column, or under a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.compiler.blocks import Kit, fitted
from engine.compiler.components import draw_stack, panel
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import Stack as Lines
from engine.compiler.theme import Look
from engine.dsl.scene import Part

Span = tuple[float, float]

LANE = 16.0
LABEL_LEAST = 150.0


def lanes_of(spans: Sequence[Span]) -> list[int]:
    """A lane for each bracket, such that brackets in one lane do not meet."""
    lanes: list[int] = []
    for i, (top, bottom) in enumerate(spans):
        taken = {lanes[j] for j in range(i) if spans[j][0] < bottom and top < spans[j][1]}
        lanes.append(next(lane for lane in range(len(spans)) if lane not in taken))
    return lanes


def label_boxes(spans: Sequence[Span], stacks: Sequence[Lines], zone: Box) -> list[Box]:
    """Boxes of the labels: each beside the middle of its span, moved apart, inside the zone."""
    order = sorted(range(len(spans)), key=lambda i: sum(spans[i]))
    heights = [s.height + 2 * 12 for s in stacks]
    tops: dict[int, float] = {}
    floor = zone.y
    for i in order:
        tops[i] = max(floor, sum(spans[i]) / 2 - heights[i] / 2)
        floor = tops[i] + heights[i] + 12
    ceiling = zone.bottom
    for i in reversed(order):
        tops[i] = min(tops[i], ceiling - heights[i])
        ceiling = tops[i] - 12
    return [Box(zone.x, tops[i], zone.w, heights[i]) for i in range(len(spans))]


def bracket(picture: Picture, look: Look, x: float, span: Span, label: Point, bend: float) -> None:
    """A square bracket open to the left, with a leader from its middle to its label."""
    paint = Paint(stroke=look.tone.accent, width=3)
    top, bottom = span[0] + 2, span[1] - 2
    picture.line([(x, top), (x + 10, top), (x + 10, bottom), (x, bottom)], paint)
    middle = (top + bottom) / 2
    leader = [(x + 10, middle), (bend, middle), (bend, label[1]), label]
    picture.line(leader, Paint(stroke=look.tone.accent, width=2))


@dataclass(frozen=True)
class Brackets:
    """Brackets of several components, each over a run of a row or of a column of boxes."""

    kit: Kit
    parts: Sequence[Part]

    def _words(self, part: Part, width: float) -> Lines:
        step = self.kit.step(18, 15)
        return fitted(self.kit.copy(part), width - 24, step, f"{part.kind} {part.id}")

    def width(self, room: float) -> float:
        """Room that brackets take beside a column, of what the column and they have together."""
        return min(room * 0.3, self.kit.size(230)) if self.parts else 0.0

    def beside(self, picture: Picture, boxes: dict[str, Box], zone: Box) -> None:
        """Draw brackets to the right of a column; boxes are those of its members."""
        spans = [(boxes[p.source].y, boxes[p.target].bottom) for p in self.parts]
        lanes = lanes_of(spans)
        left = zone.x + LANE * (max(lanes, default=0) + 1) + 20
        label = Box(left, zone.y, zone.right - left, zone.h)
        words = [self._words(part, label.w) for part in self.parts]
        places = label_boxes(spans, words, label)
        for part, span, lane, lines, place in zip(
            self.parts, spans, lanes, words, places, strict=True
        ):
            with picture.group(part.kind, part.id):
                x = zone.x + lane * LANE
                bracket(picture, self.kit.look, x, span, (place.x, place.cy), left - 12)
                self._label(picture, place, lines)

    def tall(self, width: float) -> float:
        """Height that brackets beside a column need."""
        words = [
            self._words(part, width - LANE * (len(self.parts) + 1) - 20) for part in self.parts
        ]
        return sum(lines.height + 24 + 12 for lines in words)

    def _under(self, spans: Sequence[Span], width: float) -> list[tuple[int, Span, Lines]]:
        """Lane, extent and words of each bracket under a row of this width."""
        extents, words = [], []
        for part, (first, last) in zip(self.parts, spans, strict=True):
            room = min(width, max(last - first, self.kit.size(LABEL_LEAST)))
            left = min(max(0.0, (first + last - room) / 2), width - room)
            extents.append((left, left + room))
            words.append(self._words(part, room))
        lanes = lanes_of([(a - 3, b + 3) for a, b in extents])
        return list(zip(lanes, extents, words, strict=True))

    def _lane_heights(self, found: Sequence[tuple[int, Span, Lines]]) -> list[float]:
        number = max((lane for lane, _, _ in found), default=-1) + 1
        return [
            max(lines.height for lane, _, lines in found if lane == k) + 20 + 24
            for k in range(number)
        ]

    def height(self, spans: Sequence[Span], width: float) -> float:
        """Height that brackets under a row need; spans count from its left edge."""
        return sum(self._lane_heights(self._under(spans, width)))

    def under(self, picture: Picture, spans: Sequence[Span], box: Box) -> None:
        """Draw brackets under a row, lane by lane, in a box as wide as the row."""
        found = self._under(spans, box.w)
        heights = self._lane_heights(found)
        for part, span, (lane, extent, lines) in zip(self.parts, spans, found, strict=True):
            top = box.y + sum(heights[:lane])
            first, last = box.x + span[0] + 2, box.x + span[1] - 2
            with picture.group(part.kind, part.id):
                paint = Paint(stroke=self.kit.look.tone.accent, width=3)
                low = top + 12
                picture.line([(first, top + 2), (first, low), (last, low), (last, top + 2)], paint)
                place = Box(box.x + extent[0], low + 5, extent[1] - extent[0], lines.height + 20)
                self._label(picture, place, lines)

    def _label(self, picture: Picture, box: Box, lines: Lines) -> None:
        look = self.kit.look
        fill = look.wash(0.1)
        panel(picture, look, box, fill=fill, stroke=look.tone.accent)
        at = (box.x + 12, box.cy - lines.height / 2)
        draw_stack(picture, at, lines, look.palette.ink, look.quiet(fill))
