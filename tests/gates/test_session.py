"""Whole sessions over the trained mini run: exit status, record, and what no session survives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.loading import ContractBook
from engine.store import ROOT
from gates.registry import GATES
from reports.record import read_record

from .conftest import CONTRACTS

_KILLER = """
import os, signal
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if "PYTEST_XDIST_WORKER" in os.environ and "splits_are_disjoint" in item.name:
        os.kill(os.getpid(), signal.SIGKILL)
"""


class Sessions:
    """Runs `pytest gates/` as a user would."""

    def __init__(self, store: Path, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.out = folder / "out"

    def __call__(
        self, *arguments: str, run: str = "mini_r1", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable, "-m", "pytest", str(ROOT / "gates"), "-q", "-p", "no:cacheprovider",
            "--run", run, "--contracts", str(CONTRACTS), "--store", str(self.store),
            "--out", str(self.out), *arguments,
        ]  # fmt: skip
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        return subprocess.run(
            command, cwd=self.folder, env=clean | environment, capture_output=True, text=True
        )

    def record(self) -> Any:
        return read_record(self.out / "verdict.json")


@pytest.fixture
def sessions(trained_store: Path, tmp_path: Path) -> Sessions:
    return Sessions(trained_store, tmp_path)


def test_green_run_is_promotable_and_trains_nothing_twice(
    sessions: Sessions, trained_store: Path
) -> None:
    before = sorted(p.name for p in (trained_store / "weights").iterdir())
    done = sessions()
    assert done.returncode == 0, done.stdout[-3000:]
    assert "mini_r1: PROMOTABLE (exit status 0)" in done.stdout
    told = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("gate  ")]
    assert told == [f"{gate}:" for gate in GATES]
    record = sessions.record()
    assert record.standing == "green"
    assert record.counts["collected"] == record.counts["reported"] == record.counts["written"]
    assert {v["gate"] for v in record.verdicts} == {
        "contract", "dataset", "tokenizer", "compiler", "kernels", "training", "probes", "promotion"
    }  # fmt: skip
    assert sorted(p.name for p in (trained_store / "weights").iterdir()) == before
    evidence = {path.name for path in (sessions.out / "evidence").glob("mini_r1.*")}
    assert {"mini_r1.contract.json", "mini_r1.ledger.jsonl", "mini_r1.autopsy.md"} <= evidence


def test_starved_run_is_red_and_says_what_to_do_next(sessions: Sessions, tmp_path: Path) -> None:
    done = sessions(run="mini_starved")
    assert done.returncode == 1, done.stdout[-3000:]
    assert "mini_starved: RED (exit status 1)" in done.stdout
    assert "Step 0: Train to the end before reading the misses" in done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith(("next ", "draft "))]
    assert [line.split()[0] for line in said] == ["next", "draft"]
    draft = (sessions.out / "evidence" / "mini_starved.next_rung.toml").read_text()
    (tmp_path / "mini.toml").write_text((CONTRACTS / "mini.toml").read_text() + draft)
    book = ContractBook([tmp_path])
    book.hold_to_axis("mini_starved_next")
    stages = book.contract("mini_starved_next").training.stages
    assert stages["pretrain"].tokens == 29 * 6_000
    missed = [
        json.loads(path.read_text())
        for path in (sessions.out / "allure-results").glob("*-result.json")
        if "MISSED" in path.read_text()
    ]
    assert missed
    assert all(result["status"] == "passed" for result in missed)
    names = {entry["name"] for result in missed for entry in result["attachments"]}
    assert {"case", "expected picture", "generated picture"} <= names


def test_killed_worker_is_no_verdict(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "killer.py").write_text(_KILLER)
    done = sessions("-n", "2", "-p", "killer", PYTHONPATH=str(tmp_path))
    assert done.returncode == 11, done.stdout[-3000:]
    record = sessions.record()
    assert record.standing == "broken"
    assert any("splits_are_disjoint" in fault.where for fault in record.faults)


@pytest.mark.parametrize(
    "selection", [("-k", "not kernels"), ("--deselect", "gates/test_dataset.py")]
)
def test_deselected_gate_is_no_verdict(sessions: Sessions, selection: tuple[str, ...]) -> None:
    done = sessions(*selection)
    assert done.returncode == 10, done.stdout[-3000:]
    assert sessions.record().standing == "no_verdict"


def test_unknown_run_names_the_nearest(sessions: Sessions) -> None:
    done = sessions(run="mini_r2")
    assert done.returncode == 4
    assert "found 'mini_r2'; expected a declared run. Nearest: mini_r1" in done.stderr


def test_other_models_answers_are_judged_by_the_same_gates(
    sessions: Sessions, tmp_path: Path
) -> None:
    """Perfect answers of nobody's weights hold every gate that needs none, and promote nothing."""
    assert sessions().returncode == 0
    report = (sessions.out / "evidence" / "mini_r1.probe_report.jsonl").read_text().splitlines()
    cases = [line["case"] for line in map(json.loads, report) if line["kind"] == "outcome"]
    answers = tmp_path / "answers.jsonl"
    rows = [json.dumps({"id": case["id"], "text": case["expected"]}) for case in cases]
    answers.write_text("\n".join(rows) + "\n")
    done = sessions("--responses", str(answers))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "mini_r1: GREEN" in done.stdout
    answers.write_text("\n".join(rows[:-1]) + "\n")
    cut = sessions("--responses", str(answers))
    assert cut.returncode == 1, cut.stdout[-3000:]
    assert "no answer to 1 of" in cut.stdout
