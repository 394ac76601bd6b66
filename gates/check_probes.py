"""What the probes gate measures: complete evidence, and splits that a rule cannot answer."""

from __future__ import annotations

from contracts.errors import Blocked, EvidenceError, StoreError
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.audits import UNSEEN_CLAIMS
from probes.verdict import Verdict

# A split that claims more than wording is void where a look-up answers more of it than this.
LOOK_UP_SHARE_MAX = 0.10


@check("probes", "guardrail")
def every_case_is_answered_once(rung: RungEvidence) -> Verdict:
    """One answer a case, to the very prompt, from these weights; the file is whole."""
    faults = []
    where = "responses.jsonl"
    try:
        if rung.responses_file is None and (damage := rung.responses_artifact.damage()):
            faults += damage
        where = str(len(rung.answers.responses))
    except EvidenceError as error:
        faults.append(str(error))
    except StoreError as error:
        raise Blocked(rung.run, error.found, "weights as sealed", error.cure) from error
    return judged(
        "probes",
        "every_case_is_answered_once",
        faults,
        len(rung.cases),
        f"{where} answers",
        "Delete the stored responses and decode again",
        kind="guardrail",
        evidence="responses.jsonl",
    )


@check("probes", "guardrail")
def look_ups_cannot_answer_what_is_claimed(rung: RungEvidence) -> Verdict:
    """Where a split claims recombination or composition, no baseline answers a tenth of it."""
    splits = rung.contract.dataset.splits
    faults = []
    best: dict[str, float] = {}
    for row in rung.report.baselines:
        best[row.split] = max(best.get(row.split, 0.0), row.exact.value)
        claim = splits[row.split].claim  # type: ignore[index]
        if claim in UNSEEN_CLAIMS and row.exact.value > LOOK_UP_SHARE_MAX:
            faults.append(f"{row.baseline} answers {row.exact.value:.1%} of {row.split} ({claim})")
    return judged(
        "probes",
        "look_ups_cannot_answer_what_is_claimed",
        faults,
        len(rung.report.baselines),
        "best rule without a model: " + ", ".join(f"{s} {v:.0%}" for s, v in best.items()),
        "Lower the claim, or vary what the rule reads off",
        kind="guardrail",
        evidence="baselines.md",
    )
