"""Families that are tables: an analysis, a matrix of blocks, a board; and the poster of runs."""

from __future__ import annotations

from itertools import groupby

from engine.compiler.blocks import Block, Grid, Kit, Stack
from engine.compiler.cards import Card, Strip
from engine.compiler.layouts.cards import block_of, columns_for, figure_of, with_callouts
from engine.compiler.tables import Head, Legend, Row, Table
from engine.dsl.grammar import STATES
from engine.dsl.scene import Part

STATE_WORDS = {
    "normal": "as usual",
    "highlight": "look here",
    "success": "holds",
    "warning": "with care",
    "danger": "does not hold",
}
LEVEL_WORDS = ("lowest level", "each filled box is one level up")
POSTER_COLUMNS = 2
"""Columns of the content that the rows of a poster show."""


def table_analysis(kit: Kit) -> Block:
    """Rows with a state under columns, then what follows from them."""
    table = Table(
        kit,
        [Head(part.ref, part) for part in kit.of("table_column")],
        [Row(part, part.place) for part in kit.of("table_row")],
        cards=kit.scene.form == "card_table",
    )
    theses = [Strip(kit, part, strong=True) for part in kit.of("thesis_box")]
    return with_callouts(kit, table, *theses)


def table_matrix(kit: Kit) -> Block:
    """Blocks of rows under shared columns; marked cells, a legend above, notes below."""
    rows = []
    for block in kit.of("table_block"):
        rows.append(Row(block, block=True))
        rows += [Row(part) for part in kit.owned("table_row", block)]
    table = Table(
        kit,
        [Head(part.ref, part) for part in kit.of("table_column")],
        rows,
        marks=kit.of("table_cell"),
    )
    signs = [(state, STATE_WORDS[state]) for state in STATES]
    legends: list[Block] = [Legend(kit, part, signs) for part in kit.of("legend_block")]
    notes: list[Block] = [Strip(kit, part) for part in kit.of("note_band")]
    grow = [0.0] * len(legends) + [1.0] + [0.0] * len(notes)
    return Stack([*legends, table, *notes], kit.gap, grow)


def comparison_board(kit: Kit) -> Block:
    """Items in columns against metrics in rows, as meters with their words; callouts below."""
    table = Table(
        kit,
        [Head(part.ref, part) for part in kit.of("comparison_column")],
        [Row(part) for part in kit.of("comparison_metric")],
        across=True,
        meters=True,
    )
    signs = list(zip("02", LEVEL_WORDS, strict=True))
    legends: list[Block] = [Legend(kit, part, signs) for part in kit.of("legend_block")]
    callouts = [Card(kit, part, "note") for part in kit.of("comparison_callout")]
    grids: list[Block] = [Grid(callouts, columns_for(kit, 3), kit.gap)] if callouts else []
    grow = [0.0] * len(legends) + [1.0] + [0.0] * len(grids)
    return Stack([*legends, table, *grids], kit.gap, grow)


def poster_stack(kit: Kit) -> Block:
    """Runs of one component one under the other, in the order in which they stand."""
    parts = [part for part in kit.scene.parts if part.kind != "footer_note"]
    runs = [(kind, list(run)) for kind, run in groupby(parts, lambda part: part.kind)]
    return Stack([_run(kit, kind, run) for kind, run in runs], kit.gap)


def _run(kit: Kit, kind: str, parts: list[Part]) -> Block:
    if kind == "table_row":
        columns = kit.words.content.slots["columns"][:POSTER_COLUMNS]
        heads = [Head(f"columns.column_{i}") for i, _ in enumerate(columns, start=1)]
        return Table(kit, heads, [Row(part, part.place) for part in parts])
    if kind == "compare_panel":
        cards: list[Block] = [
            Card(kit, part, part.place, figure=figure_of(kit, part)) for part in parts
        ]
        return Grid(cards, columns_for(kit, 2), kit.gap)
    return Stack([block_of(kit, part) for part in parts], kit.gap)
