"""Outlines: what a picture is to show, told in one notation for all families.

    [point:4] [mark:bad] [aside:2] [point:7] [detail:9] [figure:1] [level:high] [group:3] [coda]

A word says what an item is to the family (Role), its number which content it shows; a mark or a
level follows its item. The outline is read from left to right: what belongs to another component
belongs to the last one before it, and a span covers all up to the next span. The answer wants
components by kind: so it has to be worked out whose each of them is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product, zip_longest
from random import Random

from engine.curriculum.prompts import tag
from engine.dsl.dialect import Dialect
from engine.dsl.grammar import GRAMMAR, Kind
from engine.dsl.spelling import SLOTS
from engine.dsl.wants import Want

CODA = "[coda]"
"""There is a footer."""
STATES = {"good": "success", "watch": "warning", "bad": "danger", "key": "highlight"}
VARIANTS = {"good": "success", "watch": "warning", "bad": "note", "key": "hero"}
LEVELS = {"none": "0", "low": "20", "half": "50", "high": "80", "full": "100"}
WORDS: Mapping[str, tuple[str, Mapping[str, str], float]] = {
    "state": ("mark", STATES, 0.3),
    "variant": ("mark", VARIANTS, 0.3),
    "value": ("level", LEVELS, 1.0),
}
"""For each place that an outline can tell: its word, what its values mean, how often it is told."""


@dataclass(frozen=True)
class Role:
    """A word of outlines, the component that it becomes in a family, and how many there may be."""

    word: str
    kind: str
    least: int
    most: int


Roles = tuple[Role, ...]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Item:
    """One item of an outline; `value` is the meaning of its mark or level, `tags` what tells it."""

    kind: Kind
    number: int
    tags: tuple[str, ...]
    value: str = ""


def shapes(roles: Roles, most: int) -> tuple[Shape, ...]:
    """Every count of each role, with and without a footer, of `most` items at most."""
    counts = product(*(range(role.least, role.most + 1) for role in roles), range(2))
    return tuple(shape for shape in counts if sum(shape) <= most)


class Outlines:
    """Draws the outlines of one family in a form, and reads them; `marks` allows marks.

    An outline that `refers` names components as its dialect does, not by their roles, and shows
    what a topic has to say in its order.
    """

    def __init__(
        self,
        dialect: Dialect,
        layout: str,
        form: str,
        roles: Roles,
        *,
        marks: bool,
        refers: bool = False,
    ) -> None:
        self._dialect = dialect
        self._layout = layout
        self._form = form
        self._roles = roles
        self._marks = marks
        self._refers = refers
        self._kinds = {kind.name: kind for kind in GRAMMAR[layout]}

    def draw(self, shape: Shape, rng: Random) -> tuple[Item, ...]:
        """An outline of a shape: free components in any order, then those that belong to others."""
        items = self._items(shape, rng)
        order = [item for item in items if item.kind.shape == "node"]
        rng.shuffle(order)
        for item in items:
            places = [at for at, other in enumerate(order) if other.kind.name in item.kind.joins]
            if item.kind.shape == "leaf":
                order.insert(rng.randint(places[0], len(order) - 1) + 1, item)
            elif item.kind.shape == "span":
                free = [at for at in places if at == 0 or order[at - 1].kind.shape != "span"]
                order.insert(rng.choice(free), item)
        return tuple(self._in_order(order) if self._refers else order)

    def _in_order(self, items: Sequence[Item]) -> Iterator[Item]:
        """The items with their numbers dealt anew, lower ones first in each slot."""
        left: dict[str, list[int]] = {}
        for item in sorted(items, key=lambda item: -item.number):
            left.setdefault(item.kind.slot, []).append(item.number)
        for item in items:
            number = left[item.kind.slot].pop()
            told = tag(self._dialect.spelling.tag(item.kind), number)
            yield replace(item, number=number, tags=(told, *item.tags[1:]))

    def _items(self, shape: Shape, rng: Random) -> list[Item]:
        """The items of a shape, by role; no content is shown twice."""
        left = {slot: list(range(1, size + 1)) for slot, size in SLOTS.items()}
        for numbers in left.values():
            rng.shuffle(numbers)
        found = []
        for role, count in zip(self._roles, shape, strict=False):
            kind = self._kinds[role.kind]
            for _ in range(count):
                number = left[kind.slot].pop()
                item = Item(kind, number, (tag(role.word, number),))
                found.append(self._qualified(item, rng))
        return found

    def _qualified(self, item: Item, rng: Random) -> Item:
        """The item with a mark or a level, where its kind has one."""
        place = item.kind.place_of(self._form)
        if place is None or place[0] not in WORDS:
            return item
        word, values, share = WORDS[place[0]]
        if rng.random() >= share or (word == "mark" and not self._marks):
            return item
        name = rng.choice(list(values))
        return replace(item, tags=(*item.tags, tag(word, name)), value=values[name])

    def wants(self, items: Sequence[Item]) -> Iterator[Want]:
        """The components that an outline asks for."""
        made: dict[str, list[str]] = {name: [] for name in self._kinds}
        spans: list[tuple[Item, int]] = []
        family = self._dialect.families[self._layout]
        for item in items:
            kind = item.kind
            if kind.shape == "span":
                spans.append((item, len(made[kind.joins[0]])))
                continue
            source = made[kind.joins[0]][-1] if kind.shape == "leaf" else ""
            made[kind.name].append(self._dialect.ids(kind, family)[len(made[kind.name])])
            yield Want(kind.name, item.number, source=source, place=item.value)
        ends: list[int | None] = [*(start for _, start in spans[1:])]
        for (item, start), end in zip_longest(spans, ends):
            covered = made[item.kind.joins[0]][start:end]
            yield Want(item.kind.name, item.number, source=covered[0], target=covered[-1])


def outline_atoms(
    dialect: Dialect, roles: Mapping[str, Roles], *, marks: bool, refers: bool = False
) -> Iterator[str]:
    """Every tag of the outlines of some families, but for those that the dialect has."""
    kinds = {
        (role.word, kind.slot): kind
        for layout, found in roles.items()
        for role in found
        for kind in GRAMMAR[layout]
        if kind.name == role.kind
    }
    for word, slot in () if refers else kinds:
        yield from (tag(word, number) for number in range(1, SLOTS[slot] + 1))
    for word, values, _ in WORDS.values():
        if marks or word != "mark":
            yield from (tag(word, value) for value in values)
    yield CODA
