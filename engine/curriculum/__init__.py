"""Surfaces, splits and mixtures, with one module a spec line for what is particular to it."""

from __future__ import annotations

import importlib
from functools import cache

from contracts.errors import CurriculumError
from contracts.families import DEFAULT_TABLE, family_table
from engine.curriculum.rows import Curriculum

# `dataset.curriculum` to what makes it: a function or class that takes the family table.
CURRICULA = {
    "atomic_scenes": "engine.curriculum.atomic_scenes:atomic_scenes",
    "atoms": "engine.curriculum.atom_prompts:plain_prompts",
    "boards": "engine.curriculum.family_scenes:boards",
    "broad_copies": "engine.curriculum.assets:broad_copies",
    "bundle": "engine.curriculum.bundle_copy:bundle_copy",
    "compact_scenes": "engine.curriculum.compact_scenes:compact_scenes",
    "compositional": "engine.curriculum.compositional:compositional",
    "framed_atoms": "engine.curriculum.atom_prompts:framed_prompts",
    "full_scenes": "engine.curriculum.full_scenes:full_scenes",
    "recombined_scenes": "engine.curriculum.full_scenes:recombined_scenes",
    "editorial_scenes": "engine.curriculum.full_scenes:editorial_scenes",
    "architecture_scenes": "engine.curriculum.full_scenes:architecture_scenes",
    "all_scenes": "engine.curriculum.full_scenes:all_scenes",
    "intents": "engine.curriculum.intents:intents",
    "instructions": "engine.curriculum.instructions:instructions",
    "memory_maps": "engine.curriculum.family_scenes:memory_maps",
    "tag_prefix": "engine.curriculum.tag_prefix:tag_prefix",
    "asset_library": "engine.curriculum.asset_library:AssetLibrary",
    "asset_copies": "engine.curriculum.assets:asset_copies",
    "asset_references": "engine.curriculum.assets:asset_references",
    "first_scenes": "engine.curriculum.infographics:first_scenes",
    "minimal_pairs": "engine.curriculum.minimal_pairs:minimal_pairs",
    "panels": "engine.curriculum.panels:panels",
    "planned_graphs": "engine.curriculum.planned_graphs:planned_graphs",
    "planned_trees": "engine.curriculum.planned_graphs:planned_trees",
    "rich_scenes": "engine.curriculum.infographics:rich_scenes",
    "routebook": "engine.curriculum.routebook:routebook",
    "several_bundles": "engine.curriculum.several_bundles:several_bundles",
    "system_diagrams": "engine.curriculum.family_scenes:system_diagrams",
    "temptations": "engine.curriculum.temptations:temptations",
    "timelines": "engine.curriculum.family_scenes:timelines",
}


@cache
def curriculum_for(name: str, table: str = DEFAULT_TABLE) -> Curriculum:
    """The curriculum that contracts call `name`; CurriculumError lists the known ones."""
    if name not in CURRICULA:
        raise CurriculumError(
            "dataset.curriculum", repr(name), f"one of {', '.join(sorted(CURRICULA))}"
        )
    module, _, attribute = CURRICULA[name].partition(":")
    made: Curriculum = getattr(importlib.import_module(module), attribute)(family_table(table))
    return made
