"""Sampling by weights: a surface of weight 20 gives twice the rows of one of weight 10.

Smooth weighted round robin keeps every prefix of the stream within one row of its share, so the
declared mix is the mix that is trained, whatever the budget. Inside a surface rows come in
shuffled passes: none is seen again before all have been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from contracts.errors import CurriculumError
from engine.curriculum.rows import item_rng

Item = TypeVar("Item")


def mixed(
    pools: Mapping[str, Sequence[Item]], weights: Mapping[str, float], stream: str
) -> Iterator[tuple[str, Item]]:
    """Endless (surface, item) pairs in the proportions of `weights`.

    Raises CurriculumError when a weighted surface has no rows.
    """
    empty = [surface for surface in weights if not pools.get(surface)]
    if empty:
        raise CurriculumError(
            f"mixture of {stream}",
            f"weights on {', '.join(empty)}",
            "weights only on surfaces that have rows",
            "Give the surface rows, or take its weight away",
        )
    passes = {
        surface: _shuffled_passes(pools[surface], f"{stream}/{surface}") for surface in weights
    }
    total = sum(weights.values())
    credit = dict.fromkeys(weights, 0.0)
    while True:
        for surface, weight in weights.items():
            credit[surface] += weight
        chosen = max(credit, key=credit.__getitem__)
        credit[chosen] -= total
        yield chosen, next(passes[chosen])


def _shuffled_passes(items: Sequence[Item], stream: str) -> Iterator[Item]:
    number = 0
    while True:
        order = list(range(len(items)))
        item_rng(stream, number).shuffle(order)
        for at in order:
            yield items[at]
        number += 1
