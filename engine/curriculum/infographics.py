"""spec07 and spec08: a prompt names layout, topic and look, and outlines what is to be shown.

The first scene language copies the look; the rich one derives a whole header from it, by rules that
look at layout, look and how many points there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.outlines import CODA, Item, Outlines, Role, outline_atoms, shapes
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import (
    STRANGE_WORDINGS,
    WIDE_PROSE,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.dsl.dialect import Dialect
from engine.dsl.first_scene import ACCENTS, DENSITIES, FRAMES, GROUNDS, TOPICS, first_scene
from engine.dsl.rich_scene import rich_scene
from engine.dsl.wants import Want, wanted_scene

FIELDS = {
    "topic": TOPICS,
    "accent": ACCENTS,
    "bg": GROUNDS,
    "frame": FRAMES,
    "density": DENSITIES,
}
"""Prompt tags beside the layout, with their values."""
ROLES = {
    "bullet_panel": (Role("point", "bullet_item", 2, 6), Role("aside", "callout_card", 0, 2)),
    "compare_panels": (
        Role("point", "compare_panel", 2, 4),
        Role("detail", "compare_line", 0, 3),
        Role("aside", "callout_card", 0, 1),
    ),
    "stat_cards": (Role("point", "stat_card", 2, 6), Role("aside", "callout_card", 0, 2)),
    "spectrum_band": (Role("point", "band_segment", 2, 6), Role("aside", "band_marker", 0, 2)),
    "flow_steps": (Role("point", "flow_step", 2, 6), Role("aside", "badge_pill", 0, 2)),
}
POINT_KINDS = {role.kind for roles in ROLES.values() for role in roles if role.word == "point"}
POINTS = "points"
"""Of a rich outline the first word: how many points there are, from which columns follow."""
ITEMS_MOST = 8
"""Items of an outline, with the footer."""

Asked = Mapping[str, str]


@dataclass(frozen=True)
class Infographics:
    """Five layouts, six topics, five accents, three grounds, two frames, two densities.

    `rich` outlines count and mark points, and a rich header is derived.
    """

    language: Dialect
    rich: bool
    families: tuple[str, ...] = tuple(ROLES)

    @property
    def name(self) -> str:
        """Name of the language."""
        return self.language.name

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every look."""
        return tuple(product(*FIELDS.values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of points, details, asides and footers."""
        return shapes(ROLES[family], ITEMS_MOST)

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """The outline of a shape, under a header of the combination."""
        asked = {"layout": family, **dict(zip(FIELDS, combination, strict=True))}
        form = self.language.families[family].forms[0]
        outlines = Outlines(self.language, family, form, ROLES[family], marks=self.rich)
        items, footer = outlines.draw(shape, rng), bool(shape[-1])
        said = rich_header(asked, items) if self.rich else first_header(asked)
        wants = (*outlines.wants(items), *([Want("footer_note")] if footer else []))
        head = tuple(tag(name, value) for name, value in asked.items())
        marks = [mark for item in items for mark in item.tags]
        if self.rich:
            marks.insert(0, tag(POINTS, points(items)))
        outline = (*marks, *([CODA] if footer else []))
        return Told(head, outline, wanted_scene(self.language, said, wants))

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, header values and the marks of outlines."""
        fields = {"layout": self.families, **FIELDS}
        atoms = [tag(name, value) for name, values in fields.items() for value in values]
        if self.rich:
            most = max(role.most for roles in ROLES.values() for role in roles)
            atoms += [tag(POINTS, count) for count in range(2, most + 1)]
        return (*atoms, *outline_atoms(self.language, ROLES, marks=self.rich))


def first_header(asked: Asked) -> dict[str, str]:
    """The look as it was asked for."""
    same = {name: asked[name] for name in ("layout", "topic", "frame", "density")}
    return {**same, "tone": asked["accent"], "theme": asked["bg"]}


def points(items: Sequence[Item]) -> int:
    """How many of the items are points of their layout."""
    return sum(item.kind.name in POINT_KINDS for item in items)


def rich_header(asked: Asked, items: Sequence[Item]) -> dict[str, str]:
    """The whole header, by rule. Source: the derivations of the published line; columns count."""
    layout, accent, bg = asked["layout"], asked["accent"], asked["bg"]
    airy, paired = asked["density"] == "airy", layout in ("compare_panels", "stat_cards")
    cool = accent in ("blue", "purple")
    theme = {
        "paper": "paper_editorial",
        "mint": "signal_glow" if cool else "paper_editorial",
        "slate": "infra_dark" if accent in ("green", "gray") else "signal_glow",
    }
    frame = "panel" if paired else {"card": "card", "plain": "none"}[asked["frame"]]
    inset = "md" if layout in ("compare_panels", "flow_steps") else "sm"
    said = {
        "layout": layout,
        "topic": asked["topic"],
        "theme": theme[bg],
        "tone": accent,
        "frame": frame,
        "density": "airy" if airy else "balanced" if paired else "compact",
        "background": {"paper": "grid", "mint": "mesh", "slate": "rings"}[bg],
        "inset": "lg" if airy else inset,
        "gap": "lg" if airy else "md" if paired else "sm",
        "hero": _OF_LAYOUT["hero"][layout],
        "emphasis": _OF_LAYOUT["emphasis"][layout],
        "rail": "none",
    }
    if layout == "bullet_panel":
        said["columns"] = "1" if points(items) < 5 else "2"
        said["rail"] = "muted" if accent == "gray" else "accent"
    elif layout == "stat_cards":
        said["columns"] = ("1", "2", "3")[(points(items) - 1) // 2]
    else:
        lines = {"flow_steps": "arrow", "spectrum_band": "bracket"}
        said["connector"] = lines.get(layout, "arrow" if cool else "line")
    return said


_OF_LAYOUT = {
    "hero": {
        "bullet_panel": "left",
        "compare_panels": "split",
        "stat_cards": "center",
        "spectrum_band": "left",
        "flow_steps": "center",
    },
    "emphasis": {
        "bullet_panel": "left",
        "compare_panels": "left",
        "stat_cards": "center",
        "spectrum_band": "top",
        "flow_steps": "top",
    },
}


def first_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec07."""
    return SceneLine(Infographics(first_scene(families), rich=False), STRANGE_WORDINGS, WIDE_PROSE)


def rich_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec08."""
    return SceneLine(Infographics(rich_scene(families), rich=True), STRANGE_WORDINGS, WIDE_PROSE)
