"""Pieces that all layouts share: backdrop, header, footer, panels, words, arrows, badges."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from engine.compiler.colour import mix
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import (
    ASCENT,
    LEADING,
    Copy,
    Stack,
    common_stacks,
    ladder,
    measure,
)
from engine.compiler.theme import Look

GRID_STEP = 64
"""Distance of grid lines, as in the published lineage."""


def backdrop(picture: Picture, look: Look, background: str) -> None:
    """Ground of the canvas with its pattern: none, grid, mesh (discs) or rings."""
    palette, box = look.palette, picture.box
    picture.rect(box, Paint(picture.gradient(palette.bg, palette.bg_2, vertical=True)))
    if background == "grid":
        paint = Paint(stroke=palette.border, width=1, stroke_alpha=0.55)
        for column in range(GRID_STEP, round(box.w), GRID_STEP):
            picture.line([(column, 1), (column, box.h - 1)], paint)
        for row in range(GRID_STEP, round(box.h), GRID_STEP):
            picture.line([(1, row), (box.w - 1, row)], paint)
        return
    discs = {
        "mesh": [
            (0.2, 0.34, 0.33, "accent"),
            (0.8, 0.4, 0.38, "accent_2"),
            (0.5, 0.78, 0.21, "accent"),
        ],
        "rings": [
            (0.5, 0.52, 0.46, "accent"),
            (0.5, 0.52, 0.36, "accent_2"),
            (0.5, 0.52, 0.26, "accent"),
        ],
        "none": [],
    }[background]
    for across, down, reach, name in discs:
        colour = getattr(look.tone, name)
        x, y = across * box.w, down * box.h
        r = min(reach * box.h, x, box.w - x, y, box.h - y) - 5
        if background == "mesh":
            paint = Paint(colour, alpha=0.1 if look.dark else 0.17)
        else:
            paint = Paint(stroke=colour, width=10, stroke_alpha=0.2 if look.dark else 0.38)
        picture.circle(x, y, r, paint)


def panel(
    picture: Picture,
    look: Look,
    box: Box,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    radius: float | None = None,
) -> None:
    """A card in the finish of the theme: a shadow on paper, a halo that glows, or flat."""
    palette = look.palette
    radius = look.density.radius if radius is None else radius
    stroke = stroke or palette.border
    if palette.finish == "shadow":
        below = Box(box.x, box.y + 4, box.w, box.h)
        picture.rect(below, Paint(palette.border, alpha=0.45), radius)
    elif palette.finish == "glow":
        halo = Paint(stroke=look.tone.accent, width=5, stroke_alpha=0.16)
        picture.rect(box.inset(-2.5), halo, radius + 2.5)
    picture.rect(box, Paint(fill or palette.surface, stroke, 1.4), radius)


def draw_stack(picture: Picture, at: Point, stack: Stack, ink: str, quiet: str) -> None:
    """A title and its note; `at` is the upper left corner of both."""
    x, y = at
    title, note = (x, y), (x, y + stack.title_height + stack.gap)
    if stack.beside:
        middle = y + stack.height / 2
        title = (x, middle - stack.title_height / 2)
        note = (x + stack.beside, middle - stack.note_height / 2)
    _lines(picture, title, stack.title, stack.step.title, ink, Stack.TITLE_WEIGHT)
    _lines(picture, note, stack.note, stack.step.note, quiet, Stack.NOTE_WEIGHT)


def _lines(
    picture: Picture, at: Point, texts: Sequence[str], size: float, fill: str, weight: int
) -> None:
    for i, text in enumerate(texts):
        baseline = at[1] + size * (ASCENT + i * LEADING)
        picture.text((at[0], baseline), text, size=size, fill=fill, weight=weight)


def banner_scale(picture: Picture) -> float:
    """How much larger the words of header and footer are on a wider canvas."""
    return float((picture.box.w / 1280) ** 0.6)


def header(picture: Picture, look: Look, copy: Copy, form: str) -> float:
    """Header band with accent bar, title, note and the name of the form; returns its lower edge."""
    palette, density = look.palette, look.density
    width = picture.box.w - 2 * density.margin
    label = form.replace("_", " ").upper()
    scale = density.scale * banner_scale(picture)
    label_size = 14 * scale
    label_width = measure(label, label_size, 600) + 34
    steps = ladder((36, 19), (33, 18), (30, 17), (27, 16), scale=scale)
    inner = width - 2 * density.pad - 18 - label_width - 30
    (words,) = common_stacks([copy], inner, 92 * scale, steps, "header")
    box = Box(density.margin, density.margin, width, words.height + 2 * density.pad + 6)
    with picture.group("header_band", "header"):
        panel(picture, look, box)
        bar = Box(box.x + density.pad - 4, box.y + density.pad, 6, box.h - 2 * density.pad)
        picture.rect(
            bar, Paint(picture.gradient(look.tone.accent, look.tone.accent_2, vertical=True)), 3
        )
        at = (bar.right + 18, box.cy - words.height / 2)
        draw_stack(picture, at, words, palette.ink, look.quiet(palette.surface))
        tall = label_size * 2.2
        pill = Box(box.right - density.pad - label_width, box.cy - tall / 2, label_width, tall)
        picture.rect(pill, Paint(look.wash(0.14), look.tone.accent, 1.2), tall / 2)
        picture.text(
            (pill.cx, pill.cy + label_size * 0.35),
            label,
            size=label_size,
            fill=look.coloured(look.wash(0.14)),
            weight=600,
            anchor="middle",
        )
    return box.bottom


def footer(picture: Picture, look: Look, copy: Copy) -> float:
    """Footer band on the lower margin: title beside note; returns its upper edge."""
    palette, density = look.palette, look.density
    scale = density.scale * banner_scale(picture)
    steps = ladder((19, 17), (18, 16), (17, 15), (16, 14), (15, 13), scale=scale)
    width = picture.box.w - 2 * density.margin
    inner = width - 2 * density.pad
    for step in steps:
        title = measure(copy.title, step.title, 600)
        if title + 28 + measure(copy.note, step.note, 400) <= inner:
            break
    else:
        # A note too long for one line stands under its title.
        return _tall_footer(picture, look, copy, width, inner)
    height = step.title * 1.4 + 2 * density.pad - 6
    box = Box(density.margin, picture.box.bottom - density.margin - height, width, height)
    with picture.group("footer_note", "footer"):
        panel(picture, look, box, fill=palette.surface_2)
        baseline = box.cy + step.title * 0.35
        ink = look.coloured(palette.surface_2)
        picture.text(
            (box.x + density.pad, baseline), copy.title, size=step.title, fill=ink, weight=600
        )
        picture.text(
            (box.x + density.pad + title + 28, baseline),
            copy.note,
            size=step.note,
            fill=look.quiet(palette.surface_2),
        )
    return box.y


def _tall_footer(picture: Picture, look: Look, copy: Copy, width: float, inner: float) -> float:
    palette, density = look.palette, look.density
    steps = ladder((17, 15), (15, 13), scale=density.scale)
    (words,) = common_stacks([copy], inner, 96, steps, "footer")
    height = words.height + 2 * density.pad
    box = Box(density.margin, picture.box.bottom - density.margin - height, width, height)
    with picture.group("footer_note", "footer"):
        panel(picture, look, box, fill=palette.surface_2)
        at = (box.x + density.pad, box.y + density.pad)
        ink = look.coloured(palette.surface_2)
        draw_stack(picture, at, words, ink, look.quiet(palette.surface_2))
    return box.y


def arrow(
    picture: Picture, points: Sequence[Point], colour: str, *, width: float = 3, head: bool = True
) -> None:
    """A chain of lines whose last point is the tip of its head, if it has one."""
    (x1, y1), (x2, y2) = points[-2:]
    if not head:
        picture.line(points, Paint(stroke=colour, width=width))
        return
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    size = width * 4
    back = (x2 - dx * size, y2 - dy * size)
    # The line ends inside the head, so that its round cap does not blunt the tip.
    end = (x2 - dx * size * 0.7, y2 - dy * size * 0.7)
    picture.line([*points[:-1], end], Paint(stroke=colour, width=width))
    side = size * 0.55
    tips = [
        (x2, y2),
        (back[0] - dy * side, back[1] + dx * side),
        (back[0] + dy * side, back[1] - dx * side),
    ]
    picture.polygon(tips, Paint(colour, colour, 1))


def badge(
    picture: Picture, look: Look, at: Point, label: str, *, r: float = 17, fill: str | None = None
) -> None:
    """A filled disc with a number or letter in it."""
    fill = fill or look.tone.accent
    picture.circle(*at, r, Paint(fill, look.palette.surface, 2))
    size = r * 0.98
    picture.text(
        (at[0], at[1] + size * 0.35),
        label,
        size=size,
        fill=look.upon(fill),
        weight=700,
        anchor="middle",
    )


def cells(picture: Picture, box: Box, colour: str, ground: str, seed: int) -> None:
    """Rows of small squares, some lit: the pages of a region, a texture that fills its box."""
    pitch = 17.0
    columns, rows = int((box.w + 5) // pitch), int((box.h + 5) // pitch)
    x0 = box.right - columns * pitch + 5
    y0 = box.cy - (rows * pitch - 5) / 2
    for row in range(rows):
        for column in range(columns):
            lit = (seed * 7 + row * 5 + column * 3 + row * column) % 9
            strength = 0.62 if lit < 2 else 0.34 if lit < 5 else 0.14
            square = Box(x0 + column * pitch, y0 + row * pitch, pitch - 5, pitch - 5)
            picture.rect(square, Paint(mix(ground, colour, strength)), 2)


NOTE_CARD_SIDES = 10 + 5 + 14
"""What a note card takes from its width for edge and air, left of its words."""


def note_card(
    picture: Picture, look: Look, box: Box, words: Stack, height: float, colour: str
) -> None:
    """A card with a coloured edge; its words stand as words of `height` would in its middle."""
    panel(picture, look, box)
    edge = Box(box.x + 10, box.y + 12, 5, box.h - 24)
    picture.rect(edge, Paint(colour), 2.5)
    at = (box.x + NOTE_CARD_SIDES, box.cy - height / 2)
    draw_stack(picture, at, words, look.palette.ink, look.quiet(look.palette.surface))
