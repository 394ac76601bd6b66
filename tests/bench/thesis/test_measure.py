"""What is measured is what the page says, and belongs to today's task."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from bench.thesis import measure, page, task
from bench.thesis.spellings import representations
from engine.train import Progress

RECORDS = page.load()


def test_points_of_evaluation_rise_to_the_most() -> None:
    found = list(measure.points())
    assert found[-1] == measure.TOKENS_MOST
    assert all(1.25 < after / before < 1.35 for before, after in pairwise(found[:-1]))


@pytest.mark.parametrize("exact", [[0, task.CASES], [task.CASES]])
def test_a_curve_asks_at_the_points_alone_and_stops_where_the_cases_are_learned(
    exact: list[int],
) -> None:
    left, told = list(exact), []
    curve = measure.Curve(Any, lambda model: left.pop(0), told.append)
    due = list(measure.points())

    def trained() -> None:
        for tokens in range(0, due[2], measure.TOKENS_PER_UPDATE):
            curve(Progress("pretrain", tokens, due[-1], 0.1, 1.0))

    with pytest.raises(measure.Enough):
        trained()
    assert curve.found == told
    assert [point["exact"] for point in told] == exact
    for point, at in zip(told, due, strict=False):
        assert 0 <= point["tokens"] - at < measure.TOKENS_PER_UPDATE


def test_records_are_of_representations_at_the_same_points() -> None:
    assert RECORDS
    due = list(measure.points())
    for record in RECORDS.values():
        slack = 2 * measure.TOKENS_PER_UPDATE
        tokens = [point["tokens"] for point in record["points"]]
        assert all(0 <= at - point < slack for at, point in zip(tokens, due, strict=False))
        reached = [point["exact"] >= measure.LEARNED * task.CASES for point in record["points"]]
        assert not any(reached[:-1])
        assert reached[-1] == (record["learned"] is not None)
        assert reached[-1] or len(tokens) == len(due)


@pytest.mark.parametrize("name", list(RECORDS))
def test_a_record_belongs_to_today_s_task(name: str) -> None:
    stale = "measure it again: python -m bench.thesis.measure"
    assert RECORDS[name]["promise"] == measure.promise(representations()[name]), stale


def test_the_page_is_made_from_the_records() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(RECORDS)
