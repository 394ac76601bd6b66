"""What promotion counts: every split that a run promises to hold, and no stretch split."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.loading import ContractBook
from contracts.models import STRETCH
from gates.check_promotion import promotion_checks
from probes.statistics import rate

CONTRACT = ContractBook().contract("spec21_r1")
GUARDRAIL = promotion_checks(CONTRACT, against_parent=False)[0]


def rung(hits: dict[str, int], left_out: str = "") -> Any:
    """A run whose splits have so many hits of ten, ten where nothing is said."""

    def rates(split: str) -> dict[str, Any]:
        return {"renderable": rate(hits.get(split, 10), 9 if split == left_out else 10)}

    return SimpleNamespace(
        judged_report=SimpleNamespace(rates=rates),
        cases=[SimpleNamespace(split=s) for s in CONTRACT.dataset.splits for _ in range(10)],
        next_step=SimpleNamespace(step=0, title="", why="", touch=()),
    )


def test_the_contract_stretches() -> None:
    assert set(STRETCH) < set(CONTRACT.dataset.splits)


@pytest.mark.parametrize("split", STRETCH)
def test_a_stretch_split_is_measured_and_not_judged(split: str) -> None:
    found = GUARDRAIL.measure(rung({split: 0}))
    assert found.status == "passed"
    assert found.n == 10 * (len(CONTRACT.dataset.splits) - len(STRETCH))


@pytest.mark.parametrize("split", ["seen", "dev", "hidden_test"])
def test_one_miss_elsewhere_breaks_a_guardrail(split: str) -> None:
    assert GUARDRAIL.measure(rung({split: 9})).status == "failed"


def test_an_unscored_case_is_no_pass() -> None:
    assert GUARDRAIL.measure(rung({"dev": 9}, left_out="dev")).status != "passed"
