"""Closes a session: its record from what was heard, and the views that are drawn from it."""

from __future__ import annotations

import json
import platform
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError
from probes.jsonl import canonical
from reports.allure_results import statuses, write_globals, write_result
from reports.attachments import MIME_OF_SUFFIX, AttachmentStore
from reports.evidence import history_id
from reports.files import digest_of
from reports.pictures import loss_picture, read_ledger
from reports.plan import SessionPlan
from reports.reconcile import Heard, Recorded, faults_of, place, run_digests, standing_of
from reports.record import EXIT_STATUS, Fault, RunRecord, SessionRecord
from reports.tables import html_table

_PACKAGES = ("pytest", "pytest-xdist", "allure-pytest", "numpy", "tokenizers", "resvg-py")
_KEPT = {2: "interrupted", 3: "internal error", 4: "usage error", 5: "nothing was collected"}
_ALLURE_STATUS = {"green": "passed", "red": "failed"}


def judged(
    plan: SessionPlan,
    heard: Heard,
    *,
    pytest_exit_status: int,
    started: str,
    results: Path,
    out: Path,
) -> SessionRecord:
    """The record of a finished session.

    pytest's own exit statuses 2 to 5 stand, except when -x stopped the workers of pytest-xdist,
    which pytest takes for an interrupt.
    """
    found, lost = statuses(results)
    written = {
        nodeid: found[history_id(nodeid)] for nodeid in heard.items if history_id(nodeid) in found
    }
    faults = [*faults_of(plan, heard, written, lost), *_draw_ledgers(out / "evidence")]
    stopped = pytest_exit_status == 2 and heard.stopped
    kept = pytest_exit_status in _KEPT and not stopped
    if kept:
        faults.append(Fault("no_verdict", "session", f"pytest: {_KEPT[pytest_exit_status]}"))
    elif pytest_exit_status and not faults:
        faults.append(Fault("broken", "session", "pytest failed, yet no failure was heard"))
    standing = "no_verdict" if kept else standing_of(faults)
    commit, dirty = _revision(Path(__file__).parents[1])
    return SessionRecord(
        label=plan.label,
        standing=standing,
        exit_status=pytest_exit_status if kept else EXIT_STATUS[standing],
        pytest_exit_status=pytest_exit_status,
        started=started,
        finished=now_utc(),
        commit=commit,
        dirty=dirty,
        versions=_versions(),
        counts=_counts(heard, written),
        deselected=tuple(sorted(heard.deselected)),
        runs=_runs(plan, heard, faults),
        verdicts=tuple(_row(recorded) for recorded in _in_order(plan, heard)),
        faults=tuple(faults),
        allure_results=str(results.relative_to(out) if results.is_relative_to(out) else results),
        evidence={
            path.name: digest_of(path.read_bytes())
            for path in sorted((out / "evidence").iterdir())
            if path.is_file() and not path.name.startswith(".")
        },
    )


def write_views(
    record: SessionRecord, heard: Heard, results: Path, out: Path, summary: str
) -> None:
    """Adds to the Allure results what no test could write: crashed tests and the verdict itself.

    The verdict stands among the tests as one of them, so that a page of passed tests over
    incomplete evidence is not a green page.
    """
    results.mkdir(parents=True, exist_ok=True)
    epic = next(iter(record.runs.values())).spec or "house"
    for nodeid, why in heard.crashes:
        item = heard.items.get(nodeid)
        labels = {"epic": epic, "feature": (item.gate if item else "") or "crash"}
        name = nodeid.split("::")[-1]
        write_result(results, nodeid, name, "broken", why, labels=labels)
    store = AttachmentStore(results)
    entries = [
        store.put("verdict", "text/plain", summary + "\n"),
        store.put("gates", "text/html", _gate_table(record)),
        store.put("verdict.json", "application/json", (out / "verdict.json").read_bytes()),
    ]
    for name in record.evidence:
        mime = MIME_OF_SUFFIX.get(Path(name).suffix, "text/plain")
        entries.append(store.put(name, mime, (out / "evidence" / name).read_bytes()))
    write_globals(results, entries)
    write_result(
        results,
        "verdict",
        f"VERDICT {record.title}",
        _ALLURE_STATUS.get(record.standing, "broken"),
        "" if record.standing == "green" else summary,
        description=f"```\n{summary}\n```" if record.standing == "green" else "",
        labels={"epic": epic, "feature": "verdict"},
        attachments=entries,
    )


