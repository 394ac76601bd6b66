"""The compact scene language (spec12): a thing is named once, by the number of what it shows.

    [scene] [layout:decision_tree] [form:tree_down] [theme:infra_dark] [tone:amber] [density:airy]
    [background:grid] [topic:failure_triage] [decision_node:2] [decision_node:4] [outcome_panel:7]
    [decision_edge:node_2->node_4] [decision_edge:node_4->outcome_7] [/scene]

A component goes by the number of its content, so what it shows is said once; topology, and nothing
else, refers to other components. Labels of edges, states, kinds, arenas and layers are counted.
"""

from __future__ import annotations

from contracts.families import FamilyTable
from engine.dsl.dialect import Dialect
from engine.dsl.grammar import STATES
from engine.dsl.spelling import Head, Spelling, plain

LAYOUTS = ("table_matrix", "decision_tree", "memory_map")
TOPICS = (
    "edge_case_matrix",
    "failure_triage",
    "model_memory_layout",
    "quantization_formats",
    "training_memory_canary",
)
FORMS = (
    "block_matrix",
    "tree_down",
    "tree_right",
    "typed_regions",
    "arena_sections",
    "layer_stack",
)
THEMES = ("paper_editorial", "infra_dark", "signal_glow")
TONES = ("amber", "blue", "green", "mixed", "purple")
DENSITIES = ("airy", "balanced", "compact")
BACKGROUNDS = ("grid", "mesh", "none", "rings")

SPELLING = Spelling(
    name="compact_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=(
        Head("layout", "layout", plain(*LAYOUTS)),
        Head("form", "form", plain(*FORMS)),
        Head("theme", "theme", plain(*THEMES)),
        Head("tone", "tone", plain(*TONES)),
        Head("density", "density", plain(*DENSITIES)),
        Head("background", "background", plain(*BACKGROUNDS)),
        Head("topic", "topic", plain(*TOPICS)),
    ),
    said=("owner", "ends", "ref"),
    value=("ref", "ends"),
    tags={"owner": "in_ref", "ends": "over_ref"},
    counted=("decision_edge",),
    usual={
        "state": STATES,
        "kind": tuple("1234"),
        "arena": tuple("11223344"),
        "layer": tuple("12345678"),
    },
    keyed=True,
)


def compact_scene(families: FamilyTable) -> Dialect:
    """The compact scene language over a family table."""
    return Dialect(SPELLING, families)
