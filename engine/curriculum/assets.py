"""spec10, spec11, spec_broader_1: a prompt names layout, topic and look, and outlines a picture.

The first line answers with the words themselves, the second with keys, by which its prompts name
what is to be shown as well. The third is the first with more topics, and asks for frame and ground
too, which in the others follow from the theme; its prompts say whose each component is, by id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.outlines import (
    CODA,
    NO_CODA,
    Item,
    Outlines,
    Role,
    outline_atoms,
    shapes,
)
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import (
    WIDE_PROSE,
    WIDE_WORDINGS,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.dsl.asset_scenes import (
    BROAD_GROUNDS,
    BROAD_TOPICS,
    DENSITIES,
    FRAMES,
    LAYOUTS,
    LOOKS,
    TOPICS,
    asset_scene,
    broad_scene,
    keyed_scene,
)
from engine.dsl.dialect import Dialect
from engine.dsl.wants import Want, wanted_scene

LOOP = "[loop]"
"""The last stage leads back to the first."""
NO_LOOP = "[loop:no]"
"""It does not: an outline that refers to components says so."""
ROLES = {
    "poster_stack": (
        Role("point", "section_card", 1, 3),
        Role("figure", "compare_bar", 0, 2),
        Role("row", "table_row", 0, 2),
        Role("side", "compare_panel", 0, 2),
        Role("aside", "callout_card", 0, 1),
    ),
    "comparison_span_chart": (
        Role("figure", "compare_bar", 2, 5),
        Role("group", "span_bracket", 0, 2),
        Role("aside", "annotation", 0, 2),
        Role("claim", "thesis_box", 0, 1),
    ),
    "dashboard_cards": (
        Role("point", "section_card", 2, 5),
        Role("figure", "metric_bar", 0, 3),
        Role("aside", "callout_card", 0, 2),
    ),
    "dual_panel_compare": (
        Role("side", "compare_panel", 2, 2),
        Role("figure", "metric_bar", 0, 3),
        Role("point", "section_card", 0, 3),
        Role("aside", "callout_card", 0, 2),
    ),
    "pipeline_lane": (
        Role("group", "phase_divider", 1, 3),
        Role("point", "stage_card", 2, 5),
        Role("aside", "badge_pill", 0, 2),
        Role("claim", "section_card", 0, 1),
    ),
    "table_analysis": (
        Role("column", "table_column", 2, 4),
        Role("row", "table_row", 2, 5),
        Role("claim", "thesis_box", 0, 1),
        Role("aside", "callout_card", 0, 1),
    ),
    "timeline_flow": (
        Role("point", "stage_card", 3, 6),
        Role("group", "phase_divider", 0, 2),
        Role("claim", "conclusion_strip", 0, 1),
    ),
}
ITEMS_MOST = 8
"""Items of an outline, with the footer."""
HERO = {"poster_stack": "center", "dual_panel_compare": "split", "dashboard_cards": "center"}
EMPHASIS = {"poster_stack": "top", "comparison_span_chart": "center", "timeline_flow": "top"}
"""Settings of layouts that differ from the others' "left"."""

Asked = Mapping[str, str]


