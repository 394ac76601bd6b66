"""What other ways to decode would make of a run's weights: diagnostics, none of which gates.

    python -m reports.decode_study RUN [--samples K] [--contracts DIR] [--store DIR]

    greedy      the raw greedy answers, those that the gates judge
    grammar     the greatest logit among tokens that the language's own parser lets stand
    filtered    the greedy answer, else the first of K draws, that compiles to a clean picture

Only raw greedy answers promote: what a filter mends, the model has not learned. The study says how
much of what a red run misses is spelling, which a mask mends, and how much is meaning, which none
does. The record stands in reports/decode, the page beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.models import HELD_OUT
from engine.decode import Generation
from engine.dsl.lexer import scan
from engine.sampling import Choose, drawn, generate_by, within_grammar
from engine.tokenizer import EOS_ID
from gates import suite  # noqa: F401  importing it registers the checks that guard training
from gates.artifacts import markdown_table
from gates.rung import RungEvidence
from gates.scoring import compile_for
from probes.cases import Case, case_digest
from probes.responses import Response
from probes.score import METRICS, Outcome, score_all
from probes.statistics import rate
from reports.command import count, exit_status, parser, place_of
from reports.files import read_records, write_record

SCHEMA = 1
FOLDER = Path(__file__).resolve().parent / "decode"
PAGE = FOLDER / "README.md"
SAMPLES = 8

_HEAD = """\
# Decode studies: diagnostics, none of which gates

Written by `python -m reports.decode_study RUN` from the records beside it: one run's weights, the
same held-out cases, three ways to decode. Only the raw greedy answers are judged by the gates and
promote; the other rows are what a mask or a filter would have made of the same weights. Intervals
are Wilson's, at 95 %.
"""
_WAYS = {
    "greedy": "raw greedy, what the gates judge",
    "grammar": "diagnostic: greatest logit that the parser lets stand",
    "filtered": "diagnostic: first of {samples} answers that compiles, greedy first",
}


def study(rung: RungEvidence, samples: int = SAMPLES) -> dict[str, Any]:
    """The record of a run: every metric over the held-out cases, by way of decoding.

    `grammar` is absent where a tag of the language is more than one token.
    """
    cases = [case for case in rung.cases if case.split in HELD_OUT]
    ways = {"greedy": [rung.outcome(case.id) for case in cases]}
    if _closed(rung, cases):
        mask = within_grammar(rung.language, rung.stages.tokenizer)
        ways["grammar"] = _scored(rung, cases, _answers(rung, cases, mask))
    ways["filtered"] = _filtered(rung, cases, ways["greedy"], samples)
    return {
        "schema": SCHEMA,
        "run": rung.run,
        "contract": rung.stages.contract_digest,
        "weights": rung.stages.checkpoint_digest,
        "cases": case_digest(cases),
        "n": len(cases),
        "samples": samples,
        "ways": {
            way: {metric: sum(bool(getattr(o, metric)) for o in found) for metric in METRICS}
            for way, found in ways.items()
        },
    }


def _closed(rung: RungEvidence, cases: Sequence[Case]) -> bool:
    """Whether every tag of the expected documents is one token of the closed vocabulary."""
    atoms = set(rung.stages.tokenizer.atoms)
    tags = {tag.text for case in cases for tag in scan(case.expected)}
    return bool(tags) and tags <= atoms


def _answers(rung: RungEvidence, cases: Sequence[Case], choose: Choose) -> list[Generation]:
    prompts = [rung.prompt_ids(case) for case in cases]
    return generate_by(choose, rung.model, prompts, rung.contract.eval.max_new_tokens, EOS_ID)


def _scored(
    rung: RungEvidence, cases: Sequence[Case], answers: Sequence[Generation]
) -> list[Outcome]:
    responses = [
        Response(
            case.id,
            case.prompt_sha256,
            rung.stages.tokenizer.decode(answer.tokens),
            len(answer.tokens),
            answer.stop,
        )
        for case, answer in zip(cases, answers, strict=True)
    ]
    with compile_for(rung.representation, rung.expected_pictures) as compile:
        return list(score_all(cases, responses, rung.language, compile))


def _filtered(
    rung: RungEvidence, cases: Sequence[Case], greedy: Sequence[Outcome], samples: int
) -> list[Outcome]:
    """Greedy outcomes, those without a clean picture replaced by the first draw that has one."""
    kept = {outcome.case.id: outcome for outcome in greedy}
    for number in range(1, samples):
        left = [case for case in cases if not _compiles(kept[case.id])]
        if not left:
            break
        choose = drawn(f"{rung.stages.checkpoint_digest}/{number}")
        for outcome in _scored(rung, left, _answers(rung, left, choose)):
            if _compiles(outcome):
                kept[outcome.case.id] = outcome
    return [kept[case.id] for case in cases]


def _compiles(outcome: Outcome) -> bool:
    return outcome.renderable and outcome.clean_stop


def read(folder: Path = FOLDER, contracts: Sequence[Path] = ()) -> dict[str, dict[str, Any]]:
    """Every record by run; EvidenceError for a damaged one, or of another contract than today's."""
    return read_records(
        folder,
        contracts,
        schema=SCHEMA,
        command="python -m reports.decode_study",
        again="Study it again",
    )


def table(record: Mapping[str, Any]) -> str:
    """Markdown, a line a way to decode."""
    n = record["n"]
    shown = ("exact", "renderable", "clean_stop")
    lines = []
    for way, counts in _in_order(record):
        rates = [rate(counts[metric], n) for metric in shown]
        cells = [f"{r.value:.1%} ({r.interval.low:.1%} to {r.interval.high:.1%})" for r in rates]
        lines.append([way, _WAYS[way].format(samples=record["samples"]), *cells])
    head = ["way", "what it is", *(f"{metric} (n={n})" for metric in shown)]
    return markdown_table(head, lines)


def sentence(record: Mapping[str, Any]) -> str:
    """How much of what greedy decoding misses each other way mends."""
    greedy = record["ways"]["greedy"]["exact"]
    missed = record["n"] - greedy
    if not missed:
        return f"Greedy decoding answers all {record['n']} cases: there is nothing to mend."
    told = [
        f"{way} {counts['exact'] - greedy:+d}"
        for way, counts in _in_order(record)
        if way != "greedy"
    ]
    return (
        f"Greedy decoding misses {missed} of {record['n']} cases. Exact answers more or less than "
        f"greedy: {', '.join(told)}."
    )


def _in_order(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, int]]]:
    return [(way, record["ways"][way]) for way in _WAYS if way in record["ways"]]


def page(records: Mapping[str, Mapping[str, Any]]) -> str:
    """The page of all studies, a section a run."""
    parts = [_HEAD]
    for run, record in records.items():
        parts += [f"## {run}\n", table(record), f"{sentence(record)}\n"]
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Study the run of the command line, print its table, write record and page."""
    told = parser("reports.decode_study", __doc__, FOLDER)
    told.add_argument("run", help="a declared run; it is trained if it is not")
    told.add_argument("--samples", type=count, default=SAMPLES, metavar="K", help="answers a case")
    options = told.parse_args(arguments)
    place = place_of(options)

    def work() -> int:
        book = place.book()
        run = book.select_one(options.run)
        rung = RungEvidence(book, place.kept(), run, contract_folders=place.contracts)
        record = study(rung, options.samples)
        write_record(record, place.folder)
        print(table(record), end="")
        print(sentence(record))
        studied = page(read(place.folder, place.folders))
        (place.folder / PAGE.name).write_text(studied, encoding="utf-8")
        return 0

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
