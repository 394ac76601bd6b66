"""What promotion counts: every split that a run promises to hold, and no stretch split."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.loading import ContractBook
from contracts.models import HELD_OUT, STRETCH, Pilot
from gates.check_promotion import promotion_checks
from probes.statistics import Marks, paired, rate

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


# --- the pilot rules ------------------------------------------------------------------------

PILOT = Pilot(hold=("hidden_seen",), hold_by="family", gain=("hidden_test",), gain_family=("b",))
PROMOTION = CONTRACT.promotion.model_copy(update={"pilot": PILOT})
PILOTED = CONTRACT.model_copy(update={"promotion": PROMOTION})


def beside(lost: str = "", won: str = "") -> dict[str, str]:
    """Status of each pilot check of a run that lost and won twenty cases of a split and a family.

    Both are told as "split/family"; fifty cases of each are asked.
    """
    cases = [
        SimpleNamespace(id=f"{split}/{family}/{n}", split=split, family=family)
        for split in HELD_OUT
        for family in ("a", "b")
        for n in range(50)
    ]
    marks = dict.fromkeys((case.id for case in cases), True)
    before = marks | {f"{won}/{n}": False for n in range(20) if won}
    after = marks | {f"{lost}/{n}": False for n in range(20) if lost}
    found = paired(Marks("same", "exact", before), Marks("same", "exact", after))
    one: Any = SimpleNamespace(
        cases=cases,
        against_parent=found,
        next_step=SimpleNamespace(step=0, title="", why="", touch=()),
    )
    checks = promotion_checks(PILOTED, against_parent=True)
    named = ("no_worse_on", "no_worse_by", "better_on")
    return {c.name: c.measure(one).status for c in checks if c.name.startswith(named)}


HELD = {"no_worse_on_hidden_seen": "passed", "no_worse_by_family": "passed"}
NO_GAIN = {"better_on_hidden_test": "failed", "better_on_b": "failed"}


def test_nothing_lost_and_nothing_won_is_no_gain() -> None:
    assert beside() == HELD | NO_GAIN


def test_a_gain_is_won_where_it_is_asked_for() -> None:
    assert beside(won="hidden_test/b") == HELD | dict.fromkeys(NO_GAIN, "passed")
    assert beside(won="hidden_test/a")["better_on_b"] == "failed"
    assert beside(won="dev/b")["better_on_hidden_test"] == "failed"


def test_a_loss_turns_its_split_and_its_family_red() -> None:
    assert beside(lost="hidden_seen/a") == {
        "no_worse_on_hidden_seen": "failed", "no_worse_by_family": "failed", **NO_GAIN,
    }  # fmt: skip
    assert beside(lost="dev/a")["no_worse_on_hidden_seen"] == "passed"
    assert beside(lost="dev/a")["no_worse_by_family"] == "failed"


def test_the_pilot_is_asked_only_beside_a_comparable_parent() -> None:
    names = [check.name for check in promotion_checks(PILOTED, against_parent=False)]
    assert not [name for name in names if name.startswith(("no_worse", "better"))]
