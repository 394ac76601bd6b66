"""Intervals and paired comparisons against published values and brute force."""

from __future__ import annotations

from itertools import combinations
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import EvidenceError
from probes.statistics import (
    Interval,
    Marks,
    fisher,
    mcnemar,
    paired,
    rate,
    seed_noise,
    spread,
    student_quantile,
    wilson,
)

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(38, 44, 0.733, 0.936), (42, 42, 0.916, 1.0), (0, 42, 0.0, 0.084), (5, 10, 0.237, 0.763)],
)
def test_wilson_gives_the_known_values(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)
    assert (round(interval.low, 3), round(interval.high, 3)) == (low, high)


@given(COUNTS)
def test_wilson_bounds_solve_the_score_equation(count: tuple[int, int]) -> None:
    """At a bound p, |k/n - p| is exactly z standard errors of p."""
    k, n = count
    interval = wilson(k, n)
    for bound in (interval.low, interval.high):
        if 0 < bound < 1:
            z = abs(k / n - bound) / sqrt(bound * (1 - bound) / n)
            assert z == pytest.approx(1.959964, abs=1e-4)


@given(COUNTS)
def test_wilson_contains_the_rate_and_stays_in_range(count: tuple[int, int]) -> None:
    k, n = count
    interval = wilson(k, n)
    assert 0 <= interval.low <= k / n <= interval.high <= 1


@given(COUNTS)
def test_wilson_grows_with_successes_and_shrinks_with_trials(count: tuple[int, int]) -> None:
    k, n = count
    here, more = wilson(k, n), wilson(2 * k, 2 * n)
    assert more.high - more.low < here.high - here.low
    if k < n:
        above = wilson(k + 1, n)
        assert above.low > here.low or here.low == above.low == 0
        assert above.high > here.high or here.high == above.high == 1


@given(COUNTS)
def test_wilson_of_failures_mirrors_that_of_successes(count: tuple[int, int]) -> None:
    k, n = count
    one, other = wilson(k, n), wilson(n - k, n)
    assert one.low == pytest.approx(1 - other.high, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "confidence"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)]
)
def test_wilson_refuses_what_is_no_rate(k: int, n: int, confidence: float) -> None:
    with pytest.raises(EvidenceError, match="expected"):
        wilson(k, n, confidence)


def test_rate_keeps_its_counts() -> None:
    measured = rate(38, 44)
    assert (measured.k, measured.n, round(measured.value, 4)) == (38, 44, 0.8636)


