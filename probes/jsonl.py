"""Canonical JSON lines: one spelling for each record, so that a digest means something.

Keys sorted, no white space, ASCII only (a lone surrogate in an answer survives), NaN refused.
Files are replaced whole; a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from contracts.errors import EvidenceError


def canonical(record: object) -> str:
    """The one JSON spelling of a record; EvidenceError for NaN, infinity or a foreign type."""
    try:
        return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError) as error:
        raise EvidenceError("a record", str(error), "finite numbers, text, lists, maps") from error


def digest_of_text(text: str) -> str:
    """sha256 of a text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_of_lines(lines: Iterable[str]) -> str:
    """sha256 over lines, each closed by a line feed: the digest of the file that holds them."""
    state = hashlib.sha256()
    for line in lines:
        state.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return state.hexdigest()


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Replace `path` by these lines, atomically and on disk before it takes the name."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def read_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 file without their line feeds; EvidenceError when it is absent or binary."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise EvidenceError(str(path), "no such file", "a file of JSON lines") from error
    except UnicodeDecodeError as error:
        raise EvidenceError(str(path), str(error), "UTF-8 text") from error
    return text.removesuffix("\n").split("\n") if text else []


def parse_record(line: str, where: str) -> dict[str, Any]:
    """One JSON object; EvidenceError for garbled text, NaN, repeated keys or another type."""
    try:
        record = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except ValueError as error:
        raise EvidenceError(
            where,
            f"{line[:60]!r} ({error})",
            "one whole JSON object",
            "The file was cut or edited: make it again",
        ) from error
    if not isinstance(record, dict):
        raise EvidenceError(where, f"a {type(record).__name__}", "one JSON object")
    return record


def take(record: dict[str, Any], key: str, kind: type | tuple[type, ...], where: str) -> Any:
    """Value of a key that must be present and of a kind; a bool never counts as a number."""
    if key not in record:
        raise EvidenceError(where, f"no key {key!r}", f"the key {key!r}")
    value = record[key]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        names = " or ".join(part.__name__ for part in kinds)
        raise EvidenceError(f"{where}, key {key!r}", repr(value)[:60], names)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of evidence")
