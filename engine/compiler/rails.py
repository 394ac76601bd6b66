"""Rails: a band cut into segments with their cards, and a line with stages left and right of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.compiler.blocks import Grid, Kit, fitted
from engine.compiler.cards import Card
from engine.compiler.colour import mix
from engine.compiler.components import badge, connect, draw_stack, panel
from engine.compiler.joins import PITCH, rounded
from engine.compiler.spans import Brackets
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Stack as Lines
from engine.dsl.scene import Part

BAND = 54.0
DROP = 40.0
"""Way from the band to what stands above and below it, at scale 1."""
MARKER = 20.0
NARROW = (19.0, 15.0)
"""Text sizes of cards that are more than four in a row."""
STEM = 34.0


@dataclass(frozen=True)
class Spectrum:
    """A band of segments, markers above it, and a card for each segment below it."""

    kit: Kit
    segments: Sequence[Part]
    markers: Sequence[Part]
    weighed: bool = False

    @property
    def _columns(self) -> int:
        """Cards side by side; as many as segments means that each stands under its own."""
        most = {"wide": 7, "square": 3, "tall": 2}[self.kit.scene.setting["canvas"]]
        return min(most, len(self.segments))

    @property
    def _aligned(self) -> bool:
        return self._columns == len(self.segments)

    def _cards(self) -> Grid:
        title, note = NARROW if self._columns > 4 else (22.0, 17.0)
        cards = [
            Card(
                self.kit,
                part,
                "normal" if self.weighed else part.place,
                number=str(i),
                title=title,
                note=note,
            )
            for i, part in enumerate(self.segments, start=1)
        ]
        return Grid([_Plain(card) for card in cards], self._columns, self.kit.gap)

    def _marker_words(self, width: float) -> list[Lines]:
        if not self.markers:
            return []
        room = (width - self.kit.gap * (len(self.markers) - 1)) / len(self.markers)
        step = self.kit.step(19, 15.5)
        return [
            fitted(self.kit.copy(part), room - 2 * self.kit.pad, step, f"marker {part.id}")
            for part in self.markers
        ]

    @property
    def _drop(self) -> float:
        return DROP * max(1.0, self.kit.scale * 0.8)

    @property
    def _band(self) -> float:
        return BAND * max(1.0, self.kit.scale * 0.8)

    def _flags(self, width: float) -> float:
        words = self._marker_words(width)
        tallest = max((lines.height for lines in words), default=0.0)
        return tallest + 2 * self.kit.pad + self._drop if words else 0.0

    def height(self, width: float) -> float:
        """Markers, band and cards."""
        return self._flags(width) + self._band + self._drop + self._cards().height(width)

    def _pieces(self, box: Box) -> list[Box]:
        """Boxes of the segments along the band."""
        weights = [int(part.place) if self.weighed else 1 for part in self.segments]
        gap = self.kit.gap if self._aligned and not self.weighed else 4.0
        room = box.w - gap * (len(weights) - 1)
        boxes, x = [], box.x
        for weight in weights:
            width = room * weight / sum(weights)
            boxes.append(Box(x, box.y, width, box.h))
            x += width + gap
        return boxes

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the band, its cards with what joins them to it, and the markers with their pins."""
        flags = self._flags(box.w)
        band = Box(box.x, box.y + flags, box.w, self._band)
        pieces = self._pieces(band)
        below = Box(box.x, band.bottom + self._drop, box.w, box.bottom - band.bottom - self._drop)
        cards = self._cards()
        cards.draw(picture, below)
        tops = below.columns(self._columns, self.kit.gap) if self._aligned else []
        number = len(self.segments)
        look = self.kit.look
        for i, (part, piece) in enumerate(zip(self.segments, pieces, strict=True)):
            fill = mix(look.tone.accent, look.tone.accent_2, i / max(1, number - 1))
            fill = mix(fill, look.palette.surface, 0.22 * (i % 2))
            with picture.group(part.kind, part.id):
                picture.rect(piece, Paint(fill, look.palette.border, 1), 8)
                r = self.kit.size(15)
                if piece.w > 2.2 * r:
                    at = (piece.cx, piece.cy + r * 0.36)
                    ink = look.upon(fill)
                    picture.text(
                        at, str(i + 1), size=r * 1.5, fill=ink, weight=700, anchor="middle"
                    )
                self._join(picture, piece, tops[i].cx if tops else piece.cx)
                if self.weighed:
                    self._weight(picture, piece, int(part.place), fill)
        self._draw_markers(picture, box, pieces)

    def _join(self, picture: Picture, piece: Box, x: float) -> None:
        """A bracket under the segment or a line from it, on to its card."""
        colour = self.kit.look.tone.accent
        y, end = piece.bottom + 6, piece.bottom + self._drop - 4
        low = y + 10
        if self.kit.scene.setting["connector"] == "bracket":
            left, right = piece.x + 3, piece.right - 3
            picture.line(
                [(left, y), (left, low), (right, low), (right, y)], Paint(stroke=colour, width=2.5)
            )
        else:
            picture.line([(piece.cx, y), (piece.cx, low)], Paint(stroke=colour, width=2.5))
        if self._aligned:
            picture.line([(piece.cx, low), (x, end)], Paint(stroke=colour, width=2.5))

    def _weight(self, picture: Picture, piece: Box, weight: int, fill: str) -> None:
        """The weight as so many ticks along the upper edge of the segment."""
        ink = self.kit.look.upon(fill)
        pitch = min(12.0, (piece.w - 14) / 5)
        for k in range(weight):
            x = piece.x + 8 + k * pitch
            picture.rect(Box(x, piece.y + 6, pitch * 0.6, 5), Paint(ink), 2)

    def _draw_markers(self, picture: Picture, box: Box, pieces: Sequence[Box]) -> None:
        if not self.markers:
            return
        look = self.kit.look
        words = self._marker_words(box.w)
        tall = self._flags(box.w) - self._drop
        row = Box(box.x, box.y, box.w, tall)
        by_id = {part.id: piece for part, piece in zip(self.segments, pieces, strict=True)}
        flags = row.columns(len(self.markers), self.kit.gap)
        for part, flag, lines in zip(self.markers, flags, words, strict=True):
            peers = [other.id for other in self.markers if other.source == part.source]
            piece = by_id[part.source]
            x = piece.x + piece.w * (peers.index(part.id) + 1) / (len(peers) + 1)
            fill = look.wash(0.12)
            with picture.group(part.kind, part.id):
                pin = [(flag.cx, flag.bottom + 2), (x, piece.y - 6)]
                picture.line(pin, Paint(stroke=look.tone.accent, width=3))
                picture.circle(
                    x, piece.y - 5, 5.5, Paint(look.tone.accent, look.palette.surface, 1.5)
                )
                panel(picture, look, flag, fill=fill, stroke=look.tone.accent)
                at = (flag.x + self.kit.pad, flag.cy - lines.height / 2)
                draw_stack(picture, at, lines, look.palette.ink, look.quiet(fill))


