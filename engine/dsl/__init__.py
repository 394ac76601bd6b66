"""Formal languages, one module each, behind one protocol."""

from __future__ import annotations

import importlib
from typing import Any

from contracts.errors import LanguageError
from contracts.families import FamilyTable
from engine.dsl.own import Own, own_language
from engine.dsl.protocol import Language

# `spec.representation` to the class of its language, which is made from a family table.
LANGUAGES = {
    "asset_scene": "engine.dsl.asset_scenes:asset_scene",
    "atomic_scene": "engine.dsl.atomic_scene:AtomicScene",
    "atoms": "engine.dsl.atom_scenes:PlainAtoms",
    "board_scene": "engine.dsl.family_scenes:board_scene",
    "broad_scene": "engine.dsl.asset_scenes:broad_scene",
    "bundle": "engine.dsl.bundle:BundleLanguage",
    "bundles": "engine.dsl.bundles:BundlesLanguage",
    "compact_scene": "engine.dsl.compact_scene:compact_scene",
    "framed_atoms": "engine.dsl.atom_scenes:FramedAtoms",
    "full_scene": "engine.dsl.full_scene:full_scene",
    "keyed_scene": "engine.dsl.asset_scenes:keyed_scene",
    "memory_scene": "engine.dsl.family_scenes:memory_scene",
    "panels": "engine.dsl.panels:PanelAtoms",
    "planned_scene": "engine.dsl.planned_scene:planned_scene",
    "raw_svg": "engine.dsl.raw_svg:RawSvgLanguage",
    "first_scene": "engine.dsl.first_scene:first_scene",
    "rich_scene": "engine.dsl.rich_scene:rich_scene",
    "scene": "engine.dsl.scene:SceneLanguage",
    "system_scene": "engine.dsl.family_scenes:system_scene",
    "timeline_scene": "engine.dsl.family_scenes:timeline_scene",
}


def language_for(name: str, families: FamilyTable, own: Own | None = None) -> Language[Any]:
    """The language that contracts call `name`, or the user's own; LanguageError lists the known."""
    if own is not None:
        return own_language(own, name, families)
    if name not in LANGUAGES:
        raise LanguageError(
            "spec.representation",
            repr(name),
            f"one of {', '.join(sorted(LANGUAGES))}",
            "Name one of them, or the spec.module that defines it",
        )
    module, _, attribute = LANGUAGES[name].partition(":")
    language: Language[Any] = getattr(importlib.import_module(module), attribute)(families)
    return language
