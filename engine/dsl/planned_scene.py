"""The planned scene language (spec13b): a graph is planned first, and drawn as planned.

    text = plan scene
    plan = '[plan]' { [ '[layer:N]' ] '[edge:ID->ID]' } '[/plan]'

    [plan] [layer:1] [edge:node_4->node_7] [edge:node_4->outcome_2] [layer:2]
    [edge:node_7->outcome_9] [/plan] [scene] [layout:decision_tree] ... [decision_node:4]
    [decision_node:7] [outcome_panel:2] [outcome_panel:9] [edge:node_4->node_7]
    [edge:node_4->outcome_2] [edge:node_7->outcome_9] [/scene]

The plan is the graph as an intermediate representation: its edges, and in which layer of the
picture they start, said where that changes. It follows from the scene, so a scene has one text, and
a text whose scene is not what was planned is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.families import FamilyTable
from engine.dsl.dialect import Dialect
from engine.dsl.grammar import STATES
from engine.dsl.lexer import lex
from engine.dsl.reader import TagReader
from engine.dsl.scene import Scene
from engine.dsl.spelling import Head, Spelling, plain

LAYOUTS = ("decision_tree", "flow_graph")
TOPICS = ("decision_tree_generic", "failure_triage", "pipeline_flow", "pipeline_overview")
THEMES = ("infra_dark", "paper_editorial", "signal_glow")
TONES = ("amber", "blue", "green", "purple")
DENSITIES = ("airy", "balanced", "compact")
CONNECTORS = ("arrow", "dashed", "dotted")
LAYERS_MOST = 9
"""As many as a graph has nodes at most."""

SPELLING = Spelling(
    name="planned_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=(
        Head("layout", "layout", plain(*LAYOUTS)),
        Head("theme", "theme", plain(*THEMES)),
        Head("tone", "tone", plain(*TONES)),
        Head("density", "density", plain(*DENSITIES)),
        Head("connector", "connector", plain(*CONNECTORS)),
        Head("topic", "topic", plain(*TOPICS)),
    ),
    said=("ends", "ref"),
    value=("ref", "ends"),
    tags={"decision_edge": "edge"},
    counted=("decision_edge",),
    unsaid={"background": "none"},
    usual={"state": STATES},
    keyed=True,
)


class PlannedDialect(Dialect):
    """A dialect whose scenes stand behind their plans."""

    opening_tag = "[plan]"

    def parse(self, text: str) -> Scene:
        """The scene that `text` plans and spells; LanguageError also where the two disagree."""
        reader = TagReader(lex(text, self.name), text, self.name)
        reader.bare(self.opening_tag)
        said = []
        while reader.opens("layer") or reader.opens("edge"):
            said.append((reader.position, reader.take("a layer or an edge").text))
        said.append((reader.position, "[/plan]"))
        reader.bare("[/plan]")
        scene = self._read_scene(reader)
        reader.end()
        for (position, tag), due in zip(said, (*plan(scene), "[/plan]"), strict=False):
            if tag != due:
                raise reader.refusal(position, f"{due}, as the scene has it")
        return scene

    def serialize(self, document: Scene) -> str:
        """The plan that follows from a scene, and the scene."""
        scene = super().serialize(document)
        return " ".join([self.opening_tag, *plan(document), "[/plan]", scene])

    def control_atoms(self) -> tuple[str, ...]:
        """Tags of plans, then those of scenes."""
        layers = (f"[layer:{n}]" for n in range(1, LAYERS_MOST + 1))
        return (self.opening_tag, "[/plan]", *layers, *super().control_atoms())


def plan(scene: Scene) -> Iterator[str]:
    """Tags of the plan of a graph, between its opening and its closing tag."""
    edges = [(part.source, part.target) for part in scene.of("decision_edge")]
    layers: dict[str, int] = {}
    for node in scene.of("decision_node"):
        # Edges of a legal scene run forward: what is not known yet is refused as the scene is read.
        sources = [layers.get(source, 0) for source, target in edges if target == node.id]
        layers[node.id] = 1 + max(sources, default=0)
    last = 0
    for source, target in edges:
        layer = layers.get(source, 0)
        if layer != last:
            yield f"[layer:{layer}]"
        last = layer
        yield f"[edge:{source}->{target}]"


def planned_scene(families: FamilyTable) -> Dialect:
    """The planned scene language over a family table."""
    return PlannedDialect(SPELLING, families)
