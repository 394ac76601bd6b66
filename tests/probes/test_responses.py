"""Response files: nothing cut, garbled, doubled, missing or foreign gets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from probes.cases import Case
from probes.responses import Response, Source, read_responses, write_responses

SOURCE = Source(contract="c" * 64, weights="w" * 64, tokenizer="t" * 64)


@pytest.fixture
def cases(make_case: Callable[..., Case]) -> tuple[Case, ...]:
    return tuple(make_case(i) for i in range(4))


@pytest.fixture
def responses(cases: tuple[Case, ...]) -> list[Response]:
    return [Response(c.id, c.prompt_sha256, f"answer {c.id} ü \ud800", 7, "eos") for c in cases]


@pytest.fixture
def written(tmp_path: Path, cases: tuple[Case, ...], responses: list[Response]) -> Path:
    path = tmp_path / "responses.jsonl"
    write_responses(path, cases, responses, SOURCE)
    return path


def test_responses_come_back_in_case_order(
    tmp_path: Path, cases: tuple[Case, ...], responses: list[Response]
) -> None:
    path = tmp_path / "responses.jsonl"
    write_responses(path, cases, responses[::-1], SOURCE)
    answers = read_responses(path, cases, SOURCE)
    assert answers.responses == tuple(responses)
    assert answers.source == SOURCE


@pytest.mark.parametrize("keep", [0, 1, 2, 4, 5])
def test_a_file_cut_at_a_line_is_refused(written: Path, cases: tuple[Case, ...], keep: int) -> None:
    lines = written.read_text().splitlines(keepends=True)
    written.write_text("".join(lines[:keep]))
    with pytest.raises(EvidenceError, match=r"empty file|no footer"):
        read_responses(written, cases)


def test_a_file_cut_at_any_byte_is_refused(written: Path, cases: tuple[Case, ...]) -> None:
    whole = written.read_bytes()
    for size in range(0, len(whole) - 1, 7):
        written.write_bytes(whole[:size])
        with pytest.raises(EvidenceError):
            read_responses(written, cases)


def _edit(path: Path, line: int, change: Callable[[dict[str, Any]], None]) -> None:
    lines = path.read_text().splitlines()
    record = json.loads(lines[line])
    change(record)
    lines[line] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (0, {"cases": "0" * 64}, "case set"),
        (0, {"schema": 9}, "schema 9"),
        (0, {"weights": "0" * 64}, "weights"),
        (2, {"text": "better"}, "digest"),
        (-1, {"count": 3}, "4 answers; expected 3"),
    ],
)
def test_an_edited_file_is_refused(
    written: Path, cases: tuple[Case, ...], line: int, change: dict[str, Any], message: str
) -> None:
    _edit(written, line, lambda record: record.update(change))
    with pytest.raises(EvidenceError, match=message):
        read_responses(written, cases, SOURCE)


def test_a_dropped_row_is_refused(written: Path, cases: tuple[Case, ...]) -> None:
    lines = written.read_text().splitlines(keepends=True)
    written.write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(EvidenceError, match="3 answers; expected 4"):
        read_responses(written, cases)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[:-1], "no answer to 1 of 4 cases"),
        (lambda rows: [*rows, rows[0]], "two answers"),
        (lambda rows: [*rows, replace(rows[0], case_id="dev/x/9")], "foreign case"),
        (lambda rows: [replace(rows[0], prompt_sha256="0" * 64), *rows[1:]], "another prompt"),
    ],
)
def test_answers_that_do_not_fit_are_not_written(
    tmp_path: Path,
    cases: tuple[Case, ...],
    responses: list[Response],
    spoil: Callable[[list[Response]], list[Response]],
    message: str,
) -> None:
    path = tmp_path / "responses.jsonl"
    with pytest.raises(EvidenceError, match=message):
        write_responses(path, cases, spoil(responses), SOURCE)
    assert not path.exists()


def _plain(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_plain_rows_of_any_model_are_read(tmp_path: Path, cases: tuple[Case, ...]) -> None:
    rows: list[dict[str, Any]] = [{"id": case.id, "text": "x"} for case in cases]
    rows[1] |= {"stop": "budget", "tokens": 9}
    answers = read_responses(_plain(tmp_path / "rows.jsonl", rows), cases)
    assert [r.stop for r in answers.responses] == ["eos", "budget", "eos", "eos"]
    assert [r.tokens for r in answers.responses] == [None, 9, None, None]
    assert answers.source == Source()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "dev/x/9"}, "foreign case"),
        ({"stop": "length"}, "one of eos, budget, context"),
        ({"prompt_sha256": "0" * 64}, "an answer to prompt 000"),
        ({"text": None}, "expected str"),
        ({"tokens": True}, "int or NoneType"),
        ({"id": "dev/routebook_direct/0001"}, "two answers"),
    ],
)
def test_plain_rows_that_do_not_fit_are_refused(
    tmp_path: Path, cases: tuple[Case, ...], change: dict[str, Any], message: str
) -> None:
    rows: list[dict[str, Any]] = [{"id": case.id, "text": "x"} for case in cases]
    rows[0] |= change
    with pytest.raises(EvidenceError, match=message):
        read_responses(_plain(tmp_path / "rows.jsonl", rows), cases)


def test_plain_rows_that_stop_short_are_refused(tmp_path: Path, cases: tuple[Case, ...]) -> None:
    rows = [{"id": case.id, "text": "x"} for case in cases[:3]]
    path = _plain(tmp_path / "rows.jsonl", rows)
    with pytest.raises(EvidenceError, match="no answer to 1 of 4"):
        read_responses(path, cases)
    path.write_text(path.read_text() + '{"id": "dev/routebook')
    with pytest.raises(EvidenceError, match="line 4"):
        read_responses(path, cases)


def test_plain_rows_cannot_claim_weights(tmp_path: Path, cases: tuple[Case, ...]) -> None:
    rows = [{"id": case.id, "text": "x"} for case in cases]
    with pytest.raises(EvidenceError, match="no digest"):
        read_responses(_plain(tmp_path / "rows.jsonl", rows), cases, SOURCE)
