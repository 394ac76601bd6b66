"""Outlines: what a picture is to show, told in one notation for all families.

    [point:4] [mark:bad] [aside:2] [point:7] [detail:9] [figure:1] [level:high] [group:3] [coda]

A word says what an item is to the family (Role), its number which content it shows; a mark or a
level follows its item. The outline is read from left to right: what belongs to another component
belongs to the last one before it, and a span covers all up to the next span. The answer wants
components by kind: so it has to be worked out whose each of them is.

    [aside:2] [of:7] [aside:5] [of:4] [point:4] [mark:bad] [point:7] [group:3] [from:4] [to:7]

A keyed dialect, whose ids go by number, is told whose each of them is, a list a kind, the lists in
any order: what is to be worked out is the order of the lists and what follows from the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product, zip_longest
from random import Random

from engine.curriculum.prompts import tag
from engine.dsl.assembly import blocks
from engine.dsl.dialect import Dialect, ref
from engine.dsl.grammar import GRAMMAR, Kind
from engine.dsl.spelling import SLOTS, TAGS
from engine.dsl.wants import Want

CODA, NO_CODA = "[coda]", "[coda:no]"
"""There is a footer; there is none, where an outline says so."""
OF, FROM, TO = "of", "from", "to"
"""Words of a keyed outline: what an item belongs to, and the ends of a span."""
REFERRED_MOST = 8
"""Of the words of a topic an outline that refers to components asks for the first ones."""
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
    """One item of an outline; `value` is the meaning of its mark or level, `tags` what tells it.

    `owner` is the id that it says it belongs to or spans from, `end` the id that it spans to.
    """

    kind: Kind
    number: int
    tags: tuple[str, ...]
    value: str = ""
    owner: str = ""
    end: str = ""


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
        self._family = dialect.families[layout]

    def draw(self, shape: Shape, rng: Random) -> tuple[Item, ...]:
        """An outline of a shape: free components in any order, then those that belong to others."""
        items = self._items(shape, rng)
        if self._dialect.spelling.keyed:
            return self._listed(items, rng)
        order = [item for item in items if item.kind.shape == "node"]
        rng.shuffle(order)
        for item in items:
            places = [at for at, other in enumerate(order) if other.kind.name in item.kind.joins]
            if item.kind.shape == "leaf":
                order.insert(rng.randint(places[0], len(order) - 1) + 1, item)
            elif item.kind.shape == "span":
                free = [at for at in places if at == 0 or order[at - 1].kind.shape != "span"]
                order.insert(rng.choice(free), item)
        return tuple(order)

    def _listed(self, items: Sequence[Item], rng: Random) -> tuple[Item, ...]:
        """A list a kind, kinds that stand mixed in one; each item says to what it belongs."""
        lists: list[list[Item]] = []
        made: dict[str, list[Item]] = {}
        for kinds in blocks(self._layout):
            found = [item for item in items if item.kind.name in kinds]
            rng.shuffle(found)
            if self._refers:
                found.sort(key=lambda item: item.number)
            if found and found[0].kind.shape == "leaf":
                among = made[found[0].kind.joins[0]]
                owners = shared_evenly(len(found), len(among), rng)
                found = [
                    self._belonging(item, among[at]) for item, at in zip(found, owners, strict=True)
                ]
            elif found and found[0].kind.shape == "span":
                among = made[found[0].kind.joins[0]]
                found = [
                    self._belonging(item, among[a], among[b])
                    for item, (a, b) in zip(
                        found, separate_runs(len(found), len(among), rng), strict=True
                    )
                ]
            for item in found:
                made.setdefault(item.kind.name, []).append(item)
            lists.append(found)
        rng.shuffle(lists)
        return tuple(item for found in lists for item in found)

    def _belonging(self, item: Item, owner: Item, end: Item | None = None) -> Item:
        """The item, telling its owner or its ends."""
        if end is None:
            said = self._ends(((OF, owner),))
            # As the answer has it: the owner before the words, unless the opening tag carries them.
            carried = "ref" in self._dialect.spelling.value
            tags = (*item.tags, *said) if carried else (*said, *item.tags)
            return replace(item, tags=tags, owner=self.id_of(owner))
        tags = (*item.tags, *self._ends(((FROM, owner), (TO, end))))
        return replace(item, tags=tags, owner=self.id_of(owner), end=self.id_of(end))

    def _ends(self, ends: Sequence[tuple[str, Item]]) -> tuple[str, ...]:
        """Tags of what an item belongs to or spans: by number, or by id as the answer has it."""
        if not self._refers:
            return tuple(tag(word, item.number) for word, item in ends)
        words = {OF: TAGS["owner"], FROM: TAGS["source"], TO: TAGS["target"]}
        return tuple(tag(words[word], self.id_of(item)) for word, item in ends)

    def id_of(self, item: Item, place: int = 0) -> str:
        """Id of an item's component; `place` is how many of its kind stand before it."""
        content = ref(item.kind.slot, item.number)
        return self._dialect.id_of(item.kind, self._family, place, content)

    def _items(self, shape: Shape, rng: Random) -> list[Item]:
        """The items of a shape, by role; no content is shown twice."""
        most = REFERRED_MOST if self._refers else max(SLOTS.values())
        left = {slot: list(range(1, min(size, most) + 1)) for slot, size in SLOTS.items()}
        for numbers in left.values():
            rng.shuffle(numbers)
        found = []
        for role, count in zip(self._roles, shape, strict=False):
            kind = self._kinds[role.kind]
            for _ in range(count):
                number = left[kind.slot].pop()
                word = self._dialect.spelling.tag(kind) if self._refers else role.word
                item = Item(kind, number, (tag(word, number),))
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
        if self._dialect.spelling.keyed:
            for item in items:
                said = {"source": item.owner, "target": item.end, "place": item.value}
                yield Want(item.kind.name, item.number, **said)
            return
        made: dict[str, list[str]] = {name: [] for name in self._kinds}
        spans: list[tuple[Item, int]] = []
        for item in items:
            kind = item.kind
            if kind.shape == "span":
                spans.append((item, len(made[kind.joins[0]])))
                continue
            source = made[kind.joins[0]][-1] if kind.shape == "leaf" else ""
            made[kind.name].append(self.id_of(item, len(made[kind.name])))
            yield Want(kind.name, item.number, source=source, place=item.value)
        ends: list[int | None] = [*(start for _, start in spans[1:])]
        for (item, start), end in zip_longest(spans, ends):
            covered = made[item.kind.joins[0]][start:end]
            yield Want(item.kind.name, item.number, source=covered[0], target=covered[-1])


