"""A rung is green, or red at the one gate that its contract names; anything else is a surprise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.loading import ContractBook
from contracts.models import Contract, Expectation
from engine.store import ROOT
from gates.expectation import surprises
from gates.suite import all_checks
from probes.verdict import Verdict, broken, failed, passed, skipped
from reports import ladder

from .conftest import CONTRACTS

HELD = passed("contract", "it_changes_one_axis", "one axis")
LEAK = failed("dataset", "no_probe_prompt_stands_in_training", "12 leak")
TWICE = failed("dataset", "no_case_is_asked_twice", "2 repeat")
LOW = failed("promotion", "exact_on_dev", "few")
LEFT = skipped("promotion", "exact_on_dev", "blocked")
LOST = broken("probes", "every_case_is_answered_once", "no file")


def declaring(book: ContractBook, gate: str | None, check: str | None = None) -> Contract:
    """mini_r1 with another expectation."""
    contract = book.contract("mini_r1")
    expects = None
    if gate:
        expects = Expectation.model_validate({"gate": gate, "check": check, "status": "failed"})
    rung = contract.rung.model_copy(update={"expects": expects})
    return contract.model_copy(update={"rung": rung})


@pytest.mark.parametrize(
    ("gate", "check", "verdicts", "told"),
    [
        (None, None, [HELD], ""),
        (None, None, [HELD, LEAK, LEFT], "dataset says no (no_probe_prompt_stands_in_training)"),
        (None, None, [HELD, LEFT], "promotion/exact_on_dev was not asked"),
        ("dataset", None, [HELD, LEAK, LEFT], ""),
        ("dataset", "no_probe_prompt_stands_in_training", [LEAK, TWICE, LEFT], ""),
        ("dataset", "no_probe_prompt_stands_in_training", [TWICE], "says it by no_case_is_asked"),
        ("dataset", None, [HELD], "dataset was to say no, and does not"),
        ("dataset", None, [LEAK, LOW], "promotion says no (exact_on_dev)"),
        ("promotion", None, [LEAK, LEFT], "dataset says no"),
        ("promotion", None, [LOST, LOW], "probes/every_case_is_answered_once could not be judged"),
    ],
)
def test_what_differs_from_the_declaration_is_told(
    book: ContractBook, gate: str | None, check: str | None, verdicts: list[Verdict], told: str
) -> None:
    found = surprises(declaring(book, gate, check), verdicts)
    assert told in "; ".join(found)
    assert bool(found) == bool(told)


@pytest.mark.parametrize("run", ContractBook().names)
def test_an_expected_check_is_one_that_the_run_is_asked(run: str) -> None:
    book = ContractBook()
    expects = book.contract(run).rung.expects
    if expects is None or expects.check is None:
        pytest.skip("no check is named")
    assert f"{expects.gate}/{expects.check}" in {check.id for check in all_checks(book, run)}


def test_a_climb_judges_reds_and_greens_and_keeps_what_is_finished(
    trained_store: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable, "-m", "reports.climb", "mini_r1,mini_leaky,mini_beheaded,mini_starved",
        "--jobs", "2", "--contracts", str(CONTRACTS), "--store", str(trained_store),
        "--records", str(tmp_path),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LADDER       4 of 4 runs as declared" in done.stdout
    records = ladder.read(tmp_path)
    assert list(records["mini_leaky"]["red"]) == ["dataset"]
    assert records["mini_leaky"]["training"] is None
    assert records["mini_beheaded"]["splits"]["dev"]["n"] == 200, "shown, though not judged"
    assert records["mini_r1"]["training"]["tokens"] >= 240_000
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 0
    assert again.stdout.count("(kept)") == 4
    assert before == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
