"""Probe gate: one decode of every case, complete and the run's own, shown case by case.

Needs the trained run (or --responses). Proof: identity of prompts, answers and digests.
A missed case inside its goal's tolerance is shown as MISSED and is not a red test: rates are the
promotion gate's to judge. Seeded defects: a cut or edited response file (tests/gates).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Blocked
from gates.artifacts import in_words
from gates.rung import RungEvidence


def test_probes(decide: Callable[[str], None], claim: str) -> None:
    """The evidence of the run holds this claim."""
    decide(claim)


def test_case(rung: RungEvidence, split: str, case_id: str, evidence: Any) -> None:
    """The case was answered and scored; whether it was missed is shown, not judged."""
    try:
        outcome = rung.outcome(case_id)
    except Blocked as blocked:
        pytest.skip(str(blocked))
    case, answer = outcome.case, outcome.response
    number = case_id.rpartition("/")[2]
    evidence.title = f"{split} {case.surface} {number}: {case.topic or case.form}"
    told = [
        ("prompt", case.prompt),
        ("expected", case.expected),
        ("raw", answer.text),
        ("tail", outcome.tail),
        ("parsed", outcome.document or "(no closed document)"),
        ("stop", answer.stop),
        ("claim", f"{case.claim}: {rung.contract.dataset.splits[case.split].says}"),  # type: ignore[index]
    ]
    evidence.exhibit("case", "text/plain", "".join(f"{name:<9} {text}\n" for name, text in told))
    if outcome.failure != "none":
        evidence.missed(in_words(outcome))
    if outcome.expected_svg is None:
        pass  # the language has no pictures
    elif outcome.failure == "none":
        evidence.exhibit("picture", "image/svg+xml", outcome.expected_svg)
    else:
        evidence.compare(outcome.expected_svg, outcome.svg)
    assert answer.prompt_sha256 == case.prompt_sha256
