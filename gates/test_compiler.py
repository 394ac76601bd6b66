"""Compiler gate: what is asked is drawn, cleanly, and drawn the same every time.

Needs no training. Proof: oracle (counts read off the SVG), identity, determinism.
Seeded defects: a dropped bracket, an ignored style field, a random colour (tests/gates).
"""

from __future__ import annotations

from collections.abc import Callable


def test_compiler(decide: Callable[[str], None], claim: str) -> None:
    """The compiler holds this claim over every picture of the run."""
    decide(claim)
