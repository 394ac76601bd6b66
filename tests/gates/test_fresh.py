"""A trained run asked fresh cases: its own weights, cases of nobody, its own goals."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import EvidenceError
from contracts.loading import ContractBook
from engine.store import Store
from gates.fresh import FreshEvidence
from gates.rung import RungEvidence
from probes.verdict import rate_verdict
from reports.fresh import measure

from .conftest import CONTRACTS


def fresh(book: ContractBook, store: Path, run: str = "mini_r1", draw: int = 1) -> FreshEvidence:
    folders = (str(CONTRACTS),)
    return FreshEvidence(book, Store(store), run, draw=draw, contract_folders=folders)


def test_a_run_is_asked_what_nobody_has_seen(book: ContractBook, trained_store: Path) -> None:
    judged = RungEvidence(book, Store(trained_store), "mini_r1")
    rung = fresh(book, trained_store)
    known = {prompt for prompt, _ in judged.taught} | {case.prompt for case in judged.cases}
    assert not {case.prompt for case in rung.cases} & known
    record = measure(rung)
    assert record["weights"] == judged.stages.checkpoint_digest
    assert record["cases"] != judged.held_out_digest
    asked = {name: split["n"] for name, split in record["splits"].items()}
    assert asked == {
        name: split.cases
        for name, split in judged.contract.dataset.splits.items()
        if name != "seen"
    }
    assert record["red"] == []


def test_a_starved_run_is_red_on_fresh_cases_too(book: ContractBook, trained_store: Path) -> None:
    starved = RungEvidence(
        book, Store(trained_store), "mini_starved", contract_folders=(str(CONTRACTS),)
    )
    starved.trained()
    record = measure(fresh(book, trained_store, "mini_starved"))
    assert {"goal", "guardrail"} == {verdict["kind"] for verdict in record["red"]}


def test_a_goal_out_of_reach_of_so_few_cases_is_no_red(
    book: ContractBook, trained_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = fresh(book, trained_store)
    few = tuple(row for row in rung.probe_rows if row.split != "dev" or row.id.endswith("0000"))
    monkeypatch.setattr(rung, "probe_rows", few)
    record = measure(rung)
    assert record["splits"]["dev"]["n"] < 5
    assert (record["red"], record["too_few"]) == ([], ["exact_on_dev"])


def test_cases_without_an_outcome_are_red_and_never_too_few(
    book: ContractBook, trained_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = fresh(book, trained_store)
    unscored = rate_verdict("promotion", "exact_on_dev", 9, 9, 0.9, unscored=1)
    monkeypatch.setattr(rung, "goals", lambda: [unscored])
    record = measure(rung)
    assert [verdict["name"] for verdict in record["red"]] == ["exact_on_dev"]
    assert record["too_few"] == []


def test_nothing_is_trained(book: ContractBook, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no weights in the store"):
        measure(fresh(book, tmp_path))
