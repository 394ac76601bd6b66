"""Lowers a bundle to the scene that shows exactly the counts it asks for.

The next stage may rely on this: the scene is a legal document of the scene language, it has as
many components of each kind as the bundle says, and it holds the whole arrangement, so that form
and counts need not be looked at twice.
"""

from __future__ import annotations

from contracts.errors import CompileError
from contracts.families import STYLE_FIELDS, FamilyTable
from engine.compiler.standard import check_counts, standard_scene
from engine.dsl.bundle import Bundle
from engine.dsl.grammar import GRAMMAR
from engine.dsl.scene import Scene


def lower(bundle: Bundle, families: FamilyTable) -> Scene:
    """Scene of a bundle; CompileError names the field that cannot be drawn, found and allowed."""
    count = _checked_counts(bundle, families)
    style = {name: str(getattr(bundle, name)) for name in STYLE_FIELDS}
    return standard_scene(families[bundle.family], bundle.form, style, count)


def requested_counts(bundle: Bundle, families: FamilyTable) -> dict[str, int]:
    """How many components of each kind a bundle asks for, by component name."""
    count = _checked_counts(bundle, families)
    return {field.item: count[field.id] for field in families[bundle.family].counts}


def _checked_counts(bundle: Bundle, families: FamilyTable) -> dict[str, int]:
    if bundle.family not in families or bundle.family not in GRAMMAR:
        known = ", ".join(family for family in families.ids if family in GRAMMAR)
        raise CompileError("bundle, field family", repr(bundle.family), f"one of {known}")
    family = families[bundle.family]
    if bundle.form not in family.forms:
        allowed = f"a form of {family.id}: {', '.join(family.forms)}"
        raise CompileError("bundle, field form", repr(bundle.form), allowed)
    for name in STYLE_FIELDS:
        value, values = getattr(bundle, name), families.style.values(name)
        if value not in values:
            allowed = f"one of {', '.join(values)}"
            raise CompileError(f"bundle, field {name}", repr(value), allowed)
    if len(bundle.counts) != len(family.counts):
        found = ", ".join(name for name, _ in bundle.counts) or "no counts"
        raise CompileError("bundle, counts", found, ", ".join(family.count_names))
    check_counts("bundle", family, bundle.count)
    return bundle.count
