"""Promotion gate: the contract's guardrails and goals, over complete evidence.

Needs the probe report. Proof: rates over every case, with Wilson intervals; exact McNemar
against the parent. Seeded defects: a dirty tail, a starved budget (tests/gates, spec19_canary).
"""

from __future__ import annotations

from collections.abc import Callable


def test_promotion(decide: Callable[[str], None], claim: str) -> None:
    """The answers of the run meet this requirement of its contract."""
    decide(claim)
