"""What the docs say is true: paths, dependencies, exit statuses, quoted results."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bench.page import MEASURED, last_lines, load, page, quoted
from contracts.loading import ContractBook
from reports import ablation, article, curves, decode_study, fresh, ladder, ladder_page
from reports.ladder_page import LEDGER
from reports.ledger import verify
from reports.record import EXIT_STATUS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
BOOK = ContractBook()


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


def test_every_record_of_the_ladder_belongs_to_today_s_contract_and_is_as_declared() -> None:
    records = ladder.read()
    assert records
    assert ladder.stale(records, BOOK) == (), "climb them again: make ladder RUNS=..."
    assert {run: r["surprises"] for run, r in records.items() if r["surprises"]} == {}


def test_every_run_declared_red_is_recorded_red_at_its_gate() -> None:
    """In every spec that has been climbed; the others await their first record."""
    records = ladder.read()
    climbed = {BOOK.contract(run).spec.id for run in records}
    for run in BOOK.names:
        contract = BOOK.contract(run)
        if contract.spec.id in climbed and contract.rung.expects is not None:
            assert list(records[run]["red"]) == [contract.rung.expects.gate], run


def test_the_quoted_table_is_made_from_the_records() -> None:
    promoted = {entry.run for entry in verify(LEDGER)}
    made = ladder_page.quoted(text("README.md"), ladder.read(), BOOK, promoted)
    assert made == text("README.md"), "run python -m reports.ladder_page"


def test_the_page_of_the_ladder_is_made_from_the_records() -> None:
    records, said = ladder.read(), ladder_page.findings()
    text = ladder_page.PAGE.read_text(encoding="utf-8")
    made = ladder_page.page(records, BOOK, said, fresh.read())
    assert made == text, "run python -m reports.ladder_page"
    assert set(said) == {BOOK.contract(run).spec.id for run in records}, "a finding a climbed spec"


def test_the_table_of_the_article_is_made_from_contracts_and_records() -> None:
    text = article.PAGE.read_text(encoding="utf-8")
    assert article.page(ladder.read(), BOOK) == text, "run python -m reports.ladder_page"


def test_the_page_of_the_ablations_is_made_from_records_of_today_s_contracts() -> None:
    plans = ablation.declared()
    records = ablation.recorded(plans)
    assert records
    text = ablation.PAGE.read_text(encoding="utf-8")
    assert ablation.page(records, plans) == text, "run python -m reports.ablation"


def test_the_page_of_the_learning_curves_is_made_from_records_of_today_s_contracts() -> None:
    records = curves.read()
    assert records
    text = curves.PAGE.read_text(encoding="utf-8")
    assert curves.page(records) == text, "run python -m reports.curves"


def test_the_page_of_the_decode_studies_is_made_from_records_of_today_s_contracts() -> None:
    records = decode_study.read()
    assert records
    text = decode_study.PAGE.read_text(encoding="utf-8")
    assert decode_study.page(records) == text, "run python -m reports.decode_study RUN"


def test_the_page_of_fresh_cases_is_made_from_records_of_today_s_contracts_and_weights() -> None:
    records, judged = fresh.read(), ladder.read()
    assert records
    written = fresh.PAGE.read_text(encoding="utf-8")
    assert fresh.page(records, judged) == written, "run python -m reports.fresh"
    assert fresh.quoted(text("README.md"), records, judged) == text("README.md")


def test_quoted_stretch_rates_are_those_of_the_record() -> None:
    shown = ("triples", "longer", "templates", "conflicts", "typos", "counts")
    for run in ("spec21_r1", "spec21_wide"):
        splits = ladder.read()[run]["splits"]
        rates = [f"{splits[s]['metrics']['exact']['k']}/{splits[s]['n']}" for s in shown]
        assert f"| {run} | {' | '.join(rates)} |" in text("README.md")


def test_quoted_speed_is_the_measured_one() -> None:
    """The page and README's block are what `python -m bench.page` would write now."""
    records = load(MEASURED)
    assert records
    assert text("bench/README.md") == page(records, "bench/measured")
    assert text("README.md") == quoted(text("README.md"), last_lines(records))
    assert all(record["pairs"] >= 7 for record in records.values())


def test_the_promotion_ledger_verifies_and_is_about_declared_runs() -> None:
    entries = verify(LEDGER)
    assert entries
    records = ladder.read()
    for run, entry in {entry.run: entry for entry in entries}.items():
        assert run in BOOK.names
        assert entry.digests["contract"] == records[run]["contract"], f"{run}: promote it again"
        assert records[run]["red"] == {}
