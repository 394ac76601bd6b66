"""gen1: a prompt names the header and lists a scene's components, the answer is the whole scene.

    [layout:technical_diagram] [form:build_path] ... [system_link:stage_4] [to:stage_7]
    [ref:links.2] [graph_node:4] [graph_node:7] [artifact_panel:no] [footer_note]

Components are named as in the answer, a list a kind (kinds that stand mixed in one), the lists in
any order; what there is once or not at all is said either way. The answer wants the lists in their
order, and adds what follows: the rest of the header, and the cells of a diagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise, product
from random import Random
from typing import Protocol

from contracts.families import FamilyTable
from engine.curriculum.assets import header
from engine.curriculum.outlines import separate_runs, shared_evenly
from engine.curriculum.prompts import shuffled, tag
from engine.curriculum.scene_line import (
    WIDE_PROSE,
    WIDE_WORDINGS,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.curriculum.topologies import Edge, by_layers, drawn_graph, drawn_tree
from engine.dsl.assembly import blocks
from engine.dsl.asset_scenes import LOOKS
from engine.dsl.customs import usual_places
from engine.dsl.dialect import Dialect, ref
from engine.dsl.full_scene import LOOK, NAMES, PUBLISHED, SPELLED, TAGS, TOPICS, full_scene
from engine.dsl.grammar import GRAMMAR, Kind
from engine.dsl.part import Part
from engine.dsl.scene import Scene
from engine.dsl.spelling import PLACES, SLOTS
from engine.dsl.wants import Want, wanted_scene

RANGES: dict[str, dict[str, tuple[int, int]]] = {
    "bullet_panel": {"bullets": (2, 6), "callouts": (0, 2)},
    "compare_panels": {"panels": (2, 3), "lines": (0, 5), "callouts": (0, 1)},
    "stat_cards": {"stats": (2, 6), "callouts": (0, 2)},
    "spectrum_band": {"segments": (2, 6), "markers": (0, 3)},
    "flow_steps": {"steps": (2, 6), "badges": (0, 3)},
    "poster_stack": {
        "sections": (1, 3), "bars": (0, 2), "rows": (0, 2), "panels": (0, 2), "callouts": (0, 1)
    },
    "comparison_span_chart": {
        "bars": (2, 5), "spans": (0, 2), "annotations": (0, 2), "floors": (0, 1),
        "theses": (0, 1), "strips": (0, 1)
    },
    "dashboard_cards": {"sections": (2, 5), "meters": (0, 3), "callouts": (0, 2)},
    "dual_panel_compare": {
        "panels": (2, 2), "meters": (0, 4), "sections": (0, 2), "callouts": (0, 1)
    },
    "pipeline_lane": {
        "phases": (1, 3), "stages": (2, 5), "curves": (0, 1), "badges": (0, 2), "sections": (0, 2)
    },
    "timeline_flow": {"stages": (3, 6), "phases": (0, 2), "strips": (0, 1)},
    "table_analysis": {"columns": (2, 4), "rows": (2, 5), "theses": (0, 1), "callouts": (0, 1)},
    "table_matrix": {
        "columns": (2, 3), "blocks": (1, 2), "rows": (2, 5), "marks": (0, 3), "notes": (0, 2)
    },
    "decision_tree": {"nodes": (1, 3), "outcomes": (2, 4)},
    "flow_graph": {"nodes": (2, 5), "outcomes": (1, 2)},
    "comparison_board": {"columns": (2, 4), "metrics": (2, 4), "callouts": (0, 2)},
    "memory_map": {"segments": (2, 6), "brackets": (0, 2), "cards": (0, 2)},
    "timeline": {"stages": (2, 6)},
    "system_diagram": {"stages": (3, 5), "links": (1, 4)},
}  # fmt: skip
"""Least and most of what is counted; what is not named here is there once or not at all."""
ITEMS_MOST = 10
MARKED_SHARE = 0.3
"""How often a state or variant is not the usual one."""
EDITORIAL = ("bullet_panel", "compare_panels", "poster_stack", "dual_panel_compare", "stat_cards")
ARCHITECTURE = ("flow_graph", "decision_tree", "system_diagram", "pipeline_lane", "flow_steps")
"""Families of concept and editorial assets, and of architecture and decision assets."""


@dataclass(frozen=True)
class FullScenes:
    """Families in turn, each in every form, topic and look."""

    language: Dialect
    families: tuple[str, ...] = PUBLISHED

    @property
    def name(self) -> str:
        """Name of the language: what is held out in one choice of families is in every other."""
        return self.language.name

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic in every form and look; the topic comes first."""
        forms = self.language.families[family].forms
        return tuple((topic, *look) for topic, look in product(TOPICS, looks(forms)))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every count of what a prompt counts, as far as one leaves room for the others."""
        fields = self._counted(family)
        found = []
        for shape in product(*(range(least, most + 1) for _, _, least, most in fields)):
            counts = {name: count for (name, *_), count in zip(fields, shape, strict=True)}
            room = all(
                counts[field.id] <= field.ceiling(counts)
                for field in self.language.families[family].counts
                if field.id in counts
            )
            if room and sum(shape) <= ITEMS_MOST:
                found.append(shape)
        return tuple(found)

    def _counted(self, family: str) -> list[tuple[str, str, int, int]]:
        """Count fields that a shape decides: name, component, least and most.

        Chained arrows and the edges of graphs follow from the rest.
        """
        ranges = RANGES[family]
        spelling = self.language.spelling
        return [
            (field.id, field.item, *ranges.get(field.id, (0, 1)))
            for field in self.language.families[family].counts
            if field.item not in (*spelling.chained, *spelling.counted)
        ]

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """The lists of a shape, under a header of the combination."""
        topic, form, *look = combination
        asked = {"form": form, "topic": topic, **dict(zip(LOOK, look, strict=True))}
        counts, wants = self.components(family, form, shape, rng)
        said = header({"layout": family, **asked}, wants)
        scene = wanted_scene(self.language, said, wants)
        head = [
            tag("layout", SPELLED[family]),
            *(tag(name, value) for name, value in asked.items()),
        ]
        return Told(tuple(head), tuple(listed(self.language, scene, counts, rng)), scene)

    def components(
        self, family: str, form: str, shape: Shape, rng: Random
    ) -> tuple[Mapping[str, int], list[Want]]:
        """How many components of each kind a shape has, and these components, drawn."""
        fields = self._counted(family)
        counts = {item: count for (_, item, *_), count in zip(fields, shape, strict=True)}
        return counts, _Components(self.language, family, form, counts, rng).all()

    def prompt_atoms(self) -> tuple[str, ...]:
        """Header values, and what is not there; the rest are tags of the language."""
        values = {"topic": TOPICS} | dict(LOOK)
        atoms = [tag(name, value) for name, found in values.items() for value in found]
        return (*atoms, *family_atoms(self.families, self.language.families))


class Writes(Protocol):
    """A language of scenes that writes them component by component."""

    def spelled_parts(self, scene: Scene) -> Iterable[tuple[Part, list[str]]]:
        """Every component that is written, with its tags."""


def looks(forms: Sequence[str]) -> Iterator[Combination]:
    """Every form in every theme, tone, density and background."""
    for form, (theme, tones) in product(forms, LOOKS.items()):
        for tone, *rest in product(tones, LOOK["density"], LOOK["background"]):
            yield (form, theme, tone, *rest)


def listed(language: Writes, scene: Scene, counts: Mapping[str, int], rng: Random) -> list[str]:
    """The components of a scene by kind, the lists in any order; cells are not told.

    `counts` says of which kinds there are none.
    """
    of_block = {name: place for place, kinds in enumerate(blocks(scene.layout)) for name in kinds}
    lists = [
        [mark for _, tags in parts for mark in tags if not mark.startswith("[cell:")]
        for _, parts in groupby(
            language.spelled_parts(scene), lambda found: of_block[found[0].kind]
        )
    ]
    lists += [
        [_none(kind)] for kind in GRAMMAR[scene.layout] if _once(kind) and not counts[kind.name]
    ]
    return [mark for marks in shuffled(rng, lists) for mark in marks]


def family_atoms(layouts: Sequence[str], families: FamilyTable) -> tuple[str, ...]:
    """Tags of prompts that name a layout, a form, or what is not there."""
    atoms = [tag("layout", SPELLED[layout]) for layout in layouts]
    atoms += [tag("form", form) for layout in layouts for form in families[layout].forms]
    atoms += [_none(kind) for layout in layouts for kind in GRAMMAR[layout] if _once(kind)]
    return tuple(dict.fromkeys(atoms))


def _once(kind: Kind) -> bool:
    """Whether there is one of a kind, or none."""
    return kind.sole or (kind.shape == "fixed" and kind.name != "address_strip")


def _none(kind: Kind) -> str:
    return tag(TAGS.get(kind.name, kind.name), "no")


class _Components:
    """Draws the components of one scene, kind by kind, from how many there are of each."""

    def __init__(
        self, language: Dialect, family: str, form: str, counts: Mapping[str, int], rng: Random
    ) -> None:
        self._language = language
        self._family = family
        self._form = form
        self._counts = counts
        self._rng = rng
        self._left = {slot: rng.sample(range(1, size + 1), size) for slot, size in SLOTS.items()}
        self._ids: dict[str, list[str]] = {}

    def all(self) -> list[Want]:
        """What the scene is to show; kinds that stand mixed are mixed."""
        wants: list[Want] = []
        for kinds in blocks(self._family):
            found = [want for kind in kinds.values() for want in self._of(kind)]
            if len(kinds) > 1:
                self._rng.shuffle(found)
            wants += found
        return wants

    def _of(self, kind: Kind) -> list[Want]:
        spelling = self._language.spelling
        if kind.name in spelling.chained:
            return []
        if kind.shape == "join":
            return self._joins(kind)
        count = self._counts.get(kind.name, 1)
        if kind.shape == "fixed":
            return [Want(kind.name)] * count
        if kind.sole:
            return [Want(kind.name, place=place) for place in self._places(kind, count)]
        numbers = sorted(self._left[kind.slot].pop() for _ in range(count))
        if kind.shape == "span":
            ends = self._spans(self._ids[kind.joins[0]], kind, count)
            return [
                Want(kind.name, number, "", *pair)
                for number, pair in zip(numbers, ends, strict=True)
            ]
        owners = [""] * count
        if kind.shape == "leaf":
            among = self._ids[kind.joins[0]]
            owners = [among[at] for at in shared_evenly(count, len(among), self._rng)]
        places = self._places(kind, count)
        self._ids[kind.name] = [self._id(kind, number) for number in numbers]
        return [
            Want(kind.name, number, source=owner, place=place)
            for number, owner, place in zip(numbers, owners, places, strict=True)
        ]

    def _id(self, kind: Kind, number: int) -> str:
        family = self._language.families[self._family]
        return self._language.id_of(kind, family, 0, ref(kind.slot, number))

    def _places(self, kind: Kind, count: int) -> list[str]:
        """Places of so many components; "" for the usual one, or where there is none."""
        place = kind.place_of(self._form)
        if place is None:
            return [""] * count
        key, pattern = place
        if key in ("cell", "arena", "layer", "side"):
            stages, after = count, self._counts.get("terminal_panel", 0)
            if kind.sole:
                stages = self._counts["system_stage"]
            places = usual_places("", key, self._form, stages, after)
            return places[stages:] if kind.sole else places[:stages]
        values = self._language.spelling.places.get(key, PLACES[key])
        values = tuple(value for value in values if value in pattern.split("|") or key in _FREE)
        usual = self._language.spelling.usual.get(key)
        if usual is None:
            return self._rng.choices(values, k=count)
        marked = [value for value in values if value not in usual]
        return [
            self._rng.choice(marked) if self._rng.random() < MARKED_SHARE else ""
            for _ in range(count)
        ]

    def _spans(self, among: Sequence[str], kind: Kind, count: int) -> list[tuple[str, str]]:
        """Spans in order: any in a memory map, runs that do not touch elsewhere."""
        if kind.name == "region_bracket":
            chosen = sorted(self._rng.sample(sorted(combinations(range(len(among)), 2)), count))
        else:
            chosen = separate_runs(count, len(among), self._rng)
        return [(among[a], among[b]) for a, b in chosen]

    def _joins(self, kind: Kind) -> list[Want]:
        rng, count = self._rng, self._counts.get(kind.name, 0)
        if kind.name == "curved_connector":
            stages = self._ids["stage_card"]
            return [Want(kind.name, 0, "", stages[-1], stages[0])] * count
        if kind.name == "table_cell":
            cells = list(product(self._ids["table_row"], self._ids["table_column"]))
            marked = [cells[at] for at in sorted(rng.sample(range(len(cells)), count))]
            places = self._places(kind, count)
            return [
                Want(kind.name, 0, "", *cell, place)
                for cell, place in zip(marked, places, strict=True)
            ]
        if kind.name == "system_link":
            ways = self._ways()
            via = [self._left[kind.slot].pop() for _ in range(count)]
            chosen = sorted(rng.sample(range(len(ways)), count))
            return [
                Want(kind.name, word, "", *ways[at]) for word, at in zip(via, chosen, strict=True)
            ]
        ids = [*self._ids["decision_node"], *self._ids["outcome_panel"]]
        return [
            Want(kind.name, label, "", ids[source], ids[target])
            for label, (source, target) in enumerate(self._edges(), start=1)
        ]

    def _ways(self) -> list[tuple[str, str]]:
        """Links that a system diagram may have: along its stages, or from the one that selects."""
        stages = self._ids["system_stage"]
        terminal = ["terminal"] * self._counts["terminal_panel"]
        if self._form != "selection_path":
            return list(pairwise([*stages, *terminal]))
        picked = self._rng.choice(stages[1:])
        return [(stages[0], stage) for stage in stages[1:]] + [(picked, end) for end in terminal]

    def _edges(self) -> tuple[Edge, ...]:
        """A tree, or a flow whose ways meet again, by layers; no more edges than labels."""
        nodes, outcomes = self._counts["decision_node"], self._counts["outcome_panel"]
        draw = drawn_tree if self._family == "decision_tree" else _flow
        while True:
            edges = by_layers(nodes, draw(nodes, outcomes, self._rng))
            if edges is not None and len(edges) <= SLOTS["links"]:
                return edges


_FREE = ("value", "weight", "kind")
"""Places whose pattern lists no values."""


def _flow(nodes: int, ends: int, rng: Random) -> tuple[Edge, ...]:
    return drawn_graph(nodes, ends, 0, rng)


def full_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1: the published twelve families, every topic in each of them."""
    return SceneLine(FullScenes(full_scene(families)), WIDE_WORDINGS, WIDE_PROSE)


def _recombined(families: FamilyTable, layouts: tuple[str, ...]) -> SceneLine:
    """Some families, three topics of each of which no training row shows in it."""
    task = FullScenes(full_scene(families), layouts)
    return SceneLine(task, WIDE_WORDINGS, WIDE_PROSE, pairs=True)


def recombined_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1_recomb: the published twelve families."""
    return _recombined(families, PUBLISHED)


def editorial_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1_editorial: concept and editorial assets."""
    return _recombined(families, EDITORIAL)


def architecture_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1_architecture: architecture and decision assets."""
    return _recombined(families, ARCHITECTURE)


def all_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1_all: every family of the house."""
    return _recombined(families, tuple(NAMES.values()))
