"""The side that decides: hears every report of a session and closes it with a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from probes.verdict import verdict_of
from reports.closing import judged, now_utc, write_views
from reports.evidence import VERDICT_PROPERTY
from reports.ledger import LEDGER, promote
from reports.plan import SessionPlan
from reports.reconcile import Heard, Recorded
from reports.record import EXIT_STATUS, SessionRecord, write_record
from reports.summary import summary_lines


class Controller:
    """Plugin of the main process; `record` is set when the session has been judged."""

    def __init__(self, config: pytest.Config, plan: SessionPlan, out: Path) -> None:
        self.config = config
        self.plan = plan
        self.out = out
        self.results = Path(config.option.allure_report_dir)
        self.heard = Heard()
        self.started = now_utc()
        self.record: SessionRecord | None = None
        self.promotion: list[str] = []
        given = (str(argument) for argument in config.args)
        self.heard.narrowed = [argument for argument in given if "::" in argument]

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.heard.collected.add(item.nodeid)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        kept = {item.nodeid for item in session.items}
        self.heard.deselected |= self.heard.collected - kept

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = report.longreprtext.strip().splitlines()
            error = (report.nodeid, lines[-1].removeprefix("E ").strip() if lines else "")
            if error not in self.heard.collection_errors:  # each worker reports it
                self.heard.collection_errors.append(error)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        self.heard.collected |= set(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        deselected = set(getattr(node, "workeroutput", {}).get("probegate", ()))
        self.heard.deselected |= deselected
        self.heard.collected |= deselected
        if error:
            self.heard.crashes.append((f"worker {node.gateway.id}", f"crashed: {error}"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        nodeid = report.nodeid
        item = self.heard.item(nodeid)
        if report.when not in ("setup", "call", "teardown"):  # pytest-xdist reports a crash so
            self.heard.crashes.append((nodeid, "its worker process crashed while it ran"))
            item.add("broken", "its worker process crashed while it ran")
            return
        about: dict[str, str] = getattr(report, "probegate", {})
        item.gate, item.run = about.get("gate", ""), about.get("run", "")
        item.story = about.get("story", "")
        outcome = "broken" if about.get("broken") else report.outcome
        item.add(outcome, about.get("message") or _skip_reason(report))
        if report.when == "teardown":
            item.finished += 1
            item.verdicts = [
                _recorded(nodeid, str(value))
                for name, value in report.user_properties
                if name == VERDICT_PROPERTY
            ]

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest-xdist stops for -x by an interrupt of its own; Ctrl-C carries no such reason.
        if str(excinfo.value).startswith("stopping after"):
            self.heard.stopped = str(excinfo.value)

    @pytest.hookimpl(wrapper=True, trylast=True)  # after the workers are gone, before the summary
    def pytest_sessionfinish(self, session: pytest.Session) -> Any:
        result = yield
        if session.shouldfail or session.shouldstop:
            self.heard.stopped = self.heard.stopped or str(session.shouldfail or session.shouldstop)
        self.record = judged(
            self.plan,
            self.heard,
            pytest_exit_status=int(session.exitstatus),
            started=self.started,
            results=self.results,
            out=self.out,
        )
        write_record(self.out / "verdict.json", self.record)
        write_views(self.record, self.heard, self.results, self.out, "\n".join(self._summary()))
        session.exitstatus = self.record.exit_status
        if self.config.getoption("--promote"):
            session.exitstatus = self._promote() or session.exitstatus
        return result

    def _promote(self) -> int:
        """Promotes what was asked to be; a refusal over a green session is no success either."""
        named = self.config.getoption("--ledger")
        ledger = self.config.invocation_params.dir / named if named else LEDGER
        try:
            added = promote(self.out / "verdict.json", ledger)
        except EvidenceError as error:
            self.promotion = [f"refused    {error}"]
            return EXIT_STATUS["no_verdict"] if self.record and not self.record.exit_status else 0
        self.promotion = [f"promoted   {entry.run} as {entry.seal[:16]}" for entry in added]
        return 0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.record is None:
            return
        terminalreporter.section("verdict", sep="-")
        *lines, last = self._summary()
        for line in [*lines, *self.promotion]:
            terminalreporter.write_line(line)
        green = self.record.standing == "green"
        terminalreporter.write_line(last, bold=True, green=green, red=not green)

    def _summary(self) -> list[str]:
        root = self.config.rootpath
        out = self.out.relative_to(root) if self.out.is_relative_to(root) else self.out
        return list(summary_lines(self.record, str(out))) if self.record else []


def _recorded(nodeid: str, payload: str) -> Recorded:
    value = json.loads(payload)
    verdict = verdict_of(value["verdict"], f"verdict of {nodeid}")
    return Recorded(verdict, value["run"], nodeid, value["digests"])


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.outcome
