"""Counts the failures of a run: by class, split, family, form, field and count, with examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from probes.failure import FAILURES, FLAGS, GROUPS, Mismatch
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

    def line(self) -> str:
        """The confusion in words."""
        asked, given = self.expected or "none", self.found or "none"
        return f"{self.field} {asked}, given {given}: {self.count}"


@dataclass(frozen=True)
class FieldMisses:
    """How one field goes wrong over all answers; a numbered part counts under its kind.

    `wrong` answers gave another value, of which `fewer` gave a smaller number and `more` a larger
    one; `missing` left the field out, `foreign` brought it though it was not asked for.
    """

    field: str
    group: str
    wrong: int
    missing: int
    foreign: int
    fewer: int
    more: int

    @property
    def total(self) -> int:
        """Every way in which the field was missed."""
        return self.wrong + self.missing + self.foreign

    def line(self) -> str:
        """The field in words, what did not happen left out."""
        said = {
            "too few": self.fewer,
            "too many": self.more,
            "wrong": self.wrong - self.fewer - self.more,
            "missing": self.missing,
            "not asked for": self.foreign,
        }
        return f"{self.field:<20} " + ", ".join(f"{n} {how}" for how, n in said.items() if n)


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
    fields: tuple[FieldMisses, ...]
    examples: Mapping[str, tuple[str, ...]]
    budget_truncations: int
    context_truncations: int

    @property
    def misses(self) -> int:
        """Outcomes that are not exact and clean."""
        return self.total - self.classes["none"]

    def lines(self) -> list[str]:
        """Plain table: classes and flags that occur, where the misses lie, the fields they miss."""
        lines = [f"{self.total} cases, {self.classes['none']} exact and clean"]
        for name in FAILURES:
            if name != "none" and self.classes[name]:
                examples = ", ".join(self.examples[name])
                lines.append(f"{name:<12} {self.classes[name]:>5}  {examples}")
        lines += [f"flag {name:<20} {n:>5}" for name, n in self.flags.items() if n]
        groups = {"split": self.by_split, "family": self.by_family, "form": self.by_form}
        for kind, members in groups.items():
            for member, classes in members.items():
                if missed := sum(classes.values()) - classes["none"]:
                    of = f"{missed} of {sum(classes.values())} missed"
                    lines.append(f"{kind:<6} {member:<20} {of}")
        lines += [f"field  {field.line()}" for field in self.fields[: 2 * EXAMPLES]]
        for group in GROUPS:
            pairs = [pair for pair in self.confusions if pair.group == group]
            lines += [f"asked  {pair.line()}" for pair in pairs[:EXAMPLES]]
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
        fields=_fields([miss for outcome in outcomes for miss in outcome.mismatches]),
        examples={name: tuple(ids) for name, ids in examples.items()},
        budget_truncations=budget,
        context_truncations=context,
    )


def _fields(misses: Sequence[Mismatch]) -> tuple[FieldMisses, ...]:
    """Misses by kind of field, the most missed first."""
    kinds: dict[tuple[str, str], list[Mismatch]] = defaultdict(list)
    for miss in misses:
        kinds[kind_of(miss.field), miss.group].append(miss)
    tallies = []
    for (field, group), members in kinds.items():
        both = [
            (miss.expected, miss.found)
            for miss in members
            if miss.expected is not None and miss.found is not None
        ]
        drifts = [int(found) - int(asked) for asked, found in both if _whole(asked, found)]
        tallies.append(
            FieldMisses(
                field,
                group,
                wrong=len(both),
                missing=sum(miss.found is None for miss in members),
                foreign=sum(miss.expected is None for miss in members),
                fewer=sum(drift < 0 for drift in drifts),
                more=sum(drift > 0 for drift in drifts),
            )
        )
    return tuple(sorted(tallies, key=lambda tally: (-tally.total, tally.field)))


def kind_of(field: str) -> str:
    """A field without the number or key of its part: `3.rect.x` is `rect.x`, `card.c2` is `card`.

    What a part says beside its being there keeps its name: `card.c2.ref` is `card.ref`.
    """
    first, _, rest = field.partition(".")
    return rest if first.isdigit() else f"{first}{rest[rest.find('.') :] if '.' in rest else ''}"


def _whole(*values: str) -> bool:
    return all(value.isascii() and value.isdigit() for value in values)


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
