"""Families along a line: a spectrum, a flow in time, and bars over one floor."""

from __future__ import annotations

from engine.compiler.blocks import Block, Grid, Kit, Stack
from engine.compiler.cards import Strip
from engine.compiler.charts import LETTERS, Chart, Note
from engine.compiler.layouts.cards import columns_for
from engine.compiler.rails import Rail, Spectrum


def spectrum_band(kit: Kit) -> Block:
    """A band of segments, of one width or by weight, with markers over it."""
    weighed = kit.scene.form == "spectrum_shares"
    return Spectrum(kit, kit.of("band_segment"), kit.of("band_marker"), weighed)


def timeline_flow(kit: Kit) -> Block:
    """Stages left and right of a line, with arrows and phases; the conclusion below."""
    rail = Rail(kit, kit.of("stage_card"), kit.of("flow_arrow"), kit.of("phase_divider"))
    strips = [Strip(kit, part, strong=True) for part in kit.of("conclusion_strip")]
    return Stack([rail, *strips], kit.gap, [1.0] + [0.0] * len(strips))


def comparison_span_chart(kit: Kit) -> Block:
    """Bars with brackets and lettered notes, then thesis and conclusion."""
    letters = dict(zip(kit.of("annotation"), LETTERS, strict=False))
    notes: dict[str, str] = {}
    for part, letter in letters.items():
        notes[part.source] = notes.get(part.source, "") + letter
    axis, floor = kit.of("axis"), kit.of("floor_band")
    chart = Chart(
        kit,
        kit.of("compare_bar"),
        kit.of("span_bracket"),
        notes,
        axis[0] if axis else None,
        floor[0] if floor else None,
        kit.scene.form == "span_rows",
    )
    rows: list[Block] = [chart]
    if letters:
        cards = [Note(kit, part, letter) for part, letter in letters.items()]
        rows.append(Grid(cards, columns_for(kit, 2), kit.gap))
    rows += [Strip(kit, part, strong=True) for part in kit.of("thesis_box")]
    rows += [Strip(kit, part) for part in kit.of("conclusion_strip")]
    return Stack(rows, kit.gap, [1.0] + [0.0] * (len(rows) - 1))
