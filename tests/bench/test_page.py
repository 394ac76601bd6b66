"""The page of figures: made from records alone, and only from records of today's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.page import last_lines, load, main, page, quoted
from engine.store import write_json


@pytest.fixture
def records(
    kernel_record: dict[str, Any],
    training: dict[str, Any],
    decode_record: dict[str, Any],
    scaling_record: dict[str, Any],
) -> dict[str, dict[str, Any]]:
    return {
        "kernels": kernel_record,
        "train": training,
        "decode": decode_record,
        "scaling": scaling_record,
    }


def test_the_page_is_the_same_from_memory_and_from_the_files(
    records: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    for name, record in records.items():
        write_json(tmp_path / f"{name}.json", record)
    stored = load(tmp_path)
    assert set(stored) == set(records)
    assert page(stored, "here") == page(records, "here")
    assert last_lines(stored) == last_lines(records)


def test_every_benchmark_has_its_section_its_line_and_its_machine(
    records: dict[str, dict[str, Any]],
) -> None:
    text = page(records, "here")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Kernels", "## Training", "## Decoding", "## Growing",
    ]  # fmt: skip
    lines = last_lines(records)
    assert [line.split()[0] for line in lines] == ["kernels", "train", "train", "decode", "scaling"]
    assert all(line in text for line in lines)
    assert text.count("Measured on Toy 1, 2 cores, portable, load average 0.25") == 4
    assert "One job with two threads loses to two jobs with one: " in text
    assert "reaches 0.25 of the best product of another library (8 GFLOP/s, gemm/numpy" in text
    assert "Not measured yet." not in text


def test_what_was_not_measured_is_said(records: dict[str, dict[str, Any]]) -> None:
    del records["decode"]
    text = page(records, "here")
    assert text.split("## Decoding")[1].split("## Growing")[0].count("Not measured yet.") == 1
    assert not any(line.startswith("decode") for line in last_lines(records))
    assert page({}, "here").count("Not measured yet.") == 4


def test_a_record_of_another_schema_is_refused(
    records: dict[str, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(tmp_path / "train.json", {**records["train"], "schema": "probegate.bench_train.v1"})
    assert main(["--measured", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "found schema probegate.bench_train.v1; expected probegate.bench_train.v2" in said
    assert "python -m bench.train --out" in said


def test_another_folder_s_page_stands_in_that_folder(
    records: dict[str, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(tmp_path / "scaling.json", records["scaling"])
    assert main(["--measured", str(tmp_path)]) == 0
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "](scaling.png)" in text
    assert capsys.readouterr().out.splitlines()[-1].startswith("scaling width=")


def test_only_the_block_of_section_speed_is_replaced() -> None:
    readme = (
        "# A\n\n```\nkept\n```\n\n## Speed\n\nwords\n\n```\nold\n```\n\n## More\n```\nkept\n```\n"
    )
    assert quoted(readme, ["new 1", "new 2"]) == readme.replace("old", "new 1\nnew 2")
