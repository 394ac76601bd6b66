"""Surfaces, splits and mixtures, with one module a spec line for what is particular to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from contracts.blueprint import Blueprint, blueprint
from contracts.errors import CurriculumError
from contracts.families import FamilyTable, family_table
from engine.curriculum.bundle_copy import BundleCopy
from engine.curriculum.routebook import Routebook
from engine.curriculum.rows import Curriculum

_CURRICULA: dict[str, Callable[[Blueprint, FamilyTable], Curriculum]] = {
    "bundle": BundleCopy,
    "routebook": Routebook,
}


@cache
def curriculum_for(name: str) -> Curriculum:
    """The curriculum that contracts call `name`; CurriculumError lists the known ones."""
    if name not in _CURRICULA:
        raise CurriculumError(
            "dataset.curriculum", repr(name), f"one of {', '.join(sorted(_CURRICULA))}"
        )
    return _CURRICULA[name](blueprint(name), family_table())
