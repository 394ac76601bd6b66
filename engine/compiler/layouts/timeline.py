"""Timelines: milestone_chain hangs cards on a spine, stage_sequence sets them in a row."""

from __future__ import annotations

from itertools import pairwise

from contracts.errors import CompileError
from engine.compiler.colour import mix
from engine.compiler.components import arrow, badge, draw_stack, footer, header, panel
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Stack, common_stacks, ladder
from engine.compiler.theme import Look
from engine.compiler.words import Words
from engine.dsl.scene import Part, Scene

STEPS = (
    (40, 28),
    (37, 26),
    (34, 24),
    (31, 22),
    (28, 20),
    (26, 19),
    (24, 18),
    (22, 17),
    (20, 16),
    (18, 15),
    (17, 14),
    (15, 13),
)
CARD_WIDTH_MOST = 560
MARKER_RADIUS = 24
STEM = 46
GAUGE_HEIGHT_MOST = 190.0
BAR_WIDTH_MOST = 110.0
GAUGE_FLAT = 30.0
"""Below this height the bars of a gauge are too low to rise."""


def draw(picture: Picture, look: Look, scene: Scene, words: Words) -> None:
    """Draw header, stages, arrows and footer of a timeline."""
    density = look.density
    top = header(picture, look, words.copy("header"), scene.form) + density.gap
    bottom = picture.box.bottom - density.margin
    if scene.of("footer_note"):
        bottom = footer(picture, look, words.copy("footer")) - density.gap
    area = Box(density.margin, top, picture.box.w - 2 * density.margin, bottom - top)
    forms = {"milestone_chain": _milestones, "stage_sequence": _sequence}
    if scene.form not in forms:
        raise CompileError("scene, field form", repr(scene.form), "a form of timeline")
    forms[scene.form](picture, look, scene, words, area)


def _milestones(picture: Picture, look: Look, scene: Scene, words: Words, area: Box) -> None:
    stages, palette, density = scene.of("timeline_stage"), look.palette, look.density
    slot = area.w / len(stages)
    # Cards of one lane are two steps apart, or one where neighbours share it; the outermost end
    # where the area ends.
    apart = 1 if any(a.place == b.place for a, b in pairwise(stages)) else 2
    hops = max(apart, len(stages) - 1) / apart
    width = min(CARD_WIDTH_MOST, (area.w - density.gap * hops) / (1 + hops))
    first = max(slot / 2, width / 2)
    step = (area.w - 2 * first) / (len(stages) - 1)
    xs = [area.x + first + i * step for i in range(len(stages))]
    spine = area.cy
    room = area.h / 2 - MARKER_RADIUS - STEM
    copies = [words.copy(part.ref) for part in stages]
    steps = ladder(*STEPS, scale=density.scale)
    pad = density.pad + 4
    stacks = common_stacks(copies, width - 2 * pad, min(room, 300) - 2 * pad - 8, steps, "stages")
    height = max(s.height for s in stacks) + 2 * pad + 8
    _spine(picture, look, area, spine)
    _chain_arrows(picture, look, scene, dict(zip((s.id for s in stages), xs, strict=True)), spine)
    for i, (part, x, copy) in enumerate(zip(stages, xs, stacks, strict=True)):
        up = part.place == "top"
        edge = spine - MARKER_RADIUS - STEM if up else spine + MARKER_RADIUS + STEM
        box = Box(x - width / 2, edge - height if up else edge, width, height)
        with picture.group(part.kind, part.id):
            rim = spine - MARKER_RADIUS if up else spine + MARKER_RADIUS
            stem = Paint(stroke=look.tone.accent, width=2.5, dash=(1, 7))
            picture.line([(x, rim), (x, edge)], stem)
            panel(picture, look, box, stroke=mix(palette.border, look.tone.accent, 0.45))
            band = Box(box.x + pad, box.bottom - 5 if up else box.y, box.w - 2 * pad, 5)
            picture.rect(band, Paint(picture.gradient(look.tone.accent, look.tone.accent_2)), 2.5)
            at = (box.x + pad, box.y + pad + 4)
            draw_stack(picture, at, copy, palette.ink, look.quiet(palette.surface))
            _marker(picture, look, x, spine, str(i + 1))


def _spine(picture: Picture, look: Look, area: Box, y: float) -> None:
    rail = Box(area.x, y - 5, area.w, 10)
    picture.rect(rail, Paint(mix(look.palette.surface_2, look.palette.border, 0.7)), 5)


def _marker(picture: Picture, look: Look, x: float, y: float, label: str) -> None:
    """A milestone: a diamond with its number in a disc."""
    r = MARKER_RADIUS
    diamond = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    picture.polygon(diamond, Paint(look.palette.surface, look.tone.accent, 3))
    badge(picture, look, (x, y), label, r=13.5)


