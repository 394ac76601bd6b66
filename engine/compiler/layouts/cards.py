"""Families that are stacks and grids of cards: bullets, panels, figures, dashboards."""

from __future__ import annotations

from itertools import chain

from engine.compiler.blocks import Block, Grid, Kit, Stack
from engine.compiler.cards import Card, Item, Strip
from engine.compiler.lanes import chain as joined
from engine.dsl.scene import Part


def bullet_panel(kit: Kit) -> Block:
    """Points in one or two columns, each with its state, or with its number in the order."""
    numbered = kit.scene.form == "numbered_list"
    bullets: list[Block] = [
        Card(kit, part, part.place, number=str(i) if numbered else "", middle=True)
        for i, part in enumerate(kit.of("bullet_item"), start=1)
    ]
    return with_callouts(kit, Grid(bullets, int(kit.scene.setting["columns"]), kit.gap))


def compare_panels(kit: Kit) -> Block:
    """Panels with their lines, joined side by side or one under the other."""
    panels = kit.of("compare_panel")
    cards = [Card(kit, part, part.place, inner=_lines(kit, part)) for part in panels]
    columns = len(cards) if kit.scene.form == "panel_columns" else 1
    if kit.scene.setting["canvas"] != "wide":
        columns = min(columns, 2)
    return with_callouts(kit, joined(kit, cards, columns))


def _lines(kit: Kit, part: Part) -> list[Block]:
    return [Item(kit, line, upon=part.place) for line in kit.owned("compare_line", part)]


def stat_cards(kit: Kit) -> Block:
    """Figures of items as large numbers with a state, or with a gauge."""
    gauges = kit.scene.form == "stat_gauges"
    cards: list[Block] = [
        Card(
            kit,
            part,
            "normal" if gauges else part.place,
            figure=figure_of(kit, part),
            value=int(part.place) if gauges else None,
            marked=not gauges,
        )
        for part in kit.of("stat_card")
    ]
    return with_callouts(kit, Grid(cards, int(kit.scene.setting["columns"]), kit.gap))


def dashboard_cards(kit: Kit) -> Block:
    """Cards, meters and callouts in the order in which they stand, row by row."""
    kinds = ("section_card", "metric_bar", "callout_card")
    cards = [block_of(kit, part) for part in kit.scene.parts if part.kind in kinds]
    return Grid(cards, int(kit.scene.setting["columns"]), kit.gap)


def dual_panel_compare(kit: Kit) -> Block:
    """Two panels with meters of their own, joined; cards and callouts below."""
    panels = [
        Card(
            kit,
            part,
            part.place,
            figure=figure_of(kit, part),
            inner=[
                Item(kit, leaf, int(leaf.place), part.place)
                for leaf in kit.owned("metric_bar", part)
            ],
        )
        for part in kit.of("compare_panel")
    ]
    across = kit.scene.form == "dual_columns" and kit.scene.setting["canvas"] != "tall"
    rows: list[Block] = [joined(kit, panels, 2 if across else 1)]
    if sections := [block_of(kit, part) for part in kit.of("section_card")]:
        rows.append(Grid(sections, columns_for(kit, 3), kit.gap))
    return with_callouts(kit, *rows)


def block_of(kit: Kit, part: Part) -> Block:
    """A component that stands alone, as a card in the manner of its kind."""
    if part.kind == "callout_card":
        return Strip(kit, part)
    if part.kind in ("metric_bar", "compare_bar"):
        return Card(kit, part, value=int(part.place), marked=False)
    figure = figure_of(kit, part) if part.place == "metric" else ""
    return Card(kit, part, part.place, figure=figure)


def figure_of(kit: Kit, part: Part) -> str:
    """The figure of a component's item; empty where the content gives none."""
    return kit.words.item(part.ref).figure or ""


def columns_for(kit: Kit, most: int) -> int:
    """Columns that cards of usual words have on this canvas."""
    return min(most, {"wide": 4, "square": 3, "tall": 2}[kit.scene.setting["canvas"]])


def with_callouts(kit: Kit, *blocks: Block) -> Block:
    """Blocks with the scene's callouts below them, side by side."""
    strips: list[Block] = [Strip(kit, part) for part in kit.of("callout_card")]
    grids: list[Block] = [Grid(strips, columns_for(kit, 2), kit.gap)] if strips else []
    rows = list(chain(blocks, grids))
    return Stack(rows, kit.gap, [1.0] * len(blocks) + [0.0] * len(grids))
