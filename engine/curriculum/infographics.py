"""spec07: a prompt names layout, topic and look, and outlines what is to be shown."""

from __future__ import annotations

from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.outlines import Roles, outline, outline_atoms, told, wants
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import Combination, SceneLine, Shape, Told
from engine.dsl import first_scene
from engine.dsl.dialect import Dialect
from engine.dsl.wants import wanted_scene

FIELDS = {
    "topic": first_scene.TOPICS,
    "accent": first_scene.ACCENTS,
    "bg": first_scene.GROUNDS,
    "frame": first_scene.FRAMES,
    "density": first_scene.DENSITIES,
}
"""Prompt tags beside the layout, with their values."""
ROLES = {
    "bullet_panel": Roles("bullet_item", "bullet", (2, 8), "callout_card", 2),
    "compare_panels": Roles(
        "compare_panel", "panel", (2, 4), "callout_card", 1, detail="compare_line", details=5
    ),
    "stat_cards": Roles("stat_card", "stat", (2, 6), "callout_card", 2),
    "spectrum_band": Roles("band_segment", "segment", (2, 7), "band_marker", 3, pinned=True),
    "flow_steps": Roles("flow_step", "step", (2, 7), "badge_pill", 3, pinned=True),
}


class Infographics:
    """Five layouts, six topics, five accents, three grounds, two frames, two densities."""

    families = tuple(ROLES)

    def __init__(self, language: Dialect) -> None:
        self.language = language
        self.name = language.name

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every look."""
        return tuple(product(*FIELDS.values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of points, details, asides and footers."""
        return ROLES[family].shapes

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """The outline of a shape, under a header of the combination."""
        asked = dict(zip(FIELDS, combination, strict=True))
        marks, footer = outline(shape, rng), bool(shape[-1])
        said = {
            "layout": family,
            "topic": asked["topic"],
            "tone": asked["accent"],
            "theme": asked["bg"],
            "frame": asked["frame"],
            "density": asked["density"],
        }
        scene = wanted_scene(self.language, said, tuple(wants(ROLES[family], marks, footer)))
        head = (tag("layout", family), *(tag(name, value) for name, value in asked.items()))
        return Told(head, told(marks, footer), scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, header values and the marks of outlines."""
        atoms = [tag("layout", family) for family in self.families]
        atoms += [tag(name, value) for name, values in FIELDS.items() for value in values]
        return (*atoms, *outline_atoms())


def first_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec07."""
    return SceneLine(Infographics(first_scene.first_scene(families)))
