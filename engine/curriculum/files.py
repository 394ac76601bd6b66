"""Rows of the user's own: JSONL files beside the contract, one JSON object a line.

    {"prompt": "row two, seats five and six", "target": "{\"row\": 2, \"seats\": [5, 6]}"}

and where there is more to say, `surface` (else the only one of its split), `family` and `form` (by
which the report slices; "any"), `topic` and `pack` (the words of a picture), and `split`, in a file
that serves all of them. Nothing is skipped or repaired: a leak must reach the audit as it stands.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from contracts.errors import CurriculumError
from contracts.models import HELD_OUT, STRETCH, Contract, Files, HeldOut, Stretch
from engine.curriculum.rows import Row

_NEEDED = ("prompt", "target")
_SAID_WITH = {"surface": "", "family": "any", "form": "any", "topic": "", "pack": "default"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EXCERPT_CHARS = 60
# Contract gate, tokenizer and dataset each ask for the rows of a contract.
_FILES_KEPT = 16
_Split: TypeAlias = HeldOut | Stretch


@dataclass(frozen=True)
class _Line:
    """One record of a file, complete but for its split and surface, with its place."""

    where: str
    said: dict[str, str]


class OwnRows:
    """The rows and probes of a contract whose `dataset.source` is "files"."""

    def __init__(self, contract: Contract) -> None:
        assert contract.dataset.files is not None
        assert contract.folder is not None
        self._plan = contract.dataset
        self._files: Files = contract.dataset.files
        self._folder = contract.folder
        self._digests = contract.beside

    def train(self) -> dict[str, tuple[Row, ...]]:
        """The first `rows` records of each surface's file; CurriculumError when it has fewer."""
        found = {}
        for surface, count in sorted(self._plan.rows.items()):
            lines = self._of_surface(surface)
            if len(lines) < count:
                raise CurriculumError(
                    self._files.rows[surface],
                    f"{len(lines)} rows",
                    f"the {count} of dataset.rows.{surface}",
                    "Add rows, or lower the count",
                )
            found[surface] = tuple(
                _row(line, "train", surface, number) for number, line in enumerate(lines[:count])
            )
        return found

    def probes(self) -> dict[str, tuple[Row, ...]]:
        """Every case of each split; CurriculumError when the number is not the declared one."""
        found: dict[str, tuple[Row, ...]] = {}
        for split, lines in self._of_splits().items():
            plan = self._plan.splits[split]
            if len(lines) != plan.cases:
                raise CurriculumError(
                    self._probe_file(split),
                    f"{len(lines)} cases of split {split}",
                    f"the {plan.cases} of dataset.splits.{split}.cases",
                    "Ask every case, or take it out of the file",
                )
            found[split] = tuple(
                _row(line, split, _surface(line, plan.surfaces), number)
                for number, line in enumerate(lines)
            )
        return found

    def surfaces(self) -> tuple[str, ...]:
        """Surfaces that the files have rows or cases of."""
        asked = (row.surface for rows in self.probes().values() for row in rows)
        return tuple(dict.fromkeys((*self._plan.rows, *asked)))

    def room(self, surface: str) -> int:
        """How many rows the file of a training surface has, used or not."""
        return len(self._of_surface(surface))

    def prose(self) -> tuple[str, ...]:
        """Prompt and target of every other row, for merges to be learned from.

        All rows of the files count, however many are trained: a rung with fewer rows keeps its
        tokenizer.
        """
        lines = [line for surface in sorted(self._plan.rows) for line in self._of_surface(surface)]
        return tuple(line.said[key] for line in lines[::2] for key in _NEEDED)

    def _of_surface(self, surface: str) -> list[_Line]:
        lines = self._lines(self._files.rows[surface])
        for line in lines:
            if line.said["surface"] not in ("", surface):
                raise CurriculumError(
                    f"{line.where}, key surface",
                    repr(line.said["surface"]),
                    f"{surface!r}, whose file this is, or no such key",
                    "Move the row to the file of its surface",
                )
        return lines

    def _of_splits(self) -> dict[_Split, list[_Line]]:
        """Lines of each split, the splits in an order of their own."""
        names = [name for name in (*HELD_OUT, *STRETCH) if name in self._plan.splits]
        if not isinstance(self._files.probes, str):
            return {name: self._lines(self._files.probes[name]) for name in names}
        found: dict[_Split, list[_Line]] = {name: [] for name in names}
        for line in self._lines(self._files.probes, with_split=True):
            split = line.said["split"]
            home = next((lines for name, lines in found.items() if name == split), None)
            if home is None:
                raise CurriculumError(
                    f"{line.where}, key split",
                    repr(split),
                    f"one of {', '.join(names)}",
                    "Name a split of the contract that asks no training rows",
                )
            home.append(line)
        return found

    def _probe_file(self, split: _Split) -> str:
        probes = self._files.probes
        return probes if isinstance(probes, str) else probes[split]

    def _lines(self, name: str, *, with_split: bool = False) -> list[_Line]:
        """Records of a file, whose bytes must be those that the contract was made with."""
        needed = (*_NEEDED, "split") if with_split else _NEEDED
        return list(_records(self._folder / name, name, self._digests[name], needed))


