"""What each family's scenes are made of: kinds of component in order, and the family's settings.

Five shapes of component:

    fixed   [footer_note:footer]                              says only that it is there
    node    [timeline_stage:stage_1|stages.stage_1|lane=top]  id, content, place
    leaf    [stage_card:s_1|phase_1|items.item_3]             id, owner, content, place
    join    [system_link:stage_1->stage_2|links.link_1]       two ids, content, place
    span    [region_bracket:b_1|segment_1->segment_3|brackets.b_1]  id, first->last id, content

A place is the one attribute that a component has in a form: a lane, a cell, a state, a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Shape = Literal["fixed", "node", "leaf", "join", "span"]
Settings = tuple[tuple[str, tuple[str, ...]], ...]

ID = r"[a-z][a-z0-9_]*"
CELL = r"[1-9]\.[1-9]"
STATES = ("normal", "highlight", "success", "warning", "danger")
VARIANTS = ("default", "hero", "metric", "note", "success", "warning")
ANY_FORM = ""


@dataclass(frozen=True)
class Kind:
    """One kind of component: its tag, its shape, the content slot it reads, the ids it joins.

    `joins` names the kinds that a join starts from, a span covers, or a leaf belongs to. `places`
    holds (form, key, value pattern) of the place that its components carry in each form. Joins that
    run `forward` never point at an id declared before their source. Neighbouring kinds of one
    `block` stand mixed, in the order in which they are drawn.
    """

    name: str
    shape: Shape
    slot: str = ""
    joins: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    places: tuple[tuple[str, str, str], ...] = ()
    forward: bool = False
    block: str = ""

    def place_of(self, form: str) -> tuple[str, str] | None:
        """Key and value pattern of the place that a component of this kind has in a form."""
        found = ((key, value) for name, key, value in self.places if name in (form, ANY_FORM))
        return next(found, None)

    def pattern(self, form: str) -> re.Pattern[str]:
        """Pattern of the tag's value in a form."""
        content = self.slot if self.sole else rf"{self.slot}\.{ID}"
        ends = rf"(?P<source>{ID})->(?P<target>{ID})"
        place = self.place_of(form)
        tail = rf"\|{place[0]}=(?P<place>{place[1]})" if place else ""
        if self.shape == "fixed":
            return re.compile(rf"(?P<id>{self.slot})")
        if self.shape == "join":
            return re.compile(ends + (rf"\|(?P<ref>{content})" if self.slot else "") + tail)
        if self.shape == "span":
            return re.compile(rf"(?P<id>{ID})\|{ends}\|(?P<ref>{content})")
        owner = rf"\|(?P<source>{ID})" if self.shape == "leaf" else ""
        return re.compile(rf"(?P<id>{ID}){owner}\|(?P<ref>{content}){tail}")

    @property
    def sole(self) -> bool:
        """Whether its content is the slot itself, not an item of a list."""
        return self.name == "terminal_panel"

    def example(self, form: str) -> str:
        """One well-formed tag, for messages."""
        slot, place = self.slot, self.place_of(form)
        tail = f"|{place[0]}=…" if place else ""
        if self.shape == "fixed":
            return f"[{self.name}:{slot}]"
        if self.shape == "join":
            return f"[{self.name}:a->b{f'|{slot}.item_1' if slot else ''}{tail}]"
        if self.shape == "span":
            return f"[{self.name}:id|a->b|{slot}.item_1]"
        owner = "|owner" if self.shape == "leaf" else ""
        ref = slot if self.sole else f"{slot}.item_1"
        return f"[{self.name}:id{owner}|{ref}{tail}]"


def _every(key: str, *values: str) -> tuple[tuple[str, str, str], ...]:
    """A place that is the same in all forms."""
    return ((ANY_FORM, key, "|".join(values)),)


_STATE = _every("state", *STATES)
_VARIANT = _every("variant", *VARIANTS)
_VALUE = _every("value", "100", "[1-9]?[0-9]")
_EVERY_SYSTEM_FORM = tuple(
    (form, "cell", CELL) for form in ("linear_pipeline", "build_path", "selection_path")
)
_FOOTER = Kind("footer_note", "fixed", "footer")
_LEGEND = Kind("legend_block", "fixed", "legend")
_CALLOUT = Kind("callout_card", "node", "notes")


