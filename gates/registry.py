"""The gates in order, and the checks that each is made of.

A check measures one claim on one rung and returns a Verdict; the test that asks it only asserts
the verdict. The same checks guard training: while one of the first five gates is red, nothing
is trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, get_args

from contracts.models import Contract, GateName
from probes.verdict import Kind, Verdict, broken, failed, passed

if TYPE_CHECKING:
    from gates.rung import RungEvidence

GATES: tuple[GateName, ...] = get_args(GateName)
PREFLIGHT = GATES[:5]
# What a foreign model's answers can be held to: it was not trained here.
FOREIGN = ("contract", "dataset", "compiler", "probes", "promotion")

About = Callable[[Contract], bool]
Measure = Callable[["RungEvidence"], Verdict]
Function = TypeVar("Function", bound=Callable[..., Verdict])


def any_contract(contract: Contract) -> bool:
    """Most checks are about every contract."""
    return True


@dataclass(frozen=True)
class Check:
    """One claim of a gate; `name` states it, `measure` finds out.

    It is asked only under contracts that it is `about`.
    """

    gate: str
    name: str
    kind: Kind
    measure: Measure
    about: About = any_contract

    @property
    def id(self) -> str:
        """`gate/name`, by which a session promises and finds the verdict."""
        return f"{self.gate}/{self.name}"


_CHECKS: dict[str, list[Check]] = {gate: [] for gate in GATES}


def check(
    gate: str, kind: Kind = "preflight", *, about: About = any_contract
) -> Callable[[Measure], Measure]:
    """Register a function `(rung) -> Verdict` as a check named after it."""

    def register(measure: Measure) -> Measure:
        add(gate, measure.__name__, kind, measure, about=about)
        return measure

    return register


def add(gate: str, name: str, kind: Kind, measure: Measure, *, about: About = any_contract) -> None:
    """Register a check under a name that is made, not written."""
    _CHECKS[gate].append(Check(gate, name, kind, measure, about))


def fixed_checks(gate: str, contract: Contract | None = None) -> tuple[Check, ...]:
    """Checks of a gate, in the order of their file: all of them, or those about a contract."""
    return tuple(c for c in _CHECKS[gate] if contract is None or c.about(contract))


def completeness() -> Check:
    """The check without which no rate is a rate: every case answered, once, by this run."""
    return next(c for c in fixed_checks("probes") if c.name == "every_case_is_answered_once")


def judged(
    gate: str,
    name: str,
    faults: list[str],
    n: int,
    held: str,
    cure: str,
    *,
    kind: Kind = "preflight",
    evidence: str | None = None,
) -> Verdict:
    """Passed with `held` when there is no fault among `n` things looked at; else failed.

    Looking at nothing is broken, never passed. The measured value is the number of faults.
    """
    if n == 0:
        return broken(gate, name, "nothing was there to look at", kind=kind, n=0, evidence=evidence)
    figures = {"measured": float(len(faults)), "threshold": 0.0, "relation": "<=", "n": n}
    if not faults:
        return passed(gate, name, held, kind=kind, evidence=evidence, **figures)
    shown = "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    return failed(gate, name, shown, kind=kind, cure=cure, evidence=evidence, **figures)
