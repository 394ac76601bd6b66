"""spec12: an outline lists what is to be shown, the answer spells it as the blocks of a scene.

    memory_map     [memory_segment:4] [memory_segment:9] [info_card:2]
                   [region_bracket:1] [over_ref:segment_4->segment_9]
    table_matrix   [legend_block:no] [note_band:5] [table_column:2] [table_block:3]
                   [table_row:4] [in_ref:block_3] [table_cell:row_4->column_2]
    decision_tree  [decision_node:4] [decision_node:7] [outcome_panel:2] [outcome_panel:9]
                   [decision_edge:node_4->node_7] [decision_edge:node_4->outcome_2] ...

Lists come in any order, what is in a list in the order of the topic's words. Things are named as in
the answer, which wants the lists in their order and the header in its: nothing is planned.

    repaired   beside the wordings of all lines: a broken answer stands for header and outline
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.headed_scenes import Asked, HeadedScenes, Outlined, Values
from engine.curriculum.prompts import tag
from engine.curriculum.repairs import mending
from engine.curriculum.scene_line import WIDE_PROSE, WIDE_WORDINGS, SceneLine, Shape
from engine.curriculum.topologies import drawn_tree
from engine.dsl import compact_scene
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import SLOTS
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
    "table_matrix": ((0, 1), (2, 3), (1, 2), (2, 4), (1, 2), (0, 1)),
    # entry, nodes, outcomes, footer
    "decision_tree": ((0, 1), (2, 3), (2, 4), (0, 1)),
    # segments, brackets, cards
    "memory_map": ((3, 6), (0, 1), (0, 2)),
}
"""Least and most of what is counted."""
ANSWERS = ("no", "yes")
"""Whether there is what a picture has once or not at all."""
NUMBERS_MOST = 8
"""Of the words of a topic the first ones are asked for: so that rows enough show each of them."""
FIXED = ("legend_block", "entry_badge", "footer_note")

Listed = tuple[list[list[str]], list[Want]]
"""Lists of an outline, and the components that they ask for."""


def numbers(slot: str, count: int, rng: Random) -> list[int]:
    """So many items of a slot, none twice, in the order in which the words of a topic have them."""
    return sorted(rng.sample(range(1, min(SLOTS[slot], NUMBERS_MOST) + 1), count))


def shared_out(nodes: int, outcomes: int, rng: Random) -> list[int]:
    """Items for so many nodes, then for so many outcomes, each in order."""
    items = numbers("items", nodes + outcomes, rng)
    rng.shuffle(items)
    return [*sorted(items[:nodes]), *sorted(items[nodes:])]


class CompactScenes(HeadedScenes):
    """Three layouts; five topics in every form and look."""

    def __init__(self, language: Dialect) -> None:
        kinds = {family: {"layout": family} for family in compact_scene.LAYOUTS}
        words = [f"{kind}:{answer}" for kind, answer in product(FIXED, ANSWERS)]
        super().__init__(language, kinds, LOOK, SHAPES, words=words)
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


def _listed(kind: str, found: Sequence[int]) -> list[str]:
    return [tag(kind, number) for number in found]


def _joined(kind: str, source: str, target: str) -> str:
    return tag(kind, f"{source}->{target}")


def _fixed(kind: str, number: int) -> Listed:
    return [[tag(kind, ANSWERS[number])]], [Want(kind)] * number


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
        ends = (f"segment_{segments[first]}", f"segment_{segments[last]}")
        marks += [tag("region_bracket", name), _joined("over_ref", *ends)]
        wants.append(Want("region_bracket", name, "", *ends))
    return [_listed("memory_segment", segments), _listed("info_card", notes), marks], wants


def _table(shape: Shape, rng: Random) -> Listed:
    """Columns, blocks, rows by block, a marked cell in some rows, and notes."""
    legend, columns, blocks, rows, marks, notes = shape
    lists, wants = _fixed("legend_block", legend)
    heads, groups = numbers("columns", columns, rng), numbers("groups", blocks, rng)
    items, found = numbers("items", rows, rng), numbers("notes", notes, rng)
    lists += [_listed("table_column", heads), _listed("table_block", groups)]
    lists.append(_listed("note_band", found))
    wants += [Want("table_column", column) for column in heads]
    wants += [Want("table_block", group) for group in groups]
    wants += [Want("note_band", note) for note in found]
    bounds = [0, *sorted(rng.sample(range(1, rows), blocks - 1)), rows]
    body: list[str] = []
    for group, (first, last) in zip(groups, pairwise(bounds), strict=True):
        for row in items[first:last]:
            body += [tag("table_row", row), tag("in_ref", f"block_{group}")]
            wants.append(Want("table_row", row, source=f"block_{group}"))
    cells: list[str] = []
    for row in sorted(rng.sample(items, marks)):
        ends = (f"row_{row}", f"column_{rng.choice(heads)}")
        cells.append(_joined("table_cell", *ends))
        wants.append(Want("table_cell", 0, "", *ends))
    return [*lists, body, cells], wants


def _tree(shape: Shape, rng: Random) -> Listed:
    """Nodes, outcomes, and the edges of a tree, labelled in their order."""
    entry, nodes, outcomes, footer = shape
    items = shared_out(nodes, outcomes, rng)
    ids = [f"{'node' if at < nodes else 'outcome'}_{item}" for at, item in enumerate(items)]
    wants = [Want("decision_node", item) for item in items[:nodes]]
    wants += [Want("outcome_panel", item) for item in items[nodes:]]
    ways: list[str] = []
    for label, (source, target) in enumerate(drawn_tree(nodes, outcomes, rng), start=1):
        ways.append(_joined("decision_edge", ids[source], ids[target]))
        wants.append(Want("decision_edge", label, "", ids[source], ids[target]))
    lists = [_listed("decision_node", items[:nodes]), _listed("outcome_panel", items[nodes:]), ways]
    for kind, number in (("entry_badge", entry), ("footer_note", footer)):
        marks, parts = _fixed(kind, number)
        lists, wants = lists + marks, wants + parts
    return lists, wants


def compact_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of spec12."""
    language = compact_scene.compact_scene(families)
    wordings = {**WIDE_WORDINGS, "repaired": mending(language)}
    return SceneLine(CompactScenes(language), wordings, WIDE_PROSE)
