"""What a family does by custom where a document is silent: who joins whom, who stands where."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice, pairwise
from math import ceil

from engine.dsl.grammar import STATES, VARIANTS

Pair = tuple[str, str]

SEGMENTS_PER_ARENA = 2
IN_TURN = {
    "state": STATES,
    "variant": VARIANTS,
    "value": ("72", "46", "88", "24", "64", "35"),
    "weight": ("2", "3", "1", "4", "2"),
    "lane": ("top", "bottom"),
    "side": ("left", "right"),
    "kind": ("1", "2", "3", "4"),
}
"""Places that components take in turn, by the key of the place."""
IN_TURN_OF = {
    "outcome_panel": ("success", "warning", "danger", "normal", "highlight"),
    "table_cell": ("highlight", "danger", "success", "warning", "normal"),
    "compare_panel": ("success", "warning", "note", "default"),
}
"""The same for components that have another custom."""


def usual_places(component: str, key: str, form: str, number: int, after: int) -> list[str]:
    """Places of so many components; `after` counts what follows them in the same cells."""
    if key == "arena":
        return [str(i // SEGMENTS_PER_ARENA + 1) for i in range(number)]
    if key == "layer":
        return [str(i + 1) for i in range(number)]
    if key == "cell":
        return _cells(form, number, after)
    if form == "stage_sequence":
        return ["center"] * number
    return list(islice(cycle(IN_TURN_OF.get(component, IN_TURN[key])), number))


def usual_owners(owners: Sequence[str], number: int) -> list[str]:
    """Owners of so many leaves, spread evenly and in order."""
    return [owners[(2 * i + 1) * len(owners) // (2 * number)] for i in range(number)]


def usual_spans(ids: Sequence[str], number: int) -> list[Pair]:
    """First and last id of each of so many spans."""
    return [(ids[first], ids[last]) for first, last in spans(len(ids), number)]


def spans(members: int, number: int) -> list[tuple[int, int]]:
    """First and last index of each span: disjoint runs, so no two are alike.

    One span takes the middle of the members; more share all of them as evenly as it goes, the
    longer runs first.
    """
    if number == 0:
        return []
    if number == 1 and members > 2:
        return [(1, max(1, members - 2))] if members > 3 else [(0, 1)]
    bounds = [ceil(members * i / number) for i in range(number + 1)]
    return [(bounds[i], bounds[i + 1] - 1) for i in range(number)]


def usual_joins(
    component: str, form: str, sources: Sequence[str], targets: Sequence[str], number: int
) -> list[Pair]:
    """So many joins, none twice: the custom of the component first, then whatever is legal."""
    ends = [target for target in targets if target not in sources]
    if component == "table_cell":
        first = [
            (sources[k % len(sources)], targets[(k + k // len(sources)) % len(targets)])
            for k in range(number)
        ]
    elif form == "selection_path":
        # A selection asks its first stage about every candidate and goes on from the middle one.
        first = [(sources[0], id_) for id_ in sources[1:]] + [
            (sources[len(sources) // 2], end) for end in ends
        ]
    elif form in ("tree_down", "tree_right"):
        first = _tree(sources, ends)
    elif form in ("graph_right", "graph_down"):
        first = _meeting(sources, ends)
    elif component == "curved_connector":
        first = [(sources[-1], sources[0]), (sources[0], sources[-1])]
    else:
        chain = [*sources, *ends[:1]]
        first = list(pairwise(chain))
        first += [(sources[-1], end) for end in ends[1:]]
    order = [*sources, *ends]
    rest = sorted(
        (
            (a, b)
            for i, a in enumerate(sources)
            for b in order[i + 1 :]
            if b in targets and (a, b) not in first
        ),
        key=lambda pair: order.index(pair[1]) - order.index(pair[0]),
    )
    back = [(b, a) for a, b in pairwise(sources)]
    if form in ("graph_right", "graph_down"):
        first = _reaching_first(first)
    return [*dict.fromkeys([*first, *rest, *back])][:number]


def _reaching_first(edges: Sequence[Pair]) -> list[Pair]:
    """The edges, those that reach a new end first: so few of them leave nobody alone."""
    reached: set[str] = set()
    early: list[Pair] = []
    late: list[Pair] = []
    for edge in edges:
        (late if edge[1] in reached else early).append(edge)
        reached.add(edge[1])
    return early + late


def _tree(nodes: Sequence[str], outcomes: Sequence[str]) -> list[Pair]:
    """Two ways from each node: to further nodes first, then to outcomes; no way is a dead end."""
    edges = [(nodes[(k - 1) // 2], nodes[k]) for k in range(1, len(nodes))]
    children = {node: sum(source == node for source, _ in edges) for node in nodes}
    free = [node for node in nodes if not children[node]]
    free += [node for node in nodes if children[node] == 1]
    free += [node for node in nodes if not children[node]]
    free += [nodes[-1]] * len(outcomes)
    edges += list(zip(free, outcomes, strict=False))
    dead = [node for node in nodes if not any(source == node for source, _ in edges)]
    return edges + [(node, outcomes[i % len(outcomes)]) for i, node in enumerate(dead)]


def _meeting(nodes: Sequence[str], results: Sequence[str]) -> list[Pair]:
    """A flow that parts in two and meets again, over and over; its last node has the results."""
    edges: list[Pair] = []
    for i in range(0, len(nodes) - 1, 3):
        fork, join = nodes[i], nodes[i + 3] if i + 3 < len(nodes) else ""
        for way in nodes[i + 1 : i + 3]:
            edges += [(fork, way), *([(way, join)] if join else [])]
    return edges + [(nodes[-1], result) for result in results]


def _cells(form: str, stages: int, terminal: int) -> list[str]:
    """Column and row of each stage, then of the terminal if there is one, spelled `column.row`."""
    total = stages + terminal
    if form == "linear_pipeline":
        return [f"{i}.1" for i in range(1, total + 1)]
    if form == "selection_path":
        candidates = [f"2.{row}" for row in range(1, stages)]
        return ["1.1", *candidates, *["3.1"] * terminal]
    # A build path runs right along the first row and comes back along the second.
    columns = ceil(total / 2)
    outward = [f"{column}.1" for column in range(1, columns + 1)]
    homeward = [f"{column}.2" for column in range(columns, 0, -1)]
    return [*outward, *homeward][:total]
