"""What promotion counts: every split that a run promises to hold, and no stretch split."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import Blocked
from contracts.loading import ContractBook
from contracts.models import HELD_OUT, STRETCH, Goal, Pilot, Seeds
from gates.check_promotion import promotion_checks
from gates.suite import all_checks
from probes.statistics import Marks, paired, rate
from reports.climb import ordered

CONTRACT = ContractBook().contract("spec21_r1")
GUARDRAIL = promotion_checks(CONTRACT, against_parent=False)[0]


def rung(hits: dict[str, int], left_out: str = "") -> Any:
    """A run whose splits have so many hits of ten, ten where nothing is said."""

    def rates(split: str) -> dict[str, Any]:
        return {"renderable": rate(hits.get(split, 10), 9 if split == left_out else 10)}

    found = SimpleNamespace(
        judged_report=SimpleNamespace(rates=rates),
        cases=[SimpleNamespace(split=s) for s in CONTRACT.dataset.splits for _ in range(10)],
        next_step=SimpleNamespace(step=0, title="", why="", touch=()),
    )
    found.under_every_seed = (found,)
    return found


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


# --- the freeze rule ------------------------------------------------------------------------

BOOK = ContractBook()
FROZEN = next(c for c in all_checks(BOOK, "spec16_frozen") if c.name == "its_parent_is_not_frozen")


def third_child(
    exact: int = 100, hidden: int = 100, won: Collection[str] = (), red: str = ""
) -> Any:
    """spec16_frozen under a parent with so many hits of a hundred; its elders won, or are red."""
    rates = {
        split: {"exact": rate(hidden if split.startswith("hidden") else exact, 100)}
        for split in HELD_OUT
    }

    class Elder(SimpleNamespace):
        contract = BOOK.contract("spec16_r10")

        @property
        def against_parent(self) -> Any:
            if self.run == red:
                raise Blocked(self.run, "a red gate", "a green one")
            return SimpleNamespace(p_better=0.01 if self.run in won else 0.5)

    return SimpleNamespace(
        run="spec16_frozen",
        book=BOOK,
        contract=BOOK.contract("spec16_frozen"),
        comparable_parent=SimpleNamespace(
            run="spec16_r9", report=SimpleNamespace(rates=lambda split: rates[split])
        ),
        sibling=lambda run: Elder(run=run),
    )


def test_a_third_child_of_a_strong_parent_is_not_trained() -> None:
    found = FROZEN.measure(third_child())
    assert found.status == "failed"
    assert "spec16_r10, spec16_r11 did not win" in found.message
    assert FROZEN.measure(third_child(red="spec16_r10")).status == "failed"


@pytest.mark.parametrize(
    "rung", [third_child(exact=59), third_child(hidden=99), third_child(won=["spec16_r11"])]
)
def test_a_weak_parent_or_a_child_that_won_lets_the_next_one_try(rung: Any) -> None:
    assert FROZEN.measure(rung).status == "passed"


def test_a_first_child_may_always_try() -> None:
    assert BOOK.elders("spec16_r10") == ()
    first = third_child()
    first.run = "spec16_r10"
    assert FROZEN.measure(first).status == "passed"


def test_the_climb_judges_elders_first() -> None:
    order = ordered(BOOK, ["spec16_frozen", "spec16_r11", "spec16_r10", "spec16_r9"])
    assert list(order)[-1] == "spec16_frozen"
    assert set(order["spec16_frozen"]) == {"spec16_r9", "spec16_r10", "spec16_r11"}


def test_where_nobody_counts_children_nothing_is_asked() -> None:
    names = [check.name for check in all_checks(BOOK, "spec19_r3d")]
    assert FROZEN.name not in names


# --- several seeds --------------------------------------------------------------------------


def under(rule: str | None, *hits: set[int]) -> dict[str, Any]:
    """Verdicts of a run whose seeds answer these of ten dev cases, and everything elsewhere."""
    seeds = Seeds(further=(1, 2), rule=rule) if rule else None  # type: ignore[arg-type]
    goals = (
        Goal(metric="exact", splits=("dev",), lower_bound=0.3),
        Goal(metric="exact", splits=("dev",), of="pair", lower_bound=0.3),
        Goal(metric="exact", splits=("dev",), by="form", lower_bound=0.3),
    )
    contract = CONTRACT.model_copy(
        update={
            "rung": CONTRACT.rung.model_copy(update={"seeds": seeds}),
            "promotion": CONTRACT.promotion.model_copy(update={"goals": goals}),
        }
    )
    cases = [SimpleNamespace(id=f"{n}", split="dev", form="one") for n in range(10)]
    runs: list[Any] = [
        SimpleNamespace(
            cases=cases,
            next_step=SimpleNamespace(step=0, title="", why="", touch=()),
            judged_report=SimpleNamespace(
                rates=lambda split, hit=hit: {"renderable": rate(len(hit), 10)},
                outcomes=[SimpleNamespace(case=c, exact=int(c.id) in hit) for c in cases],
            ),
        )
        for hit in hits
    ]
    dev = contract.dataset.splits["dev"].model_copy(update={"cases": 10})
    plan = contract.dataset.model_copy(update={"splits": {"dev": dev}})
    contract = contract.model_copy(update={"dataset": plan})
    runs[0].under_every_seed = tuple(runs)
    checks = (c for c in promotion_checks(contract, against_parent=False) if "exact" in c.name)
    return {c.name: c.measure(runs[0]) for c in checks}


SEEDS = (set(range(10)), set(range(8)), set(range(2, 10)))


@pytest.mark.parametrize(
    ("rule", "cases", "pairs"), [(None, 10, 5), ("all", 6, 3), ("mean", 8, 4), ("worst", 8, 4)]
)
def test_goals_are_judged_by_the_rule_over_seeds(rule: str | None, cases: int, pairs: int) -> None:
    seen = SEEDS if rule else SEEDS[:1]
    found = under(rule, *seen)
    assert found["exact_on_dev"].measured == pytest.approx(cases / 10)
    assert found["exact_on_dev_in_pairs"].measured == pytest.approx(pairs / 5)
    assert found["exact_on_dev_by_form"].measured == pytest.approx(cases / 10)
    told = f"{rule} of 3 seeds: 10, 8, 8"
    assert (told in found["exact_on_dev"].message) == (rule is not None)


def test_one_bad_seed_is_red_by_all_and_by_worst_and_not_by_the_mean() -> None:
    bad = (set(range(10)), set(range(10)), set(range(2)))
    status = {rule: under(rule, *bad)["exact_on_dev"].status for rule in ("all", "worst", "mean")}
    assert status == {"all": "failed", "worst": "failed", "mean": "passed"}


def test_a_guardrail_holds_over_every_seed() -> None:
    """One answer of one further seed that does not draw is a breach."""
    runs = [rung({}), rung({"hidden_test": 9})]
    runs[0].under_every_seed = tuple(runs)
    found = GUARDRAIL.measure(runs[0])
    judged = 10 * (len(CONTRACT.dataset.splits) - len(STRETCH))
    assert (found.status, found.n) == ("failed", 2 * judged)
