"""Tables are static, escaped and never show a number that is none."""

from __future__ import annotations

import pytest
from lxml import html

from contracts.errors import EvidenceError
from reports.tables import html_table


def test_cells_are_shown_as_written() -> None:
    text = html_table(
        "Baselines <raw>",
        ["answerer", "exact", "n"],
        [["model", 0.991666, 1200], ["echo & rename", 0.0, None]],
        marked=frozenset({0}),
    )
    page = html.document_fromstring(text)
    cells = [[cell.text or "" for cell in row] for row in page.iter("tr")]
    assert cells == [
        ["answerer", "exact", "n"],
        ["model", "0.9917", "1,200"],
        ["echo & rename", "0", ""],
    ]
    assert page.findtext(".//h1") == "Baselines <raw>"
    assert [row.get("class") for row in page.iter("tr")] == [None, "mark", None]
    assert not list(page.iter("script"))


@pytest.mark.parametrize("row", [["a", float("nan")], ["a", float("inf")], ["a"], ["a", 1, 2]])
def test_a_row_that_is_none_is_refused(row: list[str | float | None]) -> None:
    with pytest.raises(EvidenceError, match="row 0"):
        html_table("t", ["x", "y"], [row])
