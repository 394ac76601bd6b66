"""Which combinations are trained, and which a held-out split owns: fixed by their keys alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

TRAIN = "train"


def dealt(keys: Iterable[str], shares: Mapping[str, float], stream: str) -> dict[str, str]:
    """The part of every key: each held-out part gets its share, the rest is TRAIN.

    Keys are dealt in the order of their hashes, so that parts have their sizes to within one key,
    however few keys there are. Deal groups apart (one call a layout) to balance them.
    """
    names = sorted(set(keys), key=lambda key: _rank(stream, key))
    parts = dict.fromkeys(names, TRAIN)
    start = 0.0
    for part, share in shares.items():
        stop = start + share * len(names)
        for name in names[round(start) : round(stop)]:
            parts[name] = part
        start = stop
    return parts


def _rank(stream: str, key: str) -> bytes:
    return hashlib.sha256(f"{stream}\0{key}".encode()).digest()
