"""Records of ablations: what is refused, the table, and the sentence about seed noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.ablation import Ablation, Variant, cells, write_matrix
from contracts.errors import EvidenceError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT
from probes.score import METRICS
from reports import ablation, climb, ladder
from reports.command import Place

BOOK = ContractBook()
PLAN = Ablation(
    id="mine",
    question="Does it matter?",
    base="spec19_r2",
    axis="data",
    seeds=(42, 43),
    variant=(Variant(id="longer", says="The declared child.", rung="r3b"),),
)
ALONE = PLAN.model_copy(update={"axis": None, "variant": ()})
EXACT = {"base": (200, 210), "longer": (230, 236)}
Write = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Contract digest of every cell of PLAN."""
    folder = tmp_path_factory.mktemp("matrix")
    write_matrix(PLAN, BOOK, folder)
    book = ContractBook([folder])
    return {cell.run: contract_digest(book.contract(cell.run)) for cell in cells(PLAN)}


@pytest.fixture
def written(tmp_path: Path, digests: dict[str, str]) -> Write:
    """Writes the record of PLAN, every cell changed by `change(cell)`, and gives it."""

    def write(change: Callable[[dict[str, Any]], Any] = lambda cell: None) -> dict[str, Any]:
        made = []
        for at, cell in enumerate(cells(PLAN)):
            exact = EXACT[cell.variant][at % 2]
            split = {"n": 240, **dict.fromkeys(METRICS, exact)}
            made.append(
                {
                    "variant": cell.variant,
                    "seed": cell.seed,
                    "contract": digests[cell.run],
                    "weights": "ab",
                    "cases": "c" * 64,
                    "red": {"promotion": ["exact_on_dev"]} if cell.variant == "base" else {},
                    "training": {"tokens": 150_000, "minutes": 0.3, "starts_from": None},
                    "splits": {"seen": {"n": 120}, **dict.fromkeys(HELD_OUT, split)},
                }
            )
        for cell in made:
            change(cell)
        record = {"schema": 1, "ablation": "mine", "base": "b", "cells": made}
        ablation.write(record, tmp_path)
        return record

    return write


def test_a_record_comes_back_as_written(written: Write, tmp_path: Path) -> None:
    record = written()
    assert ablation.read(PLAN, tmp_path) == record
    text = (tmp_path / "mine.json").read_text()
    assert json.loads(text) == record
    assert text.count("\n") == 3 + 1 + 4


def set_key(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one cell, the variant's under seed 43."""

    def change(cell: dict[str, Any]) -> None:
        if (cell["variant"], cell["seed"]) == ("longer", 43):
            cell[key] = value

    return change


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("contract", "00", "other contracts than declared: longer seed 43"),
        ("seed", 44, "other contracts than declared: longer seed 43, longer seed 44"),
        ("variant", "other", "other contracts than declared: longer seed 43, other seed 43"),
        ("seed", 42, "other contracts than declared: longer seed 42, longer seed 43"),
        (
            "cases",
            "d" * 64,
            r"case sets cccccccccccc \(base seed 42, .*\) and dddddddddddd \(longer",
        ),
    ],
)
def test_other_contracts_and_other_cases_are_refused(
    key: str, value: Any, said: str, written: Write, tmp_path: Path
) -> None:
    written(set_key(key, value))
    with pytest.raises(EvidenceError, match=said):
        ablation.read(PLAN, tmp_path)


