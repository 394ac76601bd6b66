"""Which combinations of values train, and which are held out: one rule, decided by a hash.

A split that claims recombination asks known parts in combinations that no training row has. The
rule gives every combination to training or to one held-out part, whoever asks and in whatever
order, so a training surface that keeps to it can never draw what a held-out surface owns:

    rule = Combinations("spec06", {"dev": 0.05, "test": 0.05})
    rule.part("flow", "amber", 3)                        "train", "dev" or "test", for good
    rule.drawn("train", lambda: (rng.choice(LAYOUTS), rng.choice(ACCENTS), rng.randint(2, 5)))
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from contracts.errors import CurriculumError

TRAIN = "train"
# A part of one in a hundred is missed this often in a row with a chance below 1e-21.
_DRAWS_MAX = 5000

Values = TypeVar("Values", bound=Sequence[object])


@dataclass(frozen=True)
class Combinations:
    """The rule of one stream: `shares` of all combinations are held out, the rest trains."""

    stream: str
    shares: Mapping[str, float]

    def __post_init__(self) -> None:
        total = sum(self.shares.values())
        if TRAIN in self.shares or total >= 1 or any(share <= 0 for share in self.shares.values()):
            raise CurriculumError(
                f"combinations of {self.stream}",
                f"shares {dict(self.shares)}",
                "positive shares of held-out parts that leave something to train on",
            )

    def _hash(self, *values: object) -> bytes:
        key = "\0".join([self.stream, *map(str, values)])
        return hashlib.sha256(key.encode()).digest()

    def part(self, *values: object) -> str:
        """The part that owns a combination: "train" or a held-out part."""
        at = int.from_bytes(self._hash(*values)[:8], "big") / 2**64
        for name, share in self.shares.items():
            if at < share:
                return name
            at -= share
        return TRAIN

    def drawn(self, part: str, propose: Callable[[], Values]) -> Values:
        """The first proposed combination that `part` owns; CurriculumError when none comes."""
        for _ in range(_DRAWS_MAX):
            values = propose()
            if self.part(*values) == part:
                return values
        raise CurriculumError(
            f"combinations of {self.stream}",
            f"none of part {part!r} among {_DRAWS_MAX} proposed",
            f"a part of {sorted([TRAIN, *self.shares])} and combinations enough for its share",
            "Widen what is proposed, or raise the part's share",
        )

    def walk(self, combinations: Iterable[Values]) -> list[Values]:
        """All combinations, in the order of their hashes: one of chance, and the same for good.

        A training surface that walks through it shows the first ones whatever else it draws, so a
        held-out wording may ask for these and be sure that they were trained.
        """
        return sorted(combinations, key=lambda values: self._hash(*values))

    def dealt(self, combinations: Iterable[Values]) -> dict[str, list[Values]]:
        """`split` for few combinations: parts have their shares exactly, rounded down.

        They are dealt in the order of their hashes. Each held-out part gets one at least, and where
        that would hold out more than half of all, none is. Deal groups apart to balance them.
        """
        left = self.walk(combinations)
        sizes = {name: max(1, int(share * len(left))) for name, share in self.shares.items()}
        parts: dict[str, list[Values]] = {name: [] for name in (TRAIN, *self.shares)}
        if 2 * sum(sizes.values()) <= len(left):
            for name, size in sizes.items():
                parts[name], left = left[:size], left[size:]
        return {**parts, TRAIN: left}

    def split(self, combinations: Iterable[Values]) -> dict[str, list[Values]]:
        """All combinations by the part that owns them; every part is there, empty or not."""
        parts: dict[str, list[Values]] = {name: [] for name in (TRAIN, *self.shares)}
        for values in combinations:
            parts[self.part(*values)].append(values)
        return parts


def untrained_values(parts: Mapping[str, Iterable[Sequence[object]]]) -> dict[str, list[object]]:
    """For each held-out part the values that no training combination has in the same place.

    Recombination promises known parts: a part that is listed here asks for an unknown one.
    """
    known = {(place, value) for values in parts[TRAIN] for place, value in enumerate(values)}
    found: dict[str, list[object]] = {}
    for name, combinations in parts.items():
        asked = {(place, value) for values in combinations for place, value in enumerate(values)}
        if strange := sorted(asked - known, key=str):
            found[name] = [value for _, value in strange]
    return found
