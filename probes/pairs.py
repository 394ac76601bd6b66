"""Minimal pairs: two cases whose prompts differ in one word, so that this word alone decides."""

from __future__ import annotations

from collections.abc import Sequence

from probes.cases import Case


def pairs_of(cases: Sequence[Case], split: str) -> tuple[tuple[Case, Case], ...]:
    """Cases of a split two by two, in their order; an odd last one is in no pair."""
    members = [case for case in cases if case.split == split]
    return tuple(zip(members[::2], members[1::2], strict=False))


def words_apart(one: Case, other: Case) -> int | None:
    """In how many words two prompts differ; None where they differ in length.

    A word is what stands between spaces: a tag is one.
    """
    first, second = one.prompt.split(" "), other.prompt.split(" ")
    if len(first) != len(second):
        return None
    return sum(a != b for a, b in zip(first, second, strict=True))
