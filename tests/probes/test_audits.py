"""Each audit finds its planted fault, counts all of it, and stays silent on clean data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from probes.audits import (
    Coverage,
    audit,
    claims,
    coverage,
    duplicates,
    impossible,
    leaks,
    normalised,
    overlap,
    sizes,
)
from probes.cases import Case

Rows = list[tuple[str, str]]


@pytest.fixture
def cases(make_case: Any) -> list[Case]:
    return [make_case(i, prompt=f"[task:svg] [topic:{i}] Draw it now") for i in range(8)]


@pytest.fixture
def rows(golds: dict[str, str]) -> Rows:
    return [(f"[task:svg] [topic:{i}] other words", golds["memory_map"]) for i in range(8)]


def test_clean_data_has_no_finding(rows: Rows, cases: list[Case]) -> None:
    result = audit(rows, cases, held_out=["dev"], declared={"dev": 8})
    assert result.findings == ()
    assert result.clean


def test_a_leaked_prompt_is_found_and_counted_beyond_its_examples(
    rows: Rows, cases: list[Case]
) -> None:
    rows += [(case.prompt, case.expected) for case in cases[:7]]
    (finding,) = leaks(rows, cases, ["dev"])
    assert (finding.check, finding.fatal, finding.count) == ("leak", True, 7)
    assert finding.examples == tuple(case.id for case in cases[:5])
    assert finding.found == "7 of 8: prompts stand in training"
    assert not audit(rows, cases, held_out=["dev"], declared={"dev": 8}).clean


@pytest.mark.parametrize(
    "prompt",
    [
        "[topic:0] [task:svg] Draw it now",
        "[TASK:svg]  [topic:0]\tdraw IT now",
        "Draw it [topic:0] now [task:svg]",
    ],
)
def test_a_reordered_prompt_is_found_apart(rows: Rows, cases: list[Case], prompt: str) -> None:
    rows.append((prompt, cases[0].expected))
    (finding,) = leaks(rows, cases, ["dev"])
    assert (finding.check, finding.fatal, finding.count) == ("reordered", False, 1)
    (strict,) = leaks(rows, cases, ["dev"], strict=["dev"])
    assert strict.fatal
    assert audit(rows, cases, held_out=["dev"], declared={"dev": 8}).clean


def test_other_words_are_no_reordering() -> None:
    assert normalised("[a] draw it now") != normalised("[a] now draw it")
    assert normalised("[a] [b]") != normalised("[a] [b] [b]")


def test_a_split_that_is_not_held_out_may_stand_in_training(cases: list[Case]) -> None:
    rows = [(case.prompt, case.expected) for case in cases]
    assert leaks(rows, cases, ["test"]) == ()


def test_repeated_cases_are_fatal_and_repeated_rows_are_shown(
    rows: Rows, cases: list[Case]
) -> None:
    twice = replace(cases[0], id="dev/routebook_direct/0100")
    found = duplicates([*rows, rows[0], rows[0]], [*cases, twice])
    assert [(f.where, f.fatal, f.count) for f in found] == [
        ("split dev", True, 1),
        ("training rows", False, 2),
    ]
    assert found[0].examples == (twice.id,)


def test_the_same_prompt_about_another_topic_is_no_repeat(rows: Rows, cases: list[Case]) -> None:
    other = replace(cases[0], id="dev/routebook_direct/0100", topic="another")
    assert duplicates(rows, [*cases, other]) == ()


def test_impossible_prompts_are_found_wherever_they_are(
    rows: Rows, cases: list[Case], golds: dict[str, str]
) -> None:
    timeline = golds["timeline"]
    torn = [*rows, (rows[0][0], timeline), (cases[1].prompt, timeline)]
    rival = replace(cases[2], id="dev/routebook_direct/0100", expected=timeline)
    found = impossible(torn, [*cases, rival])
    assert [(f.where, f.count) for f in found] == [
        ("training rows", 1),
        ("training against cases", 1),
        ("case set", 2),
    ]
    assert all(f.fatal for f in found)
    assert found[0].examples == (rows[0][0],)
    assert found[1].examples == (cases[1].id,)


def test_a_prompt_in_two_splits_is_an_overlap(cases: list[Case]) -> None:
    shared = [replace(c, id=c.id.replace("dev", "test"), split="test") for c in cases[:6]]
    (finding,) = overlap([*cases, *shared])
    assert (finding.where, finding.count, len(finding.examples)) == ("splits dev, test", 6, 5)
    assert overlap(cases) == ()


def test_empty_small_and_undeclared_splits_are_found(cases: list[Case]) -> None:
    declared = {"dev": 10, "test": 4, "hidden": 0}
    found = sizes([*cases, replace(cases[0], split="stray")], declared)
    assert [(f.where, f.found, f.expected) for f in found] == [
        ("split dev", "8 cases", "at least 10 cases"),
        ("split test", "0 cases", "at least 4 cases"),
        ("split hidden", "0 cases", "at least 1 cases"),
        ("split stray", "1 cases of an undeclared split", "a declared split"),
    ]


def test_a_split_must_test_what_it_claims(
    rows: Rows, cases: list[Case], golds: dict[str, str]
) -> None:
    fresh = replace(cases[0], claim="composition", expected=golds["timeline"])
    stale = replace(cases[1], claim="recombination")
    unheard = replace(cases[2], claim="wording", expected=golds["timeline"])
    assert claims(rows, [fresh]) == ()
    (seen,) = claims(rows, [fresh, stale])
    assert seen.examples == (stale.id,)
    assert seen.found == "1 of 2: targets are seen in training"
    (unseen,) = claims(rows, [cases[3], unheard])
    assert (unseen.examples, unseen.fatal) == ((unheard.id,), True)


def test_a_recombination_combines_tags_that_training_showed() -> None:
    rows = [("p", "[a:1] [b:2]"), ("q", "[a:2] [b:1] word")]
    known = [case_of("[a:2] [b:2]"), case_of("[a:1] [b:1] word")]
    assert claims(rows, known) == ()
    (found,) = claims(rows, [*known, case_of("[a:3] [b:1]")])
    assert (found.fatal, found.count, found.examples) == (True, 1, ("[a:3] [b:1]",))
    assert "tags that training never showed" in found.found
    assert claims(rows, [case_of("[a:2] [b:2] an open word")]) == ()
    assert claims(rows, [replace(case_of("[a:3] [b:1]"), claim="composition")]) == ()


def case_of(expected: str) -> Case:
    """A recombination case that is called by its answer."""
    named = {"id": expected, "prompt": f"? {expected}", "expected": expected}
    return Case(split="dev", surface="s", family="f", form="f", claim="recombination", **named)


def test_coverage_counts_targets_and_cases(
    rows: Rows, cases: list[Case], golds: dict[str, str]
) -> None:
    unseen = replace(cases[0], expected=golds["timeline"])
    assert coverage(rows, [unseen, *cases[1:]]) == (Coverage("dev", 8, 7, 2, 1),)
