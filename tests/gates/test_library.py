"""A spec that trains nothing: its library is judged, by these checks and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import ContractError
from contracts.loading import ContractBook
from contracts.models import SpecFile
from contracts.reading import read_toml, validated
from engine.curriculum.rows import Row
from engine.stages import Stages
from engine.store import Store
from gates.artifacts import write
from gates.check_library import LIBRARY, report
from gates.rung import RungEvidence
from gates.suite import all_checks, checks_of
from probes.verdict import Verdict
from reports.files import read_json

BOOK = ContractBook()
MAPPED, SHOWN = LIBRARY


def rung(run: str, folder: Path) -> RungEvidence:
    """Evidence of a run of spec09."""
    return RungEvidence(BOOK, Store(folder), run)


def without(monkeypatch: pytest.MonkeyPatch, folder: Path, topic: str) -> Verdict:
    """The verdict on what is shown, of the library without the assets of a topic."""
    stored = Stages.stored_rows

    def poorer(stages: Stages) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        rows, probes = stored(stages)
        return tuple(row for row in rows if row.topic != topic), probes

    monkeypatch.setattr(Stages, "stored_rows", poorer)
    return rung("spec09_r2", folder).verdict(SHOWN)


def test_nothing_is_asked_that_needs_training(tmp_path: Path) -> None:
    assert {check.gate for check in all_checks(BOOK, "spec09_r2")} == {
        "contract", "dataset", "compiler",
    }  # fmt: skip
    assert checks_of(BOOK, "spec09_r2", "dataset") == LIBRARY
    assert rung("spec09_r2", tmp_path).stages.find_weights() is None


def test_an_asset_without_a_scene_is_named(tmp_path: Path) -> None:
    verdict = rung("spec09_r1", tmp_path).verdict(MAPPED)
    first = rung("spec09_r2", tmp_path).rows[0]
    assert (verdict.status, verdict.measured) == ("failed", 1)
    assert first.prompt in verdict.message
    assert rung("spec09_r2", tmp_path).verdict(MAPPED).status == "passed"


def test_a_scene_in_another_spelling_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = Stages.stored_rows

    def spaced(stages: Stages) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        (first, *rows), probes = stored(stages)
        return (replace(first, target=first.target.replace("] [", "]  [")), *rows), probes

    monkeypatch.setattr(Stages, "stored_rows", spaced)
    verdict = rung("spec09_r2", tmp_path).verdict(MAPPED)
    assert verdict.status == "failed"


def test_all_is_shown_and_a_gap_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rung("spec09_r2", tmp_path)
    assert whole.verdict(SHOWN).status == "passed"
    found = report(whole)
    assert not found["missing"]
    assert len(found["assets"]) == len(whole.rows)
    assert set(found["coverage"]["layout"]) == {f["id"] for f in whole.contract.families["family"]}
    topic = whole.rows[0].topic
    verdict = without(monkeypatch, tmp_path, topic)
    assert verdict.status == "failed"
    assert f"topic {topic} in no asset" in verdict.message


def test_the_coverage_report_is_kept_as_evidence(tmp_path: Path) -> None:
    whole = rung("spec09_r2", tmp_path)
    write("dataset", whole, tmp_path)
    kept = read_json(tmp_path / "spec09_r2.library_coverage.json")
    assert kept["missing"] == []  # type: ignore[index,call-overload]


def test_a_spec_learns_wholly_or_not_at_all() -> None:
    path = Path(__file__).parent / "contracts" / "mini.toml"
    data = read_toml(path)
    for table in ("tokenizer", "model", "training", "eval", "promotion"):
        rest = {key: value for key, value in data.items() if key != table}
        with pytest.raises(ContractError, match="a spec that trains has the other tables too"):
            validated(SpecFile, rest, path)
    rest = {**data, "dataset": {k: v for k, v in data["dataset"].items() if k != "splits"}}
    with pytest.raises(ContractError, match="a spec that trains has the other tables too"):
        validated(SpecFile, rest, path)
