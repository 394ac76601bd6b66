"""Joins between cards in a grid: straight to a neighbour, else through the channels between cards.

Every piece of a join that runs in a channel has a track of its own there, so that no two joins ever
lie upon each other; they may cross.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

from engine.compiler.svg import Box, Point

PITCH = 13.0
"""Distance of two tracks in a channel."""
PORT = 12.0
"""Least distance of two connectors at one side of a card."""
RUN = 28.0
"""Least way between a card and the nearest track: a head has room there."""
BEND = 9.0

Cell = tuple[int, int]


@dataclass(frozen=True)
class Link:
    """A join of two ids, and the key by which its way is found."""

    key: str
    source: str
    target: str


@dataclass(frozen=True)
class Way:
    """How a link runs: straight across or down, or by channels between rows and columns.

    `leaves` and `enters` are the sides of its cards; `rows` the channels between rows that it uses,
    `column` the channel between columns that it changes rows in, if any.
    """

    leaves: str
    enters: str
    rows: tuple[int, ...] = ()
    column: int | None = None

    @property
    def straight(self) -> bool:
        """Whether it runs from one card to its neighbour without a bend."""
        return not self.rows


def way(source: Cell, target: Cell) -> Way:
    """The way between two cells; channel n lies above row n, or left of column n."""
    (r1, c1), (r2, c2) = source, target
    if r1 == r2 and abs(c1 - c2) == 1:
        return Way("right", "left") if c2 > c1 else Way("left", "right")
    if c1 == c2 and abs(r1 - r2) == 1:
        return Way("bottom", "top") if r2 > r1 else Way("top", "bottom")
    if r1 == r2:
        return Way("top", "top", (r1,)) if c2 > c1 else Way("bottom", "bottom", (r1 + 1,))
    near = c2 if c2 > c1 else c2 + 1
    if r2 > r1:
        if r2 == r1 + 1:
            return Way("bottom", "top", (r2,))
        return Way("bottom", "top", (r1 + 1, r2), near)
    if r2 == r1 - 1:
        return Way("top", "bottom", (r1,))
    return Way("top", "bottom", (r1, r2 + 1), near)


class Channels:
    """Which tracks the links of a grid take; sizes of channels follow from their number."""

    def __init__(self, links: Sequence[Link], cells: Mapping[str, Cell]) -> None:
        self.links = links
        self.cells = cells
        self.ways = {link.key: way(cells[link.source], cells[link.target]) for link in links}
        self._rows: dict[int, list[str]] = defaultdict(list)
        self._columns: dict[int, list[str]] = defaultdict(list)
        for link in links:
            found = self.ways[link.key]
            for channel in found.rows:
                self._rows[channel].append(link.key)
            if found.column is not None:
                self._columns[found.column].append(link.key)

    def row_height(self, channel: int, least: float) -> float:
        """Height of a channel between rows, `least` without tracks."""
        tracks = len(self._rows[channel])
        return max(least, 2 * RUN + PITCH * (tracks - 1)) if tracks else least

    def column_width(self, channel: int, least: float) -> float:
        """Width of a channel between columns, `least` without tracks."""
        tracks = len(self._columns[channel])
        return max(least, 18 + PITCH * (tracks + 1)) if tracks else least

    def lines(
        self, boxes: Mapping[str, Box], rows: Mapping[int, Box], columns: Mapping[int, Box]
    ) -> dict[str, list[Point]]:
        """Corners of every link, between the cards' boxes and within the channels' boxes."""
        ports = self._ports(boxes)
        found: dict[str, list[Point]] = {}
        for link in self.links:
            taken = self.ways[link.key]
            start, end = ports[link.key, "leaves"], ports[link.key, "enters"]
            corners = [start]
            if taken.rows:
                first = self._row_track(link.key, taken.rows[0], rows)
                corners.append((start[0], first))
                if taken.column is not None:
                    x = self._column_track(link.key, taken.column, columns)
                    last = self._row_track(link.key, taken.rows[1], rows)
                    corners += [(x, first), (x, last)]
                    first = last
                corners.append((end[0], first))
            found[link.key] = [*corners, end]
        return found

    def _row_track(self, key: str, channel: int, rows: Mapping[int, Box]) -> float:
        tracks, box = self._rows[channel], rows[channel]
        return box.cy + PITCH * (tracks.index(key) - (len(tracks) - 1) / 2)

    def _column_track(self, key: str, channel: int, columns: Mapping[int, Box]) -> float:
        tracks, box = self._columns[channel], columns[channel]
        return box.cx + PITCH * (tracks.index(key) - (len(tracks) - 1) / 2)

    def _ports(self, boxes: Mapping[str, Box]) -> dict[tuple[str, str], Point]:
        """Where each link leaves and enters its cards, no two at one place of a channel."""
        uses: dict[tuple[str, str], list[tuple[float, str, str]]] = defaultdict(list)
        for link in self.links:
            taken = self.ways[link.key]
            a, b = boxes[link.source], boxes[link.target]
            uses[link.source, taken.leaves].append((b.cx + b.cy / 1e4, link.key, "leaves"))
            uses[link.target, taken.enters].append((a.cx + a.cy / 1e4, link.key, "enters"))
        found: dict[tuple[str, str], Point] = {}
        channels: dict[int, list[float]] = defaultdict(list)
        straight: dict[str, float] = {}
        for (id_, side), users in uses.items():
            box, row = boxes[id_], self.cells[id_][0]
            for k, (_, key, end) in enumerate(sorted(users), start=1):
                share = k / (len(users) + 1)
                if side in ("left", "right"):
                    y = straight.setdefault(key, self._level(key, boxes))
                    found[key, end] = (box.right + 5 if side == "right" else box.x - 7, y)
                    continue
                x = box.x + box.w * share
                if self.ways[key].straight:
                    x = straight.setdefault(key, self._level(key, boxes))
                else:
                    x = _free(x, channels[row + (side == "bottom")])
                channels[row + (side == "bottom")].append(x)
                found[key, end] = (x, box.bottom + 5 if side == "bottom" else box.y - 7)
        return found

    def _level(self, key: str, boxes: Mapping[str, Box]) -> float:
        """Where a straight link runs: in the middle, beside others between the same two cards."""
        link = next(link for link in self.links if link.key == key)
        pair = {link.source, link.target}
        peers = [other.key for other in self.links if {other.source, other.target} == pair]
        a, b = boxes[link.source], boxes[link.target]
        shift = 1.6 * PORT * (peers.index(key) - (len(peers) - 1) / 2)
        across = self.ways[key].leaves in ("left", "right")
        return (min(a.bottom, b.bottom) + max(a.y, b.y)) / 2 + shift if across else a.cx + shift


def _free(x: float, taken: Sequence[float]) -> float:
    """The place nearest to x that is far enough from all that are taken."""
    for step in range(60):
        for side in (1, -1):
            candidate = x + side * step * 3
            if all(abs(candidate - other) >= PORT * 0.75 for other in taken):
                return candidate
    return x


def rounded(points: Sequence[Point], radius: float = BEND) -> list[Point]:
    """The chain with its corners rounded off."""
    smooth = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a = hypot(before[0] - corner[0], before[1] - corner[1])
        b = hypot(after[0] - corner[0], after[1] - corner[1])
        r = min(radius, a / 2, b / 2)
        if r < 1:
            smooth.append(corner)
            continue
        u = ((before[0] - corner[0]) / a, (before[1] - corner[1]) / a)
        v = ((after[0] - corner[0]) / b, (after[1] - corner[1]) / b)
        for i in range(5):
            t = pi / 2 * i / 4
            # A quarter of a circle between the two legs, which stand at a right angle.
            p, q = r * (1 - sin(t)), r * (1 - cos(t))
            smooth.append((corner[0] + u[0] * p + v[0] * q, corner[1] + u[1] * p + v[1] * q))
    return [*smooth, points[-1]]
