"""spec12: an outline lists what is to be shown, the answer spells it as the blocks of a scene.

    memory_map     [segment] [ref:segments.4] [ref:segments.9] [card] [ref:cards.2]
                   [bracket] [ref:brackets.1] [from_ref:segment_4] [to_ref:segment_9]
    table_matrix   [note] [ref:notes.5] [column] [ref:columns.2] [block] [ref:groups.3]
                   [in_ref:block_3] [ref:items.4] [ref:items.7] [from_ref:row_4] [to_ref:column_2]
    decision_tree  [node] [ref:items.4] [ref:items.7] [outcome] [ref:items.9] [ref:items.2]
                   [from_ref:node_4] [to_ref:node_7] [to_ref:outcome_9] [from_ref:node_7] ...

Lists come in any order, what is in a list in the order in which it is drawn. Content and topology
are named as in the answer, which wants the lists in order, every component in a block of its own,
what an outline says once for many repeated, and labels counted.

    repaired   beside the wordings of all lines: a broken answer stands for header and outline
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.prompts import tag
from engine.curriculum.repairs import mending
from engine.curriculum.scene_line import WORDINGS, Combination, SceneLine, Shape, Told
from engine.curriculum.topologies import drawn_graph, targets_of
from engine.dsl import compact_scene
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import SLOTS
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
LISTS = {
    "segment": "segments",
    "bracket": "brackets",
    "card": "cards",
    "column": "columns",
    "block": "groups",
    "note": "notes",
    "node": "items",
    "outcome": "items",
}
"""Tags that open a list, with the slot that its references count in."""
FIXED = {"legend": "legend_block", "entry": "entry_badge", "footer": "footer_note"}

Outlined = tuple[list[list[str]], list[Want]]
"""Lists of an outline, and the components that they ask for."""


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
        lists, wants = self._outlined[family](shape, rng)
        rng.shuffle(lists)
        outline = tuple(mark for marks in lists for mark in marks)
        scene = wanted_scene(self.language, said, wants)
        return Told(tuple(tag(name, value) for name, value in said.items()), outline, scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Layouts, forms, look, and the marks of outlines."""
        atoms = [tag("layout", family) for family in self.families]
        atoms += [tag("form", form) for form in compact_scene.FORMS]
        atoms += [tag(name, value) for name, values in LOOK.items() for value in values]
        return (*atoms, *(f"[{name}]" for name in (*LISTS, *FIXED)))


def _refs(slot: str, found: Sequence[int]) -> list[str]:
    return [f"[ref:{slot}.{number}]" for number in found]


def _listed(name: str, found: Sequence[int]) -> list[str]:
    return [f"[{name}]", *_refs(LISTS[name], found)] if found else []


def _joined(source: str, *targets: str) -> list[str]:
    return [tag("from_ref", source), *(tag("to_ref", target) for target in targets)]


def _fixed(name: str, number: int) -> Outlined:
    return [[f"[{name}]"] * number], [Want(FIXED[name])] * number


def _map(shape: Shape, rng: Random) -> Outlined:
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
        ends = (f"segment_{segments[first]}", f"segment_{segments[last]}")
        marks += [*_listed("bracket", [name]), *_joined(*ends)]
        wants.append(Want("region_bracket", name, "", *ends))
    return [_listed("segment", segments), _listed("card", notes), marks], wants


def _table(shape: Shape, rng: Random) -> Outlined:
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
        body += [tag("in_ref", f"block_{group}"), *_refs("items", items[first:last])]
        wants += [Want("table_row", row, source=f"block_{group}") for row in items[first:last]]
    cells: list[str] = []
    for row, column in sorted(rng.sample(list(product(range(rows), range(columns))), marks)):
        ends = (f"row_{items[row]}", f"column_{heads[column]}")
        cells += _joined(*ends)
        wants.append(Want("table_cell", 0, "", *ends))
    return [*lists, body, cells], wants


def _tree(shape: Shape, rng: Random) -> Outlined:
    """Nodes, outcomes, and where each node leads; edges are labelled in their order."""
    entry, nodes, outcomes, more, footer = shape
    edges = drawn_graph(nodes, outcomes, more, rng)
    items = numbers("items", nodes + outcomes, rng)
    ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
    wants = [Want("decision_node", item) for item in items[:nodes]]
    wants += [Want("outcome_panel", item) for item in items[nodes:]]
    ways: list[str] = []
    for at in range(nodes):
        ways += _joined(ids[at], *(ids[target] for target in targets_of(at, edges)))
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
