"""What a gate found, as a frozen record.

Zero, NaN and missing are different facts: zero is kept, NaN is refused, missing is None.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from contracts.errors import EvidenceError
from probes.jsonl import take
from probes.statistics import CONFIDENCE, wilson

SCHEMA = 1
Status = Literal["passed", "failed", "broken", "skipped"]
Relation = Literal[">=", "<=", "=="]
Kind = Literal["guardrail", "goal", "diagnostic", "preflight"]
_HOLDS = {
    ">=": lambda measured, threshold: measured >= threshold,
    "<=": lambda measured, threshold: measured <= threshold,
    "==": lambda measured, threshold: measured == threshold,
}


@dataclass(frozen=True)
class Verdict:
    """One gate's finding; `measured`, `threshold` and `interval` share one unit.

    `n` is the sample size (0 is "nothing was scored", None is "no sample"), `evidence` the path
    of what the finding rests on, `message` what was found and `cure` what to do about it.
    """

    gate: str
    name: str
    status: Status
    kind: Kind
    message: str
    measured: float | None = None
    threshold: float | None = None
    relation: Relation | None = None
    n: int | None = None
    interval: tuple[float, float] | None = None
    cure: str = ""
    evidence: str | None = None

    def __post_init__(self) -> None:
        where = f"verdict {self.gate}/{self.name}"
        for key, allowed in (("status", Status), ("kind", Kind)):
            if getattr(self, key) not in get_args(allowed):
                raise EvidenceError(where, f"{key} {getattr(self, key)!r}", str(get_args(allowed)))
        if self.relation not in (None, *get_args(Relation)):
            raise EvidenceError(where, f"relation {self.relation!r}", str(get_args(Relation)))
        if not self.message:
            raise EvidenceError(where, "no message", "what was found, in words")
        numbers = (self.measured, self.threshold, *(self.interval or ()))
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise EvidenceError(where, f"numbers {numbers}", "finite numbers or None")
        if (self.threshold is None) != (self.relation is None):
            raise EvidenceError(
                where, f"threshold {self.threshold}, relation {self.relation}", "both or neither"
            )
        if self.relation is None or self.status != "passed":
            return
        if self.measured is None or not _HOLDS[self.relation](self.measured, self.threshold):
            raise EvidenceError(
                where,
                f"passed with measured {self.measured}",
                f"measured {self.relation} {self.threshold}",
            )

    def line(self) -> str:
        """One line for a terminal: status, gate, measurement, sample, message."""
        parts = [f"{self.status.upper():<7} {self.gate}/{self.name}"]
        if self.measured is not None:
            limit = f" (needs {self.relation} {self.threshold:g})" if self.relation else ""
            parts.append(f"measured {self.measured:.4g}{limit}")
        if self.n is not None:
            parts.append(f"n={self.n}")
        if self.interval is not None:
            parts.append(f"interval {self.interval[0]:.4f}..{self.interval[1]:.4f}")
        parts.append(self.message)
        return ", ".join(parts)

    def record(self) -> dict[str, Any]:
        """JSON form with its schema version."""
        return {"schema": SCHEMA, **asdict(self)}


def verdict_of(record: dict[str, Any], where: str) -> Verdict:
    """The verdict of a JSON record; EvidenceError for another schema, shape or a bad value."""
    names = {field.name for field in fields(Verdict)}
    schema = take(record, "schema", int, where)
    if schema != SCHEMA or set(record) != {"schema", *names}:
        raise EvidenceError(
            where,
            f"schema {schema} with keys {sorted(record)}",
            f"schema {SCHEMA}: {sorted(names)}",
        )
    for key in ("gate", "name", "status", "kind", "message", "cure"):
        take(record, key, str, where)
    for key in ("measured", "threshold"):
        take(record, key, (int, float, type(None)), where)
    take(record, "n", (int, type(None)), where)
    for key in ("relation", "evidence"):
        take(record, key, (str, type(None)), where)
    interval = take(record, "interval", (list, tuple, type(None)), where)
    if interval is not None:
        if len(interval) != 2 or not all(type(bound) in (int, float) for bound in interval):
            raise EvidenceError(where, f"interval {interval!r}", "two numbers or null")
        interval = (float(interval[0]), float(interval[1]))
    values = {name: record[name] for name in names}
    return Verdict(**{**values, "interval": interval})


def passed(gate: str, name: str, message: str, *, kind: Kind = "guardrail", **more: Any) -> Verdict:
    """A gate that held; `more` are the other fields of Verdict."""
    return Verdict(gate, name, "passed", kind, message, **more)


def failed(gate: str, name: str, message: str, *, kind: Kind = "guardrail", **more: Any) -> Verdict:
    """A gate that did not hold; `cure` should say what to do."""
    return Verdict(gate, name, "failed", kind, message, **more)


def broken(gate: str, name: str, message: str, *, kind: Kind = "guardrail", **more: Any) -> Verdict:
    """A gate that could not be judged: missing evidence or a fault of the harness."""
    return Verdict(gate, name, "broken", kind, message, **more)


def skipped(gate: str, name: str, reason: str, *, kind: Kind = "guardrail", **more: Any) -> Verdict:
    """A gate that was not asked, with its reason."""
    return Verdict(gate, name, "skipped", kind, reason, **more)


def rate_verdict(
    gate: str,
    name: str,
    k: int,
    n: int,
    threshold: float,
    *,
    kind: Kind = "goal",
    relation: Literal[">=", "<="] = ">=",
    unscored: int = 0,
    confidence: float = CONFIDENCE,
    cure: str = "",
    evidence: str | None = None,
) -> Verdict:
    """Judge k of n against a threshold in [0, 1].

    A goal is statistical: the worse Wilson bound must hold the relation (the lower one for ">=").
    Any other kind is absolute: the rate itself must hold it, and the interval is only shown.
    `broken` when nothing was scored or `unscored` cases have no outcome: such a sample is no rate.
    """
    about: dict[str, Any] = {"kind": kind, "cure": cure, "evidence": evidence}
    limit: dict[str, Any] = {"threshold": threshold, "relation": relation}
    if n == 0:
        return broken(gate, name, "no case was scored, so there is no rate", n=0, **about, **limit)
    bounds = wilson(k, n, confidence)
    shown = {"measured": k / n, "n": n, "interval": (bounds.low, bounds.high), **limit, **about}
    if unscored:
        message = f"{unscored} of {n + unscored} cases have no outcome"
        return broken(gate, name, message, **shown)
    judged, what = k / n, "the rate"
    if kind == "goal":
        low = relation == ">="
        judged = bounds.low if low else bounds.high
        what = f"the {'lower' if low else 'upper'} {confidence:.0%} bound"
    holds = _HOLDS[relation](judged, threshold)
    message = (
        f"{k} of {n}: {what} {judged:.4f} {'holds' if holds else 'breaks'} {relation} {threshold:g}"
    )
    return (passed if holds else failed)(gate, name, message, **shown)
