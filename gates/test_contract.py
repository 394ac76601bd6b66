"""Contract gate: the run is declared so that its result can mean something.

Needs nothing but the spec files. Proof: behaviour of the loader over the declared line.
Seeded defects: two changed axes, a split too small, an untaught competency (tests/gates).
"""

from __future__ import annotations

from collections.abc import Callable


def test_contract(decide: Callable[[str], None], claim: str) -> None:
    """The declared run keeps to one axis, asks enough, and teaches what it claims."""
    decide(claim)
