"""What a set of scenes shows of all that their language can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.families import STYLE_FIELDS, FamilyTable
from engine.dsl.grammar import GRAMMAR, SETTINGS
from engine.dsl.scene import Scene

Shown = tuple[str, str]
"""What kind of thing (layout, form, component, topic, a style field, a setting), and its name."""


@dataclass(frozen=True)
class Coverage:
    """For each thing that could be shown the scenes that show it, in order; none is a gap."""

    scenes: Mapping[Shown, tuple[str, ...]]

    @property
    def missing(self) -> tuple[Shown, ...]:
        """What no scene shows."""
        return tuple(thing for thing, names in self.scenes.items() if not names)

    @property
    def totals(self) -> dict[str, int]:
        """How many things of each kind there are."""
        return dict(Counter(what for what, _ in self.scenes))

    def report(self) -> dict[str, dict[str, list[str]]]:
        """Scenes by kind and name."""
        told: dict[str, dict[str, list[str]]] = {}
        for (what, name), scenes in self.scenes.items():
            told.setdefault(what, {})[name] = list(scenes)
        return told


def coverage(
    scenes: Mapping[str, tuple[Scene, str]], families: FamilyTable, topics: Sequence[str]
) -> Coverage:
    """Coverage of named scenes, each with its topic, over a family table and all topics."""
    found: dict[Shown, list[str]] = {thing: [] for thing in _everything(families, topics)}
    for name, (scene, topic) in scenes.items():
        for thing in {*_things(scene), ("topic", topic)} & found.keys():
            found[thing].append(name)
    return Coverage({thing: tuple(names) for thing, names in found.items()})


def _everything(families: FamilyTable, topics: Sequence[str]) -> list[Shown]:
    shown = [("layout", family.id) for family in families.family]
    shown += [("form", form) for family in families.family for form in family.forms]
    kinds = dict.fromkeys(kind.name for family in families.ids for kind in GRAMMAR[family])
    shown += [("component", kind) for kind in kinds]
    shown += [("topic", topic) for topic in topics]
    shown += [(field, value) for field in STYLE_FIELDS for value in families.style.values(field)]
    settings = (s for family in families.ids for s in SETTINGS[family])
    return [*dict.fromkeys([*shown, *((n, v) for n, values in settings for v in values)])]


def _things(scene: Scene) -> set[Shown]:
    said: dict[str, Any] = {field: getattr(scene, field) for field in STYLE_FIELDS}
    said |= {"layout": scene.layout, "form": scene.form, **scene.setting}
    return {*said.items(), *(("component", part.kind) for part in scene.parts)}
