"""The standard scene of a family: so many of each component, in the arrangement it usually has.

A language lowers to Scenes; where it says a thing, it says so here, and where it is silent the
standard fills in: ids by number, content by number, places and joins by the family's custom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from contracts.errors import CompileError
from contracts.families import GENERIC_SLOTS, STYLE_FIELDS, Content, Family
from engine.dsl.customs import (
    Pair,
    usual_joins,
    usual_owners,
    usual_places,
    usual_spans,
)
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.scene import Part, Scene

Value = TypeVar("Value")
Lists = Mapping[str, Sequence[Value]]

IRREGULAR = {"theses": "thesis", "terminal": "terminal"}
"""Ids of count fields that are not their name without an s."""


def standard_scene(
    family: Family,
    form: str,
    style: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    settings: Mapping[str, str] | None = None,
    ids: Lists[str] | None = None,
    items: Lists[int] | None = None,
    places: Lists[str] | None = None,
    owners: Lists[str] | None = None,
    joins: Lists[Pair] | None = None,
    order: Sequence[str] | None = None,
) -> Scene:
    """A legal scene with the counts asked for; what is given, by component name, overrules.

    `counts` holds every count field of the family. `items` numbers the content of components, from
    1; `owners` names the owner of each leaf, `joins` the ends of each join or span, in any order;
    `order` names the components of a mixed block in drawing order. CompileError for a count that is
    not legal, and for a list that is not as long as its count.
    """
    check_counts(f"scene of {family.id}", family, counts)
    builder = _Builder(
        family=family,
        form=form,
        number={count.item: counts[count.id] for count in family.counts},
        given={
            "ids": ids or {},
            "items": items or {},
            "places": places or {},
            "owners": owners or {},
            "joins": joins or {},
        },
    )
    for kind in GRAMMAR[family.id]:
        builder.add(kind)
    chosen = {name: values[0] for name, values in SETTINGS[family.id]} | dict(settings or {})
    return Scene(
        layout=family.id,
        form=form,
        settings=tuple((name, chosen[name]) for name, _ in SETTINGS[family.id]),
        parts=tuple(_mixed(family.id, builder.parts, order)),
        **{name: style[name] for name in STYLE_FIELDS},
    )


def true_values(scene: Scene, words: Content) -> Scene:
    """The scene with the value of its item wherever a component shows a value."""
    kinds = {kind.name: kind for kind in GRAMMAR[scene.layout]}
    parts = []
    for part in scene.parts:
        place = kinds[part.kind].place_of(scene.form)
        if place and place[0] == "value":
            number = int(part.ref.rpartition("_")[2])
            value = words.slots["items"][number - 1].value
            part = replace(part, place=str(value))
        parts.append(part)
    return replace(scene, parts=tuple(parts))


def check_counts(where: str, family: Family, counts: Mapping[str, int]) -> None:
    """CompileError for the first count that the family does not allow beside the others."""
    if set(counts) != set(family.count_names):
        found = ", ".join(counts) or "no counts"
        raise CompileError(f"{where}, counts", found, ", ".join(family.count_names))
    for count in family.counts:
        ceiling = count.ceiling(dict(counts))
        if not count.least <= counts[count.id] <= ceiling:
            beside = " beside the other counts" if count.at_most else ""
            allowed = f"{count.least} to {ceiling}{beside}"
            place = f"{where}, field {count.id}"
            raise CompileError(place, str(counts[count.id]), allowed, "Ask for a count that fits")


@dataclass
class _Builder:
    """Adds the components of one kind after another; what is given overrules the custom."""

    family: Family
    form: str
    number: dict[str, int]
    given: dict[str, Mapping[str, Sequence]]  # type: ignore[type-arg]
    parts: list[Part] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)

    def add(self, kind: Kind) -> None:
        """Add as many components of a kind as asked for."""
        number = self.number.get(kind.name, 1)
        if kind.shape == "fixed":
            self.parts += [Part(kind.name, kind.slot)] * number
            return
        if not number:
            return
        sources, targets = self._ids_of(kind.joins), self._ids_of(kind.targets)
        ends: list[Pair] = [("", "")] * number
        if kind.shape == "leaf":
            usual = usual_owners(sources, number) if sources else []
            found = self._list("owners", kind, number, usual)
            ends = [(owner, "") for owner in sorted(found, key=sources.index)]
        elif kind.shape == "span":
            ends = self._list("joins", kind, number, usual_spans(sources, number))
        elif kind.shape == "join":
            usual_ends = usual_joins(kind.name, self.form, sources, targets, number)
            ends = self._list("joins", kind, number, usual_ends)
        if kind.shape in ("join", "span"):
            ends = sorted(ends, key=lambda pair: (sources.index(pair[0]), targets.index(pair[1])))
        ids = [""] * number if kind.shape == "join" else self._ids(kind, number)
        for id_, ref, place, (source, target) in zip(
            ids, self._refs(kind, number), self._places(kind, number), ends, strict=True
        ):
            self.parts.append(Part(kind.name, id_, ref, source, target, place))

    def _list(self, what: str, kind: Kind, number: int, usual: list[Value]) -> list[Value]:
        found = list(self.given[what].get(kind.name, usual))
        if len(found) != number:
            where = f"scene of {self.family.id}, {what} of {kind.name}"
            raise CompileError(where, str(len(found)), f"{number}, as many as it has components")
        return found

    def _ids_of(self, kinds: tuple[str, ...]) -> list[str]:
        """Ids that joins may name: those declared, and the terminal, which comes after."""
        found = [part.id for part in self.parts if part.kind in kinds]
        later = "terminal_panel" in kinds and self.number.get("terminal_panel")
        return [*found, "terminal"] if later else found

    def _noun(self, kind: Kind) -> str:
        name = next(count.id for count in self.family.counts if count.item == kind.name)
        return IRREGULAR.get(name, name.removesuffix("s"))

    def _ids(self, kind: Kind, number: int) -> list[str]:
        noun = self._noun(kind)
        usual = [noun] if kind.sole else [f"{noun}_{i}" for i in range(1, number + 1)]
        return self._list("ids", kind, number, usual)

    def _refs(self, kind: Kind, number: int) -> list[str]:
        if not kind.slot or kind.sole:
            return [kind.slot] * number
        start, length = self.used[kind.slot], GENERIC_SLOTS.get(kind.slot)
        usual = [start + i for i in range(number)]
        self.used[kind.slot] += number
        # Components that share a slot do not repeat each other's words while it has more.
        numbers = [(n % length if length else n) + 1 for n in usual]
        noun = kind.slot.removesuffix("s")
        return [f"{kind.slot}.{noun}_{n}" for n in self._list("items", kind, number, numbers)]

    def _places(self, kind: Kind, number: int) -> list[str]:
        place = kind.place_of(self.form)
        if place is None:
            return [""] * number
        after = self.number.get("terminal_panel", 0)
        if kind.name == "terminal_panel":
            stages = self.number["system_stage"]
            return usual_places(kind.name, place[0], self.form, stages, number)[stages:]
        usual = usual_places(kind.name, place[0], self.form, number, after)[:number]
        return self._list("places", kind, number, usual)


def _mixed(family: str, parts: list[Part], order: Sequence[str] | None) -> list[Part]:
    """The parts, with those of the family's mixed block in the order asked for."""
    block = {kind.name for kind in GRAMMAR[family] if kind.block}
    mixed = [part for part in parts if part.kind in block]
    if order is None or not block:
        return parts
    if Counter(order) != Counter(part.kind for part in mixed):
        raise CompileError(
            f"scene of {family}, order",
            ", ".join(order),
            f"each of {', '.join(part.kind for part in mixed)} as often as it is counted",
        )
    queues = {name: iter([p for p in mixed if p.kind == name]) for name in block}
    return [next(queues[name]) for name in order] + [p for p in parts if p.kind not in block]