def _chain_arrows(
    picture: Picture, look: Look, scene: Scene, xs: dict[str, float], y: float
) -> None:
    for part in scene.of("timeline_arrow"):
        start, end = xs[part.source], xs[part.target]
        side = 1 if end > start else -1
        points = [(start + side * (MARKER_RADIUS + 2), y), (end - side * (MARKER_RADIUS + 5), y)]
        with picture.group(part.kind, part.key):
            arrow(picture, points, look.tone.accent, width=5)


def _sequence(picture: Picture, look: Look, scene: Scene, words: Words, area: Box) -> None:
    stages, density = scene.of("timeline_stage"), look.density
    gap = 54.0 if len(stages) < 6 else 42.0
    width = (area.w - gap * (len(stages) - 1)) / len(stages)
    copies = [words.copy(part.ref) for part in stages]
    pad = density.pad + 4
    head = min(104.0, width * 0.42)
    bar = 34.0
    steps = ladder(*STEPS, scale=density.scale)
    stacks = common_stacks(copies, width - 2 * pad, area.h - head - bar - 3 * pad, steps, "stages")
    tallest = max(s.height for s in stacks)
    height = min(area.h, max(tallest + head + bar + 3 * pad, area.h * 0.78))
    row = Box(area.x, area.cy - height / 2, area.w, height)
    boxes = row.columns(len(stages), gap)
    for i, (part, box, copy) in enumerate(zip(stages, boxes, stacks, strict=True)):
        with picture.group(part.kind, part.id):
            _stage_card(picture, look, box, copy, i, len(stages), head)
    order = [part.id for part in stages]
    for part in scene.of("timeline_arrow"):
        with picture.group(part.kind, part.key):
            _chevron(picture, look, scene, part, order, boxes, gap, head)


def _stage_card(
    picture: Picture, look: Look, box: Box, copy: Stack, i: int, total: int, head: float
) -> None:
    palette, density = look.palette, look.density
    pad = density.pad + 4
    panel(picture, look, box, stroke=mix(palette.border, look.tone.accent, 0.35))
    crown = Box(box.x + 8, box.y + 8, box.w - 16, head)
    fill = mix(palette.surface, look.tone.accent, 0.16 + 0.16 * i / max(1, total - 1))
    picture.rect(crown, Paint(fill), max(4, density.radius - 6))
    size = head * 0.56
    picture.text(
        (box.x + pad, crown.cy + size * 0.35),
        f"{i + 1:02d}",
        size=size,
        fill=look.coloured(fill),
        weight=700,
    )
    draw_stack(
        picture, (box.x + pad, crown.bottom + pad), copy, palette.ink, look.quiet(palette.surface)
    )
    top = crown.bottom + pad + copy.height + pad
    _gauge(picture, look, Box(box.x + pad, top, box.w - 2 * pad, box.bottom - pad - top), i, total)


def _gauge(picture: Picture, look: Look, room: Box, i: int, total: int) -> None:
    """Bars at the foot of a stage, one for each stage, lit up to this one and rising with it."""
    height = min(room.h, GAUGE_HEIGHT_MOST)
    room = Box(room.x, room.y, min(room.w, total * BAR_WIDTH_MOST), room.h)
    for n, tick in enumerate(room.columns(total, 6)):
        share = 0.3 + 0.7 * n / max(1, total - 1) if height > GAUGE_FLAT else 1.0
        tall = min(height, GAUGE_FLAT) if height <= GAUGE_FLAT else height * share
        bar = Box(tick.x, room.bottom - tall, tick.w, tall)
        faint = mix(look.palette.surface, look.palette.border, 0.45)
        lit = mix(look.palette.surface, look.tone.accent, 0.45 + 0.55 * (n == i))
        picture.rect(bar, Paint(lit if n <= i else faint), 4)


def _chevron(
    picture: Picture,
    look: Look,
    scene: Scene,
    part: Part,
    order: list[str],
    boxes: list[Box],
    gap: float,
    head: float,
) -> None:
    first, second = order.index(part.source), order.index(part.target)
    if second != first + 1:
        raise CompileError(
            f"{scene.form}, arrow {part.key}",
            "stages that are not neighbours",
            "an arrow from a stage to the next one",
        )
    x, y = boxes[first].right + gap / 2, boxes[first].y + 8 + head / 2
    w, h = gap * 0.19, min(26.0, head * 0.3)
    for dx in (-w * 0.9, w * 0.9):
        points = [(x + dx - w / 2, y - h), (x + dx + w, y), (x + dx - w / 2, y + h)]
        picture.line(points, Paint(stroke=look.tone.accent, width=5))
