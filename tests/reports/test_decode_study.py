"""Decode studies: records, table and sentence; no gate asks for any of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from contracts.loading import ContractBook, contract_digest
from engine.store import ROOT
from probes.score import METRICS
from reports import decode_study
from reports.files import write_record

BOOK = ContractBook()
RUN = "spec19_canary"


def record(**more: Any) -> dict[str, Any]:
    counts = {"greedy": 600, "grammar": 640, "filtered": 612}
    return {
        "schema": decode_study.SCHEMA,
        "run": RUN,
        "contract": contract_digest(BOOK.contract(RUN)),
        "weights": "ab",
        "cases": "cd",
        "n": 960,
        "samples": 8,
        "ways": {way: dict.fromkeys(METRICS, exact) for way, exact in counts.items()},
        **more,
    }


def test_a_record_comes_back_as_written(tmp_path: Path) -> None:
    write_record(record(), tmp_path)
    assert json.loads((tmp_path / f"{RUN}.json").read_text()) == record()
    assert decode_study.read(tmp_path) == {RUN: record()}


@pytest.mark.parametrize(
    "change", [{"contract": "00"}, {"run": "spec19_r2"}, {"schema": 9}, {"run": "gone"}]
)
def test_a_record_of_another_contract_or_shape_is_refused(
    change: dict[str, Any], tmp_path: Path
) -> None:
    write_record(record(), tmp_path)
    (tmp_path / f"{RUN}.json").write_text(json.dumps(record(**change)))
    with pytest.raises(EvidenceError, match=RUN):
        decode_study.read(tmp_path)


def test_the_table_names_the_diagnostics_as_such() -> None:
    lines = decode_study.table(record()).splitlines()
    assert "exact (n=960)" in lines[0]
    assert lines[2].startswith(
        "| greedy | raw greedy, what the gates judge | 62.5% (59.4% to 65.5%)"
    )
    assert [line.split("|")[2].strip().split(":")[0] for line in lines[3:]] == ["diagnostic"] * 2
    assert "first of 8 answers" in lines[4]


def test_the_sentence_tells_what_each_way_mends() -> None:
    assert decode_study.sentence(record()) == (
        "Greedy decoding misses 360 of 960 cases. Exact answers more or less than greedy: "
        "grammar +40, filtered +12."
    )
    perfect = {"greedy": dict.fromkeys(METRICS, 960)}
    assert "nothing to mend" in decode_study.sentence(record(ways=perfect))
    assert f"## {RUN}" in decode_study.page({RUN: record()})


def test_no_gate_knows_of_another_way_to_decode() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "gates").glob("*.py")}
    assert len(files) > 10
    assert [name for name, text in files.items() if "engine.sampling" in text] == []
