"""How sure a rate is, and whether one run is really worse than another.

Wilson, "Probable inference", JASA 22 (1927); McNemar, Psychometrika 12 (1947), in its exact form:
among the cases that two runs answer differently, losses and wins are equally likely by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist

from contracts.errors import EvidenceError

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """Bounds of a rate in [0, 1] at a confidence in (0, 1)."""

    low: float
    high: float
    confidence: float = CONFIDENCE


@dataclass(frozen=True)
class Rate:
    """`k` of `n` cases, with the Wilson interval of the share."""

    k: int
    n: int
    interval: Interval

    @property
    def value(self) -> float:
        """k / n."""
        return self.k / self.n


@dataclass(frozen=True)
class Marks:
    """Which cases of one case set passed one metric in one run."""

    cases: str
    metric: str
    passed: Mapping[str, bool]


@dataclass(frozen=True)
class Paired:
    """Two runs over the same cases. `lost` passed before only, `won` after only.

    `p_worse` is one-sided: the chance of at least so many losses if both were equally good.
    """

    metric: str
    n: int
    lost: tuple[str, ...]
    won: tuple[str, ...]
    p_two_sided: float
    p_worse: float


def wilson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Two-sided Wilson score interval of k successes in n trials.

    EvidenceError for n = 0 (an empty sample has no rate), k outside 0..n, or a confidence
    outside (0, 1).
    """
    if n <= 0 or not 0 <= k <= n:
        raise EvidenceError("a rate", f"{k} of {n}", "0 <= k <= n with n > 0")
    if not 0 < confidence < 1:
        raise EvidenceError("a confidence", repr(confidence), "a value between 0 and 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = k / n
    spread = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / spread
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / spread
    # At the ends the bound is exactly 0 or 1; rounding must not push it inside.
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return Interval(low, high, confidence)


def rate(k: int, n: int, confidence: float = CONFIDENCE) -> Rate:
    """k of n with its Wilson interval; EvidenceError as `wilson`."""
    return Rate(k, n, wilson(k, n, confidence))


def mcnemar(lost: int, won: int) -> tuple[float, float]:
    """Exact two-sided p, and one-sided p for "worse", of discordant counts; (1, 1) without any."""
    if lost < 0 or won < 0:
        raise EvidenceError("discordant counts", f"{lost} and {won}", "counts >= 0")
    n = lost + won
    two_sided = min(1.0, 2 * _at_least(max(lost, won), n))
    return two_sided, _at_least(lost, n)


def paired(before: Marks, after: Marks) -> Paired:
    """Case by case comparison; EvidenceError unless case set and metric are the same."""
    if before.cases != after.cases:
        raise EvidenceError(
            "paired comparison",
            f"case sets {before.cases} and {after.cases}",
            "the same case set in both runs",
            "Score both runs over one case set: rates of different sets do not compare",
        )
    if before.metric != after.metric or before.passed.keys() != after.passed.keys():
        raise EvidenceError(
            "paired comparison",
            f"{len(before.passed)} cases of {before.metric!r}, {len(after.passed)} of "
            f"{after.metric!r}",
            "the same cases and metric",
        )
    lost = tuple(i for i, passed in before.passed.items() if passed and not after.passed[i])
    won = tuple(i for i, passed in before.passed.items() if not passed and after.passed[i])
    two_sided, worse = mcnemar(len(lost), len(won))
    return Paired(before.metric, len(before.passed), lost, won, two_sided, worse)


def _at_least(k: int, n: int) -> float:
    """P(X >= k) for X ~ Binomial(n, 1/2), in whole numbers until the last division."""
    return sum(comb(n, i) for i in range(k, n + 1)) / (1 << n)
