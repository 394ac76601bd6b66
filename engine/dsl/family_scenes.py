"""The languages of spec14a to spec15b: one family each, said by number, place and order.

    board_scene      [scene] [canvas:wide] [layout:comparison_board] ... [topic:rope_layouts]
                     [legend_block] [comparison_column:4] [comparison_column:9]
                     [comparison_metric:2] [comparison_callout:5] [footer_note] [/scene]
    timeline_scene   ... [timeline_stage:4] [lane:top] [timeline_stage:9] [lane:bottom]
                     [timeline_arrow:stage_4] [to:stage_9] [footer_note] [/scene]
    memory_scene     ... [address_strip] [memory_segment:4] [arena:1] [memory_segment:7] [arena:2]
                     [region_bracket:segment_4] [to:segment_7] [ref:brackets.3] [info_card:1]
    system_scene     ... [system_stage:4] [cell:1.1] [system_link:stage_4] [to:terminal]
                     [ref:links.2] [terminal_panel] [cell:2.1] [/scene]

The opening tag of a component carries the number of its content, or the id that it starts from; ids
go by the number of the content. Every place is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.families import FamilyTable
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import Head, Spelling, plain

LOOK = {
    "theme": ("infra_dark", "paper_editorial", "signal_glow"),
    "tone": ("amber", "blue", "green", "mixed", "purple"),
    "density": ("airy", "balanced", "compact"),
    "background": ("grid", "mesh", "none", "rings"),
}
MEASURES = {"inset": ("md", "lg"), "gap": ("sm", "md", "lg")}
TIMELINE_FORMS = ("milestone_chain", "stage_sequence")
MEMORY_FORMS = ("typed_regions", "arena_sections", "layer_stack")
SYSTEM_FORMS = ("linear_pipeline", "build_path", "selection_path")
BOARDS = (
    "tokenizer_performance",
    "tokenizer_algorithms",
    "rope_layouts",
    "compute_bandwidth_chasm",
    "quantization_formats",
)
TIMELINES = ("training_intuition", "platform_rollout", "eval_discipline")
MEMORIES = ("model_memory_layout", "training_memory_canary", "memory_reality")
SYSTEMS = ("pipeline_flow", "pipeline_overview", "structured_outputs")
"""Topics of each language."""


def _spelling(name: str, head: Mapping[str, tuple[str, ...]]) -> Spelling:
    """The spelling of one family under a header of these fields, in order, with their values."""
    return Spelling(
        name=name,
        families=head["layout"],
        topics=head["topic"],
        head=tuple(Head(field, field, plain(*values)) for field, values in head.items()),
        said=("source", "target", "ref", "place"),
        value=("source", "ref"),
        keyed=True,
    )


BOARD = _spelling(
    "board_scene",
    {
        "canvas": ("wide", "square"),
        "layout": ("comparison_board",),
        **LOOK,
        "frame": ("none", "card", "panel"),
        **MEASURES,
        "topic": BOARDS,
    },
)
TIMELINE = _spelling(
    "timeline_scene",
    {"layout": ("timeline",), "form": TIMELINE_FORMS, **LOOK, "topic": TIMELINES},
)
MEMORY = _spelling(
    "memory_scene",
    {"layout": ("memory_map",), "form": MEMORY_FORMS, **LOOK, "topic": MEMORIES},
)
SYSTEM = _spelling(
    "system_scene",
    {"layout": ("system_diagram",), "form": SYSTEM_FORMS, **LOOK, **MEASURES, "topic": SYSTEMS},
)


def board_scene(families: FamilyTable) -> Dialect:
    """The language of spec14a over a family table."""
    return Dialect(BOARD, families)


def timeline_scene(families: FamilyTable) -> Dialect:
    """The language of spec14b over a family table."""
    return Dialect(TIMELINE, families)


def memory_scene(families: FamilyTable) -> Dialect:
    """The language of spec15a over a family table."""
    return Dialect(MEMORY, families)


def system_scene(families: FamilyTable) -> Dialect:
    """The language of spec15b over a family table."""
    return Dialect(SYSTEM, families)
