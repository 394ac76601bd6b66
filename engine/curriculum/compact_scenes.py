"""spec12: an outline lists what is to be shown, the answer spells it as the blocks of a scene.

    [segment:4] [segment:9] [segment:3] [card:2] [bracket:1] [from:4] [to:3]       memory_map
    [note:5] [column:2] [column:1] [block:3] [in:3] [row:4] [row:7] [mark:4] [at:1]    table_matrix
    [node:4] [node:7] [outcome:9] [outcome:2] [from:4] [to:7] [end:9] [from:7] [end:2] decision_tree

Lists come in any order, what is in a list in the order in which it is drawn. The answer wants the
lists in order, repeats what an outline says once for many, and sets what follows from places.

    repaired   beside the wordings of all lines: a broken answer stands for header and outline
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.headed_scenes import Asked, HeadedScenes, Outlined, Values, numbers
from engine.curriculum.prompts import tag
from engine.curriculum.repairs import mending
from engine.curriculum.scene_line import WORDINGS, SceneLine, Shape
from engine.curriculum.topologies import drawn_graph, targets_of
from engine.dsl import compact_scene
from engine.dsl.dialect import Dialect
from engine.dsl.wants import Want

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
    "card": "cards",
    "column": "columns",
    "block": "groups",
    "in": "groups",
    "row": "items",
    "mark": "items",
    "at": "columns",
    "note": "notes",
    "node": "items",
    "outcome": "items",
    "from": "items",
    "to": "items",
    "end": "items",
}
"""Tags of an outline, with the slot that their number counts in."""
FIXED = {"legend": "legend_block", "entry": "entry_badge", "footer": "footer_note"}

Listed = tuple[list[list[str]], list[Want]]
"""Lists of an outline, and the components that they ask for."""


class CompactScenes(HeadedScenes):
    """Three layouts; five topics in every form and look."""

    def __init__(self, language: Dialect) -> None:
        kinds = {family: {"layout": family} for family in compact_scene.LAYOUTS}
        super().__init__(language, kinds, LOOK, SHAPES, MARKS, tuple(FIXED))
        self._listed: dict[str, Callable[[Shape, Random], Listed]] = {
            "table_matrix": _table,
            "decision_tree": _tree,
            "memory_map": _map,
        }

    def choices(self, family: str) -> Values:
        """Every form of the layout, and the look."""
        return {"form": self.language.families[family].forms, **LOOK}

    def outlined(self, asked: Asked, shape: Shape, rng: Random) -> Outlined:
        """The lists of the layout, in any order."""
        lists, wants = self._listed[asked["layout"]](shape, rng)
        rng.shuffle(lists)
        return [mark for marks in lists for mark in marks], wants


def _listed(name: str, found: Sequence[int]) -> list[str]:
    return [tag(name, number) for number in found]


def _fixed(name: str, number: int) -> Listed:
    return [[f"[{name}]"] * number], [Want(FIXED[name])] * number


def _map(shape: Shape, rng: Random) -> Listed:
    """Segments, cards, and brackets from a segment to a later one."""
    count, brackets, cards = shape
    segments = numbers("segments", count, rng)
    notes = numbers("cards", cards, rng)
    spans = rng.sample(sorted(combinations(range(count), 2)), brackets)
    names = numbers("brackets", brackets, rng)
    wants = [Want("address_strip")]
    wants += [Want("memory_segment", segment) for segment in segments]
    wants += [Want("info_card", note) for note in notes]
    marks: list[str] = []
    for name, (first, last) in zip(names, sorted(spans), strict=True):
        marks += [tag("bracket", name), tag("from", segments[first]), tag("to", segments[last])]
        ends = (f"segment_{segments[first]}", f"segment_{segments[last]}")
        wants.append(Want("region_bracket", name, "", *ends))
    return [_listed("segment", segments), _listed("card", notes), marks], wants


def _table(shape: Shape, rng: Random) -> Listed:
    """Columns, blocks, rows by block, marked cells and notes."""
    legend, columns, blocks, rows, marks, notes = shape
    lists, wants = _fixed("legend", legend)
    heads, groups = numbers("columns", columns, rng), numbers("groups", blocks, rng)
    items, found = numbers("items", rows, rng), numbers("notes", notes, rng)
    lists += [_listed("column", heads), _listed("block", groups), _listed("note", found)]
    wants += [Want("table_column", column) for column in heads]
    wants += [Want("table_block", group) for group in groups]
    wants += [Want("note_band", note) for note in found]
    bounds = [0, *sorted(rng.sample(range(1, rows), blocks - 1)), rows]
    body: list[str] = []
    for group, (first, last) in zip(groups, pairwise(bounds), strict=True):
        body += [tag("in", group), *_listed("row", items[first:last])]
        wants += [Want("table_row", row, source=f"block_{group}") for row in items[first:last]]
    cells: list[str] = []
    for row, column in sorted(rng.sample(list(product(range(rows), range(columns))), marks)):
        cells += [tag("mark", items[row]), tag("at", heads[column])]
        ends = (f"row_{items[row]}", f"column_{heads[column]}")
        wants.append(Want("table_cell", 0, "", *ends))
    return [*lists, body, cells], wants


def _tree(shape: Shape, rng: Random) -> Listed:
    """Nodes, outcomes, and where each node leads; edges are labelled in their order."""
    entry, nodes, outcomes, more, footer = shape
    edges = drawn_graph(nodes, outcomes, more, rng)
    items = numbers("items", nodes + outcomes, rng)
    ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
    wants = [Want("decision_node", item) for item in items[:nodes]]
    wants += [Want("outcome_panel", item) for item in items[nodes:]]
    ways: list[str] = []
    for at in range(nodes):
        ways.append(tag("from", items[at]))
        ways += [
            tag("to" if target < nodes else "end", items[target])
            for target in targets_of(at, edges)
        ]
    for label, (source, target) in enumerate(edges, start=1):
        wants.append(Want("decision_edge", label, "", ids[source], ids[target]))
    lists = [_listed("node", items[:nodes]), _listed("outcome", items[nodes:]), ways]
    for name, number in (("entry", entry), ("footer", footer)):
        marks, parts = _fixed(name, number)
        lists, wants = lists + marks, wants + parts
    return lists, wants


def compact_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec12."""
    language = compact_scene.compact_scene(families)
    return SceneLine(CompactScenes(language), {**WORDINGS, "repaired": mending(language)})
