"""spec13b: a prompt says where each node of a graph leads; the answer plans it, then draws it.

    [entry:yes] [footer:no] [edge:node_7->outcome_9] [edge:node_4->node_7] [edge:node_4->outcome_2]

Nodes come in any order, the ways of one in the order in which they are drawn. The plan has to find
where the graph starts and which layer follows which; the scene follows the plan.
"""

from __future__ import annotations

from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.compact_scenes import ANSWERS, shared_out
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import (
    WIDE_PROSE,
    WIDE_WORDINGS,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.curriculum.topologies import Edge, by_layers, drawn_graph, drawn_tree, targets_of
from engine.dsl import planned_scene
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import SLOTS
from engine.dsl.wants import Want, wanted_scene

LOOK = {
    "topic": planned_scene.TOPICS,
    "theme": planned_scene.THEMES,
    "tone": planned_scene.TONES,
    "density": planned_scene.DENSITIES,
    "connector": planned_scene.CONNECTORS,
}
"""Header tags of a prompt beside the layout, with their values."""
SHAPES = {
    # nodes, outcomes, footer, entry
    "decision_tree": ((2, 3), (2, 4), (0, 1), (0, 1)),
    "flow_graph": ((3, 5), (1, 1), (0, 1), (0, 0)),
}
"""Least and most of what is counted."""


class PlannedGraphs:
    """Decision trees, and flow graphs with one result; four topics in every look."""

    def __init__(self, language: Dialect, families: tuple[str, ...]) -> None:
        self.language = language
        self.name = language.name
        self.families = families

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every look."""
        return tuple(product(*LOOK.values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of each thing."""
        return tuple(product(*(range(least, most + 1) for least, most in SHAPES[family])))

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """A graph of a shape, under a header of the combination."""
        said = {"layout": family} | dict(zip(LOOK, combination, strict=True))
        nodes, outcomes, footer, entry = shape
        edges = self._edges(family, nodes, outcomes, rng)
        items = shared_out(nodes, outcomes, rng)
        ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
        wants = [Want("decision_node", item) for item in items[:nodes]]
        wants += [Want("outcome_panel", item) for item in items[nodes:]]
        wants += [
            Want("decision_edge", label, "", ids[source], ids[target])
            for label, (source, target) in enumerate(edges, start=1)
        ]
        wants += [Want("entry_badge")] * entry + [Want("footer_note")] * footer
        lists = [
            [tag("edge", f"{ids[node]}->{ids[end]}") for end in targets_of(node, edges)]
            for node in range(nodes)
        ]
        rng.shuffle(lists)
        lists.insert(0, [tag("footer", ANSWERS[footer])])
        if family == "decision_tree":
            lists.insert(0, [tag("entry", ANSWERS[entry])])
        outline = tuple(mark for marks in lists for mark in marks)
        scene = wanted_scene(self.language, said, wants)
        return Told(tuple(tag(name, value) for name, value in said.items()), outline, scene)

    def _edges(self, family: str, nodes: int, outcomes: int, rng: Random) -> tuple[Edge, ...]:
        """A tree, or a flow that meets again, by layers; with no more edges than are labels."""
        while True:
            drawn = drawn_graph(nodes, outcomes, 0, rng)
            if family == "decision_tree":
                drawn = drawn_tree(nodes, outcomes, rng)
            edges = by_layers(nodes, drawn)
            if edges is not None and len(edges) <= SLOTS["links"]:
                return edges

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, look, and the marks of outlines."""
        atoms = [tag("layout", family) for family in planned_scene.LAYOUTS]
        atoms += [tag(name, value) for name, values in LOOK.items() for value in values]
        atoms += [tag(name, answer) for name in ("entry", "footer") for answer in ANSWERS]
        return tuple(atoms)


def planned_graphs(families: FamilyTable) -> SceneLine:
    """The curriculum of spec13b."""
    language = planned_scene.planned_scene(families)
    return SceneLine(PlannedGraphs(language, planned_scene.LAYOUTS), WIDE_WORDINGS, WIDE_PROSE)


def planned_trees(families: FamilyTable) -> SceneLine:
    """The same for decision trees alone."""
    language = planned_scene.planned_scene(families)
    task = PlannedGraphs(language, planned_scene.LAYOUTS[:1])
    return SceneLine(task, WIDE_WORDINGS, WIDE_PROSE)
