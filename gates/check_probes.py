"""What the probes gate measures: complete evidence, one answer a case."""

from __future__ import annotations

from contracts.errors import Blocked, EvidenceError, StoreError
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict


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
