"""Probe cases: what is asked, what is expected, and what the question tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from contracts.errors import EvidenceError
from probes.jsonl import (
    canonical,
    digest_of_lines,
    digest_of_text,
    parse_record,
    read_lines,
    take,
    write_lines,
)

Row = tuple[str, str]
"""A training row as audits and baselines see it: prompt and target."""


@dataclass(frozen=True)
class Case:
    """One probe.

    `id` is unique in its set and opens with the split ("dev/routebook_direct/0007").
    `topic` and `pack` choose the words of the picture; they are "" for a language without them.
    `claim` is what the split says it tests (memorisation, wording, recombination, composition).
    """

    id: str
    split: str
    surface: str
    family: str
    form: str
    prompt: str
    expected: str
    topic: str = ""
    pack: str = ""
    claim: str = ""

    @property
    def prompt_sha256(self) -> str:
        """Digest by which an answer proves which prompt it answers."""
        return digest_of_text(self.prompt)


_FIELDS = tuple(field.name for field in fields(Case))


def check_cases(cases: Sequence[Case]) -> None:
    """Refuse a set that cannot be scored: no case, a repeated id, an id outside its split."""
    if not cases:
        raise EvidenceError("case set", "no case", "at least one case")
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise EvidenceError("case set", f"id {case.id!r} twice", "unique ids")
        if not case.split or not case.id.startswith(f"{case.split}/"):
            raise EvidenceError(
                f"case {case.id!r}", f"split {case.split!r}", "an id that opens with its split"
            )
        if not case.prompt or not case.expected:
            raise EvidenceError(f"case {case.id!r}", "an empty text", "a prompt and an expectation")
        seen.add(case.id)


def case_digest(cases: Sequence[Case]) -> str:
    """sha256 of the canonical JSON lines of a case set: it fixes order and every field."""
    return digest_of_lines(canonical(vars(case)) for case in cases)


def splits_of(cases: Sequence[Case]) -> tuple[str, ...]:
    """Splits in the order in which they first occur."""
    return tuple(dict.fromkeys(case.split for case in cases))


def case_of(record: dict[str, object], where: str) -> Case:
    """The case of a JSON record; EvidenceError for a missing, foreign or ill-typed key."""
    foreign = sorted(set(record) - set(_FIELDS))
    if foreign:
        raise EvidenceError(where, f"keys {', '.join(foreign)}", f"only {', '.join(_FIELDS)}")
    return Case(**{name: take(record, name, str, where) for name in _FIELDS})


def write_cases(path: Path, cases: Sequence[Case]) -> str:
    """Write a checked case set as JSON lines and give its digest, which is the file's sha256."""
    check_cases(cases)
    write_lines(path, [canonical(vars(case)) for case in cases])
    return case_digest(cases)


def read_cases(path: Path, digest: str | None = None) -> tuple[Case, ...]:
    """Cases of a file; EvidenceError when it is damaged or has another digest than asked."""
    lines = read_lines(path)
    cases = tuple(
        case_of(parse_record(line, f"{path}, line {number}"), f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
    )
    check_cases(cases)
    found = case_digest(cases)
    if digest is not None and found != digest:
        raise EvidenceError(
            str(path), f"digest {found}", f"digest {digest}", "Take the case set of the contract"
        )
    return cases
