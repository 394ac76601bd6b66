"""Kernel gate: the C kernels compute what the float64 reference computes, at real shapes.

Needs no run. Proof: oracle (float64 reference), determinism (threads), canaries, sanitizer.
Seeded defects: a bent gradient, a smashed canary (tests/gates, tests/engine).
"""

from __future__ import annotations

from collections.abc import Callable


def test_kernels(decide: Callable[[str], None], claim: str) -> None:
    """The kernels in use hold this claim."""
    decide(claim)
