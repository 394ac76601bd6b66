"""Instruction copies: the same answers under a sentence more, and nothing else moves."""

from __future__ import annotations

import pytest

from contracts.errors import CurriculumError
from contracts.loading import ContractBook
from contracts.models import HELD_OUT
from engine.curriculum.dataset import build_dataset
from engine.curriculum.instruction import COPIES_MOST, SENTENCES, instructed
from engine.curriculum.rows import Row

ROW = Row("train/a/0000", "train", "a", "f", "o", "t", "p", "[task:svg] [a:b] [OUT]", "[x] [/x]")


@pytest.mark.parametrize("copies", [0, 1, COPIES_MOST])
def test_a_row_is_followed_by_its_copies(copies: int) -> None:
    (first, *told) = instructed({"a": (ROW,)}, copies)["a"]
    assert first == ROW
    assert len({row.prompt for row in told} | {ROW.prompt}) == copies + 1
    assert len({row.id for row in told}) == copies
    for row in told:
        (sentence,) = [text for text in SENTENCES if text in row.prompt]
        assert row.prompt.replace(f"{sentence} ", "") == ROW.prompt
        assert (row.target, row.surface) == (ROW.target, ROW.surface)


def test_more_copies_than_sentences_are_refused() -> None:
    with pytest.raises(CurriculumError, match="at most 8 copies"):
        instructed({"a": (ROW,)}, COPIES_MOST + 1)


def test_a_prompt_without_a_task_is_refused() -> None:
    bare = Row(**{**vars(ROW), "prompt": "[a:b] [OUT]"})
    with pytest.raises(CurriculumError, match="train/a/0000"):
        instructed({"a": (bare,)}, 1)


def test_an_instructed_rung_is_asked_what_its_parent_is() -> None:
    book = ContractBook()
    parent, child = (build_dataset(book.contract(f"spec19_{r}")) for r in ("r3d", "r3d_sft"))
    assert all(parent.probes[name] == child.probes[name] for name in HELD_OUT)
    assert len(child.train_rows) == 4 * len(parent.train_rows)
    assert {row.target for row in child.train_rows} == {row.target for row in parent.train_rows}
