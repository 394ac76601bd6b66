"""Outlines: what a picture is to show, told in one notation for all families.

    [point:4]   item 4, as one of the main components
    [detail:7]  item 7, as a part of the point before it
    [aside:2]   note 2: in some families pinned on the point before it, in others beside them all
    [coda]      the footer

Which component each becomes is the family's matter. Details and asides follow their point, the
answer wants all points first: so it has to be worked out whose each of them is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from engine.curriculum.prompts import tag
from engine.dsl.dialect import SLOTS
from engine.dsl.wants import Want

CODA = "[coda]"


@dataclass(frozen=True)
class Roles:
    """What the marks of an outline become in a family, and how many there may be.

    `noun` is what the ids of points start with; asides are `pinned` on points, or stand beside.
    """

    point: str
    noun: str
    points: tuple[int, int]
    aside: str
    asides: int
    pinned: bool = False
    detail: str = ""
    details: int = 0

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Every number of points, details, asides and footers."""
        return tuple(
            product(
                range(self.points[0], self.points[1] + 1),
                range(self.details + 1),
                range(self.asides + 1),
                range(2),
            )
        )


@dataclass(frozen=True)
class Mark:
    """One mark of an outline: its role, its number, and the point that it belongs to, from 1."""

    role: str
    number: int
    point: int


def outline(shape: Sequence[int], rng: Random) -> tuple[Mark, ...]:
    """Marks of a shape (points, details, asides, footer); content is drawn without repeats."""
    points, details, asides, _ = shape
    items = rng.sample(range(1, SLOTS["items"] + 1), points + details)
    notes = rng.sample(range(1, SLOTS["notes"] + 1), asides)
    marks = [Mark("point", items[n - 1], n) for n in range(1, points + 1)]
    marks += [Mark("detail", item, rng.randint(1, points)) for item in items[points:]]
    marks += [Mark("aside", note, rng.randint(1, points)) for note in notes]
    return tuple(sorted(marks, key=lambda mark: mark.point))


def told(marks: Sequence[Mark], footer: bool) -> tuple[str, ...]:
    """The outline as prompt tags."""
    return (*(tag(mark.role, mark.number) for mark in marks), *((CODA,) if footer else ()))


def wants(roles: Roles, marks: Sequence[Mark], footer: bool) -> Iterator[Want]:
    """The components that the marks become."""
    kinds = {"point": roles.point, "detail": roles.detail, "aside": roles.aside}
    for mark in marks:
        pinned = mark.role == "detail" or (mark.role == "aside" and roles.pinned)
        owner = f"{roles.noun}_{mark.point}" if pinned else ""
        yield Want(kinds[mark.role], mark.number, source=owner)
    if footer:
        yield Want("footer_note")


def outline_atoms() -> tuple[str, ...]:
    """Every tag of an outline."""
    slots = {"point": "items", "detail": "items", "aside": "notes"}
    marks = [tag(role, n) for role, slot in slots.items() for n in range(1, SLOTS[slot] + 1)]
    return (*marks, CODA)
