"""Records of the ladder, their table, and the order and verdict of a climb."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ContractError, EvidenceError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT, STRETCH
from probes.score import METRICS
from reports import climb, ladder, ladder_page

BOOK = ContractBook()
RUN = "spec19_r3d"


def record(run: str = RUN, exact: int = 240, **more: Any) -> dict[str, Any]:
    """A record as a climb writes it."""
    split = {
        "n": 240,
        "claim": "wording",
        "metrics": {metric: {"k": exact, "interval": [0.9, 1.0]} for metric in METRICS},
        "rules": {"empty": 0, "topic_table": 120},
    }
    return {
        "schema": ladder.SCHEMA,
        "run": run,
        "contract": contract_digest(BOOK.contract(run)),
        "weights": "ab",
        "red": {},
        "surprises": [],
        "checks": 100,
        "training": {"tokens": 240_008, "minutes": 0.52, "starts_from": "spec19_r3c"},
        "splits": dict.fromkeys(("seen", *HELD_OUT), split),
        **more,
    }


def test_a_record_comes_back_as_written(tmp_path: Path) -> None:
    ladder.write(record(), tmp_path)
    text = (tmp_path / f"{RUN}.json").read_text()
    assert json.loads(text) == record() == ladder.read(tmp_path)[RUN]
    assert text.count("\n") == 14


@pytest.mark.parametrize("damage", ['{"schema": 9}', "[]", '{"schema": 1, "run": "other"}', "{"])
def test_a_damaged_record_is_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / f"{RUN}.json").write_text(damage)
    with pytest.raises(EvidenceError, match=RUN):
        ladder.read(tmp_path)


def test_a_record_of_another_contract_is_stale() -> None:
    records = {RUN: record(), "spec19_r2": record("spec19_r2", contract="00"), "gone": record()}
    assert ladder.stale(records, BOOK) == ("spec19_r2", "gone")


def test_the_table_stands_beside_the_published_figures() -> None:
    red = {"dataset": {"no_probe_prompt_stands_in_training": "12 leak"}}
    records = {
        "spec19_canary": record(
            "spec19_canary", red=red, surprises=["s"], splits={}, training=None
        ),
        RUN: record(),
    }
    lines = ladder.table(records, BOOK).splitlines()
    assert lines[2] == (
        f"| {RUN} | green | 240,008 | 0.5 | 240/240 | 240/240 | 240/240 | 240/240 | "
        "topic_table 50.0% | 86.4% (44) |"
    )
    assert lines[3] == (
        "| spec19_canary | red at dataset (declared red at promotion) |" + " none |" * 8
    )
    assert ladder.table(records, BOOK, ["spec16*"]).count("\n") == 2


def test_what_lies_beyond_training_has_a_table_of_its_own() -> None:
    made = record("spec21_r1")
    split = made["splits"]["dev"]
    hit = {**split, "n": 400, "metrics": {"exact": {"k": 99, "interval": [0.2, 0.3]}}}
    made["splits"] |= dict.fromkeys(STRETCH, split) | {"counts": hit}
    records = {RUN: record(), "spec21_r1": made, "spec21_starved": record("spec21_starved")}
    records["spec21_starved"]["splits"] = {}
    lines = ladder.stretch_table(records, BOOK, ["spec21_*"]).splitlines()
    assert lines[0].split(" | ") == ["| beyond training", *STRETCH[:-1], f"{STRETCH[-1]} |"]
    assert lines[2:] == ["| spec21_r1 | 240/240 | 99/400 |" + " 240/240 |" * 4]
    assert ladder.stretch_table(records, BOOK, ["spec19_*"]) == ""


def test_a_promoted_green_is_chosen_before_the_first_one() -> None:
    red = {"promotion": {"exact_on_dev": "few"}}
    records = {run: record(run) for run in ("spec19_r3b", "spec19_r3c", RUN, "spec16_r9")}
    records["spec19_canary"] = record("spec19_canary", red=red)
    assert ladder.chosen_greens(records, BOOK, {"spec19_r3c"}) == ("spec16_r9", "spec19_r3c")
    assert ladder.chosen_greens(records, BOOK, ()) == ("spec16_r9", "spec19_r3b")
    table = ladder.table(records, BOOK, ("spec16_r9", "spec19_r3b"))
    old = ladder.table(records, BOOK, ("spec19_*",))
    assert ladder_page.quoted(f"a\n\n{old}\nb\n", records, BOOK, ()) == f"a\n\n{table}\nb\n"
    with pytest.raises(ValueError, match="found 0 tables"):
        ladder_page.quoted("a\n", records, BOOK, ())


def test_the_page_tells_of_each_spec_what_was_found_and_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "findings.toml"
    path.write_text('[spec19]\nstands = "no"\nwhy = "It was a look-up."\n')
    text = ladder_page.page({RUN: record()}, BOOK, ladder_page.findings(path), {})
    assert "1 have a record: 1 green, 0 red as declared" in text
    section = text.split("## spec19: ")[1].split("\n## ")[0]
    assert "*Does the published lesson stand? no.* It was a look-up." in section
    assert ladder.table({RUN: record()}, BOOK) in section
    assert "Declared, without a record yet: spec19_r2" in section
    path.write_text('[spec19]\nstands = "perhaps"\nwhy = "?"\n')
    with pytest.raises(ContractError, match=r"findings\.toml, key spec19\.stands"):
        ladder_page.findings(path)


def test_runs_come_after_what_they_rest_on() -> None:
    chosen = ("spec19_canary", "spec19_r3d", "spec19_r2", "spec16_r9")
    order = climb.ordered(BOOK, chosen)
    assert list(order) == ["spec16_r9", "spec19_r2", "spec19_canary", "spec19_r3d"]
    assert order["spec19_canary"] == ("spec16_r9", "spec19_r2")
    assert climb.ordered(BOOK, ["spec19_r3d"]) == {"spec19_r3d": ()}


def test_only_what_came_out_as_declared_by_today_s_contract_is_finished() -> None:
    assert climb.finished(BOOK, RUN, {RUN: record()})
    assert not climb.finished(BOOK, RUN, {})
    assert not climb.finished(BOOK, RUN, {RUN: record(contract="00")})
    assert not climb.finished(BOOK, RUN, {RUN: record(surprises=["promotion says no"])})


def test_the_summary_counts_what_is_not_as_declared(capsys: pytest.CaptureFixture[str]) -> None:
    canary = record("spec19_canary", red={"promotion": {"exact_on_dev": "few"}})
    records = {RUN: record(), "spec19_canary": canary}
    assert climb.summarise(BOOK, [RUN, "spec19_canary"], records, {}, {RUN: 1.0}) == 0
    told = capsys.readouterr().out
    assert "as declared  spec19_canary        declared red at promotion; found promotion" in told
    assert told.endswith("LADDER       2 of 2 runs as declared\n")
    lost = {RUN: "status 1: no compiler"}
    assert climb.summarise(BOOK, [RUN, "spec16_r9"], records, lost, {}) == 1
    told = capsys.readouterr().out
    assert "no record: status 1: no compiler" in told
    assert "no record: it was not judged" in told
    assert "0 of 2 runs" in told
