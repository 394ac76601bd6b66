"""Layers: where the nodes of a directed acyclic graph stand, and how its edges run between them.

Nodes stand in layers by the longest way to them; an edge over several layers passes each on a place
of its own. Along is the direction of the edges, across the other one; which of them is x the caller
decides. Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system
structures, 1981 (layers, passing places, means of neighbours).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]
PASS = 26.0
"""Room across that a passing edge takes."""
NEAR = 9.0
"""Two legs of different edges stand at least so far apart."""
SWEEPS = 6


@dataclass(frozen=True)
class Graph:
    """Nodes in layers, in order across; edges as chains of hops, one between two layers each.

    Places of passing edges are named by edge and layer, so that they are nodes like any other.
    """

    layers: Sequence[Sequence[str]]
    chains: Mapping[Edge, Sequence[str]]

    @property
    def hops(self) -> list[tuple[str, str, Edge]]:
        """Every hop with the edge that it belongs to."""
        return [
            (a, b, edge)
            for edge, chain in self.chains.items()
            for a, b in itertools.pairwise(chain)
        ]


def layered(nodes: Sequence[str], edges: Sequence[Edge]) -> Graph:
    """Layers of the nodes, which stand in an order in which no edge points back."""
    depth = dict.fromkeys(nodes, 0)
    for node in nodes:
        for source, target in edges:
            if source == node:
                depth[target] = max(depth[target], depth[node] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    chains: dict[Edge, list[str]] = {}
    for source, target in edges:
        between = [f"{source}->{target}@{k}" for k in range(depth[source] + 1, depth[target])]
        for k, name in enumerate(between, start=depth[source] + 1):
            layers[k].append(name)
        chains[source, target] = [source, *between, target]
    return _untangled(Graph(layers, chains))


def _untangled(graph: Graph) -> Graph:
    """The graph with each layer ordered by the means of its neighbours, the best of some sweeps."""
    up, down = defaultdict(list), defaultdict(list)
    for a, b, _ in graph.hops:
        down[a].append(b)
        up[b].append(a)
    layers = [list(layer) for layer in graph.layers]
    best, least = [list(layer) for layer in layers], _crossings(layers, down)
    for sweep in range(SWEEPS):
        beside = up if sweep % 2 == 0 else down
        order = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for k in order:
            rank = {n: i for layer in layers for i, n in enumerate(layer)}
            mean = {
                n: sum(rank[m] for m in beside[n]) / len(beside[n]) if beside[n] else rank[n]
                for n in layers[k]
            }
            layers[k].sort(key=lambda n: mean[n])
        found = _crossings(layers, down)
        if found < least:
            best, least = [list(layer) for layer in layers], found
    return Graph(best, graph.chains)


def _crossings(layers: Sequence[Sequence[str]], down: Mapping[str, Sequence[str]]) -> int:
    total = 0
    for upper, lower in itertools.pairwise(layers):
        rank = {n: i for i, n in enumerate(lower)}
        ends = [rank[b] for a in upper for b in sorted(down[a], key=lambda n: rank[n])]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def across(graph: Graph, size: Mapping[str, float], gap: float, room: float) -> dict[str, float]:
    """Middle of every node across, from 0 on: near its neighbours, in order, apart from the next.

    All of them stay within `room`, or within the widest layer where that is wider.
    """
    near = defaultdict(list)
    for a, b, _ in graph.hops:
        near[a].append(b)
        near[b].append(a)
    middle: dict[str, float] = {}
    widest = max(sum(size[n] for n in layer) + gap * (len(layer) - 1) for layer in graph.layers)
    room = max(room, widest)
    for layer in graph.layers:
        x = (room - sum(size[n] for n in layer) - gap * (len(layer) - 1)) / 2
        for n in layer:
            middle[n] = x + size[n] / 2
            x += size[n] + gap
    for sweep in range(SWEEPS):
        for layer in graph.layers if sweep % 2 else reversed(graph.layers):
            wish = [
                sum(middle[m] for m in near[n]) / len(near[n]) if near[n] else middle[n]
                for n in layer
            ]
            weight = [4.0 if "@" in n else 1.0 for n in layer]
            middle |= _apart(layer, wish, weight, size, gap, room)
    first = min(middle[n] - size[n] / 2 for layer in graph.layers for n in layer)
    return {n: x - first for n, x in middle.items()}


def _apart(
    layer: Sequence[str],
    wish: Sequence[float],
    weight: Sequence[float],
    size: Mapping[str, float],
    gap: float,
    room: float,
) -> dict[str, float]:
    """Places as near as can be to those wished for, in order, without overlap, within the room.

    Least squares by pooling neighbours that would overlap (isotonic regression), then cut off at
    both ends, which keeps it least.
    """
    offset, offsets = 0.0, []
    for i, n in enumerate(layer):
        if i:
            offset += (size[layer[i - 1]] + size[n]) / 2 + gap
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []
    for w, o, weigh in zip(wish, offsets, weight, strict=True):
        mean, mass, number = w - o, weigh, 1
        while pools and pools[-1][0] > mean:
            other, heavy, more = pools.pop()
            mean = (mean * mass + other * heavy) / (mass + heavy)
            mass, number = mass + heavy, number + more
        pools.append((mean, mass, number))
    low = size[layer[0]] / 2
    high = room - offsets[-1] - size[layer[-1]] / 2
    means = [min(max(mean, low), high) for mean, _, number in pools for _ in range(number)]
    return {n: mean + o for n, mean, o in zip(layer, means, offsets, strict=True)}


@dataclass(frozen=True)
class Leg:
    """One hop across a channel: where it starts and ends across, and its edge."""

    edge: Edge
    start: float
    end: float

    @property
    def straight(self) -> bool:
        """Whether it needs no track."""
        return abs(self.start - self.end) < 1


def tracks(legs: Sequence[Leg]) -> dict[tuple[Edge, float], int]:
    """Track of each leg that is not straight, so that no two legs of one channel lie on another.

    A leg that starts where another one ends takes the earlier track. Those that go forward across
    bend the earlier the later they start, the others the other way round: so siblings do not cross.
    """
    bent = [leg for leg in legs if not leg.straight]
    bent.sort(
        key=lambda leg: (leg.end > leg.start, -leg.start if leg.end > leg.start else leg.start)
    )
    order: list[Leg] = []
    left = list(bent)
    while left:
        free = [
            leg
            for leg in left
            if not any(abs(other.start - leg.end) < NEAR and other is not leg for other in left)
        ]
        chosen = (free or left)[0]
        order.append(chosen)
        left.remove(chosen)
    taken: list[tuple[Leg, int]] = []
    for leg in order:
        # Legs that lie apart share a track, so that ways that part evenly bend at one height.
        over = [track for other, track in taken if _meet(leg, other)]
        taken.append((leg, max(over, default=-1) + 1))
    return {(leg.edge, leg.start): track for leg, track in taken}


def _meet(first: Leg, second: Leg) -> bool:
    """Whether two legs in one track would touch."""
    low, high = sorted((first.start, first.end))
    other_low, other_high = sorted((second.start, second.end))
    return low - NEAR < other_high and other_low - NEAR < high
