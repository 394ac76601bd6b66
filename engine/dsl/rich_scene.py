"""The rich scene language (spec08): the header says the whole look, components say their state.

    [scene] [canvas:wide] [layout:stat_cards] [theme:signal_glow] [tone:blue] [frame:panel]
    [density:balanced] [inset:sm] [gap:md] [hero_align:center] [columns:2] [emphasis:center]
    [rail:none] [background:mesh] [topic:capacity_math] [stat:4] [stat:1] [state:warning]
    [callout:2] [footer] [/scene]

Columns and connectors are said where the layout has them. The usual state is left out, ids go by
the number of what is shown, arrows join each step to the next.
"""

from __future__ import annotations

from contracts.families import FamilyTable
from engine.dsl.dialect import Dialect
from engine.dsl.first_scene import ACCENTS, LAYOUTS, SHORT, TOPICS
from engine.dsl.spelling import Head, Spelling, plain

SPELLING = Spelling(
    name="rich_scene",
    families=LAYOUTS,
    topics=TOPICS,
    head=(
        Head("canvas", "canvas", plain("wide")),
        Head("layout", "layout", plain(*LAYOUTS)),
        Head("theme", "theme", plain("paper_editorial", "infra_dark", "signal_glow")),
        Head("tone", "tone", plain(*ACCENTS)),
        Head("frame", "frame", plain("none", "card", "panel")),
        Head("density", "density", plain("compact", "balanced", "airy")),
        Head("inset", "inset", plain("sm", "md", "lg")),
        Head("gap", "gap", plain("sm", "md", "lg")),
        Head("hero_align", "hero", plain("left", "split", "center")),
        Head("columns", "columns", plain("1", "2", "3")),
        Head("emphasis", "emphasis", plain("left", "center", "top")),
        Head("rail", "rail", plain("none", "accent", "muted")),
        Head("background", "background", plain("grid", "mesh", "rings")),
        Head("connector", "connector", plain("line", "arrow", "bracket")),
        Head("topic", "topic", plain(*TOPICS)),
    ),
    said=("owner", "ref", "place"),
    value=("ref",),
    tags=SHORT,
    chained=("step_arrow",),
    keyed=True,
    usual={"state": ("normal",), "variant": ("default",)},
)


def rich_scene(families: FamilyTable) -> Dialect:
    """The rich scene language over a family table."""
    return Dialect(SPELLING, families)
