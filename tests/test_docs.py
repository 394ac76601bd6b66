"""What the docs say is true: paths, dependencies, exit statuses, quoted results."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from bench.page import MEASURED, last_lines, load, page, quoted
from contracts.loading import ContractBook, contract_digest
from reports.ledger import verify
from reports.record import EXIT_STATUS
from reports.results import RESULTS, table

ROOT = Path(__file__).resolve().parents[1]
DOCS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("doc", DOCS)
def test_named_files_exist(doc: str) -> None:
    named = re.findall(r"`((?:[a-z_.]+/)+[a-z_]+\.(?:py|toml|md|json|html))`", text(doc))
    generated = ("out/", "reports/promoted/ledger")
    missing = [name for name in named if not name.startswith(generated)]
    missing = [name for name in missing if not (ROOT / name).exists()]
    assert not missing


def test_every_invariant_names_a_test_that_exists() -> None:
    section = text("ARCHITECTURE.md").split("## Invariants")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    for row in rows:
        tests = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert tests, row
        assert all((ROOT / test).is_file() for test in tests), row


def test_every_dependency_earns_its_place() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    declared = {re.split(r"[<>=\[]", name)[0] for name in project["dependencies"]}
    section = text("ARCHITECTURE.md").split("## Dependencies")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| ([a-z-]+) \|", section, re.MULTILINE)) - {"package"} == declared


def test_exit_statuses_of_the_readme_are_those_of_the_reports() -> None:
    told = {int(n) for n in re.findall(r"^\| (\d+) \|", text("README.md"), re.MULTILINE)}
    assert told == set(EXIT_STATUS.values())


def test_quoted_results_belong_to_today_s_contracts() -> None:
    book = ContractBook()
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert results
    for run, row in results.items():
        assert row["contract"] == contract_digest(book.contract(run)), f"{run} is stale"
    assert table(results, book) in text("README.md")


def test_runs_declared_red_are_recorded_red() -> None:
    book = ContractBook()
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for run in book.names:
        if book.contract(run).rung.expects is not None:
            assert results[run]["standing"] == "red"


def test_quoted_speed_is_the_measured_one() -> None:
    """The page and README's block are what `python -m bench.page` would write now."""
    records = load(MEASURED)
    assert records
    assert text("bench/README.md") == page(records, "bench/measured")
    assert text("README.md") == quoted(text("README.md"), last_lines(records))
    assert all(record["pairs"] >= 7 for record in records.values())


def test_the_promotion_ledger_verifies_and_is_about_declared_runs() -> None:
    entries = verify(ROOT / "reports" / "promoted" / "ledger.jsonl")
    assert entries
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for entry in entries:
        assert entry.run in ContractBook().names
    newest = {entry.run: entry for entry in entries}
    for run, entry in newest.items():
        assert entry.digests["contract"] == results[run]["contract"], f"{run}: promote it again"
        assert results[run]["standing"] == "green"
