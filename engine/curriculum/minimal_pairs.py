"""spec20, candidate B: the questions of spec21, and pairs of them that differ in one tag.

Two requests of a pair differ in their goal, and their answers in form (and in the counts that the
form brings); or they differ in their topic, and their answers in family. No more of the answer
changes: theme, tone, density and background hang on what both have alike. A pair keeps to one part
of the combinations, and both its answers to one owner.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from contracts.families import FamilyTable
from contracts.routebook import Routebook, routebook
from engine.curriculum.combinations import TRAIN
from engine.curriculum.compositional import FIELDS, HELD_OUT, CompositionalRouting, Request
from engine.curriculum.rows import Draft, item_rng

CHANGED = ("goal", "topic")
"""The field in which the requests of a pair differ, in turns."""


class MinimalPairs(CompositionalRouting):
    """Draws the two halves of a pair one after the other."""

    def __init__(self, book: Routebook, families: FamilyTable) -> None:
        super().__init__(book, families)
        self._paired = {"pairs": TRAIN, **{f"{part}_pairs": part for part in HELD_OUT}}

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
        return self._pair(surface, number)[half]

    def _pair(self, surface: str, number: int) -> tuple[Draft, Draft]:
        rng = item_rng(f"pairs/{surface}", number)
        part = self._paired[surface]
        field = CHANGED[number % len(CHANGED)]
        while True:
            first = self._request(part, number // len(CHANGED), rng)
            second = replace(first, **{field: rng.choice(list(self._values[field]))})
            if self.part(second) != part or not self._contrast(field, first, second):
                continue
            order = rng.sample(range(len(FIELDS)), len(FIELDS))
            halves = self._in_order(order, first), self._in_order(order, second)
            if all(self._answers.part(half.target) == part for half in halves):
                return halves

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
