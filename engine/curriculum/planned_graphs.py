"""spec13b: a prompt says where each node of a graph leads; the answer plans it, then draws it.

    [start] [from:node_4] [from:node_7] [to:outcome_2] [from:node_4] [to:node_7] [to:outcome_9]

Nodes come in any order, where one leads in the order in which it is drawn. The plan has to find the
way from the start through them, layer by layer, and the scene follows it.
"""

from __future__ import annotations

from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.compact_scenes import numbers
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import Combination, SceneLine, Shape, Told
from engine.curriculum.topologies import Edge, by_layers, drawn_graph, targets_of
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
    # nodes, outcomes, edges beyond those of a tree, footer, entry
    "decision_tree": ((2, 5), (2, 3), (0, 1), (0, 1), (0, 1)),
    "flow_graph": ((3, 6), (1, 2), (0, 1), (0, 1), (0, 0)),
}
"""Least and most of what is counted."""


class PlannedGraphs:
    """Decision trees and flow graphs; four topics in every look."""

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
        nodes, outcomes, more, footer, entry = shape
        edges = self._edges(family, nodes, outcomes, more, rng)
        items = numbers("items", nodes + outcomes, rng)
        ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
        wants = [Want("decision_node", item) for item in items[:nodes]]
        wants += [Want("outcome_panel", item) for item in items[nodes:]]
        wants += [
            Want("decision_edge", label, "", ids[source], ids[target])
            for label, (source, target) in enumerate(edges, start=1)
        ]
        wants += [Want("entry_badge")] * entry + [Want("footer_note")] * footer
        lists = [
            [tag("from", ids[node]), *(tag("to", ids[end]) for end in targets_of(node, edges))]
            for node in range(nodes)
        ]
        lists += [["[entry]"]] * entry + [["[footer]"]] * footer
        rng.shuffle(lists)
        outline = ("[start]", tag("from", ids[0]), *(mark for marks in lists for mark in marks))
        scene = wanted_scene(self.language, said, wants)
        return Told(tuple(tag(name, value) for name, value in said.items()), outline, scene)

    def _edges(
        self, family: str, nodes: int, outcomes: int, more: int, rng: Random
    ) -> tuple[Edge, ...]:
        """A drawn graph, by layers, with no more edges than the family and the labels allow."""
        counted = {"nodes": nodes, "outcomes": outcomes}
        field = next(f for f in self.language.families[family].counts if f.id == "edges")
        most = min(field.ceiling(counted), SLOTS["links"])
        while True:
            edges = by_layers(nodes, drawn_graph(nodes, outcomes, more, rng))
            if edges is not None and len(edges) <= most:
                return edges

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, look, and the marks of outlines."""
        atoms = [tag("layout", family) for family in planned_scene.LAYOUTS]
        atoms += [tag(name, value) for name, values in LOOK.items() for value in values]
        return (*atoms, "[start]", "[entry]", "[footer]")


def planned_graphs(families: FamilyTable) -> SceneLine:
    """The curriculum of spec13b."""
    language = planned_scene.planned_scene(families)
    return SceneLine(PlannedGraphs(language, planned_scene.LAYOUTS))


def planned_trees(families: FamilyTable) -> SceneLine:
    """The same for decision trees alone."""
    language = planned_scene.planned_scene(families)
    return SceneLine(PlannedGraphs(language, planned_scene.LAYOUTS[:1]))
