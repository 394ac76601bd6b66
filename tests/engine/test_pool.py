"""Work in more processes gives what work at home gives, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import count, islice

import pytest

from contracts.loading import ContractBook
from engine import pool
from engine.curriculum.dataset import build_dataset
from engine.pool import CHUNK, MANY, mapped


def multiples(factor: int, items: Sequence[int]) -> list[int]:
    """Each item so many times."""
    return [factor * item for item in items]


@pytest.fixture(params=["1", "2"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many processes, whatever the machine."""
    monkeypatch.setenv("PROBEGATE_THREADS", request.param)
    return int(request.param)


def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    items = range(5 * CHUNK + 7)
    assert list(mapped(partial(multiples, 3), items, MANY)) == [3 * item for item in items]


def test_of_endless_items_no_more_is_taken_than_a_few_chunks(workers: int) -> None:
    taken = []
    items = (taken.append(n) or n for n in count())  # type: ignore[func-returns-value]
    found = mapped(partial(multiples, 2), items, MANY)
    assert list(islice(found, 10)) == list(range(0, 20, 2))
    found.close()
    assert len(taken) <= (2 * workers + 1) * CHUNK


def test_few_items_are_worked_on_at_home_one_by_one() -> None:
    taken: list[int] = []

    def at_home(items: Sequence[int]) -> list[int]:  # cannot be pickled, so no process could do it
        taken.extend(items)
        return list(items)

    assert next(mapped(at_home, count(), MANY - 1)) == 0
    assert taken == [0]


def test_rows_drawn_in_more_processes_are_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = ContractBook().contract("spec16_r12")
    at_home = build_dataset(contract)
    monkeypatch.setenv("PROBEGATE_THREADS", "2")
    monkeypatch.setattr(pool, "MANY", 1)
    assert build_dataset(contract).train == at_home.train
