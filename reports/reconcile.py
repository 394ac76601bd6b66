"""Compares what was promised, collected, reported and written; what differs is a fault.

An Allure page or a list of passed tests says nothing about the tests that never ran. Each rule
here closes one way in which thinned evidence could look green (PEERS section 0, 1 to 3 and 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from probes.verdict import Verdict
from reports.plan import SessionPlan
from reports.record import EXIT_STATUS, Fault, Standing

_GRAVITY = {"passed": 0, "skipped": 1, "failed": 2, "broken": 3}


@dataclass(frozen=True)
class Recorded:
    """A verdict as an item recorded it, with its run and the digests it rests on."""

    verdict: Verdict
    run: str
    item: str
    digests: Mapping[str, str]

    @property
    def key(self) -> str:
        """`gate/name`, the identity of a verdict inside its run."""
        return f"{self.verdict.gate}/{self.verdict.name}"


@dataclass
class Item:
    """What was heard about one test: its gravest outcome so far and the verdicts it recorded.

    `finished` counts its teardown reports.
    """

    nodeid: str
    gate: str = ""
    run: str = ""
    story: str = ""
    outcome: str = "passed"
    message: str = ""
    finished: int = 0
    verdicts: list[Recorded] = field(default_factory=list)

    @property
    def has_red_verdict(self) -> bool:
        """Whether a verdict of its own already says why the item failed."""
        return any(
            recorded.verdict.status == "failed" and recorded.verdict.kind != "diagnostic"
            for recorded in self.verdicts
        )

    def add(self, outcome: str, message: str) -> None:
        """Takes the outcome of one phase; a graver one replaces what was known."""
        if _GRAVITY.get(outcome, 3) > _GRAVITY[self.outcome]:
            self.outcome = outcome if outcome in _GRAVITY else "broken"
            self.message = message


@dataclass
class Heard:
    """Everything the controller of a session heard, in the order it was heard."""

    collected: set[str] = field(default_factory=set)
    deselected: set[str] = field(default_factory=set)
    items: dict[str, Item] = field(default_factory=dict)
    crashes: list[tuple[str, str]] = field(default_factory=list)
    collection_errors: list[tuple[str, str]] = field(default_factory=list)
    narrowed: list[str] = field(default_factory=list)
    stopped: str = ""

    def item(self, nodeid: str) -> Item:
        """The item of a node id, made when it is heard of for the first time."""
        return self.items.setdefault(nodeid, Item(nodeid))

    def verdicts(self) -> Iterator[Recorded]:
        """Every recorded verdict, ordered by item."""
        for nodeid in sorted(self.items):
            yield from self.items[nodeid].verdicts


def faults_of(
    plan: SessionPlan, heard: Heard, written: Mapping[str, str], lost_attachments: Iterable[str]
) -> tuple[Fault, ...]:
    """Every reason why a session is not green, gravest kinds first, each in a stable order.

    `written` maps node ids to the status of the Allure result found on disk.
    """
    found = [
        *_harness_faults(heard, written, lost_attachments),
        *_outcome_faults(heard),
        *_verdict_faults(plan, heard),
        *_missing_faults(plan, heard),
    ]
    if any(fault.kind in ("red", "broken") for fault in found):
        # What a red gate blocked is explained by that gate.
        found = [fault for fault in found if not fault.why.startswith("skipped: ")]
    return tuple(sorted(set(found), key=lambda f: (-EXIT_STATUS[f.kind], f.where, f.why)))


def standing_of(faults: Iterable[Fault]) -> Standing:
    """The standing that the gravest fault leaves; green without any."""
    kinds = [fault.kind for fault in faults]
    return max(kinds, key=EXIT_STATUS.__getitem__) if kinds else "green"


def _harness_faults(
    heard: Heard, written: Mapping[str, str], lost_attachments: Iterable[str]
) -> Iterator[Fault]:
    for nodeid, why in heard.crashes:
        yield Fault("broken", nodeid, why)
    for nodeid, why in heard.collection_errors:
        yield Fault("broken", nodeid, f"not collected: {why}")
    for name in lost_attachments:
        yield Fault("broken", name, "attachment lost from the Allure results")
    crashed = {nodeid for nodeid, _ in heard.crashes}
    for item in heard.items.values():
        if item.finished > 1:
            yield Fault("broken", item.nodeid, f"reported {item.finished} times, expected once")
        if not item.finished or item.nodeid in crashed:
            continue
        status = written.get(item.nodeid)
        if status is None:
            yield Fault("broken", item.nodeid, "its Allure result is not on disk")
        elif (status == "passed") != (item.outcome == "passed"):
            yield Fault("broken", item.nodeid, f"{item.outcome}, but Allure wrote {status}")


def _outcome_faults(heard: Heard) -> Iterator[Fault]:
    for item in heard.items.values():
        if item.outcome == "broken":
            yield Fault("broken", item.nodeid, item.message)
        elif item.outcome == "failed" and not item.has_red_verdict:
            yield Fault("red", item.nodeid, item.message)
        elif item.outcome == "skipped":
            yield Fault("no_verdict", item.nodeid, f"skipped: {item.message}")


def _verdict_faults(plan: SessionPlan, heard: Heard) -> Iterator[Fault]:
    digests = {name: dict(run.digests) for name, run in plan.runs.items()}
    recorders: dict[tuple[str, str], str] = {}
    for recorded in heard.verdicts():
        verdict, where = recorded.verdict, place(plan, recorded.run, recorded.key)
        first = recorders.setdefault((recorded.run, recorded.key), recorded.item)
        if first != recorded.item:
            yield Fault("broken", where, f"recorded by {first} and by {recorded.item}")
        yield from _digest_faults(where, recorded.digests, digests.setdefault(recorded.run, {}))
        if verdict.kind == "diagnostic":
            continue
        if verdict.status == "failed":
            yield Fault("red", where, verdict.message)
        elif verdict.status == "broken":
            yield Fault("broken", where, verdict.message)
        elif verdict.status == "skipped":
            yield Fault("no_verdict", where, f"skipped: {verdict.message}")


def _digest_faults(
    where: str, reported: Mapping[str, str], known: dict[str, str]
) -> Iterator[Fault]:
    for name, digest in reported.items():
        expected = known.setdefault(name, digest)
        if expected != digest:
            yield Fault("stale", where, f"{name} digest {digest[:12]}, expected {expected[:12]}")


def _missing_faults(plan: SessionPlan, heard: Heard) -> Iterator[Fault]:
    for nodeid in heard.deselected:
        yield Fault("no_verdict", nodeid, "deselected")
    for argument in heard.narrowed:
        yield Fault("no_verdict", argument, "only a part of a file was asked for")
    crashed = {nodeid for nodeid, _ in heard.crashes}
    for nodeid in heard.collected - heard.deselected - crashed:
        item = heard.items.get(nodeid)
        if item is None or not item.finished:
            yield Fault("no_verdict", nodeid, "collected, never finished")
    if heard.stopped:
        yield Fault("no_verdict", "session", heard.stopped)
    given = {
        (recorded.run, name)
        for recorded in heard.verdicts()
        for name in (recorded.key, recorded.verdict.gate)
    }
    skipped = {
        (item.run, item.gate): item.message
        for item in heard.items.values()
        if item.outcome == "skipped"
    }
    for run, promised in plan.runs.items():
        for name in promised.expected:
            if (run, name) not in given:
                blocked = skipped.get((run, name.split("/")[0]))
                why = "no verdict was recorded" if blocked is None else f"skipped: {blocked}"
                yield Fault("no_verdict", place(plan, run, name), why)


def place(plan: SessionPlan, run: str, name: str) -> str:
    """Name of a gate or verdict, with its run when the session has several."""
    return f"{run}: {name}" if len(plan.runs) > 1 else name


def run_digests(plan: SessionPlan, heard: Heard) -> dict[str, dict[str, str]]:
    """Digests of each run: those promised, then those its verdicts reported first."""
    digests = {name: dict(run.digests) for name, run in plan.runs.items()}
    for recorded in heard.verdicts():
        known = digests.setdefault(recorded.run, {})
        for name, digest in recorded.digests.items():
            known.setdefault(name, digest)
    return digests
