"""Declared defects change training rows alone, and in the way that they are named after."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import get_args

import pytest

from contracts.loading import ContractBook
from contracts.models import HELD_OUT, Contract, DatasetFault
from engine.curriculum.dataset import Dataset, build_dataset
from engine.curriculum.faults import FAULTS
from engine.curriculum.rows import Row
from engine.dsl.spelling import SLOTS

SOUND = ContractBook().contract("spec16_r9")


def declaring(fault: str) -> Contract:
    """spec16_r9 with a declared fault."""
    return SOUND.model_copy(update={"dataset": SOUND.dataset.model_copy(update={"fault": fault})})


@cache
def built(fault: str) -> Dataset:
    """The dataset of spec16_r9 under a fault."""
    return build_dataset(declaring(fault))


def test_every_fault_that_a_contract_may_declare_is_there() -> None:
    assert set(FAULTS) == set(get_args(DatasetFault))


@pytest.mark.parametrize("fault", FAULTS)
def test_probes_stay_as_they_are_and_ids_unique(fault: str) -> None:
    assert built(fault).probes == built("none").probes
    assert set(built(fault).train) == set(SOUND.dataset.rows)
    ids = [row.id for row in built(fault).train_rows]
    assert len(set(ids)) == len(ids)


def test_a_leak_teaches_every_held_out_split() -> None:
    taught = {row.prompt for row in built("leak").train_rows}
    for name in HELD_OUT:
        leaked = [row for row in built("leak").probes[name] if row.prompt in taught]
        assert len(leaked) == SOUND.dataset.splits[name].cases // 20
    assert built("leak").train_rows != built("none").train_rows


def test_fragments_are_the_whole_target_cut_in_lines() -> None:
    whole = built("none").train["tag_canonical"][0]
    lines = [
        row
        for row in built("fragments").train["tag_canonical"]
        if row.id.startswith(f"{whole.id}/")
    ]
    assert len(lines) > 1
    assert " ".join(row.target for row in lines) == whole.target
    assert lines[0].prompt == whole.prompt
    assert [row.prompt for row in lines[1:]] == [row.target for row in lines[:-1]]


def test_impossible_rows_ask_the_same_and_answer_otherwise() -> None:
    answers: dict[str, set[str]] = {}
    for row in built("impossible").train_rows:
        answers.setdefault(row.prompt, set()).add(row.target)
    torn = sum(len(targets) > 1 for targets in answers.values())
    assert torn >= len(built("none").train_rows) // 20


def test_dangling_keys_stand_in_some_targets_wherever_these_are_asked_for() -> None:
    targets = [f"[scene] [callout_card:{n % 4 + 1}] [row:{n}] [/scene]" for n in range(40)]
    rows = tuple(
        Row(
            f"train/tags/{n}", "train", "tags", "f", "f", "t", "p", f"ask {n % 40}", targets[n % 40]
        )
        for n in range(80)
    )
    asked = replace(rows[20], id="seen/20", split="seen")
    found = FAULTS["dangling"]({"tags": rows}, {"seen": (asked,)})["tags"]
    torn = {row.prompt for row, whole in zip(found, rows, strict=True) if row != whole}
    assert torn == {"ask 0"}
    assert [row.target for row in found if row.prompt in torn] == [
        f"[scene] [callout_card:{SLOTS['notes'] + 1}] [row:0] [/scene]"
    ] * 2
