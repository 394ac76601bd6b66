"""Writes the example's rows and cases: python tests/gates/contracts/bookings/make_rows.py [FOLDER]

Bookings are drawn so that no two files share one; a case asks for a booking that no row has.
"""

from __future__ import annotations

import json
import sys
from itertools import permutations
from pathlib import Path
from random import Random

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
CLAUSES = ("row", "seats", "children", "price")
# One order of the clauses in four is never trained.
ORDERS = sorted(permutations(CLAUSES))
STRANGE = ORDERS[2::4]
KNOWN = [order for order in ORDERS if order not in STRANGE]
ROWS = {"plain": 200, "turned": 400}
CASES = {
    "dev": ("plain_new", "turned_new"),
    "test": ("plain_new", "turned_new"),
    "hidden_seen": ("turned_new",),
    "hidden_test": ("strange_new",),
}
CASES_EACH = 200
ORDERS_OF = {"plain": [CLAUSES], "turned": KNOWN, "strange": STRANGE}


def drawn(rng: Random) -> dict[str, object]:
    """A booking, as its JSON object."""
    seats = rng.sample(range(1, 10), rng.randint(1, 3))
    said: dict[str, object] = {"row": rng.randint(1, 9), "seats": seats}
    if rng.random() < 0.5:
        said["children"] = rng.randint(1, len(seats))
    return said | {"price": 10 * rng.randint(1, 9)}


def prompt(said: dict[str, object], order: tuple[str, ...]) -> str:
    """A booking asked for in words, its clauses in an order."""
    seats = [NUMBERS[seat - 1] for seat in said["seats"]]
    clauses = {
        "row": f"row {NUMBERS[said['row'] - 1]}",
        "seats": f"seats {' '.join(seats)}",
        "price": f"for {TENS[said['price'] // 10 - 1]}",
    }
    if "children" in said:
        clauses["children"] = f"children {NUMBERS[said['children'] - 1]}"
    return ", ".join(clauses[name] for name in order if name in clauses)


def record(surface: str, number: int, split: str, taken: set[str]) -> dict[str, str]:
    """One row or case; the booking is new to `taken`."""
    rng = Random(f"bookings/{split}/{surface}/{number}")
    while (target := json.dumps(said := drawn(rng))) in taken:
        pass
    taken.add(target)
    form = f"{len(said['seats'])}_seats"
    text = prompt(said, rng.choice(ORDERS_OF[surface.removesuffix("_new")]))
    return {"prompt": text, "target": target, "form": form}


def files() -> dict[str, list[dict[str, str]]]:
    """Every file with its records."""
    taken: set[str] = set()
    made = {
        f"{surface}.jsonl": [record(surface, n, "train", taken) for n in range(count)]
        for surface, count in ROWS.items()
    }
    made["probes.jsonl"] = [
        {"split": split, "surface": (at := surfaces[n % len(surfaces)])}
        | record(at, n, split, taken)
        for split, surfaces in CASES.items()
        for n in range(CASES_EACH)
    ]
    return made


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, records in files().items():
        text = "".join(json.dumps(record) + "\n" for record in records)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
