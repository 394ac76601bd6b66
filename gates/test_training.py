"""Training gate: the weights are the declared ones, and are asked exactly as they were taught.

Trains the run and its ancestors if the store lacks them. Proof: identity and behaviour.
Seeded defects: an edited checkpoint, a prompt without its first token, a deaf end token.
"""

from __future__ import annotations

from collections.abc import Callable


def test_training(decide: Callable[[str], None], claim: str) -> None:
    """The trained run holds this claim."""
    decide(claim)