@pytest.mark.parametrize("damage", ['{"schema": 9}', "[]", "{"])
def test_a_damaged_record_is_refused(damage: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(damage)
    with pytest.raises(EvidenceError, match=r"mine\.json"):
        ablation.read(PLAN, tmp_path)


def test_cells_out_of_order_are_refused(written: Write, tmp_path: Path) -> None:
    """Seeds are paired by their place."""
    record = written()
    ablation.write({**record, "cells": record["cells"][::-1]}, tmp_path)
    with pytest.raises(EvidenceError, match="cells out of order"):
        ablation.read(PLAN, tmp_path)


def test_a_record_that_nothing_declares_is_refused(written: Write, tmp_path: Path) -> None:
    written()
    with pytest.raises(EvidenceError, match="mine"):
        ablation.recorded({}, tmp_path)
    assert set(ablation.recorded({"mine": PLAN}, tmp_path)) == {"mine"}


def test_the_table_has_a_line_a_variant_with_its_spread_over_the_seeds(written: Write) -> None:
    lines = ablation.table(written(), PLAN).splitlines()
    assert len(lines) == 4
    assert "dev (n=240)" in lines[0]
    assert "held out (n=960), seeds 42, 43" in lines[0]
    base, longer = ([part.strip() for part in line.split("|")[1:-1]] for line in lines[2:])
    assert base[:6] == ["base (spec19_r2)", *["200, 210"] * 4, "800, 840"]
    assert base[6:8] == ["85.42%", "2.95 points"]
    # 12.706 deviations over the root of two each way, and no rate is above one.
    assert base[8] == "58.95 to 100.00 %"
    assert base[9:] == ["", "0 of 2"]
    assert longer[0] == "longer"
    assert longer[5:8] == ["920, 944", "97.08%", "1.77 points"]
    assert longer[9].startswith("+11.67 points (")
    assert longer[10] == "2 of 2"


def test_one_plain_sentence_says_how_much_is_seed_noise(written: Write) -> None:
    assert ablation.verdict(written(), PLAN) == (
        "The means of the variants differ by a standard deviation of 8.25 points, the seeds of one "
        "variant by 2.43 points: over 2 seeds, 4% of the variance between the variants is what "
        "seeds alone would make."
    )
    alone = ablation.verdict(written(), ALONE)
    assert alone.endswith("to the held-out cases by a standard deviation of 2.95 points.")

    def level(cell: dict[str, Any]) -> None:
        cell["splits"] = {name: {"n": 240, "exact": 240} for name in HELD_OUT}

    assert "no difference between the variants" in ablation.verdict(written(level), PLAN)


def test_the_page_shows_records_and_what_waits(written: Write) -> None:
    plans = {"mine": PLAN, "alone": ALONE}
    text = ablation.page({"mine": written()}, plans)
    section = text.split("## mine: axis data, base spec19_r2")[1]
    assert "- longer: The declared child." in section
    assert f"**{ablation.verdict(written(), PLAN)}**" in section
    assert "## alone: seeds alone, base spec19_r2" in text
    assert "Declared, without a record yet." in text


def test_a_matrix_over_different_cases_is_refused_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(*_: Any, **__: Any) -> None:
        raise AssertionError("a cell was judged")

    monkeypatch.setattr(climb, "judge_all", judged)
    monkeypatch.setattr(
        ablation.RungEvidence, "held_out_digest", property(lambda rung: rung.run[-3:] * 20)
    )
    place = Place((), str(tmp_path / "store"), str(tmp_path))
    with pytest.raises(EvidenceError, match="the same held-out cases for every cell"):
        ablation.run(PLAN, place)


def test_only_cells_without_a_record_of_today_are_judged_and_a_lost_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digests: dict[str, str]
) -> None:
    place = Place((), str(tmp_path / "store"), str(tmp_path))
    asked: list[str] = []

    def judge_all(order: Any, runs: Any, own: Place, *, jobs: int) -> Any:
        for run in runs:
            asked.append(run)
            if run.endswith("s43") and len(asked) < 4:
                continue
            split = {"n": 240, "metrics": {m: {"k": 240} for m in METRICS}}
            ladder.write(
                {
                    "schema": ladder.SCHEMA, "run": run, "contract": digests[run], "weights": "ab",
                    "red": {}, "surprises": [], "training": None,
                    "splits": dict.fromkeys(("seen", *HELD_OUT), split),
                },
                Path(own.records),
            )  # fmt: skip
        lost = {run: "status 1: no memory" for run in runs if run == "mine_base_s43"}
        return (lost if len(asked) <= 4 else {}), {}

    monkeypatch.setattr(climb, "judge_all", judge_all)
    monkeypatch.setattr(ablation.RungEvidence, "held_out_digest", "c" * 64)
    with pytest.raises(EvidenceError, match="mine_base_s43: status 1: no memory"):
        ablation.run(PLAN, place)
    assert len(asked) == 4
    record = ablation.run(PLAN, place)
    assert asked[4:] == ["mine_base_s43"]
    assert [(c["variant"], c["seed"]) for c in record["cells"]] == [
        ("base", 42), ("base", 43), ("longer", 42), ("longer", 43),
    ]  # fmt: skip
    assert record["cells"][0]["splits"]["dev"] == {"n": 240, **dict.fromkeys(METRICS, 240)}
