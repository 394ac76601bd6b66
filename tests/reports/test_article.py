"""The table of the article's tables: what stands for a figure, and how the two compare."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.loading import ContractBook
from reports import article

BOOK = ContractBook()
# 44 published cases: 88.64 % exact, and 87.5 and 91.67 % of the visible and the hidden ones.
RUN = "spec19_r3d_sft_b"
SIZES = {"seen": 100, "dev": 200, "test": 200, "hidden_seen": 200, "hidden_test": 200}


def record(**exact: int) -> dict[str, Any]:
    """A record in which so many cases of each split are exact, and every case renders."""
    splits = {
        name: {
            "n": n,
            "metrics": {"exact": {"k": exact[name]}, "renderable": {"k": n}},
            "rules": {"empty": 0, "topic_table": 2, "echo": 1},
        }
        for name, n in SIZES.items()
    }
    return {"red": {}, "splits": splits, "training": {"tokens": 196_608}}


def found(**exact: int) -> dict[str, article.Line]:
    told = article.lines({RUN: record(**exact)}, BOOK)
    return {line.figure: line for line in told if line.run == RUN}


@pytest.mark.parametrize(("share", "verdict"), [(1.0, "higher"), (0.88, "level"), (0.5, "lower")])
def test_two_rates_are_level_where_their_intervals_overlap(share: float, verdict: str) -> None:
    line = found(**{name: round(share * n) for name, n in SIZES.items()})["exact"]
    assert (line.cases, line.verdict) == (44, verdict)
    assert line.interval.low < line.published < line.interval.high


def test_a_figure_is_measured_over_the_splits_that_stand_for_it() -> None:
    lines = found(seen=100, dev=150, test=50, hidden_seen=7, hidden_test=3)
    counted = {name: (line.ours.k, line.ours.n) for name, line in lines.items() if line.ours}
    assert counted == {
        "exact": (310, 900),
        "visible_exact": (300, 500),
        "hidden_exact": (10, 400),
        "renderable": (900, 900),
    }
    name, answered = lines["hidden_exact"].rule or ("", None)
    assert name == "topic_table"
    assert answered is not None
    assert (answered.k, answered.n) == (4, 400)


def test_a_figure_without_cases_is_taken_as_it_stands() -> None:
    line = found(**SIZES)["visible_exact"]
    assert line.cases is None
    assert (line.interval.low, line.interval.high) == (line.published, line.published)


def test_what_no_record_tells_is_not_measured() -> None:
    lines = [line for line in article.lines({}, BOOK) if line.run == RUN]
    assert {line.verdict for line in lines} == {"not measured"}
    text = article.page({}, BOOK)
    assert f"{len(list(article.lines({}, BOOK)))} not measured" in text
    assert f"| {RUN} |" in text


def test_tokens_stand_beside_the_published_ones() -> None:
    text = article.page({RUN: record(**SIZES)}, BOOK)
    assert f"| {RUN} | 393,216 | 196,608 | 0.50 |" in text
