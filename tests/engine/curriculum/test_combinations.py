"""The rule that holds combinations out: disjoint, stable, in its shares, of known parts."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import CurriculumError
from engine.curriculum.combinations import TRAIN, Combinations, untrained_values

SHARES = {"dev": 0.05, "test": 0.05, "hidden_seen": 0.1, "hidden_test": 0.15}
streams = st.text(min_size=1, max_size=12)
sizes = st.lists(st.integers(2, 6), min_size=2, max_size=4)


def space(sizes: list[int]) -> list[tuple[str, ...]]:
    """Every combination of so many values a place."""
    return list(product(*([f"{at}_{n}" for n in range(size)] for at, size in enumerate(sizes))))


@given(streams, sizes)
def test_every_combination_has_one_part_and_keeps_it(stream: str, sizes: list[int]) -> None:
    combinations = space(sizes)
    parts = Combinations(stream, SHARES).split(combinations)
    assert list(parts) == [TRAIN, *SHARES]
    assert sorted(c for members in parts.values() for c in members) == sorted(combinations)
    again = Combinations(stream, SHARES).split(reversed(combinations))
    assert {name: sorted(members) for name, members in again.items()} == {
        name: sorted(members) for name, members in parts.items()
    }


@settings(max_examples=20)
@given(streams)
def test_parts_have_their_shares(stream: str) -> None:
    parts = Combinations(stream, SHARES).split(space([10, 10, 10, 5]))
    for name, share in SHARES.items():
        # Five standard deviations of a share of 5,000.
        spread = 5 * (share * (1 - share) / 5000) ** 0.5
        assert abs(len(parts[name]) / 5000 - share) < spread


@given(streams)
def test_known_parts_in_unseen_combinations(stream: str) -> None:
    parts = Combinations(stream, SHARES).split(space([6, 6, 6]))
    assert untrained_values(parts) == {}


def test_a_value_that_training_never_has_is_named() -> None:
    parts = {TRAIN: [("a", 1), ("b", 2)], "dev": [("a", 2)], "test": [("c", 1), ("b", 3)]}
    assert untrained_values(parts) == {"test": ["c", 3]}
    assert untrained_values({TRAIN: [("a", "b")], "dev": [("b", "a")]}) == {"dev": ["b", "a"]}


@settings(max_examples=25)
@given(streams, st.integers(0, 2**32))
def test_a_drawn_combination_belongs_to_its_part(stream: str, seed: int) -> None:
    rule, rng = Combinations(stream, SHARES), Random(seed)
    for part in (TRAIN, *SHARES):
        values = rule.drawn(part, lambda: (rng.randrange(50), rng.randrange(50)))
        assert rule.part(*values) == part


def test_a_part_that_owns_nothing_proposed_is_named() -> None:
    rule = Combinations("s", {"dev": 0.5})
    lonely = next(n for n in range(100) if rule.part(n) == "dev")
    with pytest.raises(CurriculumError, match="none of part 'train' among"):
        rule.drawn(TRAIN, lambda: (lonely,))


@pytest.mark.parametrize("shares", [{"a": 1.0}, {"a": 0.0}, {"train": 0.5}, {"a": 0.6, "b": 0.6}])
def test_shares_that_leave_no_training_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(CurriculumError, match="positive shares of held-out parts"):
        Combinations("s", shares)


@given(streams, sizes)
def test_a_walk_meets_every_combination_once_in_whatever_order_it_is_told(
    stream: str, sizes: list[int]
) -> None:
    combinations = space(sizes)
    rule = Combinations(stream, SHARES)
    assert sorted(rule.walk(combinations)) == sorted(combinations)
    assert rule.walk(combinations) == rule.walk(reversed(combinations))


@given(streams, st.integers(0, 40))
def test_dealt_parts_have_their_shares_exactly_and_each_at_least_one(stream: str, n: int) -> None:
    rule = Combinations(stream, SHARES)
    combinations = [(f"a{number}",) for number in range(n)]
    parts = rule.dealt(combinations)
    assert sorted(c for members in parts.values() for c in members) == sorted(combinations)
    assert parts == rule.dealt(combinations[::-1])
    sizes = {name: max(1, int(share * n)) for name, share in SHARES.items()}
    if 2 * sum(sizes.values()) > n:
        assert len(parts[TRAIN]) == n
    else:
        assert {name: len(parts[name]) for name in SHARES} == sizes
