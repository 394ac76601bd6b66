"""What one test hands over: verdicts that travel to the controller, exhibits for the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from allure_commons.model2 import (
    Label,
    Parameter,
    StatusDetails,
    TestResult,
    TestStepResult,
)

from contracts.errors import EvidenceError
from probes.jsonl import canonical
from probes.verdict import Verdict
from reports.attachments import AttachmentStore
from reports.differences import Differences
from reports.files import digest_of
from reports.plan import SessionPlan

VERDICT_PROPERTY = "probegate_verdict"
"""Name of the user property that carries one verdict; such properties survive pytest-xdist."""

SVG = "image/svg+xml"
_TITLE_CHARS_MAX = 160


def printable(text: str) -> str:
    """A text that UTF-8 can hold; raw answers may carry lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True)
class Exhibit:
    """One piece of evidence shown beside a test; `mime` decides how the page shows it."""

    name: str
    mime: str
    data: str | bytes


@dataclass(repr=False)  # pytest prints arguments; a page of evidence would hide the reason
class Evidence:
    """Collects what a test wants kept; the `evidence` fixture gives one to each test.

    `epic`, `feature` and `story` place the test on the page: spec, gate, split or sub-check.
    """

    item: pytest.Item
    run: str = ""
    epic: str = ""
    feature: str = ""
    story: str = ""
    title: str = ""
    exhibits: list[Exhibit] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    compared: list[tuple[str, str]] = field(default_factory=list)
    missed_because: str = ""

    def verdict(
        self, verdict: Verdict, *, run: str | None = None, digests: Mapping[str, str] | None = None
    ) -> Verdict:
        """Records a verdict and returns it, so that it can be asserted on.

        `digests` name the artifacts that it rests on (contract, kernels, weights, ...): one that
        differs from the plan's or from another verdict's of the run makes the session stale.
        """
        if not isinstance(verdict, Verdict):
            raise EvidenceError(self.item.nodeid, f"{verdict!r}", "a Verdict")
        payload = {
            "verdict": verdict.record(),
            "run": self.run if run is None else run,
            "digests": dict(digests or {}),
        }
        self.item.user_properties.append((VERDICT_PROPERTY, canonical(payload)))
        self.verdicts.append(verdict)
        return verdict

    def exhibit(self, name: str, mime: str, data: str | bytes) -> None:
        """Shows some bytes beside the test; equal bytes are stored once for all tests."""
        self.exhibits.append(Exhibit(name, mime, data))

    def compare(self, expected: str, generated: str | None) -> None:
        """Shows the SVG that was asked for, the one that came, and where they differ."""
        self.exhibit("expected picture", SVG, expected)
        if generated is None:
            self.exhibit("generated picture", "text/plain", "none: the answer does not compile")
        else:
            self.exhibit("generated picture", SVG, generated)
            self.compared.append((expected, generated))

    def missed(self, because: str) -> None:
        """Marks a missed case whose goal may still hold: visible on the page, not a red test."""
        self.missed_because = because


def new_evidence(item: pytest.Item, plan: SessionPlan | None) -> Evidence:
    """An empty Evidence placed by the item's own parameters and file.

    The run is the parameter `run`, the story the parameter `split`, the gate the marker
    `gate("name")` or the file name without `test_` and its order number.
    """
    callspec = getattr(item, "callspec", None)
    params: Mapping[str, Any] = callspec.params if callspec is not None else {}
    named = params.get("run")
    run = plan.run_of(named if isinstance(named, str) else None) if plan else ""
    spec = plan.runs[run].spec if plan and run in plan.runs else ""
    split = params.get("split")
    return Evidence(
        item,
        run=run,
        epic=spec or "house",
        feature=gate_of(item),
        story=split if isinstance(split, str) else "",
    )


def gate_of(item: pytest.Item) -> str:
    """The gate a test belongs to: its marker `gate`, else its file's name."""
    marker = item.get_closest_marker("gate")
    if marker is not None and marker.args:
        return str(marker.args[0])
    return re.sub(r"^test_(\d+_)?", "", item.path.stem)


def fill_result(
    result: TestResult, evidence: Evidence, store: AttachmentStore, differences: Differences
) -> None:
    """Puts everything a test handed over into its Allure result.

    The history id becomes the node id's digest: Allure's own is made of parameter values, so two
    cases with equal values would be merged and a failure among them hidden (PEERS 0, finding 3).
    """
    item = evidence.item
    result.historyId = result.testCaseId = history_id(item.nodeid)
    labels = (("epic", evidence.epic), ("feature", evidence.feature), ("story", evidence.story))
    result.labels.extend(Label(name, printable(value)) for name, value in labels if value)
    if evidence.title:
        result.name = printable(evidence.title)
    elif len(evidence.verdicts) == 1:
        verdict = evidence.verdicts[0]
        result.name = printable(f"{verdict.name}: {verdict.message}")[:_TITLE_CHARS_MAX]
    for verdict in evidence.verdicts:
        result.attachments.append(
            store.put(f"verdict {verdict.gate}/{verdict.name}", "text/plain", sheet(verdict))
        )
    if len(evidence.verdicts) == 1:
        result.parameters.extend(_figures(evidence.verdicts[0]))
    for exhibit in evidence.exhibits:
        data = _with_font(exhibit.data) if exhibit.mime == SVG else exhibit.data
        result.attachments.append(store.put(printable(exhibit.name), exhibit.mime, data))
    for pair in evidence.compared:
        drawn = differences.between(*pair)
        mime = "image/png" if isinstance(drawn, bytes) else "text/plain"
        result.attachments.append(store.put("difference", mime, drawn))
    if evidence.missed_because:
        because = printable(evidence.missed_because)
        result.name = f"MISSED {result.name}"
        result.labels.append(Label("tag", "missed"))
        step = TestStepResult(
            name=f"missed: {because}",
            status="failed",
            statusDetails=StatusDetails(message=because),
            start=result.start,
            stop=result.start,
        )
        result.steps.append(step)


def _with_font(svg: str | bytes) -> str:
    from reports.fonts import embed_font  # a fifth of a second that most sessions need not pay

    return embed_font(svg if isinstance(svg, str) else svg.decode())


def history_id(nodeid: str) -> str:
    """The identity of a test in Allure results."""
    return digest_of(nodeid.encode())[:32]


def sheet(verdict: Verdict) -> str:
    """A verdict as aligned lines, absent figures left out."""
    lines = [("verdict", f"{verdict.status} ({verdict.kind})"), ("found", verdict.message)]
    lines += [(parameter.name, parameter.value) for parameter in _figures(verdict)]
    lines += [("evidence", verdict.evidence or ""), ("cure", verdict.cure)]
    return "".join(f"{name:<10} {printable(value)}\n" for name, value in lines if value)


def _figures(verdict: Verdict) -> list[Parameter]:
    figures = []
    if verdict.measured is not None:
        figures.append(("measured", f"{verdict.measured:.4g}"))
    if verdict.threshold is not None:
        figures.append(("needs", f"{verdict.relation} {verdict.threshold:g}"))
    if verdict.n is not None:
        figures.append(("n", str(verdict.n)))
    if verdict.interval is not None:
        figures.append(("interval", f"{verdict.interval[0]:.4f} to {verdict.interval[1]:.4f}"))
    return [Parameter(name=name, value=value, excluded=True) for name, value in figures]
