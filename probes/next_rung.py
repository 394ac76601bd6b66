"""Drafts the next rung from the decision tree's advice: one axis, as TOML that its spec accepts.

    defect declared   the same without it
    budget            twice the tokens of every stage, or as many as show each row twice
    data              twice the rows of the touched surfaces, as far as they have prompts, and twice
                      their weight
    decode            twice the tokens of an answer, as far as the context has room
    context           twice the context
    capacity          one layer more

A draft is a proposal: nothing trains it until somebody appends it to the spec. It starts where its
parent started, so that the two differ in nothing but the axis.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.loading import axis_of
from contracts.models import Contract
from contracts.writing import toml_value
from engine.curriculum.dataset import room
from engine.curriculum.rows import Row
from probes.decide import MORE, NextStep

NEXT_RUNG = "next_rung.toml"
"""Name of the file that a draft is written to, after the run's own."""
_HYPOTHESIS_MOST = 600
# A start in another shape, or over other tokens, is no start.
_FROM_SCRATCH = ("capacity", "tokenizer")


@dataclass(frozen=True)
class NextRung:
    """A drafted rung: its run name, its axis, and the TOML text to append to the spec file."""

    run: str
    axis: str
    text: str


def next_rung(
    contract: Contract,
    step: NextStep | None,
    rows: Sequence[Row],
    taken: Collection[str],
    *,
    answer_room: int,
) -> NextRung | None:
    """The draft after a red run; None where no key of a contract does what the step says.

    `step` is None while nothing was answered, `rows` are training and probe rows of the run,
    `taken` the names of all declared runs, `answer_room` the tokens that the context leaves an
    answer after the longest prompt.
    """
    if contract.faults:
        overrides = _without_fault(contract)
        axis = axis_of(next(iter(contract.faults)))
        why = "The published defect is the only change: without it the gate that said no holds."
    elif step is not None and step.axis is not None:
        overrides, axis = _changed(contract, step, rows, answer_room), step.axis
        why = f"Step {step.step} of the decision tree, {step.title.lower()}: {step.why}."
    else:
        return None
    if not overrides:
        return None
    rung = _free_id(contract, taken)
    lines = [
        f"# Draft of the rung after {contract.run}. To accept it, append it to {contract.source},",
        f"# reword the hypothesis, and climb it: python -m reports.climb {contract.spec.id}_{rung}",
        *(f"# missed: {case}" for case in (step.evidence if step else ())),
        "[[rung]]",
        f"id = {toml_value(rung)}",
        f"parent = {toml_value(contract.rung.id)}",
        f"axis = {toml_value(axis)}",
        f"hypothesis = {toml_value(why[:_HYPOTHESIS_MOST])}",
        f"init = {toml_value('scratch' if axis in _FROM_SCRATCH else 'sibling')}",
        *(f"overrides.{key} = {toml_value(value)}" for key, value in overrides.items()),
    ]
    return NextRung(f"{contract.spec.id}_{rung}", axis, "\n".join(lines) + "\n")


def _free_id(contract: Contract, taken: Collection[str]) -> str:
    rung = f"{contract.rung.id}_next"
    while f"{contract.spec.id}_{rung}" in taken:
        rung += "_next"
    return rung


def _without_fault(contract: Contract) -> dict[str, Any]:
    key = next(iter(contract.faults))
    return {key: True if key == "eval.prompt_bos" else "none"}


def _changed(
    contract: Contract, step: NextStep, rows: Sequence[Row], answer_room: int
) -> dict[str, Any]:
    """Dotted keys with their new values; empty where the axis has no key that would do it."""
    stages, model = contract.training.stages, contract.model
    if step.axis == "budget":
        return {f"training.stages.{n}.tokens": s.tokens * step.times for n, s in stages.items()}
    if step.axis == "data":
        return _more_rows(contract, step.surfaces, rows)
    if step.axis == "context":
        return {"model.context_len": model.context_len * MORE}
    if step.axis == "capacity":
        return {"model.layers": model.layers + 1}
    budget = min(contract.eval.max_new_tokens * MORE, answer_room)
    if step.axis == "decode" and step.step == 5 and budget > contract.eval.max_new_tokens:
        return {"eval.max_new_tokens": budget}
    return {}


def _more_rows(contract: Contract, surfaces: Sequence[str], rows: Sequence[Row]) -> dict[str, Any]:
    plan, stages = contract.dataset, contract.training.stages
    more = {}
    for name in surfaces:
        used = (row.prompt for row in rows if row.surface != name)
        count = room(contract, name, plan.rows[name] * MORE, used)
        if count > plan.rows[name]:
            more[name] = count
    overrides: dict[str, Any] = {"dataset.rows": more} if more else {}
    for name, stage in stages.items():
        mixture = _heavier(stage.mixture, surfaces)
        if mixture != stage.mixture:
            overrides[f"training.stages.{name}.mixture"] = mixture
    return overrides


def _heavier(mixture: Mapping[str, float], surfaces: Collection[str]) -> dict[str, int]:
    """The mixture with MORE times the weight on these surfaces, in whole hundredths of it all."""
    raised = {name: w * (MORE if name in surfaces else 1) for name, w in mixture.items()}
    total = sum(raised.values())
    exact = {name: 100 * weight / total for name, weight in raised.items()}
    whole = {name: max(1, int(share)) for name, share in exact.items()}
    # What rounding took goes to those it took most from, what it gave is taken from the largest.
    while (rest := 100 - sum(whole.values())) != 0:
        by_loss = max(exact, key=lambda name: (exact[name] - whole[name], name))
        by_size = max(whole, key=lambda name: (whole[name], name))
        whole[by_loss if rest > 0 else by_size] += 1 if rest > 0 else -1
    return whole
