"""Formal languages, one module each, behind one protocol."""

from __future__ import annotations

from contracts.errors import LanguageError
from contracts.families import FamilyTable
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.dsl.protocol import Language


def language_for(name: str, families: FamilyTable) -> Language[Bundle]:
    """The language that contracts call `name`; LanguageError lists the known ones."""
    if name != BundleLanguage.name:
        raise LanguageError("spec.representation", repr(name), f"{BundleLanguage.name!r}")
    return BundleLanguage(families)