def shared_evenly(count: int, among: int, rng: Random) -> list[int]:
    """Places of owners, in order; each has one of them before any has two."""
    whole, rest = divmod(count, among)
    return sorted([*range(among)] * whole + rng.sample(range(among), rest))


def separate_runs(count: int, among: int, rng: Random) -> list[tuple[int, int]]:
    """First and last place of so many runs, in order; no two meet."""
    starts = sorted(rng.sample(range(among), count))
    return [(start, rng.randint(start, end - 1)) for start, end in pairwise([*starts, among])]


def outline_atoms(
    dialect: Dialect, roles: Mapping[str, Roles], *, marks: bool, refers: bool = False
) -> Iterator[str]:
    """Every tag of the outlines of some families, but for those that the dialect has."""
    kinds = {
        (dialect.spelling.tag(kind) if refers else role.word, kind.slot): kind
        for layout, found in roles.items()
        for role in found
        for kind in GRAMMAR[layout]
        if kind.name == role.kind
    }
    if dialect.spelling.keyed and not refers:
        for layout in roles:
            slots = {kind.name: kind.slot for kind in GRAMMAR[layout]}
            for kind in GRAMMAR[layout]:
                words = {"leaf": (OF,), "span": (FROM, TO)}.get(kind.shape, ())
                kinds |= {(word, slots[kind.joins[0]]): kind for word in words}
    for word, slot in kinds:
        yield from (tag(word, number) for number in range(1, SLOTS[slot] + 1))
    for word, values, _ in WORDS.values():
        if marks or word != "mark":
            yield from (tag(word, value) for value in values)
    yield CODA