def _gate_table(record: SessionRecord) -> str:
    """Every verdict of a session in one table, those that do not hold marked."""
    rows = [
        [
            verdict["run"],
            f"{verdict['gate']}/{verdict['name']}",
            verdict["kind"],
            verdict["status"],
            verdict["measured"],
            f"{verdict['relation']} {verdict['threshold']:g}" if verdict["relation"] else None,
            verdict["n"],
            "{:.4f} to {:.4f}".format(*verdict["interval"]) if verdict["interval"] else None,
            verdict["message"],
        ]
        for verdict in record.verdicts
    ]
    heads = ["run", "verdict", "kind", "status", "measured", "needs", "n", "interval", "found"]
    held = ("passed", "skipped")
    marked = frozenset(
        i for i, verdict in enumerate(record.verdicts) if verdict["status"] not in held
    )
    note = "Figures as they were judged; a diagnostic is shown and never gates."
    return html_table(record.title, heads, rows, note=note, marked=marked)


def _draw_ledgers(folder: Path) -> Iterator[Fault]:
    """Draws the loss of each training ledger in the evidence; a damaged one is a fault."""
    for ledger in sorted(folder.glob("*ledger.jsonl")):
        name = ledger.name.removesuffix("ledger.jsonl")
        try:
            picture = loss_picture(read_ledger(ledger), name.rstrip(".") or "training")
        except EvidenceError as error:
            yield Fault("broken", ledger.name, str(error))
        else:
            (folder / f"{name}loss_curve.svg").write_text(picture, encoding="utf-8")


def _in_order(plan: SessionPlan, heard: Heard) -> list[Recorded]:
    """Every verdict, runs and gates as the plan has them, inside a gate by item."""
    runs = list(plan.runs)
    gates = {
        (name, verdict.partition("/")[0]): at
        for name, run in plan.runs.items()
        for at, verdict in reversed([*enumerate(run.expected)])
    }

    def place(recorded: Recorded) -> tuple[int, int]:
        run = runs.index(recorded.run) if recorded.run in runs else len(runs)
        return run, gates.get((recorded.run, recorded.verdict.gate), len(gates))

    return sorted(heard.verdicts(), key=place)


def _row(recorded: Recorded) -> Mapping[str, Any]:
    row: dict[str, Any] = json.loads(canonical(recorded.verdict.record()))
    return {**row, "run": recorded.run, "item": recorded.item}


def _counts(heard: Heard, written: Mapping[str, str]) -> dict[str, int]:
    items = heard.items.values()
    outcomes = Counter(item.outcome for item in items)
    return {
        "collected": len(heard.collected),
        "deselected": len(heard.deselected),
        "reported": sum(1 for item in items if item.finished),
        "written": len(written),
        **{name: outcomes[name] for name in ("passed", "failed", "broken", "skipped")},
    }


def _runs(plan: SessionPlan, heard: Heard, faults: list[Fault]) -> dict[str, RunRecord]:
    """Each run under its own faults and those of no run, which spoil every run's evidence."""
    owner = {nodeid: item.run for nodeid, item in heard.items.items()}
    for recorded in heard.verdicts():
        owner[place(plan, recorded.run, recorded.key)] = recorded.run
    for name, promised in plan.runs.items():
        owner |= {place(plan, name, gate): name for gate in promised.expected}
    digests = run_digests(plan, heard)
    records = {}
    for name, run in plan.runs.items():
        own = [fault for fault in faults if owner.get(fault.where, name) in (name, "")]
        records[name] = RunRecord(run.spec, standing_of(own), run.promotes, digests[name])
    return records


def now_utc() -> str:
    """The time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _revision(root: Path) -> tuple[str, bool | None]:
    """Commit of the checkout and whether it has uncommitted changes; ("", None) outside git."""
    answers = []
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain"]):
        try:
            done = subprocess.run(
                ["git", *command], cwd=root, capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return "", None
        answers.append(done.stdout.strip())
    return answers[0], bool(answers[1])


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
