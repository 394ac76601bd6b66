"""A session's verdict as lines of text: one fact a line, stable order, the verdict last."""

from __future__ import annotations

import os
from collections.abc import Iterator

from probes.next_rung import NEXT_RUNG
from probes.verdict import verdict_of
from reports.record import SessionRecord

_SHOWN_FAULTS = 12
_NEXT = {
    "no_verdict": "run the whole session: `pytest gates/ --run {label}` without any selection",
    "broken": "mend the harness first; a crash says nothing about the model",
    "stale": "run the session again from a checkout that nobody edits meanwhile",
}


def summary_lines(record: SessionRecord, out: str) -> Iterator[str]:
    """The lines of a summary; `out` is its folder as the reader would type it."""
    yield _fact("session", record.label)
    dirty = {True: " (uncommitted changes)", False: "", None: "unknown"}[record.dirty]
    yield _fact("commit", f"{record.commit[:12]}{dirty}")
    for name, run in sorted(record.runs.items()):
        for digest, value in sorted(run.digests.items()):
            yield _fact(digest, f"{value[:16]}{f'  {name}' if len(record.runs) > 1 else ''}")
    counts = record.counts
    selection = ("collected", "deselected", "reported", "written")
    yield _fact("items", ", ".join(f"{counts[name]} {name}" for name in selection))
    outcomes = ("passed", "failed", "broken", "skipped")
    yield _fact("outcomes", ", ".join(f"{counts[name]} {name}" for name in outcomes))
    yield from _gate_lines(record)
    yield from _fault_lines(record)
    yield _fact("results", os.path.join(out, record.allure_results))
    yield _fact("record", os.path.join(out, "verdict.json"))
    if record.standing in _NEXT:
        yield _fact("next", _NEXT[record.standing].format(label=record.label))
    yield from _next_lines(record, out)
    yield _fact("VERDICT", f"{record.title} (exit status {record.exit_status})")


def _gate_lines(record: SessionRecord) -> Iterator[str]:
    """One line for each gate of each run, in the order of the record: that of the gates."""
    gates: dict[tuple[str, str], list[str]] = {}
    for verdict in record.verdicts:
        if verdict["kind"] != "diagnostic":
            gates.setdefault((verdict["run"], verdict["gate"]), []).append(verdict["status"])
    for (run, gate), statuses in gates.items():
        held = statuses.count("passed")
        name = f"{run} {gate}" if len(record.runs) > 1 else gate
        yield _fact("gate", f"{name}: {held} of {len(statuses)} held")


def _fault_lines(record: SessionRecord) -> Iterator[str]:
    told = set()
    evidence: dict[str, None] = {}
    for verdict in record.verdicts:
        if verdict["status"] in ("failed", "broken") and verdict["kind"] != "diagnostic":
            told.add(f"{verdict['gate']}/{verdict['name']}")
            fields = {key: verdict[key] for key in verdict if key not in ("run", "item")}
            yield _fact(
                "red" if verdict["status"] == "failed" else "broken",
                verdict_of(fields, "verdict").line(),
            )
            evidence.setdefault(verdict["evidence"] or "")
    yield from (_fact("evidence", path) for path in evidence if path)
    rest = [fault for fault in record.faults if fault.where.rpartition(": ")[2] not in told]
    for fault in rest[:_SHOWN_FAULTS]:
        yield _fact(fault.kind, f"{fault.where}: {fault.why}")
    if len(rest) > _SHOWN_FAULTS:
        yield _fact("more", f"{len(rest) - _SHOWN_FAULTS} further faults in the record")


def _next_lines(record: SessionRecord, out: str) -> Iterator[str]:
    """One next step a run, the cure of its first red verdict, and where its next rung is drafted.

    Gates stand in their order: what stands first is mended first, later reds may follow from it.
    """
    steps: dict[str, str] = {}
    for verdict in record.verdicts:
        red = verdict["status"] in ("failed", "broken") and verdict["kind"] != "diagnostic"
        if red and verdict["cure"]:
            steps.setdefault(verdict["run"], verdict["cure"])
    for run, step in steps.items():
        yield _fact("next", f"{run}: {step}" if len(record.runs) > 1 else step)
    for name in record.evidence:
        if name.endswith(NEXT_RUNG):
            yield _fact("draft", os.path.join(out, "evidence", name))


def _fact(name: str, value: str) -> str:
    return f"{name:<11} {value}"
