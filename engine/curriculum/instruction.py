"""Instruction tuning: training prompts again, each under a sentence that says what to do.

A contract asks for it as `dataset.instruction`, the number of such copies a row. The sentence
stands between the task and the rest of the prompt. Probes are never told anything: what is asked
stays the same, so a rung with instructions is compared over the cases of its parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from contracts.errors import CurriculumError
from engine.curriculum.prompts import TASK
from engine.curriculum.rows import Row, item_rng

SENTENCES = (
    "Answer with one document and nothing else.",
    "You are given what is wanted; write it in the formal language.",
    "Translate this request.",
    "Read the request to its end, then answer once.",
    "The answer has a closing tag; end with it.",
    "What follows is a request, not an example.",
    "Write the document that this asks for.",
    "Keep to the language; add no words of your own.",
)
COPIES_MOST = len(SENTENCES)


def instructed(train: Mapping[str, tuple[Row, ...]], copies: int) -> dict[str, tuple[Row, ...]]:
    """Every row, followed by so many copies of it under different sentences."""
    if copies > COPIES_MOST:
        raise CurriculumError("dataset.instruction", str(copies), f"at most {COPIES_MOST} copies")
    return {
        surface: tuple(told for row in rows for told in (row, *_copies(row, copies)))
        for surface, rows in train.items()
    }


def _copies(row: Row, copies: int) -> list[Row]:
    sentences = item_rng(f"instruction/{row.id}", 0).sample(SENTENCES, copies)
    return [
        replace(row, id=f"{row.id}/told/{number}", prompt=_under(sentence, row))
        for number, sentence in enumerate(sentences)
    ]


def _under(sentence: str, row: Row) -> str:
    task, space, rest = row.prompt.partition(" ")
    if task != TASK or not space:
        raise CurriculumError(f"row {row.id}", f"a prompt that begins {task!r}", f"{TASK} first")
    return f"{task} {sentence} {rest}"