def _join(name: str, source: str, *more: str, slot: str = "", forward: bool = False) -> Kind:
    """A join that starts from one kind, and ends in it or in further kinds."""
    return Kind(name, "join", slot, (source,), (source, *more), forward=forward)


def _span(name: str, slot: str, over: str) -> Kind:
    return Kind(name, "span", slot, (over,), (over,))


_GRAPH = (
    Kind("decision_node", "node", "items"),
    Kind("outcome_panel", "node", "items", places=_STATE),
    _join("decision_edge", "decision_node", "outcome_panel", slot="links", forward=True),
    _FOOTER,
)

GRAMMAR: dict[str, tuple[Kind, ...]] = {
    "memory_map": (
        Kind("address_strip", "fixed", "offsets"),
        Kind(
            "memory_segment",
            "node",
            "segments",
            places=(
                ("typed_regions", "kind", "[1-4]"),
                ("arena_sections", "arena", "[1-8]"),
                ("layer_stack", "layer", "[1-8]"),
            ),
        ),
        _span("region_bracket", "brackets", "memory_segment"),
        Kind("info_card", "node", "cards"),
    ),
    "timeline": (
        Kind(
            "timeline_stage",
            "node",
            "stages",
            places=(
                ("milestone_chain", "lane", "top|bottom"),
                ("stage_sequence", "lane", "center"),
            ),
        ),
        _join("timeline_arrow", "timeline_stage"),
        _FOOTER,
    ),
    "system_diagram": (
        Kind("system_stage", "node", "stages", places=_EVERY_SYSTEM_FORM),
        _join("system_link", "system_stage", "terminal_panel", slot="links"),
        Kind("terminal_panel", "node", "terminal", places=_EVERY_SYSTEM_FORM),
        _FOOTER,
    ),
    "bullet_panel": (
        Kind("bullet_item", "node", "items", places=_STATE),
        _CALLOUT,
        _FOOTER,
    ),
    "compare_panels": (
        Kind("compare_panel", "node", "items", places=_VARIANT),
        Kind("compare_line", "leaf", "items", ("compare_panel",)),
        _CALLOUT,
        _FOOTER,
    ),
    "stat_cards": (
        Kind(
            "stat_card",
            "node",
            "items",
            places=(
                ("stat_tiles", "state", "|".join(STATES)),
                ("stat_gauges", "value", "100|[1-9]?[0-9]"),
            ),
        ),
        _CALLOUT,
        _FOOTER,
    ),
    "spectrum_band": (
        Kind(
            "band_segment",
            "node",
            "items",
            places=(
                ("spectrum_steps", "state", "|".join(STATES)),
                ("spectrum_shares", "weight", "[1-5]"),
            ),
        ),
        Kind("band_marker", "leaf", "notes", ("band_segment",)),
        _FOOTER,
    ),
    "flow_steps": (
        Kind("flow_step", "node", "items", places=_STATE),
        _join("step_arrow", "flow_step"),
        Kind("badge_pill", "leaf", "notes", ("flow_step",)),
        _FOOTER,
    ),
    "poster_stack": (
        Kind("section_card", "node", "items", places=_VARIANT, block="poster"),
        Kind("compare_bar", "node", "items", places=_VALUE, block="poster"),
        Kind("table_row", "node", "items", places=_STATE, block="poster"),
        Kind("compare_panel", "node", "items", places=_VARIANT, block="poster"),
        Kind("callout_card", "node", "notes", block="poster"),
        _FOOTER,
    ),
    "comparison_span_chart": (
        Kind("axis", "fixed", "axis"),
        Kind("compare_bar", "node", "items", places=_VALUE),
        _span("span_bracket", "groups", "compare_bar"),
        Kind("annotation", "leaf", "notes", ("compare_bar",)),
        Kind("floor_band", "node", "groups"),
        Kind("thesis_box", "node", "notes"),
        Kind("conclusion_strip", "node", "notes"),
        _FOOTER,
    ),
    "dashboard_cards": (
        Kind("section_card", "node", "items", places=_VARIANT, block="dashboard"),
        Kind("metric_bar", "node", "items", places=_VALUE, block="dashboard"),
        Kind("callout_card", "node", "notes", block="dashboard"),
        _FOOTER,
    ),
    "dual_panel_compare": (
        Kind("compare_panel", "node", "items", places=_VARIANT),
        Kind("metric_bar", "leaf", "items", ("compare_panel",), places=_VALUE),
        Kind("section_card", "node", "items", places=_VARIANT),
        _CALLOUT,
        _FOOTER,
    ),
    "pipeline_lane": (
        Kind("phase_divider", "node", "groups"),
        Kind("stage_card", "leaf", "items", ("phase_divider",)),
        _join("flow_arrow", "stage_card", forward=True),
        _join("curved_connector", "stage_card"),
        Kind("badge_pill", "leaf", "notes", ("stage_card",)),
        Kind("section_card", "node", "notes", places=_VARIANT),
        _FOOTER,
    ),
    "timeline_flow": (
        Kind("stage_card", "node", "items", places=_every("side", "left", "right")),
        _join("flow_arrow", "stage_card", forward=True),
        _span("phase_divider", "groups", "stage_card"),
        Kind("conclusion_strip", "node", "notes"),
        _FOOTER,
    ),
    "table_analysis": (
        Kind("table_column", "node", "columns"),
        Kind("table_row", "node", "items", places=_STATE),
        Kind("thesis_box", "node", "notes"),
        _CALLOUT,
        _FOOTER,
    ),
    "table_matrix": (
        _LEGEND,
        Kind("table_column", "node", "columns"),
        Kind("table_block", "node", "groups"),
        Kind("table_row", "leaf", "items", ("table_block",)),
        Kind("table_cell", "join", "", ("table_row",), ("table_column",), _STATE),
        Kind("note_band", "node", "notes"),
    ),
    "decision_tree": (Kind("entry_badge", "fixed", "entry"), *_GRAPH),
    "flow_graph": _GRAPH,
    "comparison_board": (
        _LEGEND,
        Kind("comparison_column", "node", "items"),
        Kind("comparison_metric", "node", "columns"),
        Kind("comparison_callout", "node", "notes"),
        _FOOTER,
    ),
}

