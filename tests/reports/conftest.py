"""Fixtures over the toy gate suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.toy_suite import Session, Toy


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """A suite whose session is green."""
    return Toy(tmp_path)


@pytest.fixture(scope="session")
def promotable(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A finished green session, to be read only."""
    return Toy(tmp_path_factory.mktemp("promotable")).run()
