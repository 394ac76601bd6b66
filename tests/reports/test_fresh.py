"""Records of fresh cases: what is compared, what is refused, what the page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT
from reports import fresh, ladder_page
from reports.files import write_record

RUN = "spec19_r3d"


def record(exact: int, n: int = 240, red: str = "", **more: Any) -> dict[str, Any]:
    split = {"n": n, "claim": "wording", "metrics": {"exact": {"k": exact}}, "rules": {"echo": 0}}
    return {
        "schema": fresh.SCHEMA,
        "run": RUN,
        "contract": contract_digest(ContractBook().contract(RUN)),
        "weights": "ab",
        "draw": 1,
        "red": [{"kind": red, "name": f"a_{red}", "message": "m"}] if red else [],
        "too_few": [],
        "splits": dict.fromkeys(HELD_OUT, split),
        **more,
    }


def test_rates_are_compared_over_the_splits_that_have_fresh_cases() -> None:
    asked = record(100, 120)
    del asked["splits"]["dev"]
    before, after = fresh.compared(asked, record(240))
    assert (before.k, before.n, after.k, after.n) == (720, 720, 300, 360)


def test_answers_of_other_weights_are_refused() -> None:
    with pytest.raises(EvidenceError, match=r"weights cd.*--again"):
        fresh.compared(record(240, weights="cd"), record(240))


def test_a_record_comes_back_as_written_and_only_of_today_s_contract(tmp_path: Path) -> None:
    write_record(record(240), tmp_path)
    assert fresh.read(tmp_path) == {RUN: record(240)}
    write_record(record(240, contract="0" * 64), tmp_path)
    with pytest.raises(EvidenceError, match="today's contract"):
        fresh.read(tmp_path)


@pytest.mark.parametrize(
    ("red", "standing"),
    [
        ("", "1 of 1 green runs break no goal, 1 no guardrail either"),
        ("guardrail", "1 of 1 green runs break no goal, 0 no guardrail either"),
        ("goal", "0 of 1 green runs break no goal, 0 no guardrail either"),
    ],
)
def test_the_page_counts_goals_and_guardrails(red: str, standing: str) -> None:
    text = fresh.page({RUN: record(230, red=red)}, {RUN: record(240)})
    assert standing in text
    assert f"| {RUN} | 960/960 | 920/960 |" in text
    assert "miss 0 of 960 judged held-out cases and 40 of 960 fresh ones" in text


def test_a_sentence_tells_what_is_answered_and_what_is_red() -> None:
    assert fresh.sentence(record(240)) == f"{RUN} answers 960 of 960."
    assert fresh.sentence(record(230, red="goal")).endswith("920 of 960; red over them: a_goal.")
    page = ladder_page.page({}, ContractBook(), {}, {RUN: record(240)})
    section = page.split("## spec19: ")[1].split("\n## ")[0]
    assert f"{RUN} answers 960 of 960." in section
