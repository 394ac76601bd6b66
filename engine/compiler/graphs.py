"""Graphs: nodes as cards in layers, edges between them with a label each, down or to the right.

Labels stand right before the card that their edge enters, each on a place of its own, so that no
line runs through a label and no two labels meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from contracts.errors import CompileError
from engine.compiler.blocks import Grid, Kit, fitted
from engine.compiler.cards import Card
from engine.compiler.components import connect, draw_stack, panel
from engine.compiler.joins import PITCH, PORT, RUN, rounded
from engine.compiler.layers import PASS, Edge, Graph, Leg, across, layered, tracks
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import Stack as Lines
from engine.compiler.text import measure
from engine.dsl.scene import Part

CARD_LEAST, CARD_MOST = 176.0, 340.0
"""Widths that cards may have, at scale 1."""
HEAD = 17.0
"""Way from a label to the card, with the head of the arrow."""
CARD_TEXT = (20.0, 15.5)


@dataclass
class Plan:
    """Boxes of the cards, corners of the edges and boxes of their labels; extent of it all."""

    boxes: dict[str, Box] = field(default_factory=dict)
    lines: dict[Edge, list[Point]] = field(default_factory=dict)
    labels: dict[Edge, Box] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Layered:
    """A whole graph: cards, edges and an entry before the first card; loose cards stand below."""

    kit: Kit
    cards: Sequence[Card]
    edges: Sequence[Part]
    entry: Part | None = None
    right: bool = False

    @cached_property
    def _pairs(self) -> list[Edge]:
        return [(part.source, part.target) for part in self.edges]

    @cached_property
    def _joined(self) -> list[Card]:
        ends = {end for pair in self._pairs for end in pair}
        return [card for card in self.cards if card.part.id in ends]

    @cached_property
    def _loose(self) -> Grid | None:
        cards = [card for card in self.cards if card not in self._joined]
        columns = {"wide": 4, "square": 3, "tall": 2}[self.kit.scene.setting["canvas"]]
        return Grid(cards, columns, self.kit.gap) if cards else None

    @cached_property
    def _graph(self) -> Graph:
        return layered([card.part.id for card in self._joined], self._pairs)

    @cached_property
    def _by_id(self) -> dict[str, Card]:
        return {card.part.id: card for card in self.cards}

    @property
    def _label_size(self) -> float:
        return self.kit.size(14.5)

    @property
    def _label_height(self) -> float:
        return self._label_size * 1.75

    @cached_property
    def _label_widths(self) -> dict[Edge, float]:
        size = self._label_size
        return {
            (part.source, part.target): measure(self.kit.copy(part).title, size, 600) + size * 1.5
            for part in self.edges
        }

    @property
    def _card_gap(self) -> float:
        return max(24.0, self.kit.gap * 1.1)

    def _entering(self, id_: str) -> list[Edge]:
        return [pair for pair in self._pairs if pair[1] == id_]

    def _least_card(self) -> float:
        """Least width of a card: words, and in a graph that runs down its labels side by side."""
        least = CARD_LEAST * self.kit.scale
        if self.right:
            return least
        for card in self._joined:
            labels = [self._label_widths[edge] for edge in self._entering(card.part.id)]
            least = max(least, sum(labels) + 8 * max(0, len(labels) - 1))
        return least

    def _channel(self, index: int) -> float:
        """Extent along of the channel after a layer: runs, tracks, labels and heads."""
        hops = [edge for a, _, edge in self._graph.hops if a in self._graph.layers[index]]
        label = self._label_height
        if self.right:
            label = max((self._label_widths[edge] for edge in hops), default=0.0)
        widen = {"sm": 0.8, "md": 1.0, "lg": 1.35}[self.kit.scene.setting["gap"]]
        return RUN * widen + PITCH * max(1, len(hops)) + 8 + label + HEAD * widen

    @cached_property
    def _channels(self) -> list[float]:
        return [self._channel(i) for i in range(len(self._graph.layers) - 1)]

    @cached_property
    def _least_width(self) -> float:
        """Width that the cards need at their least."""
        least = self._least_card()
        if self.right:
            return least * len(self._graph.layers) + sum(self._channels)
        widths = []
        for layer in self._graph.layers:
            sizes = [PASS if "@" in name else least for name in layer]
            widths.append(sum(sizes) + self._card_gap * (len(layer) - 1))
        return max(widths)

    def _card_width(self, width: float) -> float:
        if self._least_width > width:
            raise CompileError(
                f"{self.kit.scene.layout}, layers",
                f"{self._least_width:.0f} wide",
                f"a graph of at most {width:.0f}",
                "Ask for fewer nodes side by side",
            )
        most = CARD_MOST * self.kit.scale
        if self.right:
            rest = (width - sum(self._channels)) / len(self._graph.layers)
            return min(most, rest)
        rest = most
        for layer in self._graph.layers:
            passing = sum("@" in name for name in layer)
            cards = len(layer) - passing
            if cards:
                room = width - self._card_gap * (len(layer) - 1) - PASS * passing
                rest = min(rest, room / cards)
        return max(rest, self._least_card())

    @cached_property
    def _entry_words(self) -> Lines | None:
        if self.entry is None:
            return None
        # To the right it is no wider than the card below it: the next layer stands beside it.
        width = (CARD_LEAST if self.right else CARD_MOST) * self.kit.scale - 2 * self.kit.pad - 12
        return fitted(self.kit.words.copy("entry"), width, self.kit.step(18, 15), "entry")

    @property
    def _entry_height(self) -> float:
        words = self._entry_words
        return words.height + self.kit.pad * 1.3 + RUN + HEAD if words else 0.0

    @cached_property
    def _plans(self) -> dict[float, Plan]:
        return {}

    def _plan(self, width: float) -> Plan:
        if width not in self._plans:
            self._plans[width] = self._made(width)
        return self._plans[width]

    def height(self, width: float) -> float:
        """Height of entry and graph, and of the loose cards below."""
        loose = self._loose.height(width) + 2 * self.kit.gap if self._loose else 0.0
        return self._plan(width).height + self._entry_height + loose

    def _made(self, width: float) -> Plan:
        """Place cards across and along, then the edges between them."""
        graph, card_width = self._graph, self._card_width(width)
        tall = {card.part.id: self._tall(card, card_width) for card in self._joined}
        names = [name for layer in graph.layers for name in layer]
        size = {
            name: PASS if "@" in name else tall[name] if self.right else card_width
            for name in names
        }
        middle = across(graph, size, self._card_gap, 0.0 if self.right else width)
        extent = max(middle[name] + size[name] / 2 for name in names)
        shift = 0.0 if self.right else max(0.0, (width - extent) / 2)
        along = [
            card_width
            if self.right
            else max((tall[name] for name in layer if "@" not in name), default=0.0)
            for layer in graph.layers
        ]
        middle = {name: x + shift for name, x in middle.items()}
        # What a wide canvas leaves over goes to the channels.
        spare = width - sum(along) - sum(self._channels) if self.right else 0.0
        more = min(80.0, spare / max(1, len(self._channels)))
        starts = [0.0 if not self.right else (spare - more * len(self._channels)) / 2]
        for deep, channel in zip(along, self._channels, strict=False):
            starts.append(starts[-1] + deep + channel + more)
        plan = Plan()
        for layer, start, deep in zip(graph.layers, starts, along, strict=True):
            for name in layer:
                if "@" not in name:
                    half = size[name] / 2
                    plan.boxes[name] = self._box(start, middle[name] - half, deep, size[name])
        self._edges(plan, middle, starts, along)
        ends = [*plan.boxes.values(), *plan.labels.values()]
        plan.width = max(box.right for box in ends)
        plan.height = max(box.bottom for box in ends)
        return plan

    def _tall(self, card: Card, width: float) -> float:
        """Height of a card; to the right it has room for all that enters and leaves it."""
        height = card.height(width)
        if not self.right:
            return height
        entering = len(self._entering(card.part.id))
        leaving = sum(source == card.part.id for source, _ in self._pairs)
        ports = max(entering * (self._label_height + 5), leaving * PORT * 1.5)
        return max(height, ports + 10)

    def _box(self, along: float, over: float, deep: float, size: float) -> Box:
        return Box(along, over, deep, size) if self.right else Box(over, along, size, deep)

    def _point(self, along: float, over: float) -> Point:
        return (along, over) if self.right else (over, along)

    def _edges(
        self, plan: Plan, middle: dict[str, float], starts: list[float], along: list[float]
    ) -> None:
        """Corners and labels of all edges, channel by channel."""
        entries = self._entries(middle)
        exits = self._exits(middle, entries)
        corners: dict[Edge, list[Point]] = defaultdict(list)
        for index, layer in enumerate(self._graph.layers[:-1]):
            edge_of = [(a, b, edge) for a, b, edge in self._graph.hops if a in layer]
            legs = [
                Leg(
                    edge,
                    exits.get(edge, middle[a]) if "@" not in a else middle[a],
                    entries[edge] if "@" not in b else middle[b],
                )
                for a, b, edge in edge_of
            ]
            order = tracks(legs)
            top = starts[index] + along[index]
            for (a, b, edge), leg in zip(edge_of, legs, strict=True):
                begin = self._after(plan, a, top)
                corners[edge].append(self._point(begin, leg.start))
                if not leg.straight:
                    track = top + RUN + PITCH * order[edge, leg.start]
                    corners[edge].append(self._point(track, leg.start))
                    corners[edge].append(self._point(track, leg.end))
                if "@" not in b:
                    corners[edge].append(self._point(starts[index + 1] - 7, leg.end))
                    plan.labels[edge] = self._label(edge, starts[index + 1], leg.end)
        plan.lines.update(corners)

    def _after(self, plan: Plan, name: str, top: float) -> float:
        """Where an edge starts: at its card, or where its passing place begins."""
        if "@" in name:
            return top
        box = plan.boxes[name]
        return (box.right if self.right else box.bottom) + 5

    def _label(self, edge: Edge, start: float, over: float) -> Box:
        width, height = self._label_widths[edge], self._label_height
        if self.right:
            return Box(start - HEAD - 6 - width, over - height / 2, width, height)
        return Box(over - width / 2, start - HEAD - 4 - height, width, height)

    def _entries(self, middle: dict[str, float]) -> dict[Edge, float]:
        """Where each edge enters its card: labels side by side, in the order of their sources."""
        found = {}
        for card in self._joined:
            edges = self._entering(card.part.id)
            edges.sort(key=lambda edge: middle[self._graph.chains[edge][-2]])
            sizes = [
                self._label_height + 5 if self.right else self._label_widths[edge] + 8
                for edge in edges
            ]
            x = middle[card.part.id] - sum(sizes) / 2
            for edge, size in zip(edges, sizes, strict=True):
                found[edge] = x + size / 2
                x += size
        return found

    def _exits(self, middle: dict[str, float], entries: dict[Edge, float]) -> dict[Edge, float]:
        """Where each edge leaves its card: around its middle, in the order of their targets."""
        found: dict[Edge, float] = {}
        for card in self._joined:
            id_ = card.part.id
            edges = [edge for edge in self._pairs if edge[0] == id_]

            def goal(edge: Edge) -> float:
                name = self._graph.chains[edge][1]
                return middle[name] if "@" in name else entries[edge]

            edges.sort(key=goal)
            pitch = PORT * (1.5 if self.right else 2.6)
            for k, edge in enumerate(edges):
                place = middle[id_] + pitch * (k - (len(edges) - 1) / 2)
                # A leg that would make a small jog runs straight, if it is alone.
                if len(edges) == 1 and abs(goal(edge) - place) < 3 * PORT:
                    place = goal(edge)
                found[edge] = place
        return found

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw entry, edges, cards and labels in the middle of the box."""
        plan = self._plan(box.w)
        loose = self._loose.height(box.w) + 2 * self.kit.gap if self._loose else 0.0
        spare = max(0.0, box.h - plan.height - self._entry_height - loose)
        x = box.x + max(0.0, (box.w - plan.width) / 2 if self.right else 0.0)
        x = box.x if not self.right else x - min((b.x for b in plan.boxes.values()), default=0) / 2
        origin = (x, box.y + self._entry_height + spare / 2)

        def moved(point: Point) -> Point:
            return (point[0] + origin[0], point[1] + origin[1])

        boxes = {id_: Box(*moved((b.x, b.y)), b.w, b.h) for id_, b in plan.boxes.items()}
        if self.entry is not None:
            # To the right the first card is the topmost of its layer, so that nothing lies between.
            first = boxes[self._graph.layers[0][0] if self.right else self._joined[0].part.id]
            self._draw_entry(picture, first, first.y - self._entry_height)
        connector = self.kit.scene.setting["connector"]
        accent = self.kit.look.tone.accent
        for part in self.edges:
            edge = (part.source, part.target)
            with picture.group(part.kind, part.key):
                points = [moved(point) for point in plan.lines[edge]]
                connect(picture, rounded(points), accent, connector)
                label = plan.labels[edge]
                self._draw_label(picture, part, Box(*moved((label.x, label.y)), label.w, label.h))
        for card in self._joined:
            card.draw(picture, boxes[card.part.id])
        if self._loose:
            height = self._loose.height(box.w)
            self._loose.draw(picture, Box(box.x, box.bottom - height, box.w, height))

    def _draw_label(self, picture: Picture, part: Part, box: Box) -> None:
        look = self.kit.look
        fill = look.wash(0.12)
        picture.rect(box, Paint(fill, look.tone.accent, 1.2), box.h / 2)
        at = (box.cx, box.cy + self._label_size * 0.35)
        picture.text(
            at,
            self.kit.copy(part).title,
            size=self._label_size,
            fill=look.coloured(fill),
            weight=600,
            anchor="middle",
        )

    def _draw_entry(self, picture: Picture, first: Box, top: float) -> None:
        """The entry over the first card, with a line down to it."""
        look, words = self.kit.look, self._entry_words
        assert words is not None
        assert self.entry is not None
        size = words.step
        widths = [measure(line, size.title, Lines.TITLE_WEIGHT) for line in words.title]
        widths += [measure(line, size.note, Lines.NOTE_WEIGHT) for line in words.note]
        width = max(widths) + 2 * self.kit.pad + 12
        height = words.height + self.kit.pad * 1.3
        left = max(first.x, first.cx - width / 2)
        tag = Box(left, top, width, height)
        with picture.group(self.entry.kind, self.entry.id):
            fill = look.tone.accent
            panel(picture, look, tag, fill=fill, stroke=fill, radius=min(height / 2.6, 18))
            ink = look.upon(fill)
            draw_stack(
                picture, (tag.x + self.kit.pad + 6, tag.cy - words.height / 2), words, ink, ink
            )
            points = [(first.cx, tag.bottom + 4), (first.cx, first.y - 7)]
            connect(picture, points, look.tone.accent, "arrow")


def graph(kit: Kit) -> Layered:
    """The graph of a scene: decisions with their number, outcomes with state and letter."""
    title, note = CARD_TEXT
    cards = [
        Card(kit, part, number=str(i), title=title, note=note)
        for i, part in enumerate(kit.of("decision_node"), start=1)
    ]
    cards += [
        Card(kit, part, part.place, title=title, note=note, tag=letter)
        for part, letter in zip(kit.of("outcome_panel"), "ABCDEF", strict=False)
    ]
    entry = kit.of("entry_badge")
    right = kit.scene.form in ("tree_right", "graph_right")
    return Layered(kit, cards, kit.of("decision_edge"), entry[0] if entry else None, right)
