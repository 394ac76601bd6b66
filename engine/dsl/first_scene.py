"""The first scene language (spec07): a short header, then one tag a component that names its words.

    [scene] [canvas:wide] [source:memory-reality-infographic] [theme:slate] [layout:bullet_panel]
    [topic:governance_path] [accent:blue] [frame:card] [density:airy] [bullet:4] [bullet:1]
    [callout:2] [footer] [/scene]

Ids go by the number of what is shown ([in:panel_4] is in the panel of the fourth item), states are
usual, arrows join each step to the next.
"""

from __future__ import annotations

from contracts.families import FamilyTable
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import Head, Spelling, plain

LAYOUTS = ("bullet_panel", "compare_panels", "stat_cards", "spectrum_band", "flow_steps")
TOPICS = (
    "structured_outputs",
    "platform_rollout",
    "gpu_readiness",
    "governance_path",
    "capacity_math",
    "eval_discipline",
)
ACCENTS = ("orange", "green", "blue", "purple", "gray")
GROUNDS = ("paper", "mint", "slate")
FRAMES = ("plain", "card")
DENSITIES = ("compact", "airy")
SOURCES = (
    ("memory-reality-infographic", "bullet_panel"),
    ("performance-balance", "compare_panels"),
    ("activation-memory-infographic", "stat_cards"),
    ("operator-spectrum-map", "spectrum_band"),
    ("pipeline-overview", "flow_steps"),
)
"""Which drawing of the asset library each layout was taken from."""
SHORT = {
    "bullet_item": "bullet",
    "callout_card": "callout",
    "footer_note": "footer",
    "compare_panel": "panel",
    "compare_line": "line",
    "stat_card": "stat",
    "band_segment": "segment",
    "band_marker": "marker",
    "flow_step": "step",
    "badge_pill": "badge",
}
"""Tags of components."""

SPELLING = Spelling(
    name="first_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=(
        Head("canvas", "canvas", plain("wide")),
        Head("source", "layout", SOURCES),
        Head("theme", "theme", plain(*GROUNDS)),
        Head("layout", "layout", plain(*LAYOUTS)),
        Head("topic", "topic", plain(*TOPICS)),
        Head("accent", "tone", plain(*ACCENTS)),
        Head("frame", "frame", plain(*FRAMES)),
        Head("density", "density", plain(*DENSITIES)),
    ),
    unsaid={"background": "none"},
    said=("owner", "ref"),
    value=("ref",),
    tags=SHORT,
    chained=("step_arrow",),
    keyed=True,
)


def first_scene(families: FamilyTable) -> Dialect:
    """The first scene language over a family table."""
    return Dialect(SPELLING, families)
