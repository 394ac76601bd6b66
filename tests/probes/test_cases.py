"""Case sets: unique, whole, and fixed by a digest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from probes.cases import case_digest, check_cases, read_cases, splits_of, write_cases


def test_cases_come_back_as_written(make_case: Any, tmp_path: Path) -> None:
    cases = (
        make_case(0),
        make_case(1, prompt="draw “this”\nplease \u2028"),
        make_case(0, split="test"),
    )
    path = tmp_path / "cases.jsonl"
    digest = write_cases(path, cases)
    assert read_cases(path, digest) == cases
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert splits_of(cases) == ("dev", "test")


def test_the_digest_fixes_order_and_every_field(make_case: Any) -> None:
    cases = [make_case(0), make_case(1)]
    digests = {case_digest(cases), case_digest(cases[::-1])}
    for field in ("surface", "family", "form", "prompt", "expected", "topic", "pack", "claim"):
        digests.add(case_digest([replace(cases[0], **{field: "other"}), cases[1]]))
    assert len(digests) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "dev/routebook_direct/0001"}, "twice"),
        ({"id": "test/x/0000"}, "opens with its split"),
        ({"prompt": ""}, "an empty text"),
        ({"expected": ""}, "an empty text"),
    ],
)
def test_a_set_that_cannot_be_scored_is_refused(
    make_case: Any, change: dict[str, str], message: str
) -> None:
    with pytest.raises(EvidenceError, match=message):
        check_cases([replace(make_case(0), **change), make_case(1)])


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no case"):
        check_cases([])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"claim":"wording"', '"claim":"wording","hint":"x"', "keys hint"),
        ('"claim":"wording",', "", "no key 'claim'"),
        ('"claim":"wording"', '"claim":3', "expected str"),
        ('"claim":"wording"', '"claim":NaN', "NaN"),
        ('"claim":"wording"', '"claim":"wording","claim":"wording"', "twice"),
        ('"claim":"wording"', '"claim":"memorisation"', "digest"),
        ("}\n", "", "one whole JSON object"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(
    make_case: Any, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "cases.jsonl"
    digest = write_cases(path, [make_case(0)])
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(EvidenceError, match=message) as refusal:
        read_cases(path, digest)
    assert "cases.jsonl" in refusal.value.where


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no such file"):
        read_cases(tmp_path / "none.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(EvidenceError, match="UTF-8"):
        read_cases(tmp_path / "binary.jsonl")


def test_a_failed_write_leaves_the_old_file(
    make_case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cases.jsonl"
    write_cases(path, [make_case(0)])
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_cases(path, [make_case(1)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
