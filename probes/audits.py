"""Looks for what would make a probe set lie: leaks, duplicates, impossible cases, overlap, gaps.

An audit reads training rows and cases, never answers. Each finding counts everything it found
and shows up to five examples; a fatal finding must turn its gate red, others are shown.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.dsl.lexer import TAG
from probes.cases import Case, Row, splits_of

Check = Literal["leak", "reordered", "duplicate", "impossible", "overlap", "size", "claim"]
EXAMPLES = 5
UNSEEN_CLAIMS = ("recombination", "composition")
SEEN_CLAIMS = ("memorisation", "wording")
_TAG = re.compile(r"\[[^\[\]]*\]")


@dataclass(frozen=True)
class Finding:
    """One fault of the data. `count` is the whole number; `examples` at most five of them."""

    check: Check
    fatal: bool
    where: str
    found: str
    expected: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """How much of a split's answers training has seen: distinct targets and cases."""

    split: str
    cases: int
    cases_with_seen_target: int
    targets: int
    targets_seen: int


@dataclass(frozen=True)
class Audit:
    """All findings over one dataset and case set, with the target coverage of each split."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """Findings that forbid training."""
        return tuple(finding for finding in self.findings if finding.fatal)

    @property
    def clean(self) -> bool:
        """Whether no finding is fatal."""
        return not self.fatal


def audit(
    rows: Sequence[Row],
    cases: Sequence[Case],
    *,
    held_out: Collection[str],
    declared: Mapping[str, int],
    strict: Collection[str] = (),
) -> Audit:
    """Every audit at once.

    `held_out` are splits whose prompts training must not contain, `strict` those where a
    reordering counts as a leak too, `declared` the least number of cases a split.
    """
    findings = (
        *leaks(rows, cases, held_out, strict),
        *duplicates(rows, cases),
        *impossible(rows, cases),
        *overlap(cases),
        *sizes(cases, declared),
        *claims(rows, cases),
    )
    return Audit(findings, coverage(rows, cases))


def normalised(prompt: str) -> tuple[str, ...]:
    """A prompt without its tag order, letter case and white space; words keep their order."""
    folded = prompt.lower()
    return (*sorted(_TAG.findall(folded)), *_TAG.sub(" ", folded).split())


def leaks(
    rows: Sequence[Row],
    cases: Sequence[Case],
    held_out: Collection[str],
    strict: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Held-out prompts that training contains: verbatim (fatal), or reordered.

    "Reordered" is equal but for white space, letter case and the order of tags; it is fatal in
    `strict` splits only, because a wording split may mean to reorder.
    """
    verbatim = {prompt for prompt, _ in rows}
    loose = {normalised(prompt) for prompt, _ in rows}
    findings = []
    for split, members in _by_split(cases).items():
        if split not in held_out:
            continue
        same = [case.id for case in members if case.prompt in verbatim]
        close = [
            case.id
            for case in members
            if case.prompt not in verbatim and normalised(case.prompt) in loose
        ]
        total = len(members)
        findings += _finding(
            "leak", True, f"split {split}", same, total, "prompts stand in training", "none does"
        )
        findings += _finding(
            "reordered",
            split in strict,
            f"split {split}",
            close,
            total,
            "prompts are reordered training prompts",
            "none is",
        )
    return tuple(findings)


def duplicates(rows: Sequence[Row], cases: Sequence[Case]) -> tuple[Finding, ...]:
    """Cases of a split that ask the same (fatal), and training rows that repeat (shown).

    A repeated row is a weight, which a mixture may intend; a repeated case counts one answer twice.
    """
    findings = []
    for split, members in _by_split(cases).items():
        asked = _grouped((_question(case), case.id) for case in members)
        extra = [case_id for ids in asked.values() for case_id in ids[1:]]
        findings += _finding(
            "duplicate", True, f"split {split}", extra, len(members), "cases repeat", "none does"
        )
    repeated = Counter(rows)
    extra = [row[0] for row, count in repeated.items() for _ in range(count - 1)]
    findings += _finding(
        "duplicate", False, "training rows", extra, len(rows), "rows repeat", "none does"
    )
    return tuple(findings)


def impossible(rows: Sequence[Row], cases: Sequence[Case]) -> tuple[Finding, ...]:
    """Prompts with more than one right answer: in training, among cases, or between both. Fatal."""
    taught = {prompt: set(found) for prompt, found in _grouped(rows).items()}
    torn = [prompt for prompt, targets in taught.items() if len(targets) > 1]
    findings = _finding(
        "impossible", True, "training rows", torn, len(taught), "prompts have two targets", "one"
    )
    against = [
        case.id for case in cases if taught.get(case.prompt, {case.expected}) - {case.expected}
    ]
    findings += _finding(
        "impossible",
        True,
        "training against cases",
        against,
        len(cases),
        "cases expect what training contradicts",
        "the trained target",
    )
    asked = _grouped((case.prompt, case.expected) for case in cases)
    both = [case.id for case in cases if len(set(asked[case.prompt])) > 1]
    findings += _finding(
        "impossible",
        True,
        "case set",
        both,
        len(cases),
        "cases share a prompt but not the answer",
        "one answer a prompt",
    )
    return tuple(findings)


