"""Neighbours of a scene: legal scenes that differ from it in one thing, each of which must show.

One style field, one setting, one place, reference, id, owner or end; two components of a kind
changed about; a component left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from contracts.families import GENERIC_SLOTS, STYLE_FIELDS, FamilyTable
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.scene import Part, Scene

FRESH = "z_other"
"""An id that a neighbour gives to one component, and a path where references are not counted."""


def neighbours(
    scene: Scene, families: FamilyTable, legal: Callable[[Scene], bool]
) -> Iterator[Scene]:
    """Every legal scene one step away, none twice, all kinds of step mixed: a part shows them all.

    The order depends on the scene alone.
    """
    candidates = [other for other in dict.fromkeys(_candidates(scene, families)) if other != scene]
    Random(repr(scene)).shuffle(candidates)
    return filter(legal, candidates)


def _candidates(scene: Scene, families: FamilyTable) -> Iterator[Scene]:
    for field in STYLE_FIELDS:
        for value in families.style.values(field):
            yield replace(scene, **{field: value})  # type: ignore[arg-type]
    for i, (name, values) in enumerate(SETTINGS[scene.layout]):
        for value in values:
            changed = (*scene.settings[:i], (name, value), *scene.settings[i + 1 :])
            yield replace(scene, settings=changed)
    kinds = {kind.name: kind for kind in GRAMMAR[scene.layout]}
    for i, part in enumerate(scene.parts):
        for other in _others(scene, kinds[part.kind], part, families):
            yield _with(scene, i, other)
        if part.id and kinds[part.kind].shape != "fixed":
            yield _renamed(scene, part.id)
        if i + 1 < len(scene.parts):
            yield _with(_with(scene, i, scene.parts[i + 1]), i + 1, part)
        yield replace(scene, parts=scene.parts[:i] + scene.parts[i + 1 :])


def _with(scene: Scene, index: int, part: Part) -> Scene:
    return replace(scene, parts=(*scene.parts[:index], part, *scene.parts[index + 1 :]))


def _others(scene: Scene, kind: Kind, part: Part, families: FamilyTable) -> Iterator[Part]:
    """The component with another place, reference, owner or end."""
    place = kind.place_of(scene.form)
    if place:
        for value in _values(*place, part.place):
            yield replace(part, place=value)
    if kind.slot and not kind.sole and kind.shape != "fixed":
        head, _, number = part.ref.rpartition("_")
        if number.isdecimal():
            length = _length(kind, scene, families)
            yield replace(part, ref=f"{head}_{int(number) % length + 1}")
        else:
            yield replace(part, ref=FRESH)
    ids = {k: [p.id for p in scene.parts if p.kind in k] for k in (kind.joins, kind.targets)}
    if part.source:
        for source in ids[kind.joins]:
            yield replace(part, source=source)
    if part.target:
        for target in ids[kind.targets]:
            yield replace(part, target=target)


def _values(key: str, pattern: str, value: str) -> list[str]:
    """Other values of a place: those that its pattern lists, or the next number."""
    if key == "value":
        return [str((int(value) + 1) % 101)]
    if key == "cell":
        return [f"{column}.{row}" for column in range(1, 4) for row in range(1, 4)]
    if pattern.startswith("["):
        return [str(n) for n in range(int(pattern[1]), int(pattern[3]) + 1)]
    return pattern.split("|")


def _length(kind: Kind, scene: Scene, families: FamilyTable) -> int:
    """How many items of its slot a kind can surely show, whatever words it is drawn with."""
    most = next(f.most for f in families[scene.layout].counts if f.item == kind.name)
    return min(max(most, 2), GENERIC_SLOTS.get(kind.slot, most))


def _renamed(scene: Scene, id_: str) -> Scene:
    """The scene with another id for one component, wherever it is named."""

    def name(old: str) -> str:
        return FRESH if old == id_ else old

    parts = (
        replace(part, id=name(part.id), source=name(part.source), target=name(part.target))
        for part in scene.parts
    )
    return replace(scene, parts=tuple(parts))
