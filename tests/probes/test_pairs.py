"""Minimal pairs: who is paired with whom, and how far apart two prompts are."""

from __future__ import annotations

import pytest

from probes.cases import Case
from probes.pairs import pairs_of, words_apart


def case(number: int, split: str = "dev", prompt: str = "a b c") -> Case:
    return Case(f"{split}/s/{number}", split, "s", "f", "o", prompt, "x")


def test_cases_of_a_split_are_paired_in_their_order_and_an_odd_one_is_left() -> None:
    cases = [case(0), case(0, "test"), case(1), case(2), case(3), case(4)]
    assert [(a.id, b.id) for a, b in pairs_of(cases, "dev")] == [
        ("dev/s/0", "dev/s/1"),
        ("dev/s/2", "dev/s/3"),
    ]
    assert pairs_of(cases, "test") == ()


@pytest.mark.parametrize(
    ("other", "apart"), [("a b c", 0), ("a x c", 1), ("x b x", 2), ("a b", None), ("a b c d", None)]
)
def test_words_apart(other: str, apart: int | None) -> None:
    assert words_apart(case(0), case(1, prompt=other)) == apart
