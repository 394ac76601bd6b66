"""The routebook: which answer is right for every combination of what a prompt can say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, model_validator

from contracts.families import Frozen, Identifier, Pack, Sentence, Whole, family_table
from contracts.reading import read_toml, validated

ROUTEBOOK_FOLDER = Path(__file__).resolve().parent / "routebooks"
RANKS = 3


class Topic(Frozen):
    """What is to be shown; it decides the family."""

    id: Identifier
    phrase: Sentence
    family: Identifier


class Goal(Frozen):
    """What the picture is for; its rank decides the form, among those of the family."""

    id: Identifier
    phrase: Sentence
    rank: Whole = Field(ge=0, lt=RANKS)


class Audience(Frozen):
    """Who reads it; decides the theme, and with the mood the background."""

    id: Identifier
    phrase: Sentence
    theme: Identifier
    circle: Whole = Field(ge=0, lt=RANKS)


class Mood(Frozen):
    """How it should feel; decides the tone, and with the audience the background."""

    id: Identifier
    phrase: Sentence
    tone: Identifier
    energy: Whole = Field(ge=0, lt=RANKS)


class Constraint(Frozen):
    """How much room there is; decides the density."""

    id: Identifier
    phrase: Sentence
    density: Identifier


class Amount(Frozen):
    """How much is told: a content pack, which with the form decides the counts."""

    id: Pack
    phrase: Sentence


class Routebook(Frozen):
    """Every rule of one routing task.

    The form is that of the family at the goal's rank, around again where there are fewer. Then
    `background[circle][energy]` and `counts[form][pack]`. A hint overrides the field that it names,
    the last of two; `hinted_counts` are the count fields that hints may name, with the values that
    training uses.
    """

    id: Identifier
    topic: tuple[Topic, ...] = Field(min_length=1)
    goal: tuple[Goal, ...] = Field(min_length=1)
    audience: tuple[Audience, ...] = Field(min_length=1)
    mood: tuple[Mood, ...] = Field(min_length=1)
    constraint: tuple[Constraint, ...] = Field(min_length=1)
    pack: tuple[Amount, ...] = Field(min_length=1)
    background: tuple[tuple[Identifier, ...], ...]
    counts: dict[Identifier, dict[Pack, dict[Identifier, Whole]]]
    hinted_counts: dict[Identifier, tuple[Whole, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_families(self) -> Routebook:
        table = family_table()
        for topic in self.topic:
            if topic.family not in table:
                raise ValueError(f"{topic.id}: family {topic.family!r} is none of {table.ids}")
        for field, values in (
            ("theme", [a.theme for a in self.audience]),
            ("tone", [m.tone for m in self.mood]),
            ("density", [c.density for c in self.constraint]),
            ("background", [value for row in self.background for value in row]),
        ):
            if strange := set(values) - set(table.style.values(field)):
                raise ValueError(f"{field} {sorted(strange)} are no values of that field")
        if [len(row) for row in self.background] != [RANKS] * RANKS:
            raise ValueError(f"background must be {RANKS} rows of {RANKS}: circles by energies")
        forms = [(family, form) for family in table.family for form in family.forms]
        if sorted(self.counts) != sorted(form for _, form in forms):
            raise ValueError(f"counts tell of {sorted(self.counts)}, not of every form")
        for family, form in forms:
            for pack, counts in self.counts[form].items():
                if tuple(counts) != family.count_names:
                    raise ValueError(f"counts.{form}.{pack} are not {family.count_names} in order")
                for count in family.counts:
                    if not count.least <= counts[count.id] <= count.ceiling(counts):
                        raise ValueError(f"counts.{form}.{pack}.{count.id} is outside its bounds")
        return self


@cache
def routebook(name: str) -> Routebook:
    """A routebook by file name; ContractError names file and key of any fault."""
    path = ROUTEBOOK_FOLDER / f"{name}.toml"
    return validated(Routebook, read_toml(path), path)
