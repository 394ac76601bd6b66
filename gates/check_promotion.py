"""What the promotion gate measures: the contract's guardrails and goals, and the parent's cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from contracts.models import HELD_OUT, STRETCH, Contract, Goal, Guardrail, SplitName
from gates.registry import Check
from gates.rung import RungEvidence
from probes.cases import Case
from probes.pairs import pairs_of
from probes.statistics import Paired
from probes.verdict import Verdict, failed, passed, rate_verdict

_EVIDENCE = "autopsy.md"
_SLICES_SHOWN = 6


def promotion_checks(contract: Contract, *, against_parent: bool) -> tuple[Check, ...]:
    """One check a guardrail, one a goal and split, one against a comparable parent."""
    checks = [_guardrail(guardrail, contract) for guardrail in contract.promotion.guardrails]
    checks += [
        _judges(goal)(goal, split, contract)
        for goal in contract.promotion.goals
        for split in goal.splits
    ]
    if against_parent:
        checks += [_no_worse_than_parent(contract), *_pilot_checks(contract)]
    return tuple(checks)


def _judges(goal: Goal) -> Callable[[Goal, SplitName, Contract], Check]:
    if goal.of == "pair":
        return _pairs
    return _goal if goal.by is None else _slices


def _guardrail(guardrail: Guardrail, contract: Contract) -> Check:
    name = f"{guardrail.metric}_of_every_case"

    def measure(rung: RungEvidence) -> Verdict:
        judged = [name for name in contract.dataset.splits if name not in STRETCH]
        runs = rung.under_every_seed
        rates = [
            run.judged_report.rates(split)[guardrail.metric] for run in runs for split in judged
        ]
        scored = sum(rate.n for rate in rates)
        return rate_verdict(
            "promotion",
            name,
            sum(rate.k for rate in rates),
            scored,
            guardrail.threshold,
            kind="guardrail",
            relation=guardrail.relation,
            unscored=sum(case.split in judged for case in rung.cases) * len(runs) - scored,
            confidence=contract.promotion.confidence,
            cure=_advice(rung),
            evidence=_EVIDENCE,
        )

    return Check("promotion", name, "guardrail", measure)


Held = dict[str, bool]
"""Units that are counted, by name, and whether each of them holds."""


def _over_seeds(contract: Contract, found: Sequence[Held]) -> tuple[int, int, str]:
    """How many units hold of how many, by the rule of the rung's seeds; and what to tell of it."""
    counts = [sum(held.values()) for held in found]
    seeds, first = contract.rung.seeds, found[0]
    if seeds is None or len(found) == 1:
        return counts[0], len(first), ""
    told = f"; {seeds.rule} of {len(found)} seeds: {', '.join(map(str, counts))}"
    if seeds.rule == "all":
        return sum(all(held[name] for held in found) for name in first), len(first), told
    judged = min(counts) if seeds.rule == "worst" else sum(counts) // len(counts)
    return judged, len(first), told


def _goal_verdict(
    name: str, goal: Goal, contract: Contract, rung: RungEvidence, found: Sequence[Held], asked: int
) -> Verdict:
    k, n, told = _over_seeds(contract, found)
    verdict = rate_verdict(
        "promotion",
        name,
        k,
        n,
        goal.lower_bound,
        kind="goal",
        unscored=asked - n,
        confidence=contract.promotion.confidence,
        cure=_advice(rung),
        evidence=_EVIDENCE,
    )
    return replace(verdict, message=verdict.message + told)


def _goal(goal: Goal, split: SplitName, contract: Contract) -> Check:
    name = f"{goal.metric}_on_{split}"

    def measure(rung: RungEvidence) -> Verdict:
        found = [_held(goal, split, run) for run in rung.under_every_seed]
        asked = contract.dataset.splits[split].cases
        return _goal_verdict(name, goal, contract, rung, found, asked)

    return Check("promotion", name, "goal", measure)


def _held(goal: Goal, split: SplitName, run: RungEvidence) -> Held:
    """Every scored case of a split, by id."""
    outcomes = run.judged_report.outcomes
    return {o.case.id: bool(getattr(o, goal.metric)) for o in outcomes if o.case.split == split}


def _slices(goal: Goal, split: SplitName, contract: Contract) -> Check:
    """Every slice of a split by itself; the verdict's figures are the worst one's."""
    name = f"{goal.metric}_on_{split}_by_{goal.by}"

    def measure(rung: RungEvidence) -> Verdict:
        found = [_held(goal, split, run) for run in rung.under_every_seed]
        counted: dict[str, list[str]] = {}
        for case in rung.cases:
            if case.split == split and case.id in found[0]:
                counted.setdefault(slice_of(case, str(goal.by), rung), []).append(case.id)
        verdicts = {
            key: _goal_verdict(name, goal, contract, rung, [_only(h, ids) for h in found], len(ids))
            for key, ids in counted.items()
        }
        if not verdicts:
            return _goal_verdict(name, goal, contract, rung, [{}], 0)
        order = sorted(verdicts, key=lambda key: (_low(verdicts[key]), key))
        red = [key for key in order if verdicts[key].status == "failed"]
        told = [f"{key} {_share(verdicts[key])}" for key in red or order[:1]]
        shown = ", ".join(told[:_SLICES_SHOWN]) + (" ..." if len(told) > _SLICES_SHOWN else "")
        held = f"{len(order) - len(red)} of {len(order)} values of {goal.by} hold"
        worst = verdicts[order[0]]
        return replace(worst, message=f"{held}; {'red' if red else 'least'}: {shown}")

    return Check("promotion", name, "goal", measure)


