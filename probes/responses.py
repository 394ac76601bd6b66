"""Answers to a case set, kept so that a missing, foreign, doubled or cut answer is noticed.

Two kinds of file are read by the same function. Ours has three kinds of line:

    {"kind":"header","schema":1,"cases":…,"contract":…,"weights":…,"tokenizer":…}
    {"kind":"response","id":…,"prompt_sha256":…,"text":…,"tokens":…,"stop":…}   one a case
    {"kind":"footer","count":…,"rows":…}      count and sha256 of the response lines

Any other model's answers are plain rows {"id", "text"} with, if known, "stop", "tokens" and
"prompt_sha256". Such a row without "stop" is a whole answer: it counts as ended by the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from contracts.errors import EvidenceError
from probes.cases import Case, case_digest, check_cases
from probes.jsonl import canonical, digest_of_lines, parse_record, read_lines, take, write_lines

SCHEMA = 1
STOPS = ("eos", "budget", "context")
Stop = Literal["eos", "budget", "context"]
_EXAMPLES = 5


@dataclass(frozen=True)
class Response:
    """One raw answer. `tokens` is None when the answering model did not count them.

    `stop` says what ended it: the model's end-of-sequence, the decode budget or the context.
    """

    case_id: str
    prompt_sha256: str
    text: str
    tokens: int | None
    stop: Stop


@dataclass(frozen=True)
class Source:
    """Digests of what the answers came from; None is "not told", never "any"."""

    contract: str | None = None
    weights: str | None = None
    tokenizer: str | None = None


@dataclass(frozen=True)
class Answers:
    """One answer for every case, in the order of the cases."""

    source: Source
    cases: str
    responses: tuple[Response, ...]


def write_responses(
    path: Path, cases: Sequence[Case], responses: Iterable[Response], source: Source
) -> Answers:
    """Check answers against their cases and write them with header and footer."""
    answers = _complete(str(path), cases, list(responses), source)
    rows = [canonical(_row(response)) for response in answers.responses]
    header = {"kind": "header", "schema": SCHEMA, "cases": answers.cases, **asdict(source)}
    footer = {"kind": "footer", "count": len(rows), "rows": digest_of_lines(rows)}
    write_lines(path, [canonical(header), *rows, canonical(footer)])
    return answers


def read_responses(path: Path, cases: Sequence[Case], source: Source | None = None) -> Answers:
    """The answers of a file to exactly these cases.

    `source`, when given, names digests that the file's header must carry. EvidenceError for a
    cut or garbled file, a missing, doubled or foreign case, another prompt, another source.
    """
    where = str(path)
    lines = read_lines(path)
    if not lines:
        raise EvidenceError(where, "an empty file", f"answers to {len(cases)} cases")
    records = [
        parse_record(line, f"{where}, line {number}") for number, line in enumerate(lines, 1)
    ]
    own = records[0].get("kind") == "header"
    told = Source()
    first = 1
    if own:
        told = _header(records[0], case_digest(cases), f"{where}, line 1")
        _footer(records[-1], lines[1:-1], f"{where}, line {len(lines)}")
        records, first = records[1:-1], 2
    for name, expected in asdict(source or Source()).items():
        found = asdict(told)[name]
        if expected is not None and found != expected:
            raise EvidenceError(
                f"{where}, {name}", found or "no digest", expected, "Decode again with this run"
            )
    by_id = {case.id: case for case in cases}
    responses = [
        _response(record, by_id, f"{where}, line {number}", own)
        for number, record in enumerate(records, first)
    ]
    return _complete(where, cases, responses, told)


def _row(response: Response) -> dict[str, Any]:
    record = asdict(response)
    return {"kind": "response", "id": record.pop("case_id"), **record}


def _header(record: dict[str, Any], cases: str, where: str) -> Source:
    schema = take(record, "schema", int, where)
    if schema != SCHEMA:
        raise EvidenceError(where, f"schema {schema}", f"schema {SCHEMA}", "Decode again")
    found = take(record, "cases", str, where)
    if found != cases:
        raise EvidenceError(
            where, f"case set {found}", f"case set {cases}", "Decode the case set that is scored"
        )
    names = ("contract", "weights", "tokenizer")
    return Source(**{name: take(record, name, (str, type(None)), where) for name in names})


def _footer(record: dict[str, Any], rows: list[str], where: str) -> None:
    if record.get("kind") != "footer":
        raise EvidenceError(where, "no footer", "a footer line", "The file was cut: decode again")
    count = take(record, "count", int, where)
    if count != len(rows):
        raise EvidenceError(where, f"{len(rows)} answers", f"{count} answers", "Decode again")
    digest = digest_of_lines(rows)
    if take(record, "rows", str, where) != digest:
        raise EvidenceError(
            where, f"answers of digest {digest}", f"digest {record['rows']}", "Decode again"
        )


def _response(record: dict[str, Any], cases: dict[str, Case], where: str, own: bool) -> Response:
    case_id = take(record, "id", str, where)
    case = cases.get(case_id)
    if case is None:
        raise EvidenceError(where, f"foreign case {case_id!r}", "a case of the asked set")
    if own and record.get("kind") != "response":
        raise EvidenceError(where, f"kind {record.get('kind')!r}", "kind 'response'")
    missing = [key for key in ("prompt_sha256", "tokens", "stop") if own and key not in record]
    if missing:
        raise EvidenceError(where, f"no key {missing[0]!r}", f"the key {missing[0]!r}")
    asked = record.get("prompt_sha256", case.prompt_sha256)
    if asked != case.prompt_sha256:
        raise EvidenceError(
            where,
            f"an answer to prompt {asked}",
            f"prompt {case.prompt_sha256} of {case_id!r}",
            "Answer the prompts of this case set",
        )
    stop = record.get("stop", "eos")
    if stop not in STOPS:
        raise EvidenceError(f"{where}, key 'stop'", repr(stop), f"one of {', '.join(STOPS)}")
    tokens = take({"tokens": None, **record}, "tokens", (int, type(None)), where)
    return Response(case_id, case.prompt_sha256, take(record, "text", str, where), tokens, stop)


def _complete(
    where: str, cases: Sequence[Case], responses: list[Response], source: Source
) -> Answers:
    """Answers in case order; EvidenceError unless each case has exactly one to its own prompt."""
    check_cases(cases)
    by_id: dict[str, Response] = {}
    for response in responses:
        if response.case_id in by_id:
            raise EvidenceError(where, f"two answers to {response.case_id!r}", "one answer a case")
        by_id[response.case_id] = response
    wanted = {case.id: case.prompt_sha256 for case in cases}
    missing = [case_id for case_id in wanted if case_id not in by_id]
    if missing:
        examples = ", ".join(missing[:_EXAMPLES])
        raise EvidenceError(
            where,
            f"no answer to {len(missing)} of {len(wanted)} cases ({examples})",
            "one answer a case",
            "Answer the missing cases",
        )
    for case_id, response in by_id.items():
        if case_id not in wanted:
            raise EvidenceError(where, f"foreign case {case_id!r}", "a case of the asked set")
        if response.prompt_sha256 != wanted[case_id]:
            raise EvidenceError(
                where, f"another prompt for {case_id!r}", f"prompt {wanted[case_id]}"
            )
    return Answers(source, case_digest(cases), tuple(by_id[case.id] for case in cases))
