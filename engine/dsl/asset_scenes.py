"""The languages of spec10, spec11 and spec_broader_1: scenes like seven drawings of the library.

They say the same scenes, and differ in where the words are:

    asset_scene   [stage_card] [in:phase_1] [copy:One_lexer]              the words themselves
    broad_scene   the same, of nearly twice the topics and on a ground of any kind
    keyed_scene   [stage_card:2] [in:phase_3]                             the key of the words

Ids of all go by the number of what is shown. Arrows between neighbours are chained in the first
and said in the second, whose keys may lie beyond what a topic says: only the compiler can know.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from contracts.families import FamilyTable, content
from engine.dsl.dialect import Dialect, ref
from engine.dsl.spelling import Head, Spelling, plain

LAYOUTS = (
    "poster_stack",
    "comparison_span_chart",
    "dashboard_cards",
    "dual_panel_compare",
    "pipeline_lane",
    "table_analysis",
    "timeline_flow",
)
TOPICS = (
    "memory_reality",
    "performance_balance",
    "cpu_gpu_cost",
    "ethernet_equalizer",
    "pipeline_overview",
    "training_intuition",
)
BROAD_TOPICS = (
    *TOPICS,
    "platform_rollout",
    "eval_discipline",
    "gpu_readiness",
    "failure_triage",
    "governance_path",
)
"""Topics of the broader language: those of six drawings, and five more."""
LOOKS = {
    "infra_dark": ("amber", "green", "blue", "mixed", "purple"),
    "paper_editorial": ("amber", "green", "blue", "mixed"),
    "signal_glow": ("green", "blue", "purple"),
}
"""The tones that each theme is asked for in."""
DENSITIES = ("compact", "balanced", "airy")
FRAMES = ("none", "card", "panel")
GROUNDS = ("grid", "mesh", "rings")
BROAD_GROUNDS = (*GROUNDS, "none")
HEAD = (
    Head("canvas", "canvas", plain("wide", "tall")),
    Head("layout", "layout", plain(*LAYOUTS)),
    Head("theme", "theme", plain(*LOOKS)),
    Head("tone", "tone", plain("amber", "green", "blue", "mixed", "purple")),
    Head("frame", "frame", plain(*FRAMES)),
    Head("density", "density", plain(*DENSITIES)),
    Head("inset", "inset", plain("md", "lg")),
    Head("gap", "gap", plain("sm", "md", "lg")),
    Head("hero", "hero", plain("left", "center", "split")),
    Head("columns", "columns", plain("2", "3")),
    Head("emphasis", "emphasis", plain("left", "center", "top")),
    Head("rail", "rail", plain("none", "accent", "muted")),
    Head("background", "background", plain(*GROUNDS)),
    Head("connector", "connector", plain("arrow", "line")),
    Head("topic", "topic", plain(*TOPICS)),
)
LEVELS = ("0", "20", "50", "80", "100")
USUAL = {"state": ("normal",), "variant": ("default",), "side": ("left", "right")}

ASSET = Spelling(
    name="asset_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=HEAD,
    said=("owner", "source", "target", "ref", "place"),
    tags={"ref": "copy"},
    chained=("flow_arrow",),
    keyed=True,
    usual=USUAL,
    places={"value": LEVELS},
)
WIDER = {
    "background": Head("background", "background", plain(*BROAD_GROUNDS)),
    "topic": Head("topic", "topic", plain(*BROAD_TOPICS)),
}
BROAD = replace(
    ASSET,
    name="broad_scene",
    topics=BROAD_TOPICS,
    head=tuple(WIDER.get(field.tag, field) for field in HEAD),
)
KEYED = Spelling(
    name="keyed_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=HEAD,
    said=("owner", "source", "target", "ref", "place"),
    value=("ref", "source"),
    keyed=True,
    usual=USUAL,
    places={"value": LEVELS},
    numbers=2,
)


class CopyDialect(Dialect):
    """A dialect in which a component says its words, those of the scene's topic, itself."""

    def refs(self, slot: str, topic: str, short: bool) -> dict[str, str]:
        """The titles of a slot, spelled as one word each."""
        return copies(topic, slot)


@cache
def copies(topic: str, slot: str) -> dict[str, str]:
    """What each item of a topic's slot is called in a text, with its reference."""
    items = content(topic).slots[slot]
    return {copy_of(item.title): ref(slot, n) for n, item in enumerate(items, start=1)}


def copy_of(title: str) -> str:
    """A title without spaces and marks."""
    return re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_")


def asset_scene(families: FamilyTable) -> Dialect:
    """The language of spec10 over a family table."""
    return CopyDialect(ASSET, families)


def broad_scene(families: FamilyTable) -> Dialect:
    """The language of spec_broader_1 over a family table."""
    return CopyDialect(BROAD, families)


def keyed_scene(families: FamilyTable) -> Dialect:
    """The language of spec11 over a family table."""
    return Dialect(KEYED, families)
