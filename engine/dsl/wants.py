"""Builds the scene of a dialect from what is wanted of it, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.dsl.assembly import blocks
from engine.dsl.dialect import Dialect, ref, scene_of
from engine.dsl.grammar import Kind
from engine.dsl.part import Part
from engine.dsl.scene import Scene


@dataclass(frozen=True)
class Want:
    """One component: its kind, the number of its content, and what else is not as usual.

    `source` is the owner of a leaf or the first end of a join or span, by id.
    """

    kind: str
    number: int = 0
    id: str = ""
    source: str = ""
    target: str = ""
    place: str = ""


def wanted_scene(dialect: Dialect, said: Mapping[str, str], wants: Sequence[Want]) -> Scene:
    """The scene with this header and these components, in canonical order.

    Components of one kind keep their order, leaves that of their owners first. What a want leaves
    out is as the dialect has it: ids by place, the usual place, chained joins.
    """
    head = dialect.head(said)
    parts: list[Part] = []
    for kinds in blocks(head["layout"]):
        block = [want for want in wants if want.kind in kinds]
        for kind in kinds.values():
            if kind.name in dialect.spelling.chained:
                ids = [part.id for part in parts if part.kind in kind.joins]
                block += [Want(kind.name, n, "", *ends) for n, ends in enumerate(pairwise(ids), 1)]
        if len(kinds) == 1:
            rank = {part.id: place for place, part in enumerate(parts)}
            block.sort(key=lambda want: (rank.get(want.source, 0), rank.get(want.target, 0)))
        made: dict[str, int] = dict.fromkeys(kinds, 0)
        for want in block:
            parts.append(_part(dialect, head, kinds[want.kind], want, made[want.kind]))
            made[want.kind] += 1
    return scene_of(head, tuple(parts))


def _part(dialect: Dialect, head: Mapping[str, str], kind: Kind, want: Want, number: int) -> Part:
    if kind.shape == "fixed":
        return Part(kind.name, kind.slot)
    family = dialect.families[head["layout"]]
    id_ = want.id or ("" if kind.shape == "join" else dialect.ids(kind, family)[number])
    content = kind.slot if kind.sole else ref(kind.slot, want.number) if kind.slot else ""
    place = want.place or dialect.usual(kind, head["form"], number)
    return Part(kind.name, id_, content, want.source, want.target, place)
