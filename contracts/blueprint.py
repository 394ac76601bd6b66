"""The curriculum blueprint: what is taught, by which surfaces, against which failures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from contracts.families import (
    STYLE_FIELDS,
    Family,
    Frozen,
    Identifier,
    Pack,
    Sentence,
    Whole,
    family_table,
)
from contracts.models import StageName
from contracts.reading import read_toml, validated

BLUEPRINT_FOLDER = Path(__file__).resolve().parent / "blueprints"


class Profile(Frozen):
    """One intent: the routebook's right answer for a topic, told as family, style and counts."""

    topic: Identifier
    phrase: Sentence
    family: Identifier
    form: Identifier
    goal: Identifier | None = None
    audience: Identifier | None = None
    emphasis: Identifier | None = None
    theme: Identifier
    tone: Identifier
    density: Identifier
    background: Identifier
    counts: dict[Identifier, Whole]

    @model_validator(mode="after")
    def _fits_families(self) -> Profile:
        table = family_table()
        if self.family not in table:
            raise ValueError(f"family {self.family!r} is none of {table.ids}")
        family: Family = table[self.family]
        if self.form not in family.forms:
            raise ValueError(f"form {self.form!r} is none of {self.family}'s {family.forms}")
        for field in STYLE_FIELDS:
            if getattr(self, field) not in table.style.values(field):
                raise ValueError(f"{field} = {getattr(self, field)!r} is no value of that field")
        if tuple(self.counts) != family.count_names:
            raise ValueError(f"counts {tuple(self.counts)} are not {family.count_names} in order")
        for count in family.counts:
            if not count.least <= self.counts[count.id] <= count.ceiling(self.counts):
                raise ValueError(f"{count.id} = {self.counts[count.id]} is outside its bounds")
        return self


class Surface(Frozen):
    """One kind of prompt: what it trains and which predicted failures it guards against."""

    id: Identifier
    kind: Literal["anchor", "hygiene", "intent", "bridge", "contrast", "holdout", "hidden"]
    competencies: tuple[Identifier, ...] = ()
    frontiers: tuple[Identifier, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether training may draw rows from this surface."""
        return self.kind not in ("holdout", "hidden")


class Competency(Frozen):
    """Something to be learned, and the stages that must teach it."""

    id: Identifier
    stages: tuple[StageName, ...] = Field(min_length=1)


class Blueprint(Frozen):
    """Profiles, surfaces, competencies and failure frontiers of one curriculum."""

    id: Identifier
    constraints: tuple[Identifier, ...] = ()
    packs: tuple[Pack, ...]
    hints: tuple[Identifier, ...] = ()
    phrases: dict[Identifier, Sentence] = Field(default_factory=dict)
    frontiers: tuple[Identifier, ...] = ()
    profile: tuple[Profile, ...] = Field(min_length=1)
    surface: tuple[Surface, ...] = Field(min_length=1)
    competency: tuple[Competency, ...] = ()

    def values(self, field: Literal["topic", "goal", "audience", "emphasis"]) -> tuple[str, ...]:
        """Closed vocabulary of an intent field, in order of first use."""
        used = (getattr(profile, field) for profile in self.profile)
        return tuple(dict.fromkeys(value for value in used if value is not None))

    def surface_ids(self, *, trains: bool) -> tuple[str, ...]:
        """Surfaces that training may, or may not, draw from."""
        return tuple(surface.id for surface in self.surface if surface.trains == trains)


@cache
def blueprint(name: str) -> Blueprint:
    """A blueprint by file name; ContractError names file and key of any fault."""
    path = BLUEPRINT_FOLDER / f"{name}.toml"
    return validated(Blueprint, read_toml(path), path)
