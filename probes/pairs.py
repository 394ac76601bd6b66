"""Minimal pairs: two cases whose prompts differ in one word, so that this word alone decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from probes.cases import Case


def minimal_pairs(cases: Sequence[Case]) -> tuple[tuple[Case, Case], ...]:
    """Every two cases of one split whose prompts differ in one word, in the order of the cases.

    A word is what stands between spaces: a tag is one.
    """
    masked: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        words = case.prompt.split(" ")
        for at in range(len(words)):
            masked[(case.split, *words[:at], "", *words[at + 1 :])].append(number)
    found = {
        (first, second)
        for alike in masked.values()
        for place, first in enumerate(alike)
        for second in alike[place + 1 :]
        if cases[first].prompt != cases[second].prompt
    }
    return tuple((cases[first], cases[second]) for first, second in sorted(found))


def lonely_or_crowded(cases: Sequence[Case], pairs: Sequence[tuple[Case, Case]]) -> tuple[str, ...]:
    """Ids of cases that are in no pair, or in more than one: their split is not made of pairs."""
    times = dict.fromkeys((case.id for case in cases), 0)
    for pair in pairs:
        for case in pair:
            times[case.id] += 1
    return tuple(name for name, count in times.items() if count != 1)
