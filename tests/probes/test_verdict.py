"""Verdicts keep zero, NaN and missing apart, and judge a rate by its interval."""

from __future__ import annotations

import json
import math
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import EvidenceError
from probes.statistics import wilson
from probes.verdict import (
    Status,
    Verdict,
    broken,
    failed,
    passed,
    rate_verdict,
    skipped,
    verdict_of,
)


@pytest.mark.parametrize(
    ("make", "status"),
    [(passed, "passed"), (failed, "failed"), (broken, "broken"), (skipped, "skipped")],
)
def test_each_constructor_gives_its_status(make: Any, status: str) -> None:
    verdict = make("dataset", "leaks", "what was found", kind="preflight", cure="do this")
    assert (verdict.status, verdict.kind, verdict.cure) == (status, "preflight", "do this")


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.integers(0, 10**6),
    st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_the_json_form_comes_back_equal(
    measured: float, n: int | None, interval: tuple[float, float] | None
) -> None:
    verdict = failed("probes", "exact dev", "low", measured=measured, n=n, interval=interval)
    assert verdict_of(json.loads(json.dumps(verdict.record())), "here") == verdict


def test_zero_is_kept_and_missing_stays_missing() -> None:
    zero = passed("probes", "truncated", "none", measured=0.0, threshold=0.0, relation="==", n=9)
    assert zero.record()["measured"] == 0.0
    missing = broken("probes", "exact", "no answers")
    assert missing.record()["measured"] is None
    assert missing.record()["n"] is None


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["measured", "threshold", "interval"])
def test_numbers_that_are_none_are_refused(field: str, number: float) -> None:
    more: dict[str, Any] = {field: (0.1, number) if field == "interval" else number}
    if field == "threshold":
        more["relation"] = ">="
    with pytest.raises(EvidenceError, match="finite"):
        failed("probes", "exact", "low", **more)


@pytest.mark.parametrize(
    "more",
    [
        {"measured": 0.5, "threshold": 0.97, "relation": ">="},
        {"measured": 0.5, "threshold": 0.0, "relation": "<="},
        {"measured": 0.5, "threshold": 0.4, "relation": "=="},
        {"threshold": 0.97, "relation": ">="},
    ],
)
def test_a_pass_below_its_threshold_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError, match="passed with measured"):
        passed("probes", "exact", "fine", **more)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"threshold": 0.9}, "both or neither"),
        ({"relation": ">="}, "both or neither"),
        ({"relation": ">", "threshold": 0.5}, "relation '>'"),
        ({"kind": "vibe"}, "kind 'vibe'"),
    ],
)
def test_half_a_comparison_or_a_foreign_word_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        failed("probes", "exact", "low", **more)


def test_a_verdict_needs_a_message_and_a_known_status() -> None:
    with pytest.raises(EvidenceError, match="no message"):
        skipped("probes", "exact", "")
    with pytest.raises(EvidenceError, match="status 'green'"):
        Verdict("probes", "exact", cast(Status, "green"), "goal", "fine")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2"),
        ({"extra": 1}, "extra"),
        ({"measured": "1"}, "int or float or NoneType"),
        ({"measured": True}, "True"),
        ({"interval": [0.1]}, "two numbers"),
        ({"status": "green"}, "status 'green'"),
        ({"relation": "~", "threshold": 0.1}, "relation '~'"),
        ({"n": 0.5}, "int or NoneType"),
    ],
)
def test_an_edited_record_is_refused(change: dict[str, Any], message: str) -> None:
    record = failed("probes", "exact", "low", measured=0.5, n=4).record() | change
    with pytest.raises(EvidenceError, match=message):
        verdict_of(record, "verdict.json")


def test_a_goal_is_judged_by_its_lower_bound() -> None:
    assert rate_verdict("probes", "exact dev", 198, 200, 0.97).status == "failed"
    held = rate_verdict("probes", "exact dev", 200, 200, 0.97)
    assert held.status == "passed"
    assert held.measured == 1.0
    assert held.interval == (wilson(200, 200).low, 1.0)
    assert held.line() == (
        "PASSED  probes/exact dev, measured 1 (needs >= 0.97), n=200, interval 0.9812..1.0000, "
        "200 of 200: the lower 95% bound 0.9812 holds >= 0.97"
    )


def test_a_small_sample_cannot_reach_the_goal() -> None:
    assert rate_verdict("probes", "exact dev", 42, 42, 0.97).status == "failed"


def test_a_goal_from_above_is_judged_by_its_upper_bound() -> None:
    assert rate_verdict("p", "t", 0, 400, 0.01, relation="<=").status == "passed"
    assert rate_verdict("p", "t", 0, 40, 0.01, relation="<=").status == "failed"


def test_a_guardrail_is_absolute() -> None:
    whole = rate_verdict("probes", "renderable", 42, 42, 1.0, kind="guardrail")
    assert whole.status == "passed"
    assert rate_verdict("probes", "renderable", 41, 42, 1.0, kind="guardrail").status == "failed"


def test_no_case_or_an_unscored_case_is_no_rate() -> None:
    nothing = rate_verdict("probes", "exact", 0, 0, 0.97)
    assert (nothing.status, nothing.measured, nothing.n) == ("broken", None, 0)
    short = rate_verdict("probes", "exact", 199, 199, 0.97, unscored=1)
    assert (short.status, short.measured) == ("broken", 1.0)
    assert "1 of 200 cases have no outcome" in short.message
