"""The failure table counts every outcome once and caps only its examples."""

from __future__ import annotations

from typing import Any

import pytest

from probes.autopsy import Confusion, FieldMisses, autopsy, kind_of
from probes.failure import FAILURES


@pytest.fixture
def outcomes(golds: dict[str, str], make_case: Any, answer: Any) -> list[Any]:
    memory, timeline = golds["memory_map"], golds["timeline"]
    texts = [memory] * 3 + [memory.replace("green", "blue")] * 7 + [memory + " x", timeline, "no"]
    found = [answer(text, make_case(i)) for i, text in enumerate(texts)]
    other = make_case(0, timeline, "test")
    return [
        *found,
        answer(memory, other),
        answer(timeline[:-10], make_case(1, timeline, "test"), "budget"),
    ]


def test_every_class_is_counted_with_zeros(outcomes: list[Any]) -> None:
    table = autopsy(outcomes)
    assert tuple(table.classes) == FAILURES
    occurring = {name: n for name, n in table.classes.items() if n}
    assert occurring == {
        "none": 3,
        "style": 7,
        "dirty_tail": 1,
        "family": 2,
        "syntax": 1,
        "truncated": 1,
    }
    assert sum(table.classes.values()) == table.total == 15
    assert table.misses == 12


def test_groups_add_up_to_the_whole(outcomes: list[Any]) -> None:
    table = autopsy(outcomes)
    for groups in (table.by_split, table.by_family, table.by_form, table.by_surface):
        for name in FAILURES:
            assert sum(group[name] for group in groups.values()) == table.classes[name]
    assert table.by_split["test"]["family"] == 1
    assert table.by_family["timeline"]["truncated"] == 1
    assert table.by_form["layer_stack"]["style"] == 7


def test_confusions_count_all_and_show_five(outcomes: list[Any]) -> None:
    table = autopsy(outcomes)
    worst = table.confusions[0]
    ids = tuple(f"dev/routebook_direct/{i:04}" for i in range(3, 8))
    assert worst == Confusion("tone", "style", "green", "blue", 7, ids)
    assert table.examples["style"] == ids
    pairs = {(c.field, c.expected, c.found): c.count for c in table.confusions}
    assert pairs["family", "memory_map", "timeline"] == 1
    assert pairs["family", "timeline", "memory_map"] == 1


def test_fields_tell_wrong_from_missing_and_too_few_from_too_many(
    golds: dict[str, str], answer: Any
) -> None:
    gold = golds["memory_map"]
    texts = [
        gold.replace("segments:6", "segments:4"),
        gold.replace("segments:6", "segments:7"),
        gold.replace("segments:6", "segments:9"),
        gold.replace("[segments:6] ", ""),
        gold.replace("green", "blue"),
        gold.replace("[cards:3]", "[cards:3] [stages:4]"),
    ]
    table = autopsy([answer(text) for text in texts])
    assert table.fields == (
        FieldMisses("segments", "topology", wrong=3, missing=1, foreign=0, fewer=1, more=2),
        FieldMisses("stages", "topology", wrong=0, missing=0, foreign=1, fewer=0, more=0),
        FieldMisses("tone", "style", wrong=1, missing=0, foreign=0, fewer=0, more=0),
    )
    told = [line.split(" ", 2)[2].strip() for line in table.lines() if line.startswith("field")]
    assert told[0] == "segments             1 too few, 2 too many, 1 missing"
    assert [line.split()[1:] for line in told[1:]] == [
        ["1", "not", "asked", "for"],
        ["1", "wrong"],
    ]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("segments", "segments"),
        ("3.rect.x", "rect.x"),
        ("card.c2", "card"),
        ("card.c2.ref", "card.ref"),
    ],
)
def test_parts_are_counted_under_their_kind(field: str, kind: str) -> None:
    assert kind_of(field) == kind


def test_truncations_are_told_apart(golds: dict[str, str], answer: Any) -> None:
    gold = golds["memory_map"]
    cut = gold[:60]
    table = autopsy(
        [
            answer(cut, stop="budget"),
            answer(cut, stop="context"),
            answer("[bundle] " * 60, stop="budget"),
            answer("[bundle] " * 60, stop="context"),
        ]
    )
    assert table.classes["truncated"] == 4
    assert (table.budget_truncations, table.context_truncations) == (1, 1)
    assert table.flags["runaway"] == 2


def test_the_printed_table_names_classes_flags_and_fields(outcomes: list[Any]) -> None:
    text = "\n".join(autopsy(outcomes).lines())
    assert text.startswith("15 cases, 3 exact and clean")
    assert "style" in text
    assert "dev/routebook_direct/0003" in text
    assert "asked  tone green, given blue: 7" in text
    assert "asked  family memory_map, given timeline: 1" in text
    assert "family timeline             2 of 2 missed" in text
    assert "form   layer_stack          10 of 13 missed" in text
    assert "closure" not in text


def test_no_outcome_gives_zeros() -> None:
    table = autopsy([])
    assert table.total == table.misses == 0
    assert set(table.classes.values()) == {0}
