"""Canonical JSON refuses what no reader can judge; files are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import EvidenceError
from reports.files import json_bytes, read_json, write_atomic


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [1.0, float("-inf")]}, {1j}])
def test_numbers_that_compare_with_nothing_are_refused(value: object) -> None:
    with pytest.raises(EvidenceError, match="Record a missing value as null"):
        json_bytes("record", value)


def test_keys_are_sorted_and_zero_is_kept() -> None:
    assert json_bytes("record", {"b": 0, "a": None}) == b'{"a":null,"b":0}'


def test_a_lone_surrogate_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    write_atomic(tmp_path / "x.json", json_bytes("record", "raw \ud800 answer"))
    assert read_json(tmp_path / "x.json") == "raw \ud800 answer"


def test_a_file_is_replaced_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_atomic(tmp_path / "x.json", b"old")
    write_atomic(tmp_path / "x.json", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.json", b"new")]


@pytest.mark.parametrize(("data", "found"), [(None, "no such file"), (b'{"a":', "no JSON")])
def test_absent_and_torn_records_are_told_apart(
    tmp_path: Path, data: bytes | None, found: str
) -> None:
    if data is not None:
        (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(EvidenceError, match=found):
        read_json(tmp_path / "x.json")
