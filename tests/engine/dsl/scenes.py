"""Any bundle and any legal scene of any family, for Hypothesis: any spelling, topology, order."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from contracts.families import STYLE_FIELDS, FamilyTable
from engine.dsl.bundle import Bundle
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.scene import Part, Scene

FIXED = {kind.slot for kinds in GRAMMAR.values() for kind in kinds if kind.shape == "fixed"}
identifiers = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda i: i not in FIXED)
short_identifiers = st.from_regex(r"[a-z][a-z0-9_]?", fullmatch=True).filter(
    lambda i: i not in FIXED
)


@st.composite
def bundles(draw: st.DrawFn, families: FamilyTable) -> Bundle:
    """Any document of the bundle language: every count is free in its own bounds."""
    family = draw(st.sampled_from(families.family))
    return Bundle(
        family=family.id,
        form=draw(st.sampled_from(family.forms)),
        counts=tuple((c.id, draw(st.integers(c.least, c.most))) for c in family.counts),
        **{field: draw(st.sampled_from(families.style.values(field))) for field in STYLE_FIELDS},
    )


@st.composite
def scenes(draw: st.DrawFn, families: FamilyTable, *, only: str = "", numbers: int = 0) -> Scene:
    """A legal scene; content numbers up to `numbers`, or running on from 1 if it is 0."""
    family = families[only] if only else draw(st.sampled_from(families.family))
    form = draw(st.sampled_from(family.forms))
    counts = draw(
        st.fixed_dictionaries(
            {field.id: st.integers(field.least, field.most) for field in family.counts}
        )
    )
    for field in family.counts:
        counts[field.id] = max(field.least, min(counts[field.id], field.ceiling(counts)))
    number = {field.item: counts[field.id] for field in family.counts}
    total = sum(number.values())
    ids = iter(draw(st.lists(identifiers, unique=True, min_size=total, max_size=total)))
    cells = iter(f"{column}.{row}" for row in range(1, 4) for column in range(1, 4))
    parts: list[Part] = []
    for kind in GRAMMAR[family.id]:
        many = number.get(kind.name, 1)
        if kind.shape == "fixed":
            parts += [Part(kind.name, kind.slot)] * many
            continue
        joins = [part.id for part in parts if part.kind in kind.joins]
        targets = [part.id for part in parts if part.kind in kind.targets]
        ends = [("", "")] * many
        if kind.shape == "leaf" and joins:
            owners = draw(st.lists(st.sampled_from(joins), min_size=many, max_size=many))
            ends = [(owner, "") for owner in sorted(owners, key=joins.index)]
        elif kind.shape in ("join", "span"):
            ends = _pairs(draw, kind, joins, targets, many)
        for i, (source, target) in enumerate(ends, start=1):
            at = draw(st.integers(1, numbers)) if numbers else i
            ref = (kind.slot if kind.sole else f"{kind.slot}.item_{at}") if kind.slot else ""
            id_ = "" if kind.shape == "join" else next(ids)
            place = _place(draw, kind, form, cells)
            parts.append(Part(kind.name, id_, ref, source, target, place))
    style = {f: draw(st.sampled_from(families.style.values(f))) for f in STYLE_FIELDS}
    options = tuple((n, draw(st.sampled_from(v))) for n, v in SETTINGS[family.id])
    return Scene(
        layout=family.id,
        form=form,
        settings=options,
        parts=tuple(_ordered(draw, family.id, parts)),
        **style,
    )


def _pairs(
    draw: st.DrawFn, kind: Kind, sources: list[str], targets: list[str], many: int
) -> list[tuple[str, str]]:
    """Joins or spans in their order, drawn from all that are legal."""
    span = kind.shape == "span"
    legal = [
        (i, j)
        for i, source in enumerate(sources)
        for j, target in enumerate(targets)
        if (i <= j if span else source != target)
        and not (kind.forward and target in sources and sources.index(target) < i)
    ]
    chosen = draw(
        st.lists(st.sampled_from(legal), unique=True, min_size=min(many, len(legal)), max_size=many)
    )
    return [(sources[i], targets[j]) for i, j in sorted(chosen)]


def _place(draw: st.DrawFn, kind: Kind, form: str, cells: object) -> str:
    place = kind.place_of(form)
    if place is None:
        return ""
    if place[0] == "cell":
        return str(next(cells))  # type: ignore[call-overload]
    if place[0] == "value":
        return str(draw(st.integers(0, 100)))
    if place[1].startswith("["):
        return str(draw(st.integers(int(place[1][1]), int(place[1][3]))))
    return draw(st.sampled_from(place[1].split("|")))


def _ordered(draw: st.DrawFn, family: str, parts: list[Part]) -> list[Part]:
    """The parts with arenas in order, and those of a mixed block in any order."""
    block = {kind.name for kind in GRAMMAR[family] if kind.block}
    mixed = draw(st.permutations([part for part in parts if part.kind in block])) if block else []
    segments = [part for part in parts if part.kind == "memory_segment"]
    if segments and re.fullmatch(r"[1-8]", segments[0].place):
        places = sorted(part.place for part in segments)
        sorted_segments = iter(
            Part(part.kind, part.id, part.ref, place=place)
            for part, place in zip(segments, places, strict=True)
        )
        parts = [next(sorted_segments) if p.kind == "memory_segment" else p for p in parts]
    return [*mixed, *(part for part in parts if part.kind not in block)]
