"""Learning curves: what a point is, what the fewest are, and what the page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ContractError, EvidenceError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT
from reports import curves
from reports.files import write_record

BOOK = ContractBook()


def points(run: str, folder: Path) -> ContractBook:
    curves.write_points(BOOK.contract(run), folder)
    return ContractBook([folder])


@pytest.mark.parametrize("run", ["spec16_r9", "spec19_r4", "spec21_r1"])
def test_a_point_is_the_run_with_one_change(run: str, tmp_path: Path) -> None:
    base, book = BOOK.contract(run), points(run, tmp_path)
    whole = book.contract(f"curve_{run}_whole")
    assert whole.init_from == base.init_from
    assert (whole.training, whole.model, whole.tokenizer) == (
        base.training, base.model, base.tokenizer,
    )  # fmt: skip
    assert whole.dataset.rows == base.dataset.rows
    for number in (1, 3):
        fewer = book.contract(f"curve_{run}_rows_{number}")
        assert fewer.training == base.training
        assert fewer.dataset.rows == {
            name: max(1, n >> number) for name, n in base.dataset.rows.items()
        }
        shorter = book.contract(f"curve_{run}_tokens_{number}")
        assert shorter.dataset.rows == base.dataset.rows
        for name, stage in base.training.stages.items():
            halved = {"tokens": stage.tokens >> number}
            assert shorter.training.stages[name] == stage.model_copy(update=halved)
        for point in (fewer, shorter):
            book.hold_to_axis(point.run)
            assert point.init_from == base.init_from


def test_points_are_asked_the_held_out_cases_of_the_run(tmp_path: Path) -> None:
    book = points("spec19_r4", tmp_path)
    ours, theirs = (b.contract(r).dataset for b, r in (
        (book, "curve_spec19_r4_rows_4"), (BOOK, "spec19_r4")
    ))  # fmt: skip
    assert ours.stream == theirs.stream
    assert {n: ours.splits[n] for n in HELD_OUT} == {n: theirs.splits[n] for n in HELD_OUT}
    assert "seen" not in ours.splits


def test_a_run_with_a_defect_has_no_curve(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="trained whole"):
        curves.write_points(BOOK.contract("spec19_r3a"), tmp_path)


def record(rows: list[int], tokens: list[int]) -> dict[str, Any]:
    """Curves whose points have so many exact answers to the dev cases."""

    def curve(axis: str, exact: list[int]) -> list[dict[str, Any]]:
        full = {"rows": 800, "tokens": 4000}
        return [
            {**full, axis: full[axis] >> at, "exact": dict.fromkeys(HELD_OUT, k)}
            for at, k in enumerate(exact)
        ]

    return {
        "schema": curves.SCHEMA,
        "run": "spec16_r9",
        "contract": contract_digest(BOOK.contract("spec16_r9")),
        "starts_from": None,
        "n": dict.fromkeys(HELD_OUT, 200),
        "rows": curve("rows", rows),
        "tokens": curve("tokens", tokens),
    }


def test_the_fewest_are_the_last_point_that_reaches() -> None:
    found = record([200, 199, 198, 197], [200, 10])
    assert curves.fewest(found, "rows")["rows"] == 200  # type: ignore[index]
    assert curves.fewest(found, "tokens")["tokens"] == 4000  # type: ignore[index]
    assert curves.fewest(record([3], [3]), "rows") is None


def test_the_page_has_a_line_a_point_and_the_fewest() -> None:
    text = curves.page({"spec16_r9": record([200, 199, 198, 197], [200, 10])})
    assert "| spec16_r9 | scratch | 200 | 800 | 4,000 | 4,000 |" in text
    assert text.count("\n| rows |") == 3
    assert text.count("\n| tokens |") == 1
    assert "| nothing | 800 | 4,000 | 200/200 |" in text


def test_a_record_of_another_contract_is_refused(tmp_path: Path) -> None:
    found = record([200], [200])
    write_record(found, tmp_path)
    assert curves.read(tmp_path) == {"spec16_r9": found}
    write_record(found | {"contract": "0" * 64}, tmp_path)
    with pytest.raises(EvidenceError, match="today's contract"):
        curves.read(tmp_path)


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    curves.draw({"spec16_r9": record([200, 100], [200, 10])}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
