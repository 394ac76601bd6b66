"""Counts the failures of a run: by class, split, family, form and field, with example cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from probes.failure import FAILURES, FLAGS
from probes.score import Outcome

EXAMPLES = 5


@dataclass(frozen=True)
class Confusion:
    """One field that `count` answers filled with `found` where `expected` was asked."""

    field: str
    group: str
    expected: str | None
    found: str | None
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Autopsy:
    """Failure table of one set of outcomes. Every class and flag is listed, zero included.

    `budget_truncations` are the truncated answers that more budget could have closed; the rest
    of the truncated ran past the expected length without closing. `examples` holds up to five
    case ids a class. `total` outcomes were counted, so nothing was capped.
    """

    total: int
    classes: Mapping[str, int]
    by_split: Mapping[str, Mapping[str, int]]
    by_family: Mapping[str, Mapping[str, int]]
    by_form: Mapping[str, Mapping[str, int]]
    by_surface: Mapping[str, Mapping[str, int]]
    flags: Mapping[str, int]
    confusions: tuple[Confusion, ...]
    examples: Mapping[str, tuple[str, ...]]
    budget_truncations: int
    context_truncations: int

    @property
    def misses(self) -> int:
        """Outcomes that are not exact and clean."""
        return self.total - self.classes["none"]

    def lines(self) -> list[str]:
        """Plain table: one class a line that occurs, then flags, then the worst confusions."""
        lines = [f"{self.total} cases, {self.classes['none']} exact and clean"]
        for name in FAILURES:
            if name != "none" and self.classes[name]:
                examples = ", ".join(self.examples[name])
                lines.append(f"{name:<12} {self.classes[name]:>5}  {examples}")
        lines += [f"flag {name:<20} {n:>5}" for name, n in self.flags.items() if n]
        for pair in self.confusions[: 2 * EXAMPLES]:
            lines.append(
                f"field {pair.field:<12} {pair.expected or '(absent)'} -> "
                f"{pair.found or '(absent)'}  {pair.count}"
            )
        return lines


def autopsy(outcomes: Sequence[Outcome]) -> Autopsy:
    """Failure table of outcomes; an empty sequence gives zeros."""
    examples: dict[str, list[str]] = {name: [] for name in FAILURES if name != "none"}
    flags = dict.fromkeys(FLAGS, 0)
    pairs: dict[tuple[str, str, str | None, str | None], list[str]] = defaultdict(list)
    budget = context = 0
    for outcome in outcomes:
        if outcome.failure != "none" and len(examples[outcome.failure]) < EXAMPLES:
            examples[outcome.failure].append(outcome.case.id)
        for flag in outcome.flags:
            flags[flag] += 1
        for miss in outcome.mismatches:
            pairs[miss.field, miss.group, miss.expected, miss.found].append(outcome.case.id)
        if outcome.failure == "truncated" and "runaway" not in outcome.flags:
            full = "context_full" in outcome.flags
            context += full
            budget += not full
    confusions = [
        Confusion(field, group, expected, found, len(ids), tuple(ids[:EXAMPLES]))
        for (field, group, expected, found), ids in pairs.items()
    ]
    confusions.sort(key=lambda c: (-c.count, c.field, c.expected or "", c.found or ""))
    return Autopsy(
        total=len(outcomes),
        classes=_classes(outcomes),
        by_split=_grouped(outcomes, lambda o: o.case.split),
        by_family=_grouped(outcomes, lambda o: o.case.family),
        by_form=_grouped(outcomes, lambda o: o.case.form),
        by_surface=_grouped(outcomes, lambda o: o.case.surface),
        flags=flags,
        confusions=tuple(confusions),
        examples={name: tuple(ids) for name, ids in examples.items()},
        budget_truncations=budget,
        context_truncations=context,
    )


def _classes(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counted = Counter(outcome.failure for outcome in outcomes)
    return {name: counted[name] for name in FAILURES}


def _grouped(
    outcomes: Sequence[Outcome], key: Callable[[Outcome], str]
) -> dict[str, dict[str, int]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[key(outcome)].append(outcome)
    return {name: _classes(members) for name, members in groups.items()}
