"""spec12: a nested outline, and the answer sorts what it says into the blocks of a scene.

    [segment:4] [card:2] [bracket:1] [segment:9] [segment:3] [/bracket:1]    memory_map
    [column:2] [column:1] [block:3] [row:4] [mark:1] [row:7] [note:5]        table_matrix
    [node:4] [to:7] [to:9] [node:7] [to:9] [to:2] [outcome:9] [outcome:2]    decision_tree

The outline says of each thing where it belongs; the answer wants all of a kind together, names both
ends of what joins, and tells a node from an outcome, which is called by its number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import Combination, SceneLine, Shape, Told
from engine.curriculum.topologies import drawn_graph, targets_of
from engine.dsl import compact_scene
from engine.dsl.dialect import SLOTS, Dialect
from engine.dsl.wants import Want, wanted_scene

LOOK = {
    "topic": compact_scene.TOPICS,
    "theme": compact_scene.THEMES,
    "tone": compact_scene.TONES,
    "density": compact_scene.DENSITIES,
    "background": compact_scene.BACKGROUNDS,
}
"""Header tags of a prompt beside layout and form, with their values."""
SHAPES = {
    # legend, columns, blocks, rows, marks, notes
    "table_matrix": ((0, 1), (2, 3), (1, 2), (3, 5), (1, 3), (0, 2)),
    # entry, nodes, outcomes, edges beyond a tree, footer
    "decision_tree": ((0, 1), (2, 4), (2, 3), (0, 1), (0, 1)),
    # segments, brackets, cards
    "memory_map": ((3, 7), (0, 2), (0, 3)),
}
"""Least and most of what is counted."""
MARKS = {
    "segment": "segments",
    "bracket": "brackets",
    "/bracket": "brackets",
    "card": "cards",
    "column": "columns",
    "block": "groups",
    "row": "items",
    "mark": "columns",
    "note": "notes",
    "node": "items",
    "to": "items",
    "outcome": "items",
}
"""Tags of an outline, with the slot that their number counts in."""
FIXED = {"legend": "legend_block", "entry": "entry_badge", "footer": "footer_note"}

Outlined = tuple[list[str], list[Want]]


def numbers(slot: str, count: int, rng: Random) -> list[int]:
    """So many items of a slot, none twice, in a drawn order."""
    return rng.sample(range(1, SLOTS[slot] + 1), count)


class CompactScenes:
    """Three layouts; five topics in every form and look."""

    families = compact_scene.LAYOUTS

    def __init__(self, language: Dialect) -> None:
        self.language = language
        self.name = language.name
        self._outlined: dict[str, Callable[[Shape, Random], Outlined]] = {
            "table_matrix": _table,
            "decision_tree": _tree,
            "memory_map": _map,
        }

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every form with every topic in every look."""
        return tuple(product(self.language.families[family].forms, *LOOK.values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of each thing."""
        return tuple(product(*(range(least, most + 1) for least, most in SHAPES[family])))

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """An outline of a shape, under a header of the combination."""
        said = {"layout": family} | dict(zip(("form", *LOOK), combination, strict=True))
        outline, wants = self._outlined[family](shape, rng)
        scene = wanted_scene(self.language, said, wants)
        return Told(tuple(tag(name, value) for name, value in said.items()), tuple(outline), scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, forms, look, and the marks of outlines."""
        atoms = [tag("layout", family) for family in self.families]
        atoms += [tag("form", form) for form in compact_scene.FORMS]
        atoms += [tag(name, value) for name, values in LOOK.items() for value in values]
        atoms += [tag(name, n) for name, slot in MARKS.items() for n in range(1, SLOTS[slot] + 1)]
        return (*atoms, *(f"[{name}]" for name in FIXED))


def _fixed(name: str, number: int) -> Outlined:
    return [f"[{name}]"] * number, [Want(FIXED[name])] * number


def _map(shape: Shape, rng: Random) -> Outlined:
    """Segments in order, brackets opened and closed between them, cards anywhere."""
    count, brackets, cards = shape
    segments = numbers("segments", count, rng)
    spans = rng.sample(sorted(_pairs(count)), brackets)
    named = dict(zip(spans, numbers("brackets", brackets, rng), strict=True))
    asides = dict(enumerate(numbers("cards", cards, rng)))
    after = sorted(rng.randrange(count) for _ in asides)
    outline: list[str] = []
    wants = [Want("address_strip")]
    for at, segment in enumerate(segments):
        # Of brackets that open together the longer opens first, so that they nest or cross in
        # one way only.
        opened = sorted((span for span in named if span[0] == at), key=lambda span: -span[1])
        outline += [tag("bracket", named[span]) for span in opened]
        outline.append(tag("segment", segment))
        wants.append(Want("memory_segment", segment))
        closed = sorted((span for span in named if span[1] == at), key=lambda span: -span[0])
        outline += [tag("/bracket", named[span]) for span in closed]
        for number, place in enumerate(after):
            if place == at:
                outline.append(tag("card", asides[number]))
                wants.append(Want("info_card", asides[number]))
    for (first, last), number in named.items():
        ends = (f"segment_{segments[first]}", f"segment_{segments[last]}")
        wants.append(Want("region_bracket", number, "", *ends))
    return outline, wants


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    return ((first, last) for first in range(count) for last in range(first + 1, count))


def _table(shape: Shape, rng: Random) -> Outlined:
    """Columns, then blocks with their rows, rows with their marks, and notes at the end."""
    legend, columns, blocks, rows, marks, notes = shape
    outline, wants = _fixed("legend", legend)
    heads = numbers("columns", columns, rng)
    outline += [tag("column", column) for column in heads]
    wants += [Want("table_column", column) for column in heads]
    items = numbers("items", rows, rng)
    starts = {0, *rng.sample(range(1, rows), blocks - 1)}
    groups = iter(numbers("groups", blocks, rng))
    marked = set(rng.sample(sorted(product(range(rows), range(columns))), marks))
    block = 0
    for at, item in enumerate(items):
        if at in starts:
            block = next(groups)
            outline.append(tag("block", block))
            wants.append(Want("table_block", block))
        outline.append(tag("row", item))
        wants.append(Want("table_row", item, source=f"block_{block}"))
        for column in sorted(column for row, column in marked if row == at):
            outline.append(tag("mark", heads[column]))
            ends = (f"row_{item}", f"column_{heads[column]}")
            wants.append(Want("table_cell", 0, "", *ends))
    found = numbers("notes", notes, rng)
    outline += [tag("note", note) for note in found]
    wants += [Want("note_band", note) for note in found]
    return outline, wants


def _tree(shape: Shape, rng: Random) -> Outlined:
    """Nodes with where they lead, then outcomes; an edge is labelled by its place among them."""
    entry, nodes, outcomes, more, footer = shape
    outline, wants = _fixed("entry", entry)
    edges = drawn_graph(nodes, outcomes, more, rng)
    items = numbers("items", nodes + outcomes, rng)
    ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
    for at in range(nodes):
        outline.append(tag("node", items[at]))
        outline += [tag("to", items[target]) for target in targets_of(at, edges)]
        wants.append(Want("decision_node", items[at]))
    for item in items[nodes:]:
        outline.append(tag("outcome", item))
        wants.append(Want("outcome_panel", item))
    for label, (source, target) in enumerate(edges, start=1):
        wants.append(Want("decision_edge", label, "", ids[source], ids[target]))
    closing, note = _fixed("footer", footer)
    return outline + closing, wants + note


def compact_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec12."""
    return SceneLine(CompactScenes(compact_scene.compact_scene(families)))
