"""Promotions are earned, and what was promoted cannot be rewritten unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from reports.ledger import head, promote, verify
from reports.record import SessionRecord, read_record, write_record
from tests.reports.toy_suite import Session


@pytest.fixture
def earned(promotable: Session, tmp_path: Path) -> Callable[[str], Path]:
    """Writes the record of a clean green session for a run of other weights."""

    def write(weights: str) -> Path:
        assert promotable.record is not None
        run = promotable.record.runs["toy_r1"]
        run = replace(run, digests={"contract": "c" * 64, "weights": weights})
        path = tmp_path / f"{weights}.json"
        write_record(path, replace(promotable.record, dirty=False, runs={"toy_r1": run}))
        return path

    return write


def with_run(record: SessionRecord, **changes: Any) -> SessionRecord:
    return replace(record, runs={"toy_r1": replace(record.runs["toy_r1"], **changes)})


def three(tmp_path: Path, earned: Callable[[str], Path]) -> Path:
    ledger = tmp_path / "promoted" / "ledger.jsonl"
    for weights in ("w1", "w2", "w3"):
        promote(earned(weights), ledger)
    return ledger


def test_each_entry_seals_the_one_before(tmp_path: Path, earned: Callable[[str], Path]) -> None:
    entries = verify(three(tmp_path, earned))
    assert [entry.digests["weights"] for entry in entries] == ["w1", "w2", "w3"]
    assert [entry.previous for entry in entries[1:]] == [entry.seal for entry in entries[:-1]]
    assert entries[0].previous == "0" * 64
    assert head(tmp_path / "promoted" / "ledger.jsonl") == entries[-1].seal


@pytest.mark.parametrize(
    "harm",
    [
        lambda lines: [lines[0].replace("w1", "w9"), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: lines[1:],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], *lines[1:]],
        lambda lines: [*lines[:2], lines[2].replace('"index":2', '"index": 2')],
        lambda lines: [*lines, "{}"],
    ],
    ids=["edit", "removal", "head removed", "reorder", "repetition", "respelling", "stranger"],
)
def test_any_change_of_the_past_is_found(
    tmp_path: Path,
    earned: Callable[[str], Path],
    harm: Callable[[list[str]], list[str]],
) -> None:
    ledger = three(tmp_path, earned)
    lines = ledger.read_text(encoding="utf-8").splitlines()
    ledger.write_text("".join(line + "\n" for line in harm(lines)), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"ledger\.jsonl:\d"):
        verify(ledger)
    with pytest.raises(EvidenceError, match=r"ledger\.jsonl:\d"):
        promote(earned("w4"), ledger)


def test_an_edited_seal_is_found(tmp_path: Path, earned: Callable[[str], Path]) -> None:
    ledger = three(tmp_path, earned)
    rows = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    ledger.write_text(ledger.read_text().replace(rows[2]["seal"], "f" * 64), encoding="utf-8")
    with pytest.raises(EvidenceError, match="its seal does not fit"):
        verify(ledger)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda r: replace(r, standing="red", exit_status=1), "RED"),
        (lambda r: replace(r, standing="no_verdict", exit_status=10), "NO VERDICT"),
        (lambda r: with_run(r, promotes=False), "GREEN"),
        (lambda r: replace(r, dirty=True), "uncommitted changes"),
        (lambda r: replace(r, dirty=None), "no git checkout"),
        (
            lambda r: replace(r, runs={"toy_r1": replace(r.runs["toy_r1"], digests={})}),
            "no contract",
        ),
    ],
)
def test_what_was_not_earned_is_refused(
    tmp_path: Path,
    earned: Callable[[str], Path],
    change: Callable[[SessionRecord], SessionRecord],
    found: str,
) -> None:
    path = earned("w1")
    write_record(path, change(read_record(path)))
    with pytest.raises(EvidenceError, match=found):
        promote(path, tmp_path / "ledger.jsonl")
    assert not (tmp_path / "ledger.jsonl").exists()


def test_one_run_is_not_promoted_twice(tmp_path: Path, earned: Callable[[str], Path]) -> None:
    ledger = tmp_path / "ledger.jsonl"
    promote(earned("w1"), ledger)
    with pytest.raises(EvidenceError, match="these weights in the ledger"):
        promote(earned("w1"), ledger)