@dataclass(frozen=True)
class _Plain:
    """A card drawn outside its component's group: the component is what it stands for."""

    card: Card

    def height(self, width: float) -> float:
        """Height of the card."""
        return self.card.height(width)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw the card, unnamed."""
        self.card.draw(picture, box, named=False)


@dataclass(frozen=True)
class Rail:
    """A line down the middle with a marker a stage, cards on its sides, and joins beside it.

    A join between neighbours runs on the line, any other in a track of its own beside it. Phases
    are brackets at the right over runs of stages.
    """

    kit: Kit
    stages: Sequence[Part]
    joins: Sequence[Part]
    phases: Sequence[Part]

    @property
    def _brackets(self) -> Brackets:
        return Brackets(self.kit, self.phases)

    @property
    def _hops(self) -> list[Part]:
        order = [part.id for part in self.stages]
        return [
            part for part in self.joins if order.index(part.target) - order.index(part.source) > 1
        ]

    @property
    def _r(self) -> float:
        return self.kit.size(MARKER)

    def _column(self, width: float) -> tuple[float, float]:
        """Width of the cards, and of the middle with line, tracks and stems."""
        side = self._brackets.width(width)
        middle = 2 * (self._r + STEM) + PITCH * len(self._hops)
        return (width - side - middle) / 2, middle

    def _cards(self) -> list[Card]:
        return [
            Card(self.kit, part, marked=False, title=22, note=17, middle=True)
            for part in self.stages
        ]

    def _tops(self, width: float) -> tuple[list[float], float]:
        """Upper edge of each card, and the height of all; cards of one side stand apart."""
        wide, _ = self._column(width)
        heights = [card.height(wide) for card in self._cards()]
        tops: list[float] = []
        floors = {"left": 0.0, "right": 0.0}
        middle = -1e9
        least = 2 * self._r + 46 * max(1.0, self.kit.gap / 22)
        for part, height in zip(self.stages, heights, strict=True):
            middle = max(middle + least, floors[part.place] + height / 2)
            tops.append(middle - height / 2)
            floors[part.place] = middle + height / 2 + self.kit.gap
        total = max(top + height for top, height in zip(tops, heights, strict=True))
        if self.phases:
            total = max(total, self._brackets.tall(self._brackets.width(width)))
        return tops, total

    def height(self, width: float) -> float:
        """Height of the line with its cards."""
        return self._tops(width)[1]

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw line, cards with their stems, markers, joins and phases."""
        look = self.kit.look
        wide, middle = self._column(box.w)
        tops, total = self._tops(box.w)
        stretch = 1.0
        if len(tops) > 1 and box.h > total:
            last = tops[-1]
            stretch = 1 + (box.h - total) / last if last else 1.0
        x = box.x + wide + STEM + self._r
        boxes: dict[str, Box] = {}
        spots: dict[str, float] = {}
        for part, card, top in zip(self.stages, self._cards(), tops, strict=True):
            left = box.x if part.place == "left" else box.x + wide + middle
            place = Box(left, box.y + top * stretch, wide, card.height(wide))
            boxes[part.id], spots[part.id] = place, place.cy
        self._line(picture, x, min(spots.values()), max(spots.values()))
        for card in self._cards():
            id_ = card.part.id
            place, y = boxes[id_], spots[id_]
            edge = place.right if card.part.place == "left" else place.x
            rim = x - self._r if card.part.place == "left" else x + self._r
            stem = Paint(stroke=look.tone.accent, width=2.5, dash=(1, 7))
            picture.line([(rim, y), (edge, y)], stem)
            card.draw(picture, place)
        self._joins(picture, x, spots)
        for i, part in enumerate(self.stages, start=1):
            badge(picture, look, (x, spots[part.id]), str(i), r=self._r)
        if self.phases:
            side = self._brackets.width(box.w)
            zone = Box(box.right - side + 14, box.y, side - 14, box.h)
            self._brackets.beside(picture, boxes, zone)

    def _line(self, picture: Picture, x: float, first: float, last: float) -> None:
        fill = mix(self.kit.look.palette.surface_2, self.kit.look.palette.border, 0.7)
        picture.rect(Box(x - 5, first, 10, last - first), Paint(fill), 5)

    def _joins(self, picture: Picture, x: float, spots: dict[str, float]) -> None:
        colour = self.kit.look.tone.accent
        connector = self.kit.scene.setting["connector"]
        hops = self._hops
        r = self._r
        for part in self.joins:
            a, b = spots[part.source], spots[part.target]
            with picture.group(part.kind, part.key):
                if part not in hops:
                    points = [(x, a + r + 4), (x, b - r - 6)]
                else:
                    track = x + r + 16 + PITCH * hops.index(part)
                    leave, enter = self._ports(part)
                    points = rounded(
                        [
                            (x + r * 0.8, a + leave),
                            (track, a + leave),
                            (track, b + enter),
                            (x + r + 5, b + enter),
                        ]
                    )
                connect(picture, points, colour, connector, width=3)

    def _ports(self, part: Part) -> tuple[float, float]:
        """How far below the middle a hop leaves its marker, and above the middle it enters one."""
        hops = self._hops
        leaving = [other for other in hops if other.source == part.source]
        entering = [other for other in hops if other.target == part.target]
        leave = self._r * (0.45 + 0.5 * (len(leaving) - 1 - leaving.index(part)) / 4)
        enter = -self._r * (0.3 + 0.65 * entering.index(part) / 4)
        return leave, enter
