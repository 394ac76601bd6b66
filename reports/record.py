"""The record of a session: `verdict.json`, from which every other view is drawn.

    status       exit  meaning
    green          0   every gate held over complete evidence
    red            1   a gate is red
    no_verdict    10   evidence is incomplete: deselected, not run, stopped early
    broken        11   the harness itself failed: crash, fixture error, lost results
    stale         12   evidence belongs to another contract, data set or kernel

pytest keeps 2 to 5 (interrupted, internal error, usage, nothing collected): status no_verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from contracts.errors import EvidenceError
from reports.files import json_bytes, read_json, write_atomic

SCHEMA_VERSION = 1
EXIT_STATUS = {"green": 0, "red": 1, "no_verdict": 10, "broken": 11, "stale": 12}

Standing = Literal["green", "red", "no_verdict", "broken", "stale"]


@dataclass(frozen=True)
class Fault:
    """One reason why a session is not green."""

    kind: Standing
    where: str
    why: str


@dataclass(frozen=True)
class RunRecord:
    """What a session found about one run; `digests` are those promised and those reported."""

    spec: str
    standing: Standing
    promotes: bool
    digests: Mapping[str, str]


@dataclass(frozen=True)
class SessionRecord:
    """Everything a session decided, and what the decision rests on.

    `verdicts` are the verdicts as recorded, each with its `run` and `item`; `counts` are items
    collected, deselected, reported, written and reported by outcome. Times are UTC, ISO 8601.
    `allure_results` is relative to the record's folder unless the user chose another place.
    """

    label: str
    standing: Standing
    exit_status: int
    pytest_exit_status: int
    started: str
    finished: str
    commit: str
    dirty: bool | None
    versions: Mapping[str, str]
    counts: Mapping[str, int]
    deselected: tuple[str, ...]
    runs: Mapping[str, RunRecord]
    verdicts: tuple[Mapping[str, Any], ...]
    faults: tuple[Fault, ...]
    allure_results: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def word(self) -> str:
        """The verdict in capitals: PROMOTABLE, GREEN, RED or NO VERDICT."""
        if self.standing == "green":
            promotes = self.runs and all(run.promotes for run in self.runs.values())
            return "PROMOTABLE" if promotes else "GREEN"
        return "RED" if self.standing == "red" else "NO VERDICT"

    @property
    def title(self) -> str:
        """The verdict in one line, the reason added when there is none."""
        reason = {"broken": " (harness broken)", "stale": " (stale evidence)"}
        return f"{self.label}: {self.word}{reason.get(self.standing, '')}"


def write_record(path: Path, record: SessionRecord) -> None:
    """Writes `verdict.json` in one step and reads it back; refuses NaN."""
    data = json_bytes(str(path), asdict(record), indent=1) + b"\n"
    write_atomic(path, data)
    if read_record(path) != record:
        raise EvidenceError(str(path), "another record", "the record just written")


def read_record(path: Path) -> SessionRecord:
    """The record of a file; EvidenceError when it is absent, damaged or of another version."""
    value = read_json(path)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != SCHEMA_VERSION:
        raise EvidenceError(
            str(path),
            f"schema version {version}",
            f"schema version {SCHEMA_VERSION}",
            "Run the gates again with this checkout",
        )
    try:
        runs = {name: RunRecord(**run) for name, run in value.pop("runs").items()}
        faults = tuple(Fault(**fault) for fault in value.pop("faults"))
        verdicts = tuple(value.pop("verdicts"))
        deselected = tuple(value.pop("deselected"))
        record = SessionRecord(
            **value, runs=runs, faults=faults, verdicts=verdicts, deselected=deselected
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(
            str(path), f"a record that lacks or adds {error}", "all keys"
        ) from error
    _check_standing(path, record)
    return record


def _check_standing(path: Path, record: SessionRecord) -> None:
    """A record whose exit status denies its standing was edited, so it decides nothing."""
    own = EXIT_STATUS.get(record.standing)
    kept_by_pytest = record.standing == "no_verdict" and record.exit_status in (2, 3, 4, 5)
    if own is None or (record.exit_status != own and not kept_by_pytest):
        raise EvidenceError(
            str(path),
            f"standing {record.standing!r} with exit status {record.exit_status}",
            "a standing and its own exit status",
        )
