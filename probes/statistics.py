"""How sure a rate is, whether one run is really worse than another, and what is luck of a seed.

Wilson, "Probable inference", JASA 22 (1927); McNemar, Psychometrika 12 (1947), in its exact form:
among the cases that two runs answer differently, losses and wins are equally likely by chance.
Fisher, "On the interpretation of chi-squared", JRSS 85 (1922), for rates over different cases.
Student, "The probable error of a mean", Biometrika 6 (1908), for means over few seeds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import atan, comb, cos, pi, sin, sqrt
from statistics import NormalDist, fmean, stdev

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

    @property
    def p_better(self) -> float:
        """The chance of at least so many wins if both were equally good."""
        return mcnemar(len(self.won), len(self.lost))[1]

    def among(self, cases: Collection[str]) -> Paired:
        """The same comparison over some of its cases, by id."""
        lost = tuple(name for name in self.lost if name in cases)
        won = tuple(name for name in self.won if name in cases)
        return Paired(self.metric, len(cases), lost, won, *mcnemar(len(lost), len(won)))


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


def fisher(before: Rate, after: Rate) -> float:
    """Exact one-sided p for "worse" of two rates over different cases.

    The chance that `after` has no more than its k, if both are draws from one pool of as many.
    """
    hits, n = before.k + after.k, before.n + after.n
    fewer = range(max(0, hits - before.n), after.k + 1)
    return sum(comb(after.n, k) * comb(before.n, hits - k) for k in fewer) / comb(n, hits)


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


@dataclass(frozen=True)
class Spread:
    """A quantity measured under several seeds: its mean, standard deviation, the mean's interval.

    The interval is Student's and not clipped: it is about seeds, not about cases.
    """

    n: int
    mean: float
    deviation: float
    interval: Interval


@dataclass(frozen=True)
class SeedNoise:
    """Standard deviations between the means of variants and between the seeds of one variant.

    `share` is the part of the variance between the means that seeds alone would make, at most 1;
    None where the means do not differ.
    """

    between_variants: float
    between_seeds: float
    seeds: int
    share: float | None


def spread(values: Sequence[float], confidence: float = CONFIDENCE) -> Spread:
    """Mean, deviation and interval over seeds; EvidenceError for fewer than two values."""
    if len(values) < 2:
        raise EvidenceError("a spread over seeds", f"{len(values)} values", "at least two")
    mean, deviation = fmean(values), stdev(values)
    half = student_quantile(0.5 + confidence / 2, len(values) - 1) * deviation / sqrt(len(values))
    return Spread(len(values), mean, deviation, Interval(mean - half, mean + half, confidence))


def seed_noise(groups: Sequence[Sequence[float]]) -> SeedNoise:
    """How variants (a group of equally many seeds each) differ beside how seeds do."""
    sizes = {len(group) for group in groups}
    if len(groups) < 2 or len(sizes) != 1:
        raise EvidenceError(
            "seed noise", f"groups of {sorted(map(len, groups))}", "two or more, of equal size"
        )
    seeds = sizes.pop()
    within = fmean(spread(group).deviation ** 2 for group in groups)
    between = stdev([fmean(group) for group in groups])
    share = min(1.0, within / seeds / between**2) if between else None
    return SeedNoise(between, sqrt(within), seeds, share)


def student_quantile(probability: float, freedom: int) -> float:
    """The value below which Student's t with so many degrees of freedom falls that often.

    For probabilities of a half and more, by bisection of the closed form of its distribution.
    """
    low, high = 0.0, 1.0
    while _student(high, freedom) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _student(middle, freedom) < probability else (low, middle)
    return high


def _student(t: float, freedom: int) -> float:
    """P(T <= t) for t >= 0. Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = atan(t / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(1, (freedom - 1) // 2 if odd else freedom // 2):
        term *= cos(angle) ** 2 * (2 * k / (2 * k + 1) if odd else (2 * k - 1) / (2 * k))
        total += term
    inside = 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
    return 0.5 + inside / 2


def _at_least(k: int, n: int) -> float:
    """P(X >= k) for X ~ Binomial(n, 1/2), in whole numbers until the last division."""
    return sum(comb(n, i) for i in range(k, n + 1)) / (1 << n)
