"""Rules of reconciliation that a whole session cannot reach or would reach slowly."""

from __future__ import annotations

import pytest

from contracts.errors import EvidenceError
from probes.verdict import Verdict, failed, passed
from reports.plan import SessionPlan, plan_of
from reports.reconcile import Heard, Item, Recorded, faults_of, run_digests, standing_of
from reports.record import Fault, Standing

PLAN = plan_of(
    {
        "label": "spec19_*",
        "runs": {
            "spec19_r2": {"spec": "spec19", "expected": ["probes/exact"]},
            "spec19_r3d": {"spec": "spec19", "expected": ["probes/exact"]},
        },
    }
)


def heard(*verdicts: tuple[str, Verdict]) -> Heard:
    found = Heard()
    for index, (run, verdict) in enumerate(verdicts):
        item = found.item(f"test_{index}")
        item.finished, item.run, item.gate = 1, run, verdict.gate
        item.verdicts = [Recorded(verdict, run, item.nodeid, {"weights": f"{run} weights"})]
        found.collected.add(item.nodeid)
    return found


def faults(found: Heard, plan: SessionPlan = PLAN) -> tuple[Fault, ...]:
    return faults_of(plan, found, dict.fromkeys(found.items, "passed"), ())


EXACT = passed("probes", "exact", "all")


def test_each_run_needs_its_own_verdicts() -> None:
    assert faults(heard(("spec19_r2", EXACT), ("spec19_r3d", EXACT))) == ()
    assert faults(heard(("spec19_r2", EXACT))) == (
        Fault("no_verdict", "spec19_r3d: probes/exact", "no verdict was recorded"),
    )


def test_digests_are_compared_inside_a_run_only() -> None:
    both = heard(("spec19_r2", EXACT), ("spec19_r3d", EXACT))
    assert run_digests(PLAN, both) == {
        "spec19_r2": {"weights": "spec19_r2 weights"},
        "spec19_r3d": {"weights": "spec19_r3d weights"},
    }
    again = both.item("test_2")
    again.finished = 1
    other = passed("probes", "other", "all")
    again.verdicts = [Recorded(other, "spec19_r2", "test_2", {"weights": "retrained"})]
    assert [fault.kind for fault in faults(both)] == ["stale"]


def test_a_test_reported_twice_is_broken() -> None:
    found = heard(("spec19_r2", EXACT), ("spec19_r3d", EXACT))
    found.item("test_0").finished = 2
    assert faults(found) == (Fault("broken", "test_0", "reported 2 times, expected once"),)


def test_a_result_that_says_otherwise_than_the_report_is_broken() -> None:
    found = heard(("spec19_r2", EXACT), ("spec19_r3d", EXACT))
    written = {"test_0": "failed", "test_1": "merged"}
    assert {fault.why for fault in faults_of(PLAN, found, written, ("x.svg",))} == {
        "passed, but Allure wrote failed",
        "passed, but Allure wrote merged",
        "attachment lost from the Allure results",
    }


def test_an_unknown_outcome_is_broken() -> None:
    item = Item("test_0")
    item.add("rerun", "again")
    assert (item.outcome, item.message) == ("broken", "again")


def test_a_graver_outcome_is_never_forgotten() -> None:
    item = Item("test_0")
    for outcome in ("failed", "passed", "skipped"):
        item.add(outcome, outcome)
    assert (item.outcome, item.message) == ("failed", "failed")


@pytest.mark.parametrize(
    ("kinds", "standing"),
    [
        ([], "green"),
        (["red"], "red"),
        (["red", "no_verdict"], "no_verdict"),
        (["broken", "no_verdict", "red"], "broken"),
        (["stale", "broken"], "stale"),
    ],
)
def test_the_gravest_fault_decides(kinds: list[Standing], standing: Standing) -> None:
    assert standing_of(Fault(kind, "x", "y") for kind in kinds) == standing


def test_a_red_gate_of_one_run_does_not_excuse_missing_ones_of_another() -> None:
    found = heard(("spec19_r2", failed("probes", "exact", "few")))
    assert {fault.kind for fault in faults(found)} == {"red", "no_verdict"}


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ({"runs": {"a": {"expected": ["x"]}}}, "key label"),
        ({"label": "a", "runs": {}}, "key runs"),
        ({"label": "a", "runs": {"a": {}}}, "no expected gate"),
        ({"label": "a", "runs": {"a": {"expected": ["x"], "gate": 1}}}, "the key 'gate'"),
    ],
)
def test_a_plan_that_promises_nothing_is_refused(plan: dict[str, object], found: str) -> None:
    with pytest.raises(EvidenceError, match=found):
        plan_of(plan)


def test_a_plan_travels_to_a_worker_and_back() -> None:
    assert plan_of(PLAN.as_dict()) == PLAN