@dataclass(frozen=True)
class AssetScenes:
    """Seven layouts, some topics, twelve looks, three densities, and what else a prompt chooses.

    An outline that `refers` names components as the answer will.
    """

    language: Dialect
    refers: bool = False
    topics: tuple[str, ...] = TOPICS
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    families: tuple[str, ...] = LAYOUTS

    @property
    def name(self) -> str:
        """Name of the language."""
        return self.language.name

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every look and density, with every choice."""
        return tuple(
            (topic, theme, tone, *rest)
            for topic in self.topics
            for theme, tones in LOOKS.items()
            for tone in tones
            for rest in product(DENSITIES, *self.chosen.values())
        )

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every count of the family's roles that is not too long."""
        return shapes(ROLES[family], ITEMS_MOST)

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """The outline of a shape, under a header of the combination."""
        names = ("topic", "theme", "tone", "density", *self.chosen)
        asked = {"layout": family, **dict(zip(names, combination, strict=True))}
        form = self.language.families[family].forms[0]
        outlines = Outlines(
            self.language, family, form, ROLES[family], marks=True, refers=self.refers
        )
        items = outlines.draw(shape, rng)
        wants = [*outlines.wants(items)]
        outline = [mark for item in items for mark in item.tags]
        stages = [item for item in items if item.kind.name == "stage_card"]
        if family == "pipeline_lane" and rng.random() < 0.3:
            last = outlines.id_of(stages[-1], len(stages) - 1)
            first = outlines.id_of(stages[0])
            wants.append(Want("curved_connector", source=last, target=first))
            outline.append(LOOP)
        elif self.refers and family == "pipeline_lane":
            outline.append(NO_LOOP)
        if shape[-1]:
            wants.append(Want("footer_note"))
            outline.append(CODA)
        elif self.refers:
            outline.append(NO_CODA)
        wants += [*self._implied(family, items, outlines)]
        head = tuple(tag(name, value) for name, value in asked.items())
        scene = wanted_scene(self.language, header(asked, items), wants)
        return Told(head, tuple(outline), scene)

    def _implied(self, family: str, items: Sequence[Item], outlines: Outlines) -> list[Want]:
        """Components that follow from others: an axis under three bars, arrows between stages."""
        made = Counter(item.kind.name for item in items)
        if made["stage_card"] and "flow_arrow" not in self.language.spelling.chained:
            stages = [item for item in items if item.kind.name == "stage_card"]
            ids = [outlines.id_of(stage, at) for at, stage in enumerate(stages)]
            return [Want("flow_arrow", source=a, target=b) for a, b in pairwise(ids)]
        if family == "comparison_span_chart" and made["compare_bar"] > 2:
            return [Want("axis")]
        return []

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, header values and the marks of outlines."""
        tones = dict.fromkeys(tone for tones in LOOKS.values() for tone in tones)
        fields = {"layout": LAYOUTS, "topic": self.topics, "theme": LOOKS, "tone": tones}
        fields |= {"density": DENSITIES, **self.chosen}
        atoms = [tag(name, value) for name, values in fields.items() for value in values]
        marks = outline_atoms(self.language, ROLES, marks=True, refers=self.refers)
        return (*atoms, *marks, LOOP, *((NO_LOOP, NO_CODA) if self.refers else ()))


def header(asked: Asked, items: Sequence[object]) -> dict[str, str]:
    """The whole header, by rule where it was not chosen; columns count.

    Source: the derivations of the published line.
    """
    layout, theme, tone, density = (asked[k] for k in ("layout", "theme", "tone", "density"))
    poster = layout == "poster_stack"
    grounds = {"paper_editorial": "grid", "signal_glow": "mesh", "infra_dark": "rings"}
    said = {
        "canvas": "tall" if poster else "wide",
        "frame": {"infra_dark": "panel", "paper_editorial": "card", "signal_glow": "none"}[theme],
        "inset": "lg" if density == "airy" else "md",
        "gap": {"compact": "sm", "balanced": "md", "airy": "lg"}[density],
        "hero": HERO.get(layout, "left"),
        "emphasis": EMPHASIS.get(layout, "left"),
        "rail": ("muted" if tone == "mixed" else "accent") if poster else "none",
        "background": grounds[theme],
        **asked,
    }
    if layout == "dashboard_cards":
        said["columns"] = "3" if len(items) > 4 else "2"
    if layout in ("dual_panel_compare", "pipeline_lane", "timeline_flow"):
        said["connector"] = "line" if layout == "dual_panel_compare" else "arrow"
    return said


def asset_copies(families: FamilyTable) -> SceneLine:
    """The curriculum of spec10."""
    task = AssetScenes(asset_scene(families), refers=True)
    return SceneLine(task, WIDE_WORDINGS, WIDE_PROSE)


def broad_copies(families: FamilyTable) -> SceneLine:
    """The curriculum of spec_broader_1."""
    chosen = {"frame": FRAMES, "background": BROAD_GROUNDS}
    task = AssetScenes(broad_scene(families), refers=True, topics=BROAD_TOPICS, chosen=chosen)
    return SceneLine(task, WIDE_WORDINGS, WIDE_PROSE)


def asset_references(families: FamilyTable) -> SceneLine:
    """The curriculum of spec11."""
    task = AssetScenes(keyed_scene(families), refers=True)
    return SceneLine(task, WIDE_WORDINGS, WIDE_PROSE)
