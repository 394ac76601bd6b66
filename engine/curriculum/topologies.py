"""Draws what joins what: graphs without circles in which everything is reached."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

Edge = tuple[int, int]


def drawn_graph(nodes: int, ends: int, more: int, rng: Random) -> tuple[Edge, ...]:
    """Edges between nodes 0, 1, ... and ends that are numbered after them, in order.

    Every node but the first is reached from an earlier one, every end from some node, and no node
    is a dead end; up to `more` edges beyond what that takes, at most 2 * nodes + ends - 2 in all.
    """
    edges = {(rng.randrange(node), node) for node in range(1, nodes)}
    finals = list(range(nodes, nodes + ends))
    leaves = [node for node in range(nodes) if all(source != node for source, _ in edges)]
    rng.shuffle(leaves)
    for at, end in enumerate(finals):
        edges.add((leaves[at] if at < len(leaves) else rng.randrange(nodes), end))
    edges |= {(leaf, rng.choice(finals)) for leaf in leaves[ends:]}
    left = [(a, b) for a in range(nodes) for b in range(a + 1, nodes + ends) if (a, b) not in edges]
    most = min(len(edges) + more, 2 * nodes + ends - 2)
    edges |= set(rng.sample(left, min(len(left), max(0, most - len(edges)))))
    return tuple(sorted(edges))


def drawn_tree(nodes: int, ends: int, rng: Random) -> tuple[Edge, ...]:
    """A graph in which one way leads to every node and to every end."""
    while True:
        edges = drawn_graph(nodes, ends, 0, rng)
        if len(edges) == nodes - 1 + ends:
            return edges


def targets_of(source: int, edges: Sequence[Edge]) -> tuple[int, ...]:
    """Where the edges of one node lead, in order."""
    return tuple(target for start, target in edges if start == source)


def by_layers(nodes: int, edges: Sequence[Edge]) -> tuple[Edge, ...] | None:
    """The same graph with nodes, then ends, numbered as a walk by layers from node 0 meets them.

    None where an edge joins nodes that do not stand in neighbouring layers.
    """
    layer = {0: 0}
    for place in (met := [0]):
        for target in targets_of(place, edges):
            if target not in layer:
                layer[target] = layer[place] + 1
                met.append(target)
    if any(target < nodes and layer[target] != layer[source] + 1 for source, target in edges):
        return None
    order = sorted(met, key=lambda place: place >= nodes)
    number = {place: at for at, place in enumerate(order)}
    return tuple(sorted((number[source], number[target]) for source, target in edges))
