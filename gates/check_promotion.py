"""What the promotion gate measures: the contract's guardrails and goals, and the parent's cases."""

from __future__ import annotations

from dataclasses import replace

from contracts.models import STRETCH, Contract, Goal, Guardrail, SplitName
from gates.registry import Check
from gates.rung import RungEvidence
from probes.cases import Case
from probes.statistics import rate
from probes.verdict import Verdict, failed, passed, rate_verdict

_EVIDENCE = "autopsy.md"
_SLICES_SHOWN = 6


def promotion_checks(contract: Contract, *, against_parent: bool) -> tuple[Check, ...]:
    """One check a guardrail, one a goal and split, one against a comparable parent."""
    checks = [_guardrail(guardrail, contract) for guardrail in contract.promotion.guardrails]
    checks += [
        _goal(goal, split, contract) if goal.by is None else _slices(goal, split, contract)
        for goal in contract.promotion.goals
        for split in goal.splits
    ]
    if against_parent:
        checks.append(_no_worse_than_parent(contract))
    return tuple(checks)


def _guardrail(guardrail: Guardrail, contract: Contract) -> Check:
    name = f"{guardrail.metric}_of_every_case"

    def measure(rung: RungEvidence) -> Verdict:
        judged = [name for name in contract.dataset.splits if name not in STRETCH]
        rates = [rung.judged_report.rates(split)[guardrail.metric] for split in judged]
        scored = sum(rate.n for rate in rates)
        return rate_verdict(
            "promotion",
            name,
            sum(rate.k for rate in rates),
            scored,
            guardrail.threshold,
            kind="guardrail",
            relation=guardrail.relation,
            unscored=sum(case.split in judged for case in rung.cases) - scored,
            confidence=contract.promotion.confidence,
            cure=_advice(rung),
            evidence=_EVIDENCE,
        )

    return Check("promotion", name, "guardrail", measure)


def _goal(goal: Goal, split: SplitName, contract: Contract) -> Check:
    name = f"{goal.metric}_on_{split}"

    def measure(rung: RungEvidence) -> Verdict:
        rate = rung.judged_report.rates(split)[goal.metric]
        asked = contract.dataset.splits[split].cases
        return rate_verdict(
            "promotion",
            name,
            rate.k,
            rate.n,
            goal.lower_bound,
            kind="goal",
            unscored=asked - rate.n,
            confidence=contract.promotion.confidence,
            cure=_advice(rung),
            evidence=_EVIDENCE,
        )

    return Check("promotion", name, "goal", measure)


def _slices(goal: Goal, split: SplitName, contract: Contract) -> Check:
    """Every slice of a split by itself; the verdict's figures are the worst one's."""
    name = f"{goal.metric}_on_{split}_by_{goal.by}"

    def measure(rung: RungEvidence) -> Verdict:
        confidence = contract.promotion.confidence
        counted: dict[str, list[bool]] = {}
        for outcome in rung.judged_report.outcomes:
            if outcome.case.split == split:
                key = slice_of(outcome.case, str(goal.by), rung)
                counted.setdefault(key, []).append(bool(getattr(outcome, goal.metric)))
        rates = {key: rate(sum(hits), len(hits), confidence) for key, hits in counted.items()}
        order = sorted(rates, key=lambda key: (rates[key].interval.low, key))
        red = [key for key in order if rates[key].interval.low < goal.lower_bound]
        told = [f"{key} {rates[key].k} of {rates[key].n}" for key in red or order[:1]]
        shown = ", ".join(told[:_SLICES_SHOWN]) + (" ..." if len(told) > _SLICES_SHOWN else "")
        worst = rates[order[0]] if order else None
        verdict = rate_verdict(
            "promotion",
            name,
            worst.k if worst else 0,
            worst.n if worst else 0,
            goal.lower_bound,
            kind="goal",
            confidence=confidence,
            cure=_advice(rung),
            evidence=_EVIDENCE,
        )
        held = f"{len(order) - len(red)} of {len(order)} values of {goal.by} hold"
        return replace(verdict, message=f"{held}; {'red' if red else 'least'}: {shown}")

    return Check("promotion", name, "goal", measure)


def slice_of(case: Case, by: str, rung: RungEvidence) -> str:
    """What a case is of: a field of the case itself, or of the document that it expects."""
    if by in ("family", "form", "topic"):
        return str(getattr(case, by))
    fields = rung.language.fields(rung.language.parse(case.expected))
    return fields.get(by, "none")


def _no_worse_than_parent(contract: Contract) -> Check:
    name = "no_worse_than_its_parent"

    def measure(rung: RungEvidence) -> Verdict:
        found = rung.against_parent
        assert found is not None  # the check exists only beside a comparable parent
        told = (
            f"{len(found.lost)} cases lost and {len(found.won)} won against {contract.parent}, "
            f"one-sided exact McNemar p = {found.p_worse:.3g}"
        )
        figures = {
            "measured": found.p_worse,
            "threshold": contract.promotion.regression_p,
            "relation": ">=",
            "n": found.n,
            "evidence": _EVIDENCE,
        }
        if found.p_worse >= contract.promotion.regression_p:
            return passed("promotion", name, told, kind="goal", **figures)
        return failed("promotion", name, told, kind="goal", cure=_advice(rung), **figures)

    return Check("promotion", name, "goal", measure)


def _advice(rung: RungEvidence) -> str:
    step = rung.next_step
    touch = f"; touch {', '.join(step.touch)}" if step.touch else ""
    return f"Step {step.step}: {step.title}. {step.why}{touch}"
