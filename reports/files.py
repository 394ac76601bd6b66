"""Files that are kept: canonical JSON without NaN, replaced whole or not at all.

A folder of records holds one a run, named for it and carrying the digest of its contract.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError
from contracts.loading import ContractBook, contract_digest


def digest_of(data: bytes) -> str:
    """SHA-256 of some bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(where: str, value: Any, *, indent: int | None = None) -> bytes:
    """Canonical JSON of a value: sorted keys, ASCII, so that a lone surrogate survives.

    Raises EvidenceError when it holds NaN, an infinity or something that is no JSON: a record
    with NaN compares false with every threshold, so it would be read as neither pass nor fail.
    """
    try:
        text = json.dumps(
            value,
            sort_keys=True,
            allow_nan=False,
            indent=indent,
            separators=(",", ":") if indent is None else None,
        )
    except (TypeError, ValueError) as error:
        raise EvidenceError(
            where,
            str(error),
            "finite numbers, texts, lists and mappings",
            "Record a missing value as null",
        ) from error
    return text.encode()


def read_json(path: Path) -> Any:
    """The JSON value of a file; EvidenceError when it is absent or damaged."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise EvidenceError(str(path), "no such file", "a record written by a session") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise EvidenceError(str(path), f"no JSON ({error})", "a whole record") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Replaces a file in one step, through a sibling flushed to disk, and reads it back.

    Raises EvidenceError when the bytes on disk are not the bytes given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if path.read_bytes() != data:
        raise EvidenceError(str(path), "other bytes than written", "the bytes written")


def read_record(path: Path, schema: int, again: str) -> dict[str, Any]:
    """The record of a file; EvidenceError, with `again` for a cure, unless it has this schema."""
    found = read_json(path)
    if not isinstance(found, dict) or found.get("schema") != schema:
        raise EvidenceError(str(path), "another shape", f"schema {schema}", again)
    return found


def write_record(record: Mapping[str, Any], folder: Path) -> None:
    """Write the record of a run, whole or not at all."""
    path = folder / f"{record['run']}.json"
    write_atomic(path, json_bytes(str(path), record, indent=1) + b"\n")


def read_records(
    folder: Path, contracts: Sequence[Path], *, schema: int, command: str, again: str
) -> dict[str, dict[str, Any]]:
    """Every record of a folder by run; `command` makes one.

    EvidenceError for a damaged one, or of another contract than today's.
    """
    book = ContractBook(contracts)
    records = {}
    for path in sorted(folder.glob("*.json")):
        found, run = read_record(path, schema, again), path.stem
        today = contract_digest(book.contract(run)) if run in book.names else "none"
        if (found["run"], found["contract"]) != (run, today):
            raise EvidenceError(
                str(path),
                f"contract {found['contract'][:12]} of {found['run']}",
                f"today's contract {today[:12]} of {run}",
                f"{command} {run}",
            )
        records[run] = found
    return records
