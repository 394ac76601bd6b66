"""Rows: one prompt with its one right answer, as JSONL records, never lines of text."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contracts.errors import CurriculumError


@dataclass(frozen=True)
class Draft:
    """What a surface draws: a prompt, the text of its answer, and the content it is drawn with."""

    prompt: str
    target: str
    family: str
    form: str
    topic: str
    pack: str


@dataclass(frozen=True)
class Row:
    """A draft with its place in the dataset; `id` is `<split>/<surface>/<index>`."""

    id: str
    split: str
    surface: str
    family: str
    form: str
    topic: str
    pack: str
    prompt: str
    target: str


class Curriculum(Protocol):
    """What one spec line says that no other does: its surfaces and its prompt vocabulary."""

    def draw(self, surface: str, index: int, rng: random.Random) -> Draft:
        """One draft of one of the `surfaces`; depends on nothing but its arguments."""

    def surfaces(self) -> tuple[str, ...]:
        """Every surface that `draw` knows; a dataset asks for no other."""

    def prompt_atoms(self) -> tuple[str, ...]:
        """Closed vocabulary of prompt tags, in a fixed order."""

    def prose(self) -> tuple[str, ...]:
        """Sentences for a tokenizer to learn its words from: about half of those of training.

        The other half stays spelled in pieces, so that training meets words as strange as those
        of a held-out sentence will be.
        """


def item_rng(stream: str, index: int) -> random.Random:
    """Generator for one item; streams never share a state, whatever the index."""
    key = hashlib.sha256(f"{stream}\0{index}".encode()).digest()
    return random.Random(int.from_bytes(key, "big"))


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """One JSON record a line, keys sorted."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(vars(row), sort_keys=True, ensure_ascii=False) + "\n")


def rows_of(path: Path) -> Iterator[Row]:
    """Rows of a JSONL file, one at a time; CurriculumError names file and line of a fault."""
    # A row may hold any character: only the line feed, which JSON escapes, ends a record.
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = Row(**json.loads(line))
            except (json.JSONDecodeError, TypeError) as error:
                raise CurriculumError(
                    f"{path.name}, line {number}",
                    str(error),
                    "one row record a line",
                    "Build it again",
                ) from error
            yield row


def read_rows(path: Path) -> tuple[Row, ...]:
    """All rows of a JSONL file; CurriculumError names file and line of a fault."""
    return tuple(rows_of(path))
