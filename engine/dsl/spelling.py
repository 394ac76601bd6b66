"""What a dialect of the scene language declares: header fields, and how components are spelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.families import GENERIC_SLOTS, Family
from engine.dsl.grammar import STATES, VARIANTS, Kind

IRREGULAR = {"theses": "thesis", "terminal": "terminal"}
"""Nouns of count fields that are not their name without an s."""
PLACES: dict[str, tuple[str, ...]] = {
    "state": STATES,
    "variant": VARIANTS,
    "value": tuple(str(n) for n in range(0, 101, 10)),
    "weight": tuple("12345"),
    "side": ("left", "right"),
    "kind": tuple("1234"),
    "arena": tuple("12345678"),
    "layer": tuple("12345678"),
    "lane": ("top", "bottom", "center"),
    "cell": tuple(f"{column}.{row}" for row in range(1, 6) for column in range(1, 8)),
}
"""Values of a place that a dialect can say; a bar is said in tens."""
SLOTS = GENERIC_SLOTS | {"segments": 12, "stages": 12, "brackets": 4, "cards": 6}
"""Items that the words of a topic have in each slot."""
TAGS = {"id": "id", "owner": "in", "ends": "ends", "source": "from", "target": "to", "ref": "ref"}
"""Tags of what is said of a component, where a spelling has no others; a place goes by its key."""
SAID = ("id", "owner", "ends", "source", "target", "ref", "place")

Named = tuple[tuple[str, str], ...]


def plain(*values: str) -> Named:
    """Values that are spelled as what they mean."""
    return tuple((value, value) for value in values)


@dataclass(frozen=True)
class Head:
    """A header field: its tag, what of the scene it says, and each value as spelled and as meant.

    `says` is layout, form, a style field, a setting or topic. Two fields may say one thing in two
    ways; a text in which they disagree is refused.
    """

    tag: str
    says: str
    names: Named

    def spelled(self, meant: str) -> str | None:
        """The spelling of a value; None where the field cannot say it."""
        return next((spelling for spelling, value in self.names if value == meant), None)


@dataclass(frozen=True)
class Spelling:
    """How one dialect writes a scene.

    said      what is said of components, of SAID; the ends of joins are said, one by one or as
              `a->b`, or `chained`
    value     what of it the opening tag carries as its value: the first that its kind has; content
              then goes by its number
    tags      other names of components (by kind), and of what is said of them ("ref", "kind.ref")
    unsaid    values of head fields that have no tag; a setting is else its family's first value
    chained   kinds of join that are not written: each component is joined to the next
    counted   kinds of join whose content goes by their place in the text, unsaid
    usual     places that are left out, in turn, by key of the place
    numbers   so many numbers beyond a slot's content: a reference can dangle, and the compiler
              is who knows
    places    other closed lists of places, by key
    ids       other closed lists of ids, by kind
    keyed     ids that are left out go by the number of the content, not by the place in the text:
              so a scene shows each item once, and joins name what is shown
    """

    name: str
    families: tuple[str, ...]
    topics: tuple[str, ...]
    head: tuple[Head, ...]
    said: tuple[str, ...]
    value: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    chained: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    usual: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: int = 0
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keyed: bool = False

    def tag(self, kind: Kind, what: str = "") -> str:
        """Tag of a component, or of something that is said of it."""
        if not what:
            return self.tags.get(kind.name, kind.name)
        return self.tags.get(f"{kind.name}.{what}") or self.tags.get(what) or TAGS.get(what, what)


@dataclass(frozen=True)
class Where:
    """In which scenes something is said: their family, form and topic."""

    family: Family
    form: str
    topic: str
