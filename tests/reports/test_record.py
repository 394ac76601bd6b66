"""A record is read as it was written, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from reports.record import read_record, write_record
from tests.reports.toy_suite import Session


def test_a_record_comes_back_equal(promotable: Session, tmp_path: Path) -> None:
    assert promotable.record is not None
    write_record(tmp_path / "verdict.json", promotable.record)
    assert read_record(tmp_path / "verdict.json") == promotable.record


def test_nan_is_refused_and_the_old_record_stays(promotable: Session, tmp_path: Path) -> None:
    assert promotable.record is not None
    path = tmp_path / "verdict.json"
    write_record(path, promotable.record)
    spoilt = {**promotable.record.verdicts[0], "measured": float("nan")}
    with pytest.raises(EvidenceError, match="finite numbers"):
        write_record(path, replace(promotable.record, verdicts=(spoilt,)))
    assert read_record(path) == promotable.record


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda value: value.update(exit_status=0, standing="red"), "standing 'red'"),
        (lambda value: value.update(exit_status=3), "exit status 3"),
        (lambda value: value.update(standing="fine"), "standing 'fine'"),
        (lambda value: value.update(schema_version=99), "schema version 99"),
        (lambda value: value.pop("faults"), "faults"),
        (lambda value: value.update(more=1), "more"),
    ],
)
def test_an_edited_record_is_refused(
    promotable: Session,
    tmp_path: Path,
    harm: Callable[[dict[str, Any]], None],
    found: str,
) -> None:
    assert promotable.record is not None
    path = tmp_path / "verdict.json"
    write_record(path, promotable.record)
    value = json.loads(path.read_text(encoding="utf-8"))
    harm(value)
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(EvidenceError, match=found):
        read_record(path)
