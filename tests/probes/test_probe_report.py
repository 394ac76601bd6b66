"""A probe report follows from its outcomes, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from probes.baselines import baseline_table
from probes.jsonl import canonical, digest_of_lines
from probes.report import ProbeReport, build_report, read_report, rescore, write_report
from probes.responses import Source
from probes.statistics import Marks, paired, wilson

SOURCE = Source(contract="c" * 64, weights="w" * 64, tokenizer="t" * 64)


@pytest.fixture
def outcomes(golds: dict[str, str], make_case: Any, answer: Any) -> list[Any]:
    memory, timeline = golds["memory_map"], golds["timeline"]
    dev = [make_case(i) for i in range(4)]
    test = [make_case(i, timeline, "test") for i in range(3)]
    return [
        answer(memory, dev[0]),
        answer(memory.replace("green", "pink"), dev[1]),
        answer(memory + " \ud800x", dev[2]),
        answer(memory.replace("cards:3", "cards:4"), dev[3]),
        answer(timeline, test[0]),
        answer(timeline[:30], test[1], "budget"),
        answer(memory, test[2]),
    ]


@pytest.fixture
def report(outcomes: list[Any], language: Any) -> ProbeReport:
    plain = build_report(outcomes, SOURCE)
    after = plain.marks("exact")
    before = replace(after, passed={**after.passed, "dev/routebook_direct/0001": True})
    cases = [outcome.case for outcome in outcomes]
    table = baseline_table(cases, [(c.prompt, c.expected) for c in cases[:2]], language)
    return build_report(outcomes, SOURCE, table, paired(before, after))


@pytest.fixture
def written(report: ProbeReport, tmp_path: Path) -> Path:
    path = tmp_path / "probe_report.jsonl"
    write_report(path, report)
    return path


def test_a_report_comes_back_equal(report: ProbeReport, written: Path) -> None:
    assert read_report(written, report.cases, SOURCE) == report
    again = written.read_bytes()
    write_report(written, report)
    assert written.read_bytes() == again


def test_rates_are_counted_for_splits_and_families(report: ProbeReport) -> None:
    def counts(**group: str) -> dict[str, int]:
        return {metric: rate.k for metric, rate in report.rates(**group).items()}

    assert counts() == {
        "exact": 3,
        "materialised_exact": 3,
        "svg_exact": 3,
        "renderable": 4,
        "clean_stop": 5,
        "truncated": 1,
    }
    assert counts(split="dev")["exact"] == 2
    assert counts(split="test", family="timeline")["exact"] == 1
    assert counts(family="memory_map")["clean_stop"] == 3
    exact = report.rates(split="test")["exact"]
    assert (exact.n, exact.interval) == (3, wilson(1, 3))
    with pytest.raises(EvidenceError, match="no case of split 'hidden'"):
        report.rates(split="hidden")


def test_each_picture_is_kept_once(written: Path) -> None:
    kinds = [json.loads(line)["kind"] for line in written.read_text().splitlines()]
    assert kinds.count("picture") == 7
    assert kinds.count("outcome") == 7
    assert (kinds[0], kinds[-2:]) == ("header", ["summary", "footer"])


def test_marks_of_a_split_compare_across_runs(outcomes: list[Any], report: ProbeReport) -> None:
    other = build_report(outcomes[:4], SOURCE)
    assert other.marks("exact", ["dev"]) == report.marks("exact", ["dev"])
    assert paired(other.marks("exact"), report.marks("exact", ["dev"])).lost == ()
    with pytest.raises(EvidenceError, match="same case set"):
        paired(other.marks("exact"), report.marks("exact"))


def _first(lines: list[str], kind: str) -> int:
    return next(i for i, line in enumerate(lines) if json.loads(line)["kind"] == kind)


def _forge(path: Path, kind: str, change: Callable[[dict[str, Any]], Any], *, sign: bool) -> None:
    """Edit the first line of a kind; `sign` mends the footer as a careful forger would."""
    lines = path.read_text().splitlines()
    number = _first(lines, kind)
    record = json.loads(lines[number])
    change(record)
    lines[number] = canonical(record)
    if sign:
        body = lines[:-1]
        footer = {"kind": "footer", "lines": len(body), "sha256": digest_of_lines(body)}
        lines[-1] = canonical(footer)
    path.write_text("\n".join(lines) + "\n")


EDITS: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "a rate": ("summary", lambda r: r["metrics"][0]["rates"]["exact"].update(k=7)),
    "an interval": (
        "summary",
        lambda r: r["metrics"][0]["rates"]["exact"]["interval"].update(low=0.9),
    ),
    "a class count": ("summary", lambda r: r["autopsy"]["classes"].update(style=0)),
    "a baseline interval": (
        "summary",
        lambda r: r["baselines"][0]["exact"]["interval"].update(high=0.1),
    ),
    "a p value": ("summary", lambda r: r["paired"].update(p_worse=0.9)),
    "a lost case": ("summary", lambda r: r["paired"].update(lost=[])),
    "a lost case that passed": (
        "summary",
        lambda r: r["paired"].update(lost=["dev/routebook_direct/0000"]),
    ),
    "an answer": ("outcome", lambda r: r["response"].update(text="x")),
    "a stop": ("outcome", lambda r: r["response"].update(stop="budget")),
    "an expectation": ("outcome", lambda r: r["case"].update(expected="[bundle]")),
    "a claim": ("outcome", lambda r: r["case"].update(claim="composition")),
    "a class": ("outcome", lambda r: r.update(failure="style")),
    "a metric": ("outcome", lambda r: r["metrics"].update(exact=False)),
    "a render flag": ("outcome", lambda r: r.update(renderable=False)),
    "a foreign key": ("outcome", lambda r: r.update(note="x")),
    "a missing key": ("outcome", lambda r: r.pop("tail")),
    "a picture": ("picture", lambda r: r.update(svg="<svg/>")),
    "the schema": ("header", lambda r: r.update(schema=2)),
    "the case set": ("header", lambda r: r.update(cases="0" * 64)),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("sign", [False, True], ids=["unsigned", "re-signed"])
def test_any_edit_is_refused(written: Path, edit: str, sign: bool) -> None:
    kind, change = EDITS[edit]
    _forge(written, kind, change, sign=sign)
    with pytest.raises(EvidenceError):
        read_report(written)


def test_another_run_is_refused(report: ProbeReport, written: Path) -> None:
    with pytest.raises(EvidenceError, match="weights"):
        read_report(written, source=replace(SOURCE, weights="0" * 64))
    with pytest.raises(EvidenceError, match="cases"):
        read_report(written, cases="0" * 64)


def test_a_cut_report_is_refused(written: Path) -> None:
    lines = written.read_text().splitlines(keepends=True)
    for keep in range(len(lines)):
        written.write_text("".join(lines[:keep]))
        with pytest.raises(EvidenceError, match=r"whole probe report|no footer"):
            read_report(written)
    written.write_text("".join(lines)[:-3])
    with pytest.raises(EvidenceError, match="whole JSON object"):
        read_report(written)


def test_a_consistent_forgery_does_not_survive_rescoring(
    report: ProbeReport, language: Any, draw: Any
) -> None:
    rescore(report, language, draw)
    forged = replace(report.outcomes[1], failure="closure")
    fake = replace(report, outcomes=(report.outcomes[0], forged))
    with pytest.raises(EvidenceError, match="0001"):
        rescore(fake, language, draw)


def test_contradictory_outcomes_and_comparisons_are_refused(
    outcomes: list[Any], report: ProbeReport
) -> None:
    with pytest.raises(EvidenceError, match="text contradicts"):
        build_report([replace(outcomes[1], failure="none")], SOURCE)
    other = Marks("set", "exact", {"dev/x/1": True})
    foreign = paired(other, replace(other, passed={"dev/x/1": False}))
    with pytest.raises(EvidenceError, match="paired comparison"):
        build_report(outcomes, SOURCE, paired=foreign)
    with pytest.raises(EvidenceError, match="no case"):
        build_report([], SOURCE)
