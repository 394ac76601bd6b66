"""Tokenizer gate: text survives byte for byte, tags are atoms, payloads never are.

Needs the trained tokenizer. Proof: identity over every text of the run, determinism by retraining.
Seeded defects: a payload atom, a split tag, a context too short (tests/gates).
"""

from __future__ import annotations

from collections.abc import Callable


def test_tokenizer(decide: Callable[[str], None], claim: str) -> None:
    """The tokenizer of the run holds this claim."""
    decide(claim)
