"""Whether a rung came out as its contract declares it: green, or red at one named gate."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.models import Contract
from probes.verdict import Verdict


def red_gates(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    """What each red gate's failed checks found, gates and checks in the order of the verdicts."""
    red: dict[str, dict[str, str]] = {}
    for verdict in verdicts:
        if verdict.status == "failed" and verdict.kind != "diagnostic":
            red.setdefault(verdict.gate, {})[verdict.name] = verdict.message
    return red


def surprises(contract: Contract, verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Every way in which the verdicts differ from what is declared; empty when all is as declared.

    Green means that every check was asked and held. Red at a gate means that this gate, and no
    other, says no, with the declared check among its failures; what it blocked may be skipped.
    """
    verdicts = tuple(verdicts)
    red = red_gates(verdicts)
    found = [
        f"{v.gate}/{v.name} could not be judged: {v.message}"
        for v in verdicts
        if v.status == "broken"
    ]
    expects = contract.rung.expects
    declared = expects.gate if expects else None
    for gate, checks in red.items():
        if gate != declared:
            found.append(f"{gate} says no ({', '.join(checks)})")
    if expects is None:
        if not red:
            found += [f"{v.gate}/{v.name} was not asked" for v in verdicts if v.status == "skipped"]
        return tuple(found)
    if expects.gate not in red:
        found.append(f"{expects.gate} was to say no, and does not")
    elif expects.check is not None and expects.check not in red[expects.gate]:
        failed = ", ".join(red[expects.gate])
        found.append(f"{expects.gate} was to say no by {expects.check}, and says it by {failed}")
    return tuple(found)
