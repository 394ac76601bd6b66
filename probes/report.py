"""The probe report of a run: every outcome, and the numbers that follow from them.

Nothing in it can be edited unnoticed: a report is read back by recomputing metrics, autopsy,
intervals and digests from its outcomes and comparing the whole text, line by line.

    header     schema, digests of case set, contract, weights and tokenizer
    picture    one line a distinct SVG, by its sha256
    outcome    one line a case, in case order
    summary    metrics, autopsy, baselines, paired comparison
    footer     number and sha256 of the lines before it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError
from engine.dsl.protocol import Language
from probes.autopsy import Autopsy, autopsy
from probes.baselines import BaselineRow
from probes.cases import case_digest, case_of, check_cases, splits_of
from probes.failure import Mismatch
from probes.jsonl import (
    canonical,
    digest_of_lines,
    digest_of_text,
    parse_record,
    read_lines,
    write_lines,
)
from probes.responses import Response, Source
from probes.score import METRICS, METRICS_UNPICTURED, Compile, Outcome, ParseError, Scorer
from probes.statistics import Marks, Paired, Rate, mcnemar, rate

SCHEMA = 1


@dataclass(frozen=True)
class GroupMetrics:
    """Rates of one group of cases; None in `split` or `family` is "all of them"."""

    split: str | None
    family: str | None
    n: int
    rates: Mapping[str, Rate]


@dataclass(frozen=True)
class ProbeReport:
    """Evidence of one decode of one case set (`cases` is its digest)."""

    source: Source
    cases: str
    outcomes: tuple[Outcome, ...]
    metrics: tuple[GroupMetrics, ...]
    autopsy: Autopsy
    baselines: tuple[BaselineRow, ...]
    paired: Paired | None

    def rates(self, split: str | None = None, family: str | None = None) -> Mapping[str, Rate]:
        """Rates of a split, a family or both; EvidenceError when no case belongs there."""
        for group in self.metrics:
            if (group.split, group.family) == (split, family):
                return group.rates
        raise EvidenceError(
            "probe report", f"no case of split {split!r}, family {family!r}", "a scored group"
        )

    def marks(self, metric: str, splits: Sequence[str] | None = None) -> Marks:
        """Which cases passed a metric, for a paired comparison; all splits unless some are named.

        The marks carry the digest of the chosen cases, so runs whose other splits differ compare.
        """
        chosen = [o for o in self.outcomes if splits is None or o.case.split in splits]
        digest = case_digest([outcome.case for outcome in chosen])
        return Marks(digest, metric, {o.case.id: bool(getattr(o, metric)) for o in chosen})


def build_report(
    outcomes: Sequence[Outcome],
    source: Source,
    baselines: Sequence[BaselineRow] = (),
    paired: Paired | None = None,
) -> ProbeReport:
    """The report over outcomes; EvidenceError for a case set or comparison that does not fit."""
    cases = [outcome.case for outcome in outcomes]
    check_cases(cases)
    for outcome in outcomes:
        _check_outcome(outcome)
    report = ProbeReport(
        source=source,
        cases=case_digest(cases),
        outcomes=tuple(outcomes),
        metrics=_metrics(outcomes),
        autopsy=autopsy(outcomes),
        baselines=tuple(baselines),
        paired=paired,
    )
    if paired is not None:
        _check_paired(paired, report)
    return report


def write_report(path: Path, report: ProbeReport) -> None:
    """Write the report, whole or not at all."""
    write_lines(path, _lines(report))


def read_report(path: Path, cases: str | None = None, source: Source | None = None) -> ProbeReport:
    """A report that still follows from its own outcomes.

    `cases` is the case set digest and `source` the digests it must be about (None: not asked).
    EvidenceError for any cut or edit.
    """
    lines = read_lines(path)
    where = str(path)
    if len(lines) < 4:
        raise EvidenceError(where, f"{len(lines)} lines", "a whole probe report", "Score again")
    records = [parse_record(line, f"{where}, line {i}") for i, line in enumerate(lines, 1)]
    if records[-1].get("kind") != "footer":
        raise EvidenceError(where, "no footer", "a footer line", "The file was cut: score again")
    try:
        report = _report_of(records)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(
            where, f"{type(error).__name__}: {error}", f"schema {SCHEMA}", "Score again"
        ) from error
    again = _lines(report)
    if again != lines:
        pairs = enumerate(zip(again, lines, strict=False), 1)
        number = next((i for i, (a, b) in pairs if a != b), min(len(again), len(lines)) + 1)
        kind = records[min(number, len(records)) - 1].get("kind")
        raise EvidenceError(
            f"{where}, line {number}",
            f"a {kind} line that does not follow from the outcomes",
            "the line that was written",
            "The file was edited: score again",
        )
    for name, expected in {"cases": cases, **asdict(source or Source())}.items():
        found = report.cases if name == "cases" else asdict(report.source)[name]
        if expected is not None and found != expected:
            raise EvidenceError(
                f"{where}, {name}", str(found), expected, "This report is about something else"
            )
    return report


def rescore(report: ProbeReport, language: Language[Any], compile: Compile | None) -> None:
    """Score every answer of a report again; EvidenceError at the first outcome that differs."""
    scorer = Scorer(language, compile)
    for outcome in report.outcomes:
        if scorer.score(outcome.case, outcome.response) != outcome:
            raise EvidenceError(
                f"probe report, case {outcome.case.id!r}",
                f"{outcome.failure!r} with other details",
                "the outcome that scoring gives",
                "The report was edited, or scorer or compiler changed: score again",
            )


def _metrics(outcomes: Sequence[Outcome]) -> tuple[GroupMetrics, ...]:
    """Rates of all cases, then of each split, each family, and each family in each split."""
    splits = splits_of([outcome.case for outcome in outcomes])
    families = tuple(dict.fromkeys(outcome.case.family for outcome in outcomes))
    keys = [(split, family) for split in (None, *splits) for family in (None, *families)]
    metrics = METRICS if outcomes[0].pictured else METRICS_UNPICTURED
    groups = []
    for split, family in keys:
        members = [
            outcome
            for outcome in outcomes
            if split in (None, outcome.case.split) and family in (None, outcome.case.family)
        ]
        if members:
            n = len(members)
            rates = {m: rate(sum(bool(getattr(o, m)) for o in members), n) for m in metrics}
            groups.append(GroupMetrics(split, family, n, rates))
    return tuple(groups)


def _check_outcome(outcome: Outcome) -> None:
    """Refuse an outcome whose parts contradict each other."""
    text = outcome.response.text
    whole = text if outcome.document is None else outcome.document + outcome.tail
    solved = outcome.exact and outcome.clean_stop
    agree = (
        whole == text
        and (outcome.document is not None or outcome.tail == "")
        and outcome.response.case_id == outcome.case.id
        and outcome.response.prompt_sha256 == outcome.case.prompt_sha256
        and (outcome.failure == "none") == solved
        and (outcome.failure == "truncated") == outcome.truncated
        and (outcome.failure == "dirty_tail") == (outcome.exact and not solved)
        and not (outcome.renderable and (outcome.svg is None or outcome.parse_error is not None))
    )
    if not agree:
        raise EvidenceError(
            f"outcome of case {outcome.case.id!r}",
            f"class {outcome.failure!r} that its text contradicts",
            "an outcome that follows from the answer",
            "Score again",
        )


def _check_paired(paired: Paired, report: ProbeReport) -> None:
    """Refuse a comparison whose numbers or cases are not those of this report."""
    after = {o.case.id: bool(getattr(o, paired.metric)) for o in report.outcomes}
    known = all(i in after for i in (*paired.lost, *paired.won))
    if (
        not known
        or any(after[i] for i in paired.lost)
        or not all(after[i] for i in paired.won)
        or (paired.p_two_sided, paired.p_worse) != mcnemar(len(paired.lost), len(paired.won))
    ):
        raise EvidenceError(
            "paired comparison", "cases or p values of other outcomes", "those of this report"
        )


def _lines(report: ProbeReport) -> list[str]:
    pictures: dict[str, str] = {}
    for outcome in report.outcomes:
        for svg in (outcome.svg, outcome.expected_svg):
            if svg is not None:
                pictures.setdefault(digest_of_text(svg), svg)
    header = {"kind": "header", "schema": SCHEMA, "cases": report.cases, **asdict(report.source)}
    records: list[dict[str, Any]] = [header]
    records += [{"kind": "picture", "sha256": key, "svg": svg} for key, svg in pictures.items()]
    records += [_outcome_record(outcome) for outcome in report.outcomes]
    summary = {
        "metrics": [asdict(group) for group in report.metrics],
        "autopsy": asdict(report.autopsy),
        "baselines": [asdict(row) for row in report.baselines],
        "paired": None if report.paired is None else asdict(report.paired),
    }
    records.append({"kind": "summary", **summary})
    lines = [canonical(record) for record in records]
    footer = {"kind": "footer", "lines": len(lines), "sha256": digest_of_lines(lines)}
    return [*lines, canonical(footer)]


def _outcome_record(outcome: Outcome) -> dict[str, Any]:
    return {
        "kind": "outcome",
        "case": vars(outcome.case),
        "response": asdict(outcome.response),
        "document": outcome.document,
        "tail": outcome.tail,
        "renderable": outcome.renderable,
        "materialised_exact": outcome.materialised_exact,
        "svg": None if outcome.svg is None else digest_of_text(outcome.svg),
        "expected_svg": (
            None if outcome.expected_svg is None else digest_of_text(outcome.expected_svg)
        ),
        "failure": outcome.failure,
        "flags": list(outcome.flags),
        "mismatches": [asdict(mismatch) for mismatch in outcome.mismatches],
        "parse_error": None if outcome.parse_error is None else asdict(outcome.parse_error),
        "error": outcome.error,
        "metrics": {metric: bool(getattr(outcome, metric)) for metric in METRICS},
    }


def _report_of(records: list[dict[str, Any]]) -> ProbeReport:
    header, summary = records[0], records[-2]
    pictures = {r["sha256"]: r["svg"] for r in records if r["kind"] == "picture"}
    outcomes = [
        _outcome_of(record, pictures, f"outcome line {number}")
        for number, record in enumerate(records, 1)
        if record["kind"] == "outcome"
    ]
    baselines = [
        BaselineRow(row["baseline"], row["split"], rate(row["exact"]["k"], row["exact"]["n"]))
        for row in summary["baselines"]
    ]
    told = summary["paired"]
    paired = None
    if told is not None:
        paired = Paired(**{**told, "lost": tuple(told["lost"]), "won": tuple(told["won"])})
    source = Source(header["contract"], header["weights"], header["tokenizer"])
    return build_report(outcomes, source, baselines, paired)


def _outcome_of(record: dict[str, Any], pictures: Mapping[str, str], where: str) -> Outcome:
    fault = record["parse_error"]
    return Outcome(
        case=case_of(record["case"], where),
        response=Response(**record["response"]),
        document=record["document"],
        tail=record["tail"],
        renderable=record["renderable"],
        materialised_exact=record["materialised_exact"],
        svg=None if record["svg"] is None else pictures[record["svg"]],
        expected_svg=None if record["expected_svg"] is None else pictures[record["expected_svg"]],
        failure=record["failure"],
        flags=tuple(record["flags"]),
        mismatches=tuple(Mismatch(**mismatch) for mismatch in record["mismatches"]),
        parse_error=None if fault is None else ParseError(**fault),
        error=record["error"],
    )