def test_mcnemar_gives_the_known_values() -> None:
    assert mcnemar(5, 0)[0] == 0.0625
    assert mcnemar(6, 0)[0] == 0.03125
    assert mcnemar(0, 0) == (1.0, 1.0)
    assert mcnemar(0, 5) == (0.0625, 1.0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_equals_the_sum_over_every_likelier_split(lost: int, won: int) -> None:
    n = lost + won
    chance = [comb(n, i) / 2**n for i in range(n + 1)]
    two_sided, worse = mcnemar(lost, won)
    assert worse == pytest.approx(sum(chance[lost:]))
    extreme = abs(lost - n / 2)
    assert two_sided == pytest.approx(
        sum(p for i, p in enumerate(chance) if abs(i - n / 2) >= extreme)
    )


def test_mcnemar_survives_a_thousand_cases() -> None:
    assert mcnemar(1200, 0)[0] < 1e-300
    two_sided, worse = mcnemar(600, 600)
    assert two_sided == 1
    assert worse == pytest.approx(0.5115, abs=1e-4)


def test_fisher_gives_the_known_value() -> None:
    """The lady tasting tea, three of four cups right: 17 of 70."""
    assert fisher(rate(3, 4), rate(1, 4)) == pytest.approx(17 / 70)


@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_fisher_equals_the_count_over_every_way_to_deal_the_hits(
    n: int, m: int, data: st.DataObject
) -> None:
    before, after = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    deals = list(combinations(range(n + m), before + after))
    as_low = sum(sum(at >= n for at in deal) <= after for deal in deals)
    assert fisher(rate(before, n), rate(after, m)) == pytest.approx(as_low / len(deals))


def test_paired_names_lost_and_won_cases() -> None:
    before = Marks("set", "exact", {"a": True, "b": True, "c": False, "d": False})
    after = Marks("set", "exact", {"a": True, "b": False, "c": True, "d": False})
    result = paired(before, after)
    assert (result.lost, result.won, result.n) == (("b",), ("c",), 4)
    assert result.p_two_sided == 1.0
    assert result.p_worse == 0.75


@pytest.mark.parametrize(
    "after",
    [
        Marks("other", "exact", {"a": True}),
        Marks("set", "renderable", {"a": True}),
        Marks("set", "exact", {"b": True}),
    ],
)
def test_paired_refuses_other_case_sets_and_metrics(after: Marks) -> None:
    with pytest.raises(EvidenceError, match="paired comparison"):
        paired(Marks("set", "exact", {"a": True}), after)


@pytest.mark.parametrize(
    ("freedom", "value"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (9, 2.262), (10, 2.228), (30, 2.042)],
)
def test_student_s_quantiles_are_those_of_the_tables(freedom: int, value: float) -> None:
    assert round(student_quantile(0.975, freedom), 3) == value


def test_a_spread_over_seeds_gives_mean_deviation_and_interval() -> None:
    found = spread([0.9, 0.92, 0.97])
    assert (found.n, round(found.mean, 4), round(found.deviation, 4)) == (3, 0.93, 0.0361)
    half = 4.302653 * 0.0360555 / sqrt(3)
    assert found.interval.low == pytest.approx(0.93 - half, abs=1e-6)
    assert found.interval.high == pytest.approx(0.93 + half, abs=1e-6)
    assert spread([1.0, 1.0]).interval == Interval(1.0, 1.0)
    with pytest.raises(EvidenceError, match="at least two"):
        spread([0.5])


def test_seed_noise_is_the_share_of_the_variance_that_seeds_would_make() -> None:
    """Means 0.1 and 0.3, variance of seeds 0.0001: means of two seeds vary by 0.00005 of 0.02."""
    step = sqrt(0.0001 / 2)
    groups = [[0.1 - step, 0.1 + step], [0.3 - step, 0.3 + step]]
    found = seed_noise(groups)
    assert found.between_seeds == pytest.approx(0.01)
    assert found.between_variants == pytest.approx(sqrt(0.02))
    assert found.share == pytest.approx(0.0025)
    assert seed_noise([[0.1, 0.9], [0.2, 0.9]]).share == 1.0
    assert seed_noise([[0.1, 0.3], [0.3, 0.1]]).share is None


@pytest.mark.parametrize("groups", [[[0.1, 0.2]], [[0.1, 0.2], [0.1, 0.2, 0.3]], []])
def test_unequal_or_single_groups_have_no_seed_noise(groups: list[list[float]]) -> None:
    with pytest.raises(EvidenceError, match="two or more, of equal size"):
        seed_noise(groups)


def test_a_comparison_over_some_of_its_cases_counts_those_alone() -> None:
    before = {"a": True, "b": True, "c": False, "d": False, "e": True}
    after = {"a": False, "b": True, "c": True, "d": True, "e": True}
    whole = paired(Marks("x", "exact", before), Marks("x", "exact", after))
    assert (whole.p_worse, whole.p_better) == (mcnemar(1, 2)[1], mcnemar(2, 1)[1])
    some = whole.among({"a", "b", "c"})
    assert (some.n, some.lost, some.won) == (3, ("a",), ("c",))
    none = whole.among({"b", "e"})
    assert (none.n, none.p_worse, none.p_better) == (2, 1.0, 1.0)
