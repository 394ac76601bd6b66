"""Bookings of seats as small JSON objects, each with one spelling:

    {"row": 3, "seats": [2, 5], "children": 1, "price": 40}

`children` is left out when there are none. Keys stand in this order, seats in the order in which
they were asked for. What `json.dumps` would not write so is refused, never repaired.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from contracts.errors import LanguageError
from contracts.families import FamilyTable

SEATS_MOST = 3


@dataclass(frozen=True)
class Booking:
    """One booking: seats of one row, how many of them for children, and what they cost together."""

    row: int
    seats: tuple[int, ...]
    children: int
    price: int


class Bookings:
    """The language of bookings."""

    name = "bookings"
    opening_tag = '{"row": '
    closing_tag = "}"

    def __init__(self, families: FamilyTable) -> None:
        """The families are those of pictures, of which bookings have none."""

    def parse(self, text: str) -> Booking:
        """The booking that `text` spells; LanguageError names position, found and expected."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _refused(text, getattr(error, "pos", 0), "a JSON object") from error
        if not isinstance(said, dict) or not {"row", "seats", "price"} <= said.keys():
            raise _refused(text, 0, "an object with the keys row, seats and price")
        seats = said["seats"]
        numbers = [said["row"], said["price"], said.get("children", 1)]
        numbers += seats if isinstance(seats, list) else [None]
        if not all(type(number) is int and number > 0 for number in numbers):
            raise _refused(text, 0, "numbers above zero, and a list of them for seats")
        if not 1 <= len(set(seats)) == len(seats) <= SEATS_MOST:
            raise _refused(text, text.find("["), f"one to {SEATS_MOST} different seats")
        booking = Booking(said["row"], tuple(seats), said.get("children", 0), said["price"])
        if (canonical := self.serialize(booking)) != text:
            same = (a == b for a, b in zip(text, canonical, strict=False))
            at = next((i for i, equal in enumerate(same) if not equal), len(canonical))
            raise _refused(text, at, f"the canonical {canonical}")
        return booking

    def serialize(self, document: Booking) -> str:
        """Keys in their order, one space after each comma and colon."""
        said = {"row": document.row, "seats": list(document.seats)}
        if document.children:
            said["children"] = document.children
        return json.dumps(said | {"price": document.price})

    def fields(self, document: Booking) -> dict[str, str]:
        """How many seats, then every value."""
        return {
            "size": str(len(document.seats)),
            "row": str(document.row),
            "seats": " ".join(map(str, document.seats)),
            "children": str(document.children),
            "price": str(document.price),
        }

    def field_group(self, field: str) -> str:
        """A wrong number of seats is another form of booking; all else is its content."""
        return "form" if field == "size" else "content"

    def control_atoms(self) -> tuple[str, ...]:
        """What stands around the numbers."""
        keys = ('], "children": ', '], "price": ', ', "price": ')
        return (self.opening_tag, ', "seats": [', *keys, self.closing_tag)


def _refused(text: str, position: int, expected: str) -> LanguageError:
    found = repr(text[position : position + 24]) if position < len(text) else "the end of the text"
    where = f"bookings, character {position}"
    return LanguageError(where, found, expected, position=position)


language = Bookings
