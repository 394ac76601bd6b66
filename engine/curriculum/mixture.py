"""Sampling by weights: a surface of weight 20 gives twice the rows of one of weight 10.

Every prefix of the stream is within one row of each surface's share, so the declared mix is the
mix that is trained, whatever the budget. Inside a surface rows come in shuffled passes: none is
seen again before all have been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from contracts.errors import CurriculumError
from engine.curriculum.rows import item_rng

Item = TypeVar("Item")


def mixed(
    pools: Mapping[str, Sequence[Item]], weights: Mapping[str, float], stream: str
) -> Iterator[tuple[str, Item]]:
    """Endless (surface, item) pairs in the proportions of `weights`; their order is of no account.

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
    for surface in _turns(weights):
        yield surface, next(passes[surface])


def _turns(weights: Mapping[str, float]) -> Iterator[str]:
    """Whose turn it is, for ever.

    Row k of a surface with share r may come once k / r rows have gone by, and must be among the
    first (k + 1) / r, rounded up. Taking the earliest deadline among those that may come meets
    all of them, which largest-remainder rules do not: they drift beyond one row from ten surfaces
    on. Exact fractions, because a deadline that is off by one is missed.
    Source: proportionate scheduling (Baruah et al., 1996); earliest deadline first (Liu, Layland).
    """
    total = sum(map(Fraction, weights.values()))
    pace = {surface: total / Fraction(weights[surface]) for surface in sorted(weights)}
    release = dict.fromkeys(pace, 0)
    deadline = {surface: -(-period // 1) for surface, period in pace.items()}
    taken = dict.fromkeys(pace, 0)
    gone = 0
    while True:
        ready = [surface for surface in pace if release[surface] <= gone]
        chosen = min(ready, key=deadline.__getitem__)
        taken[chosen] += 1
        release[chosen] = int(taken[chosen] * pace[chosen] // 1)
        deadline[chosen] = -(-(taken[chosen] + 1) * pace[chosen] // 1)
        gone += 1
        yield chosen


def _shuffled_passes(items: Sequence[Item], stream: str) -> Iterator[Item]:
    number = 0
    while True:
        order = list(range(len(items)))
        item_rng(stream, number).shuffle(order)
        for at in order:
            yield items[at]
        number += 1