@lru_cache(maxsize=_FILES_KEPT)
def _records(path: Path, name: str, sha256: str, needed: tuple[str, ...]) -> tuple[_Line, ...]:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CurriculumError(
            name, "other bytes than the contract's", "a file that rests", "Start again"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise CurriculumError(
            f"{name}, line {at}", f"byte {data[error.start]:#04x}", "UTF-8 text", "Save it so"
        ) from error
    # A record may hold any character: only the line feed, which JSON escapes, ends it.
    lines = text.removesuffix("\n").split("\n") if text else []
    if not lines:
        raise CurriculumError(name, "an empty file", "a JSON object a line", "Add rows")
    places = (f"{name}, line {number}" for number in range(1, len(lines) + 1))
    return tuple(
        _Line(where, _SAID_WITH | _record(line, needed, where))
        for line, where in zip(lines, places, strict=True)
    )


def _record(line: str, needed: tuple[str, ...], where: str) -> dict[str, str]:
    try:
        record = json.loads(line, object_pairs_hook=_unique)
    except ValueError as error:
        found = f"{line[:_EXCERPT_CHARS]!r} ({error})" if line.strip() else "an empty line"
        _refuse(where, found, "one whole JSON object", "Write each row as one line of JSON")
    if not isinstance(record, dict):
        _refuse(where, f"a {type(record).__name__}", "a JSON object", "Write {} around the row")
    for key in needed:
        if key not in record:
            _refuse(where, f"no key {key!r}", f"the keys {', '.join(needed)}", "Add the key")
    for key, value in record.items():
        if key not in needed and key not in _SAID_WITH:
            known = f"only {', '.join((*needed, *_SAID_WITH))}"
            _refuse(where, f"the key {key!r}", known, "Remove it, or correct its spelling")
        if not isinstance(value, str) or (key in needed and not value):
            _refuse(
                f"{where}, key {key}",
                repr(value)[:_EXCERPT_CHARS],
                "text that is not empty" if key in needed else "text",
                "Spell the answer as the language does" if key == "target" else "Write it as text",
            )
        if _LONE_SURROGATE.search(value):
            _refuse(f"{where}, key {key}", "half a surrogate pair", "whole characters", "Mend it")
    return record


def _refuse(where: str, found: str, expected: str, cure: str) -> NoReturn:
    raise CurriculumError(where, found, expected, cure)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _surface(line: _Line, surfaces: tuple[str, ...]) -> str:
    """The surface of a case, which a split of one surface need not say."""
    said = line.said["surface"]
    if said in surfaces:
        return said
    if not said and len(surfaces) == 1:
        return surfaces[0]
    raise CurriculumError(
        f"{line.where}, key surface",
        repr(said) if said else "nothing",
        f"one of {', '.join(surfaces)}, the surfaces of its split",
        "Say which surface asks the case, or name it in the contract",
    )


def _row(line: _Line, split: str, surface: str, number: int) -> Row:
    said = {key: line.said[key] for key in (*_NEEDED, "family", "form", "topic", "pack")}
    return Row(id=f"{split}/{surface}/{number:04d}", split=split, surface=surface, **said)
