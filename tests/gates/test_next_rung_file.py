"""The draft of the next rung beside a red run's evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.loading import ContractBook
from engine.store import Store
from gates.artifacts import write_next_rung
from gates.rung import RungEvidence

from .conftest import CONTRACTS


@pytest.mark.parametrize(
    ("run", "override"),
    [
        ("mini_leaky", 'overrides.dataset.fault = "none"'),
        ("mini_ordinary", 'overrides.tokenizer.fault = "none"'),
        ("mini_beheaded", "overrides.eval.prompt_bos = true"),
        ("mini_tangled", None),
    ],
)
def test_a_declared_defect_is_mended_by_the_draft_and_nothing_else_is_guessed(
    run: str, override: str | None, book: ContractBook, trained_store: Path, tmp_path: Path
) -> None:
    """Of a run that a preflight gate stopped, nothing is known but the defect that it declares."""
    rung = RungEvidence(book, Store(trained_store), run, contract_folders=(str(CONTRACTS),))
    write_next_rung(rung, tmp_path)
    path = tmp_path / f"{run}.next_rung.toml"
    assert path.is_file() == (override is not None)
    if override is None:
        return
    draft = path.read_text()
    assert override in draft.splitlines()
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "mini.toml").write_text((CONTRACTS / "mini.toml").read_text() + draft)
    appended = ContractBook([folder])
    appended.hold_to_axis(f"{run}_next")
    assert appended.contract(f"{run}_next").faults == {}


def test_what_only_stretch_splits_miss_is_no_reason_to_change_a_rung(
    book: ContractBook, trained_store: Path
) -> None:
    """The same misses are advised on where they are judged, and not where they are measured."""
    steps = {}
    for split in ("dev", "typos"):
        rung = RungEvidence(
            book, Store(trained_store), "mini_r1", contract_folders=(str(CONTRACTS),)
        )
        report = rung.report
        *right, last = [outcome for outcome in report.outcomes if outcome.failure == "none"]
        missed = replace(last, case=replace(last.case, split=split), failure="form")
        rung.__dict__["report"] = replace(report, outcomes=(*right, missed))
        steps[split] = rung.next_step.step
    assert steps == {"dev": 3, "typos": 0}