SIZES = ("md", "sm", "lg")
_BASE: Settings = (
    ("canvas", ("wide", "square", "tall")),
    ("frame", ("none", "plain", "card", "panel")),
    ("inset", SIZES),
    ("gap", SIZES),
    ("hero", ("left", "center", "split")),
    ("rail", ("none", "accent", "muted")),
    ("emphasis", ("none", "left", "center", "top")),
)
_CONNECTOR: Settings = (("connector", ("arrow", "line", "dashed", "dotted")),)
_POSTER: Settings = (("canvas", ("tall", "wide", "square")), *_BASE[1:])

SETTINGS: dict[str, Settings] = {
    "memory_map": (),
    "timeline": (),
    "system_diagram": (
        ("canvas", ("wide",)),
        ("inset", SIZES),
        ("gap", SIZES),
        ("connector", ("arrow", "line")),
    ),
    "bullet_panel": (*_BASE, ("columns", ("1", "2"))),
    "compare_panels": (*_BASE, *_CONNECTOR),
    "stat_cards": (*_BASE, ("columns", ("3", "2", "1"))),
    "spectrum_band": (*_BASE, ("connector", ("bracket", "line"))),
    "flow_steps": (*_BASE, *_CONNECTOR),
    "poster_stack": _POSTER,
    "comparison_span_chart": _BASE,
    "dashboard_cards": (*_BASE, ("columns", ("3", "2"))),
    "dual_panel_compare": (*_BASE, *_CONNECTOR),
    "pipeline_lane": (*_BASE, *_CONNECTOR),
    "timeline_flow": (*_BASE, *_CONNECTOR),
    "table_analysis": _BASE,
    "table_matrix": _POSTER,
    "decision_tree": (*_BASE, *_CONNECTOR),
    "flow_graph": (*_BASE, *_CONNECTOR),
    "comparison_board": _BASE,
}
"""Settings of each family with their legal values; the first value is the default of a family that
`standard_scene` builds."""
