"""Puts the components of a scene together, each checked against all that stand before it.

Whatever the language, a scene is legal in one way: ids are unique, every id that a component names
is declared, joins, spans and leaves stand in the order of what they name, no two joins draw the
same line, and counts keep their bounds. So each document has one text in each language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from contracts.errors import LanguageError
from contracts.families import Family
from engine.dsl.grammar import GRAMMAR, Kind
from engine.dsl.part import Part


def blocks(family: str) -> Iterator[dict[str, Kind]]:
    """Kinds of a family in the order in which they stand; kinds of one block stand mixed."""
    for _, kinds in groupby(GRAMMAR[family], lambda kind: kind.block or kind.name):
        yield {kind.name: kind for kind in kinds}


class Assembly:
    """The components of one scene so far. `refuse` makes the error of a position, `later` holds ids
    that joins may name before they are declared."""

    def __init__(
        self,
        family: Family,
        form: str,
        refuse: Callable[[int, str], LanguageError],
        later: Sequence[str] = (),
    ) -> None:
        self.parts: list[Part] = []
        self._family = family
        self._form = form
        self._refuse = refuse
        self._later = tuple(later)
        self._kinds = {kind.name: kind for kind in GRAMMAR[family.id]}

    def of(self, *kinds: str) -> list[Part]:
        """Components of these kinds so far, in order."""
        return [part for part in self.parts if part.kind in kinds]

    def add(self, part: Part, position: int) -> None:
        """Take one more component; LanguageError at its position when it may not stand here."""
        kind = self._kinds[part.kind]
        if part.id and any(part.id == other.id for other in self.parts):
            raise self._refuse(position, f"an id that no other component has, not {part.id!r}")
        peers = self.of(part.kind)
        place = kind.place_of(self._form)
        key = place[0] if place else ""
        if kind.shape == "leaf":
            self._check_owner(kind, part, peers, position)
        elif part.source:
            self._check_ends(kind, part, peers, position)
        elif key == "cell" and any(part.place == other.place for other in self.parts):
            raise self._refuse(position, f"a cell of its own, not {part.place}")
        elif key == "arena" and peers and part.place < peers[-1].place:
            raise self._refuse(position, f"arenas in order, {peers[-1].place} or later")
        self.parts.append(part)

    def missing(self, kinds: Mapping[str, Kind]) -> list[Kind]:
        """Kinds of these that are not counted, so stand once, and have not been taken."""
        counted = {field.item for field in self._family.counts}
        return [kind for kind in kinds.values() if not (kind.name in counted or self.of(kind.name))]

    def check_counts(self, position: int) -> None:
        """LanguageError for the first count that the family does not allow beside the others."""
        counts = {field.id: len(self.of(field.item)) for field in self._family.counts}
        for field in self._family.counts:
            ceiling = field.ceiling(counts)
            if not field.least <= counts[field.id] <= ceiling:
                found = f"{field.item}, not {counts[field.id]}"
                raise self._refuse(position, f"{field.least} to {ceiling} of {found}")

    def _check_owner(self, kind: Kind, part: Part, peers: list[Part], position: int) -> None:
        owners = [other.id for other in self.of(*kind.joins)]
        self._declared(part.source, owners, position)
        if peers and owners.index(part.source) < owners.index(peers[-1].source):
            raise self._refuse(position, f"each {kind.name} in the order of its {kind.joins[0]}")

    def _check_ends(self, kind: Kind, part: Part, peers: list[Part], position: int) -> None:
        sources = [other.id for other in self.of(*kind.joins)]
        later = self._later if "terminal_panel" in kind.targets else ()
        targets = [*(other.id for other in self.of(*kind.targets)), *later]
        self._declared(part.source, sources, position)
        self._declared(part.target, targets, position)
        if kind.shape == "join" and part.source == part.target:
            raise self._refuse(position, f"two different ends, not {part.source!r} twice")
        rank = (sources.index(part.source), targets.index(part.target))
        if kind.shape == "span" and rank[0] > rank[1]:
            raise self._refuse(position, "a span from an earlier to a later component")
        if kind.forward and part.target in sources and rank[0] > sources.index(part.target):
            raise self._refuse(position, "a join from an earlier to a later component")
        if peers:
            last = (sources.index(peers[-1].source), targets.index(peers[-1].target))
            if rank <= last:
                raise self._refuse(position, f"each {kind.name} once, in the order of its ends")

    def _declared(self, end: str, ids: list[str], position: int) -> None:
        if end not in ids:
            found = ", ".join(ids) or "none"
            raise self._refuse(position, f"one of the declared ids {found}, not {end!r}")
