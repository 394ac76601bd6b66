"""What the decision tree advises after a run, from its answers and its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.models import HELD_OUT, STRETCH
from probes.autopsy import autopsy
from probes.decide import NextStep, TrainingFacts, decide, surfaces_of

if TYPE_CHECKING:
    from gates.rung import RungEvidence

# A curve that lost a tenth over its last quarter has not levelled off.
STILL_FALLING = 0.9


def advise(rung: RungEvidence) -> NextStep:
    """The next step after a run, by the splits that it is judged by.

    Stretch splits are there to be missed; what they miss is no reason to change a rung.
    """
    table = autopsy([o for o in rung.report.outcomes if o.case.split not in STRETCH])
    if rung.responses_file is not None:
        return decide(table)
    return decide(table, _facts(rung), surfaces_of(rung.contract))


def _facts(rung: RungEvidence) -> TrainingFacts:
    curve = rung.held_out_losses
    outcomes = rung.report.outcomes
    seen = [outcome.exact for outcome in outcomes if outcome.case.split == "seen"]
    held_out = [outcome.exact for outcome in outcomes if outcome.case.split in HELD_OUT]
    return TrainingFacts(
        loss_falling=curve[-1] < STILL_FALLING * curve[-1 - len(curve) // 4],
        passes=_passes(rung),
        train_exact=sum(seen) / len(seen) if seen else None,
        held_out_exact=sum(held_out) / len(held_out),
    )


def _passes(rung: RungEvidence) -> float:
    """How often training saw a row, on average over the rows of this run."""
    tokens = sum(stage.tokens for stage in rung.contract.training.stages.values())
    return tokens / sum(len(rung.stages.example(row).ids) for row in rung.rows)
