"""Which combinations are trained, and which a held-out split owns: fixed by their keys alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

TRAIN = "train"


def dealt(keys: Iterable[str], shares: Mapping[str, float], stream: str) -> dict[str, str]:
    """The part of every key: each held-out part gets its share, rounded down, the rest is TRAIN.

    Keys are dealt in the order of their hashes. A part gets at least one key, so however few
    there are, all parts have some; where there are fewer keys than parts, none is held out. Deal
    groups apart (one call a layout) to balance them.
    """
    names = sorted(set(keys), key=lambda key: _rank(stream, key))
    parts = dict.fromkeys(names, TRAIN)
    if len(names) < len(shares):
        return parts
    left = iter(names)
    for part, share in shares.items():
        for _ in range(max(1, int(share * len(names)))):
            parts[next(left)] = part
    return parts


def _rank(stream: str, key: str) -> bytes:
    return hashlib.sha256(f"{stream}\0{key}".encode()).digest()
