"""The full scene language (gen1): every family of the house, one spelling for all of them.

    [scene] [layout:technical_diagram] [form:build_path] [canvas:wide] [theme:infra_dark] ...
    [topic:rope_layouts] [graph_node:4] [cell:1.1] [graph_node:7] [cell:2.1]
    [system_link:stage_4] [to:stage_7] [ref:links.2] [footer_note] [/scene]

A component goes by the number of what it shows; its opening tag says that number, or for what joins
others where it starts. What a family does not have in its header, it does not say. Arrows between
neighbours are chained, states and variants are said where they are not as usual, labels of edges
are counted.
"""

from __future__ import annotations

from contracts.families import FamilyTable
from engine.dsl.asset_scenes import (
    BROAD_GROUNDS,
    BROAD_TOPICS,
    DENSITIES,
    FRAMES,
    LEVELS,
    LOOKS,
    USUAL,
)
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import Head, Spelling, plain

NAMES = {
    "architecture_map": "flow_graph",
    "comparison_span_chart": "comparison_span_chart",
    "concept_editorial": "bullet_panel",
    "dashboard_cards": "dashboard_cards",
    "decision_tree": "decision_tree",
    "memory_training_map": "memory_map",
    "poster_stack": "poster_stack",
    "spectrum_map": "spectrum_band",
    "table_matrix": "table_matrix",
    "technical_diagram": "system_diagram",
    "timeline_flow": "timeline_flow",
    "utility_micrographic": "stat_cards",
    "compare_panels": "compare_panels",
    "comparison_board": "comparison_board",
    "dual_panel_compare": "dual_panel_compare",
    "flow_steps": "flow_steps",
    "pipeline_lane": "pipeline_lane",
    "table_analysis": "table_analysis",
    "timeline": "timeline",
}
"""Families as the language calls them, and as the house does: the published twelve come first."""
SPELLED = {meant: name for name, meant in NAMES.items()}
PUBLISHED = tuple(NAMES.values())[:12]
TAGS = {
    "bullet_item": "concept_panel",
    "stat_card": "micrographic_badge",
    "band_segment": "continuum_arc",
    "band_marker": "marker_band",
    "memory_segment": "memory_region",
    "system_stage": "graph_node",
    "terminal_panel": "artifact_panel",
}
"""Components that the language calls otherwise than the house does."""
TOPICS = (*BROAD_TOPICS, "structured_outputs")
LOOK = {
    "theme": tuple(LOOKS),
    "tone": tuple(dict.fromkeys(tone for tones in LOOKS.values() for tone in tones)),
    "density": DENSITIES,
    "background": BROAD_GROUNDS,
}


def _spelling(families: FamilyTable) -> Spelling:
    """The spelling over a family table, whose forms it all has."""
    layouts = tuple(NAMES.values())
    forms = [form for layout in layouts for form in families[layout].forms]
    return Spelling(
        name="full_scene",
        families=layouts,
        topics=TOPICS,
        head=(
            Head("layout", "layout", tuple(NAMES.items())),
            Head("form", "form", plain(*forms)),
            Head("canvas", "canvas", plain("wide", "tall")),
            Head("theme", "theme", plain(*LOOK["theme"])),
            Head("tone", "tone", plain(*LOOK["tone"])),
            Head("frame", "frame", plain(*FRAMES)),
            Head("density", "density", plain(*LOOK["density"])),
            Head("inset", "inset", plain("md", "lg")),
            Head("gap", "gap", plain("sm", "md", "lg")),
            Head("hero", "hero", plain("left", "center", "split")),
            Head("columns", "columns", plain("1", "2", "3")),
            Head("emphasis", "emphasis", plain("left", "center", "top")),
            Head("rail", "rail", plain("none", "accent", "muted")),
            Head("background", "background", plain(*LOOK["background"])),
            Head("connector", "connector", plain("arrow", "line", "bracket")),
            Head("topic", "topic", plain(*TOPICS)),
        ),
        said=("owner", "source", "target", "ref", "place"),
        value=("source", "ref"),
        tags=TAGS,
        chained=("flow_arrow", "step_arrow", "timeline_arrow"),
        counted=("decision_edge",),
        usual=USUAL,
        places={"value": LEVELS},
        keyed=True,
    )


def full_scene(families: FamilyTable) -> Dialect:
    """The full scene language over a family table."""
    return Dialect(_spelling(families), families)