def _only(held: Held, ids: Sequence[str]) -> Held:
    return {name: held[name] for name in ids}


def _low(verdict: Verdict) -> float:
    return verdict.interval[0] if verdict.interval else 0.0


def _share(verdict: Verdict) -> str:
    n = verdict.n or 0
    return f"{round((verdict.measured or 0) * n)} of {n}"


def _pairs(goal: Goal, split: SplitName, contract: Contract) -> Check:
    """The minimal pairs of a split, each of which holds when both its cases do."""
    name = f"{goal.metric}_on_{split}_in_pairs"

    def measure(rung: RungEvidence) -> Verdict:
        pairs = pairs_of(rung.cases, split)
        found = []
        for run in rung.under_every_seed:
            held = _held(goal, split, run)
            found.append({one.id: held[one.id] and held[other.id] for one, other in pairs})
        return _goal_verdict(name, goal, contract, rung, found, len(pairs))

    return Check("promotion", name, "goal", measure)


def slice_of(case: Case, by: str, rung: RungEvidence) -> str:
    """What a case is of: a field of the case itself, or of the document that it expects."""
    if by in ("family", "form", "topic"):
        return str(getattr(case, by))
    fields = rung.language.fields(rung.language.parse(case.expected))
    return fields.get(by, "none")


def _no_worse_than_parent(contract: Contract) -> Check:
    def measure(rung: RungEvidence) -> Verdict:
        found = rung.against_parent
        assert found is not None  # the check exists only beside a comparable parent
        return _compared("no_worse_than_its_parent", found, found.p_worse, contract, rung)

    return Check("promotion", "no_worse_than_its_parent", "goal", measure)


def _pilot_checks(contract: Contract) -> list[Check]:
    """One check a split that must hold or gain, a family that must gain, and one for all slices."""
    pilot = contract.promotion.pilot
    if pilot is None:
        return []
    checks = [_pilot("no_worse_on", "split", split, contract) for split in pilot.hold]
    if pilot.hold_by is not None:
        checks.append(_no_slice_worse(pilot.hold_by, contract))
    checks += [_pilot("better_on", "split", split, contract) for split in pilot.gain]
    checks += [_pilot("better_on", "family", family, contract) for family in pilot.gain_family]
    return checks


def _pilot(claim: str, field: str, value: str, contract: Contract) -> Check:
    """`claim` of the held-out cases whose `field` has that value."""
    name, gain = f"{claim}_{value}", claim == "better_on"

    def measure(rung: RungEvidence) -> Verdict:
        found = _among(rung, {c.id for c in rung.cases if getattr(c, field) == value})
        p = found.p_better if gain else found.p_worse
        return _compared(name, found, p, contract, rung, gain=gain)

    return Check("promotion", name, "goal", measure)


def _no_slice_worse(by: str, contract: Contract) -> Check:
    """Every slice of the held-out cases by itself; the verdict's figures are the worst one's."""
    name = f"no_worse_by_{by}"

    def measure(rung: RungEvidence) -> Verdict:
        of: dict[str, set[str]] = {}
        for case in rung.cases:
            of.setdefault(slice_of(case, by, rung), set()).add(case.id)
        found = {value: _among(rung, ids) for value, ids in of.items()}
        worst = min(found, key=lambda value: (found[value].p_worse, value))
        verdict = _compared(name, found[worst], found[worst].p_worse, contract, rung)
        return replace(verdict, message=f"least of {len(found)}: {worst}, {verdict.message}")

    return Check("promotion", name, "goal", measure)


def _among(rung: RungEvidence, ids: Collection[str]) -> Paired:
    """The comparison with the parent over those of the cases that are held out."""
    found = rung.against_parent
    assert found is not None  # the check exists only beside a comparable parent
    return found.among({c.id for c in rung.cases if c.split in HELD_OUT and c.id in ids})


def _compared(
    name: str,
    found: Paired,
    p: float,
    contract: Contract,
    rung: RungEvidence,
    *,
    gain: bool = False,
) -> Verdict:
    """What a comparison with the parent comes to; a gain needs the small p that else is a loss."""
    told = (
        f"{len(found.lost)} cases lost and {len(found.won)} won against {contract.parent}, "
        f"one-sided exact McNemar p = {p:.3g}"
    )
    limit = contract.promotion.regression_p
    figures = {
        "measured": p,
        "threshold": limit,
        "relation": "<=" if gain else ">=",
        "n": found.n,
        "evidence": _EVIDENCE,
    }
    if (p <= limit) if gain else (p >= limit):
        return passed("promotion", name, told, kind="goal", **figures)
    return failed("promotion", name, told, kind="goal", cure=_advice(rung), **figures)


def _advice(rung: RungEvidence) -> str:
    step = rung.next_step
    touch = f"; touch {', '.join(step.touch)}" if step.touch else ""
    return f"Step {step.step}: {step.title}. {step.why}{touch}"