def overlap(cases: Sequence[Case]) -> tuple[Finding, ...]:
    """Prompts that stand in two splits. Fatal: one answer would be counted as two proofs."""
    homes = _grouped((case.prompt, case.split) for case in cases)
    shared: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for prompt, splits in homes.items():
        names = tuple(dict.fromkeys(splits))
        if len(names) > 1:
            shared[names].append(prompt)
    findings: list[Finding] = []
    for names, prompts in shared.items():
        findings += _finding(
            "overlap",
            True,
            f"splits {', '.join(names)}",
            prompts,
            len(homes),
            "prompts are shared",
            "disjoint splits",
        )
    return tuple(findings)


def sizes(cases: Sequence[Case], declared: Mapping[str, int]) -> tuple[Finding, ...]:
    """Splits that are empty, smaller than declared, or not declared at all. Fatal."""
    counts = Counter(case.split for case in cases)
    findings = []
    for split in dict.fromkeys([*declared, *counts]):
        found, least = counts[split], declared.get(split)
        where = f"split {split}"
        if least is None:
            text = f"{found} cases of an undeclared split"
            findings.append(Finding("size", True, where, text, "a declared split", found, ()))
        elif found < least or found == 0:
            text = f"{found} cases"
            expected = f"at least {max(least, 1)} cases"
            missing = max(least, 1) - found
            findings.append(Finding("size", True, where, text, expected, missing, ()))
    return tuple(findings)


def claims(rows: Sequence[Row], cases: Sequence[Case]) -> tuple[Finding, ...]:
    """Splits that do not test what they claim. Fatal.

    Recombination and composition need targets that training never showed; memorisation and
    wording need targets that it did. Recombination needs their tags to be known; words outside of
    tags are open.
    """
    targets = {target for _, target in rows}
    recombines = any(case.claim == "recombination" for case in cases)
    known = {tag for target in targets for tag in _TAG.findall(target)} if recombines else set()
    findings: list[Finding] = []
    for split, members in _by_split(cases).items():
        for claimed, wanted in ((UNSEEN_CLAIMS, False), (SEEN_CLAIMS, True)):
            asked = [case for case in members if case.claim in claimed]
            wrong = [case.id for case in asked if (case.expected in targets) is not wanted]
            names = ", ".join(sorted({case.claim for case in asked}))
            findings += _finding(
                "claim",
                True,
                f"split {split}, claim {names}",
                wrong,
                len(asked),
                f"targets are {'un' if wanted else ''}seen in training",
                f"targets {'' if wanted else 'un'}seen in training",
            )
        recombined = [case for case in members if case.claim == "recombination"]
        # A list of numbers in brackets is no tag; asked of the few that are unknown.
        strange = [
            case.id
            for case in recombined
            if any(map(TAG.fullmatch, {*_TAG.findall(case.expected)} - known))
        ]
        findings += _finding(
            "claim",
            True,
            f"split {split}, claim recombination",
            strange,
            len(recombined),
            "targets have tags that training never showed",
            "known tags, combined anew",
        )
    return tuple(findings)


def coverage(rows: Sequence[Row], cases: Sequence[Case]) -> tuple[Coverage, ...]:
    """For each split, how many of its targets training has seen."""
    taught = {target for _, target in rows}
    table = []
    for split, members in _by_split(cases).items():
        targets = {case.expected for case in members}
        seen = sum(case.expected in taught for case in members)
        table.append(Coverage(split, len(members), seen, len(targets), len(targets & taught)))
    return tuple(table)


def _question(case: Case) -> tuple[str, str, str]:
    return case.prompt, case.topic, case.pack


def _by_split(cases: Sequence[Case]) -> dict[str, list[Case]]:
    return {split: [c for c in cases if c.split == split] for split in splits_of(cases)}


def _grouped(pairs: Iterable[tuple[Any, str]]) -> dict[Any, list[str]]:
    groups: dict[Any, list[str]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _finding(
    check: Check, fatal: bool, where: str, found: list[str], total: int, what: str, expected: str
) -> list[Finding]:
    """One finding, or none when nothing was found."""
    if not found:
        return []
    text = f"{len(found)} of {total}: {what}"
    return [Finding(check, fatal, where, text, expected, len(found), tuple(found[:EXAMPLES]))]
