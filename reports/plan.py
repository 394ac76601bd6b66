"""What a session promised before it started: runs, gates, digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contracts.errors import EvidenceError


@dataclass(frozen=True)
class RunPlan:
    """One run of a session; `expected` names gates, or single verdicts as `gate/name`."""

    spec: str
    expected: tuple[str, ...]
    digests: Mapping[str, str]
    promotes: bool


@dataclass(frozen=True)
class SessionPlan:
    """The runs of a session by name; the empty name holds the gates that need no run."""

    label: str
    runs: Mapping[str, RunPlan]

    def as_dict(self) -> dict[str, Any]:
        """Plain values that can travel to a worker and come back through `plan_of`."""
        runs = {
            name: {**asdict(run), "expected": list(run.expected)} for name, run in self.runs.items()
        }
        return {"label": self.label, "runs": runs}

    def run_of(self, name: str | None) -> str:
        """The run an item belongs to: the one it names, else the only one, else none."""
        if name is not None and name in self.runs:
            return name
        return next(iter(self.runs)) if len(self.runs) == 1 else ""


def plan_of(value: Mapping[str, Any]) -> SessionPlan:
    """The plan a hook returned, checked; EvidenceError names the key that is wrong."""
    label = value.get("label")
    runs = value.get("runs")
    if not isinstance(label, str) or not label:
        raise EvidenceError("session plan, key label", repr(label), "the name of the session")
    if not isinstance(runs, Mapping) or not runs:
        raise EvidenceError("session plan, key runs", repr(runs), "at least one run by name")
    return SessionPlan(label, {name: _run_plan(name, run) for name, run in runs.items()})


def _run_plan(name: str, value: Mapping[str, Any]) -> RunPlan:
    where = f"session plan, run {name!r}"
    unknown = sorted(set(value) - {"spec", "expected", "digests", "promotes"})
    if unknown:
        raise EvidenceError(where, f"the key {unknown[0]!r}", "spec, expected, digests, promotes")
    expected = tuple(value.get("expected", ()))
    if not expected:
        raise EvidenceError(where, "no expected gate", "the gates that must give a verdict")
    return RunPlan(
        spec=str(value.get("spec", "")),
        expected=expected,
        digests=dict(value.get("digests", {})),
        promotes=bool(value.get("promotes", False)),
    )
