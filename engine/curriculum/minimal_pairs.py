"""spec20, candidate B: the questions of spec21, and pairs of them that differ in one tag.

Two requests of a pair differ in their goal, and their answers in form (and in the counts that the
form brings); or they differ in their topic, and their answers in family. No more of the answer
changes: theme, tone, density and background hang on what both have alike. So answers are dealt by
their style, and the two of a pair belong to one part: neither is the answer of any training row.
The first half of a held-out pair has a combination that was never trained together.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from contracts.families import STYLE_FIELDS, FamilyTable
from contracts.routebook import Routebook, routebook
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.compositional import (
    ANSWERS,
    FIELDS,
    HELD_OUT,
    PAIRS,
    CompositionalRouting,
    Request,
)
from engine.curriculum.rows import Draft, item_rng

CHANGED = ("goal", "topic")
"""The field in which the requests of a pair differ, in turns."""


class MinimalPairs(CompositionalRouting):
    """Draws the two halves of a pair one after the other."""

    def __init__(self, book: Routebook, families: FamilyTable) -> None:
        super().__init__(book, families)
        self._styles = Combinations("spec20b/styles", ANSWERS)
        self._paired = {"pairs": TRAIN, **{f"{part}_pairs": part for part in HELD_OUT}}
        self._drawn: tuple[tuple[str, int], tuple[Draft, ...]] = ("", 0), ()

    def surfaces(self) -> tuple[str, ...]:
        """Those of spec21, then pairs for training and for each held-out part."""
        return (*super().surfaces(), *self._paired)

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """As spec21; of a surface of pairs, the half whose turn it is.

        Both halves are drawn from a stream of the surface's own, so that they know of each other.
        """
        if surface not in self._paired:
            return super().draw(surface, index, rng)
        number, half = divmod(index, 2)
        if self._drawn[0] != (surface, number):
            self._drawn = (surface, number), self._pair(surface, number)
        return self._drawn[1][half]

    def _owner(self, target: str) -> str:
        bundle = self._language.parse(target)
        return self._styles.part(*(getattr(bundle, field) for field in STYLE_FIELDS))

    def _pair(self, surface: str, number: int) -> tuple[Draft, Draft]:
        rng = item_rng(f"pairs/{surface}", number)
        part = self._paired[surface]
        field = CHANGED[number % len(CHANGED)]
        while True:
            first = self._request(part, rng.randrange(len(PAIRS)), rng)
            order = rng.sample(range(len(FIELDS)), len(FIELDS))
            one = self._in_order(order, first)
            others = [replace(first, **{field: value}) for value in self._values[field]]
            partners = [
                other
                for other in others
                if self._contrast(field, first, other) and self.part(other) in (part, TRAIN)
            ]
            if partners and self._owner(one.target) == part:
                return one, self._in_order(order, rng.choice(partners))

    def _contrast(self, field: str, first: Request, second: Request) -> bool:
        """Whether the answers differ in family for another topic, in form for another goal."""
        one, other = self.right(first), self.right(second)
        if field == "topic":
            return one.family != other.family
        return one.form != other.form

    def _in_order(self, order: list[int], request: Request) -> Draft:
        tags = self._said(request)
        return self._draft([tags[at] for at in order], request)


def minimal_pairs(families: FamilyTable) -> MinimalPairs:
    """The curriculum over the routebook of spec21."""
    return MinimalPairs(routebook("compositional"), families)
