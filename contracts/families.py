"""Families, styles and content packs as validated data."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

from contracts.errors import ContractError
from contracts.reading import read_toml, validated

HERE = Path(__file__).resolve().parent
FAMILIES_FOLDER = HERE / "families"
DEFAULT_TABLE = "bundle"
CONTENT_FOLDER = HERE / "content"

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
# A number in quotation marks, or a truth value, is not taken for a number.
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=240)]
Pack = Literal["brief", "default", "dense"]
STYLE_FIELDS = ("theme", "tone", "density", "background")


GENERIC_SLOTS = {"items": 12, "notes": 6, "links": 8, "columns": 4, "groups": 4}
"""Slots of the words that serve every family, with their lengths."""


class Frozen(BaseModel):
    """A record that refuses unknown keys, numbers that are not finite, and later change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def pack_named(name: str) -> Pack:
    """The content pack of that name; ContractError lists the packs."""
    for pack in get_args(Pack):
        if name == pack:
            return cast(Pack, pack)
    raise ContractError("content pack", repr(name), f"one of {', '.join(get_args(Pack))}")


class CountField(Frozen):
    """One counted part of a family; `item` is the scene component that each unit becomes."""

    id: Identifier
    least: Whole = Field(ge=0)
    most: Whole = Field(ge=0)
    item: Identifier
    at_most: dict[Identifier, Whole] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> CountField:
        if self.least > self.most:
            raise ValueError(f"least = {self.least} is above most = {self.most}")
        return self

    def ceiling(self, counts: dict[str, int]) -> int:
        """Largest value that this field may take beside the other counts of a document."""
        if not self.at_most:
            return self.most
        bound = self.at_most.get("constant", 0)
        bound += sum(counts[name] * k for name, k in self.at_most.items() if name != "constant")
        return min(self.most, bound)


class Family(Frozen):
    """One kind of picture: its forms and its count fields, in canonical order."""

    id: Identifier
    summary: Sentence
    forms: tuple[Identifier, ...] = Field(min_length=1)
    counts: tuple[CountField, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bounds_name_fields(self) -> Family:
        names = {field.id for field in self.counts}
        for field in self.counts:
            for name in field.at_most:
                if name != "constant" and name not in names:
                    raise ValueError(f"count {field.id!r} is bounded by unknown field {name!r}")
        return self

    @property
    def count_names(self) -> tuple[str, ...]:
        """Count fields in canonical order."""
        return tuple(field.id for field in self.counts)


class Style(Frozen):
    """Closed vocabularies of the four style fields."""

    theme: tuple[Identifier, ...]
    tone: tuple[Identifier, ...]
    density: tuple[Identifier, ...]
    background: tuple[Identifier, ...]

    def values(self, field: str) -> tuple[str, ...]:
        """Values of one of STYLE_FIELDS."""
        values: tuple[str, ...] = getattr(self, field)
        return values


class FamilyTable(Frozen):
    """All families with the styles that they share."""

    style: Style
    family: tuple[Family, ...]

    @model_validator(mode="after")
    def _unique(self) -> FamilyTable:
        ids = [family.id for family in self.family]
        forms = [form for family in self.family for form in family.forms]
        for kind, names in (("family", ids), ("form", forms)):
            if len(set(names)) != len(names):
                raise ValueError(f"{kind} ids repeat: {sorted(names)}")
        return self

    @cached_property
    def _by_id(self) -> dict[str, Family]:
        return {family.id: family for family in self.family}

    def __getitem__(self, family_id: str) -> Family:
        return self._by_id[family_id]

    def __contains__(self, family_id: str) -> bool:
        return family_id in self._by_id

    @property
    def ids(self) -> tuple[str, ...]:
        """Family ids in file order."""
        return tuple(family.id for family in self.family)


class ContentItem(Frozen):
    """One labelled thing of a picture; a pack chooses which of the three notes is shown.

    A note that is left out is the shorter one. `value` is what a bar of it shows, 0 to 100,
    `figure` the same in its own words; `scale` names the levels of a column, lowest first, and
    `marks` holds the level of an item in each column.
    """

    title: Annotated[str, StringConstraints(min_length=1, max_length=28)]
    brief: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    default: Annotated[str, StringConstraints(min_length=1, max_length=90)]
    dense: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    value: Whole | None = Field(default=None, ge=0, le=100)
    figure: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = None
    scale: tuple[Annotated[str, StringConstraints(min_length=1, max_length=18)], ...] = ()
    marks: tuple[Annotated[Whole, Field(ge=0)], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: dict[str, object]) -> dict[str, object]:
        if "brief" not in data:
            return data
        default = data.get("default", data["brief"])
        return {"default": default, "dense": data.get("dense", default), **data}


class Content(Frozen):
    """The words of one topic: header, footer, and a list for each slot.

    Words for one family name it, and their slots after its count fields (segments, cards, ...), as
    long as the largest count. Words for every family name none; their slots are GENERIC_SLOTS.
    """

    topic: Identifier
    family: Identifier | None = None
    header: ContentItem
    footer: ContentItem | None = None
    terminal: ContentItem | None = None
    entry: ContentItem | None = None
    slots: dict[Identifier, tuple[ContentItem, ...]]

    @model_validator(mode="after")
    def _whole(self) -> Content:
        if self.family is not None:
            return self
        found = {name: len(items) for name, items in self.slots.items()}
        if found != GENERIC_SLOTS:
            raise ValueError(f"slots {found} of words for every family are not {GENERIC_SLOTS}")
        sole = {"footer": self.footer, "terminal": self.terminal, "entry": self.entry}
        if missing := [name for name, item in sole.items() if item is None]:
            raise ValueError(f"words for every family lack {', '.join(missing)}")
        levels = [len(column.scale) for column in self.slots["columns"]]
        for item in self.slots["items"]:
            if item.value is None or item.figure is None:
                raise ValueError(f"item {item.title!r} lacks its value or its figure")
            legal = len(item.marks) == len(levels)
            if not legal or any(m >= n for m, n in zip(item.marks, levels, strict=True)):
                raise ValueError(f"item {item.title!r} has marks {item.marks} for scales {levels}")
        return self

    def serves(self, family: str) -> bool:
        """Whether a picture of a family can be drawn with these words."""
        return self.family in (None, family)


@cache
def family_table(name: str = DEFAULT_TABLE) -> FamilyTable:
    """A family table by file name; ContractError names file and key of any fault."""
    path = FAMILIES_FOLDER / f"{name}.toml"
    return validated(FamilyTable, read_toml(path), path)


@cache
def content(topic: str) -> Content:
    """Content of one topic; ContractError when the file is missing or wrong."""
    path = CONTENT_FOLDER / f"{topic}.toml"
    return validated(Content, read_toml(path), path)


def content_topics(family: str | None = None) -> tuple[str, ...]:
    """Topics that have content, sorted; with a family those whose words serve it.

    Topics made for that family come first.
    """
    topics = sorted(path.stem for path in CONTENT_FOLDER.glob("*.toml"))
    if family is None:
        return tuple(topics)
    serving = [topic for topic in topics if content(topic).serves(family)]
    return tuple(sorted(serving, key=lambda topic: content(topic).family is None))
