"""Memory maps: a column of segments with its addresses, brackets over runs of it, cards beside.

typed_regions colours each segment by its type and tags it with the type's letter; arena_sections
frames the segments of each arena, with a hatched guard band between arenas; layer_stack draws the
segments as plates, each set off from the one above.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from contracts.errors import CompileError
from engine.compiler.colour import mix
from engine.compiler.components import (
    NOTE_CARD_SIDES,
    badge,
    draw_stack,
    header,
    note_card,
    panel,
    slats,
)
from engine.compiler.spans import bracket, label_boxes, lanes_of
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import common_stacks, ladder
from engine.compiler.theme import Look
from engine.compiler.words import Words
from engine.dsl.scene import Part, Scene

STRIP_WIDTH = 92
BRACKET_WIDTHS = (262, 216)
"""Room for brackets and their labels beside a short column, and beside a long one."""
LONG_COLUMN = 7
CARDS_WIDTH = 300
PAGE_BYTES = 0x1000
GUARD = 20
TEXT_WIDTH_LEAST = 430
PLATE_EDGE = 8
SEGMENT_STEPS = (
    (30, 21),
    (27, 19.5),
    (25, 18),
    (23, 17),
    (21, 16),
    (19, 15),
    (17, 14),
    (16, 13),
    (15, 12.5),
)
CARD_STEPS = ((28, 20), (24, 18), (22, 17), (20, 16), (18, 15), (17, 14), (15, 13))


@dataclass(frozen=True)
class _Row:
    """One segment of the column: its box, colour, mark, and the edge that its address points at."""

    part: Part
    box: Box
    colour: str
    mark: str
    edge: float


def draw(picture: Picture, look: Look, scene: Scene, words: Words) -> None:
    """Draw header, cards, address strip, segments and brackets of a memory map."""
    density = look.density
    top = header(picture, look, words.copy("header"), scene.form) + density.gap
    rest = picture.box.bottom - density.margin - top
    area = Box(density.margin, top, picture.box.w - 2 * density.margin, rest)
    area = _cards(picture, look, scene, words, area)
    brackets = scene.of("region_bracket")
    crowded = len(scene.of("memory_segment")) >= LONG_COLUMN
    right = BRACKET_WIDTHS[crowded] + density.gap if brackets else 0
    strip = Box(area.x, area.y, STRIP_WIDTH, area.h)
    column = Box(strip.right + 12, area.y, area.w - STRIP_WIDTH - 12 - right, area.h)
    rows = _rows(picture, look, scene, column)
    _segments(picture, look, words, rows)
    _addresses(picture, look, strip, rows)
    zone = Box(column.right + 12, area.y, right - 12, area.h)
    _brackets(picture, look, words, brackets, rows, zone)


def _cards(picture: Picture, look: Look, scene: Scene, words: Words, area: Box) -> Box:
    """Draw the cards and return what they leave for the column.

    Up to two stand in a row below it, more on its right, unless brackets need that side.
    """
    parts, density = scene.of("info_card"), look.density
    if not parts:
        return area
    copies = [words.copy(part.ref) for part in parts]
    steps = ladder(*CARD_STEPS, scale=density.scale)
    sides = NOTE_CARD_SIDES + density.pad
    in_row = len(parts) <= 2 or bool(scene.of("region_bracket"))
    if not in_row:
        zone = Box(area.right - CARDS_WIDTH, area.y, CARDS_WIDTH, area.h)
        boxes = zone.rows(len(parts), density.gap)
        stacks = common_stacks(copies, zone.w - sides, boxes[0].h - 20, steps, "cards")
        left = Box(area.x, area.y, area.w - CARDS_WIDTH - density.gap, area.h)
    else:
        width = (area.w - density.gap * (len(parts) - 1)) / len(parts)
        stacks = common_stacks(copies, width - sides, 128 * density.scale, steps, "cards")
        height = max(s.height for s in stacks) + 2 * density.pad
        zone = Box(area.x, area.bottom - height, area.w, height)
        boxes = zone.columns(len(parts), density.gap)
        left = Box(area.x, area.y, area.w, area.h - height - density.gap)
    for i, (part, box, copy) in enumerate(zip(parts, boxes, stacks, strict=True)):
        with picture.group(part.kind, part.id):
            # Cards in a row begin on one line, however long the longest of them is.
            tallest = max(s.height for s in stacks) if in_row else copy.height
            note_card(picture, look, box, copy, tallest, look.series[(0, 2)[i % 2]])
    return left


def _rows(picture: Picture, look: Look, scene: Scene, column: Box) -> list[_Row]:
    segments = scene.of("memory_segment")
    if scene.form == "typed_regions":
        boxes = column.rows(len(segments), look.density.gap * 0.4)
        return [
            _Row(part, box, look.series[int(part.place) - 1], "ABCD"[int(part.place) - 1], box.x)
            for part, box in zip(segments, boxes, strict=True)
        ]
    if scene.form == "layer_stack":
        return _plates(look, segments, column)
    if scene.form == "arena_sections":
        return _arenas(picture, look, segments, column)
    raise CompileError("scene, field form", repr(scene.form), "a form of memory_map")


def _plates(look: Look, segments: tuple[Part, ...], column: Box) -> list[_Row]:
    depth = max(int(part.place) for part in segments)
    offset = min(16.0, 56 / depth)
    width = column.w - offset * (depth - 1) - PLATE_EDGE
    boxes = column.rows(len(segments), look.density.gap * 0.3 + PLATE_EDGE)
    rows = []
    for part, box in zip(segments, boxes, strict=True):
        level = int(part.place) - 1
        plate = Box(column.x + offset * level, box.y, width, box.h - PLATE_EDGE)
        colour = mix(look.tone.accent, look.tone.accent_2, level / max(1, depth - 1))
        rows.append(_Row(part, plate, colour, f"L{part.place}", plate.x))
    return rows


def _arenas(picture: Picture, look: Look, segments: tuple[Part, ...], column: Box) -> list[_Row]:
    arenas = [(place, list(parts)) for place, parts in groupby(segments, lambda p: p.place)]
    pad, gap, badge_width = 10.0, 7.0, 58.0
    spare = (
        column.h
        - GUARD * (len(arenas) - 1)
        - sum(2 * pad + gap * (len(parts) - 1) for _, parts in arenas)
    )
    height = spare / len(segments)
    rows, y = [], column.y
    for i, (place, parts) in enumerate(arenas):
        frame = Box(column.x, y, column.w, height * len(parts) + gap * (len(parts) - 1) + 2 * pad)
        colour = look.series[(0, 2, 1, 3)[i % 4]]
        panel(picture, look, frame, fill=look.palette.surface_2, stroke=colour)
        badge(picture, look, (frame.x + badge_width / 2, frame.cy), place, r=19, fill=colour)
        if i + 1 < len(arenas):
            _guard(picture, look, Box(frame.x + 14, frame.bottom, frame.w - 28, GUARD))
        inner = Box(frame.x + badge_width, frame.y, frame.w - badge_width - pad, frame.h)
        inner = inner.inset(0, pad)
        for part, box in zip(parts, inner.rows(len(parts), gap), strict=True):
            rows.append(_Row(part, box, colour, "", frame.x))
        y = frame.bottom + GUARD
    return rows


def _guard(picture: Picture, look: Look, band: Box) -> None:
    """A hatched strip between two arenas."""
    paint = Paint(stroke=look.tone.accent, width=2.5, stroke_alpha=0.75)
    top, bottom = band.y + 6, band.bottom - 6
    for i in range(int(band.w // 12)):
        x = band.x + i * 12
        picture.line([(x, bottom), (x + 7, top)], paint)


def _segments(picture: Picture, look: Look, words: Words, rows: list[_Row]) -> None:
    palette, density = look.palette, look.density
    mark_width = 58 if rows[0].mark else 16
    width = min(row.box.w for row in rows)
    # The page texture gives way where the words need the room.
    texture = min(width * 0.27, 250, width - mark_width - 2 * density.pad - TEXT_WIDTH_LEAST)
    texture = texture if texture > 80 else 0
    room = width - mark_width - texture - 2 * density.pad - (14 if texture else 0)
    low = min(row.box.h for row in rows)
    height = max(low - 16, min(low - 4, 40))
    steps = ladder(*SEGMENT_STEPS, scale=density.scale)
    copies = [words.copy(row.part.ref) for row in rows]
    stacks = common_stacks(copies, room, height, steps, "segments")
    for i, (row, copy) in enumerate(zip(rows, stacks, strict=True)):
        with picture.group(row.part.kind, row.part.id):
            if row.mark.startswith("L"):
                _plate_edge(picture, look, row)
            fill = mix(palette.surface, row.colour, 0.07)
            panel(picture, look, row.box, fill=fill, stroke=mix(palette.border, row.colour, 0.5))
            _mark(picture, look, row)
            at = (row.box.x + mark_width + density.pad, row.box.cy - copy.height / 2)
            draw_stack(picture, at, copy, palette.ink, look.quiet(fill))
            field = Box(row.box.right - 14 - texture, row.box.y + 10, texture, row.box.h - 20)
            slats(picture, field, row.colour, fill, i)


def _mark(picture: Picture, look: Look, row: _Row) -> None:
    """The block at the head of a segment with its letter or layer, or a plain edge."""
    box = row.box
    if not row.mark:
        picture.rect(Box(box.x + 8, box.y + 9, 5, box.h - 18), Paint(row.colour), 2.5)
        return
    block = Box(box.x + 6, box.y + 6, 50, box.h - 12)
    picture.rect(block, Paint(row.colour), max(4, look.density.radius - 5))
    size = 22 if len(row.mark) == 1 else 19
    picture.text(
        (block.cx, block.cy + size * 0.35),
        row.mark,
        size=size,
        fill=look.upon(row.colour),
        weight=700,
        anchor="middle",
    )


def _plate_edge(picture: Picture, look: Look, row: _Row) -> None:
    edge = Box(row.box.x + PLATE_EDGE, row.box.y + PLATE_EDGE, row.box.w, row.box.h)
    colour = mix(look.palette.surface, row.colour, 0.55)
    picture.rect(edge, Paint(colour), look.density.radius)


def _addresses(picture: Picture, look: Look, strip: Box, rows: list[_Row]) -> None:
    """Offsets in equal pages: the content says what a segment holds, not how large it is."""
    palette = look.palette
    with picture.group("address_strip", "offsets"):
        panel(picture, look, strip, fill=palette.surface_2)
        size = 14 * look.density.scale
        ink = look.quiet(palette.surface_2)
        for i, row in enumerate(rows):
            y = row.box.y + row.box.h / 2
            label = f"0x{i * PAGE_BYTES:04x}"
            at = (strip.right - 18, y + size * 0.35)
            picture.text(at, label, size=size, fill=ink, weight=500, anchor="end")
            picture.line(
                [(strip.right - 10, y), (row.edge, y)],
                Paint(stroke=mix(palette.border, row.colour, 0.6), width=2),
            )


def _brackets(
    picture: Picture,
    look: Look,
    words: Words,
    parts: tuple[Part, ...],
    rows: list[_Row],
    zone: Box,
) -> None:
    if not parts:
        return
    palette, density = look.palette, look.density
    by_id = {row.part.id: row for row in rows}
    spans = [(by_id[p.source].box.y, by_id[p.target].box.bottom) for p in parts]
    lanes = lanes_of(spans)
    lane_width = 16
    label_x = zone.x + lane_width * (max(lanes) + 1) + 20
    width = zone.right - label_x
    spare = (zone.h - 12 * (len(parts) - 1)) / len(parts) - 2 * 12
    steps = ladder(*CARD_STEPS[1:], scale=density.scale)
    copies = [words.copy(part.ref) for part in parts]
    stacks = common_stacks(copies, width - 2 * 14, spare, steps, "brackets")
    labels = label_boxes(spans, stacks, Box(label_x, zone.y, width, zone.h))
    for part, span, lane, copy, label in zip(parts, spans, lanes, stacks, labels, strict=True):
        with picture.group(part.kind, part.id):
            x = zone.x + lane * lane_width
            bracket(picture, look, x, span, (label.x, label.cy), label_x - 12)
            fill = look.wash(0.1)
            panel(picture, look, label, fill=fill, stroke=look.tone.accent)
            at = (label.x + 14, label.cy - copy.height / 2)
            draw_stack(picture, at, copy, palette.ink, look.quiet(fill))
