"""The promotion ledger: an append-only file in which each line seals the one before.

An entry exists only because every gate of a run held over complete evidence. Changing, removing
or reordering a line breaks the chain from there on; a ledger cut short at its end is found by
whoever kept the last seal (`head`), for instance a signed tag.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from contracts.errors import EvidenceError
from probes.jsonl import canonical
from reports.closing import now_utc
from reports.files import digest_of, write_atomic
from reports.record import read_record

LEDGER = Path(__file__).parent / "promoted" / "ledger.jsonl"
_START = "0" * 64
_NEEDED = ("contract", "weights")


@dataclass(frozen=True)
class Promotion:
    """One entry. `previous` is the seal of the entry before, `seal` that of this one's other keys.

    `record` is the digest of the `verdict.json` that earned it; `time` is UTC, ISO 8601.
    """

    index: int
    previous: str
    run: str
    digests: dict[str, str]
    record: str
    commit: str
    time: str
    seal: str = ""

    def sealed(self) -> Promotion:
        """The entry with its own seal."""
        content = {key: value for key, value in asdict(self).items() if key != "seal"}
        return Promotion(**content, seal=digest_of(canonical(content).encode()))


def promote(record_path: Path, ledger: Path) -> list[Promotion]:
    """Appends one entry for each run of a green session; returns those entries.

    Refuses with EvidenceError: a session that is not green or was not meant to promote, one with
    uncommitted changes, a run without contract or weights digest, a run whose weights the ledger
    already holds, and a ledger that does not verify.
    """
    record = read_record(record_path)
    where = f"promotion of {record.label}"
    if record.word != "PROMOTABLE":
        raise EvidenceError(where, record.title, "a complete green session that promotes")
    if record.dirty is not False:
        raise EvidenceError(
            where,
            "a checkout with uncommitted changes" if record.dirty else "no git checkout",
            "a commit that others can check out",
            "Commit, then run the gates again",
        )
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{ledger}.lock"):
        entries = verify(ledger)
        added: list[Promotion] = []
        for name, run in sorted(record.runs.items()):
            missing = [digest for digest in _NEEDED if digest not in run.digests]
            if missing:
                raise EvidenceError(f"{where}, run {name}", f"no {missing[0]} digest", "both")
            known = {(entry.run, entry.digests["weights"]) for entry in entries}
            if (name, run.digests["weights"]) in known:
                raise EvidenceError(
                    f"{where}, run {name}", "these weights in the ledger", "new weights"
                )
            entry = Promotion(
                index=len(entries) + len(added),
                previous=[*entries, *added][-1].seal if entries or added else _START,
                run=name,
                digests=dict(run.digests),
                record=digest_of(record_path.read_bytes()),
                commit=record.commit,
                time=now_utc(),
            )
            added.append(entry.sealed())
        lines = [canonical(asdict(entry)) + "\n" for entry in [*entries, *added]]
        write_atomic(ledger, "".join(lines).encode())
    return added


def verify(ledger: Path) -> list[Promotion]:
    """Every entry of a ledger, none for an absent file; EvidenceError names the first bad line."""
    if not ledger.exists():
        return []
    entries: list[Promotion] = []
    previous = _START
    for number, line in enumerate(ledger.read_text(encoding="utf-8").splitlines()):
        where = f"{ledger}:{number + 1}"
        entry = _entry(where, line)
        if entry.previous != previous or entry.index != number:
            raise EvidenceError(
                where,
                f"entry {entry.index} after seal {entry.previous[:12]}",
                f"entry {number} after seal {previous[:12]}",
                "A line was removed, inserted or moved: restore the file from git",
            )
        if entry.sealed().seal != entry.seal or canonical(asdict(entry)) != line:
            raise EvidenceError(
                where,
                "an entry that its seal does not fit",
                "the entry as it was written",
                "The line was edited: restore the file from git",
            )
        previous = entry.seal
        entries.append(entry)
    return entries


def head(ledger: Path) -> str:
    """Seal of the last entry, sixty-four zeros for an empty ledger."""
    entries = verify(ledger)
    return entries[-1].seal if entries else _START


def _entry(where: str, line: str) -> Promotion:
    try:
        value: dict[str, Any] = json.loads(line)
        return Promotion(**value)
    except (ValueError, TypeError) as error:
        raise EvidenceError(where, repr(line[:80]), "one promotion as JSON") from error
