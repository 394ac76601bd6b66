"""One trained mini run for all tests of the gates, and copies of its store to damage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.loading import ContractBook
from engine.store import Store
from gates.rung import RungEvidence
from gates.suite import all_checks

CONTRACTS = Path(__file__).resolve().parent / "contracts"


@pytest.fixture(scope="session")
def book() -> ContractBook:
    return ContractBook([CONTRACTS])


@pytest.fixture(scope="session")
def trained_store(book: ContractBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which mini_r1 has everything; workers of one session share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    root = shared / "trained-store"
    rung = RungEvidence(book, Store(root), "mini_r1", contract_folders=(str(CONTRACTS),))
    assert red_gates(rung) == {}, "the undamaged run must be green, or no defect proves anything"
    return root


@pytest.fixture
def rung_without(
    trained_store: Path, book: ContractBook, tmp_path: Path
) -> Callable[..., RungEvidence]:
    """mini_r1 over a copy of the store that lacks the named stages."""

    def make(*kinds: str) -> RungEvidence:
        root = tmp_path / "store"
        shutil.copytree(trained_store, root, ignore=shutil.ignore_patterns("locks", "jobs", *kinds))
        return RungEvidence(book, Store(root), "mini_r1", contract_folders=(str(CONTRACTS),))

    return make


def red_gates(rung: RungEvidence) -> dict[str, list[str]]:
    """Failed checks by gate; a broken check is a fault of the harness and fails the test."""
    red: dict[str, list[str]] = {}
    for check in all_checks(rung.book, rung.run):
        verdict = rung.verdict(check)
        assert verdict.status != "broken", verdict.line()
        if verdict.status == "failed":
            red.setdefault(verdict.gate, []).append(f"{verdict.name}: {verdict.message}")
    return red
