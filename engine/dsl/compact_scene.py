"""The compact scene language (spec12): a block for each component, and in it only what differs.

    [scene] [layout:decision_tree] [form:tree_down] [theme:infra_dark] [tone:amber] [density:airy]
    [background:grid] [topic:failure_triage] [decision_node] [ref:items.4] [/decision_node]
    [outcome_panel] [ref:items.7] [/outcome_panel] [decision_edge] [from_ref:node_4]
    [to_ref:outcome_7] [label_ref:links.1] [/decision_edge] [/scene]

A component goes by the number of its content, so what a block shows is said once; topology, and
nothing else, refers to other blocks. States, kinds, arenas and layers come in their usual turn.
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
    said=("owner", "source", "target", "ref"),
    closed=True,
    tags={
        "owner": "in_ref",
        "source": "from_ref",
        "target": "to_ref",
        "decision_edge.ref": "label_ref",
    },
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
