"""Rows: one prompt with its one right answer, as JSONL records, never lines of text."""

from __future__ import annotations

import hashlib
import json
import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, overload

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
        """One draft of a surface; depends on nothing but its arguments."""

    def surfaces(self) -> tuple[str, ...]:
        """Every surface that `draw` knows."""

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
            file.write(json.dumps(asdict(row), sort_keys=True, ensure_ascii=False) + "\n")


class StoredRows(Sequence[Row]):
    """Rows of a JSONL file by number, each read when it is asked for: only places are held."""

    def __init__(self, path: Path, places: array[int]) -> None:
        self._path = path
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> StoredRows: ...

    def __getitem__(self, at: int | slice) -> Row | StoredRows:
        if isinstance(at, slice):
            return StoredRows(self._path, self._places[at])
        with self._path.open("rb") as file:
            file.seek(self._places[at])
            return Row(**json.loads(file.readline()))


def rows_by_surface(path: Path) -> dict[str, StoredRows]:
    """The rows of a file that `write_rows` wrote, by surface, in the order of the file."""
    places: dict[str, array[int]] = {}
    at = 0
    with path.open("rb") as file:
        for line in file:
            places.setdefault(json.loads(line)["surface"], array("Q")).append(at)
            at += len(line)
    return {surface: StoredRows(path, found) for surface, found in places.items()}


def read_rows(path: Path) -> tuple[Row, ...]:
    """Rows of a JSONL file; CurriculumError names file and line of a fault."""
    # A row may hold any character: only the line feed, which JSON escapes, ends a record.
    text = path.read_text(encoding="utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(Row(**json.loads(line)))
        except (json.JSONDecodeError, TypeError) as error:
            raise CurriculumError(
                f"{path.name}, line {number}", str(error), "one row record a line", "Build it again"
            ) from error
    return tuple(rows)
