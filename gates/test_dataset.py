"""Dataset gate: nothing leaks, repeats or contradicts, and the declared mix is the drawn mix.

Needs the dataset, built in milliseconds. Proof: oracle, every row and case is looked at.
Seeded defects: a leaked holdout row, a fragmented target, a doubled case (tests/gates).
"""

from __future__ import annotations

from collections.abc import Callable


def test_dataset(decide: Callable[[str], None], claim: str) -> None:
    """The rows and cases of the run hold this claim."""
    decide(claim)
