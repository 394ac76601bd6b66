"""Rows are records: any text survives, any fault is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import CurriculumError
from engine.curriculum.rows import Row, item_rng, read_rows, rows_of, write_rows

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ROWS = st.lists(st.builds(Row, **dict.fromkeys(Row.__dataclass_fields__, TEXT)), max_size=4)
ROW = Row(*"abcdefghi")


@given(ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rows_of_any_text_are_read_as_they_were_written(tmp_path: Path, rows: list[Row]) -> None:
    write_rows(tmp_path / "rows.jsonl", rows)
    assert read_rows(tmp_path / "rows.jsonl") == tuple(rows)


def test_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", [ROW])
    with (tmp_path / "rows.jsonl").open("a", encoding="utf-8") as torn:
        torn.write("{")
    rows = rows_of(tmp_path / "rows.jsonl")
    assert next(rows) == ROW
    with pytest.raises(CurriculumError, match=r"line 2"):
        next(rows)


def test_line_separators_of_unicode_do_not_end_a_record(tmp_path: Path) -> None:
    odd = Row(*["one\u2028two\x85three\r\n\x0cfour"] * 9)
    write_rows(tmp_path / "rows.jsonl", [odd, ROW])
    assert read_rows(tmp_path / "rows.jsonl") == (odd, ROW)


@pytest.mark.parametrize("line", ["{", "[1]", "", '{"id": "a"}', '{"id": "a", "colour": "b"}'])
def test_a_broken_record_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [ROW])
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(CurriculumError, match=r"^rows\.jsonl, line 2: found"):
        read_rows(path)


def test_a_truncated_last_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [ROW, ROW])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CurriculumError, match="line 2"):
        read_rows(path)


@given(TEXT, TEXT, st.integers(0, 999), st.integers(0, 999))
def test_streams_and_indices_have_generators_of_their_own(
    stream: str, other: str, index: int, number: int
) -> None:
    same = item_rng(stream, index).random() == item_rng(other, number).random()
    assert same == ((stream, index) == (other, number))
