"""Pieces that all layouts share: backdrop, header, footer, panels, words, arrows, badges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot

from contracts.errors import CompileError
from engine.compiler.colour import mix
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import (
    ASCENT,
    LEADING,
    Copy,
    Stack,
    Step,
    common_stacks,
    ladder,
    measure,
    wrap,
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
    picture: Picture,
    at: Point,
    texts: Sequence[str],
    size: float,
    fill: str,
    weight: int,
    anchor: str = "start",
) -> None:
    for i, text in enumerate(texts):
        baseline = at[1] + size * (ASCENT + i * LEADING)
        picture.text((at[0], baseline), text, size=size, fill=fill, weight=weight, anchor=anchor)


def banner_scale(canvas_width: float) -> float:
    """How much larger the words of header and footer are on a wider canvas."""
    return float((canvas_width / 1280) ** 0.6)


@dataclass(frozen=True)
class Band:
    """The header band of a canvas: words at one end, in the middle or at both, and a label.

    `strong` fills it with the accent; `connector` shows the connector of the picture as a sample.
    """

    look: Look
    copy: Copy
    label: str
    canvas_width: float
    align: str = "left"
    strong: bool = False
    connector: str = ""

    @property
    def _scale(self) -> float:
        return self.look.density.scale * banner_scale(self.canvas_width)

    @property
    def _label_size(self) -> float:
        return 14 * self._scale

    @property
    def _label_width(self) -> float:
        return measure(self.label, self._label_size, 600) + 34

    @cached_property
    def _words(self) -> Stack:
        steps = ladder((36, 19), (33, 18), (30, 17), (27, 16), scale=self._scale)
        density = self.look.density
        inner = self.canvas_width - 2 * density.margin - 2 * density.pad
        inner -= 18 + self._label_width + 30
        if self.align == "split":
            return self._halves(inner, steps)
        (words,) = common_stacks([self.copy], inner, 92 * self._scale, steps, "header")
        return words

    def _halves(self, width: float, steps: tuple[Step, ...]) -> Stack:
        """Title and note beside each other, the note in the right half."""
        for step in steps:
            title = wrap(self.copy.title, width * 0.5 - 20, step.title, Stack.TITLE_WEIGHT)
            note = wrap(self.copy.note, width * 0.5, step.note, Stack.NOTE_WEIGHT)
            if title and note:
                return Stack(title, note, step, width * 0.5)
        raise CompileError("header", repr(self.copy.title), "words that fit half of the header")

    @property
    def height(self) -> float:
        """Height of the band."""
        return self._words.height + 2 * self.look.density.pad + 6

    def draw(self, picture: Picture) -> float:
        """Draw the band at the upper margin; returns its lower edge."""
        look, palette, density = self.look, self.look.palette, self.look.density
        tone, words = look.tone, self._words
        box = Box(
            density.margin, density.margin, self.canvas_width - 2 * density.margin, self.height
        )
        ground = look.wash(0.3) if self.strong else palette.surface
        with picture.group("header_band", "header"):
            panel(picture, look, box, fill=ground, stroke=tone.accent if self.strong else None)
            bar = Box(box.x + density.pad - 4, box.y + density.pad, 6, box.h - 2 * density.pad)
            picture.rect(bar, Paint(picture.gradient(tone.accent, tone.accent_2, vertical=True)), 3)
            at = (bar.right + 18, box.cy - words.height / 2)
            if self.align == "center":
                reach = box.right - density.pad - self._label_width - 30 - at[0]
                centred(picture, (at[0] + reach / 2, at[1]), words, palette.ink, look.quiet(ground))
                behind = Box(at[0] + reach + 12, bar.y, bar.w, bar.h)
                picture.rect(behind, Paint(tone.accent_2), 3)
            else:
                draw_stack(picture, at, words, palette.ink, look.quiet(ground))
            if self.align == "split":
                parting = Box(at[0] + words.beside - 12, bar.y, 2, bar.h)
                picture.rect(parting, Paint(tone.accent_2), 1)
            self._pill(picture, box)
        return box.bottom

    def _pill(self, picture: Picture, box: Box) -> None:
        look, tone, size = self.look, self.look.tone, self._label_size
        tall = size * 2.2
        width = self._label_width
        pill = Box(
            box.right - look.density.pad - width,
            box.cy - tall / 2,
            width,
            tall,
        )
        picture.rect(pill, Paint(look.wash(0.14), tone.accent, 1.2), tall / 2)
        at = (pill.cx, pill.cy + size * 0.35)
        ink = look.coloured(look.wash(0.14))
        picture.text(at, self.label, size=size, fill=ink, weight=600, anchor="middle")
        if self.connector:
            y = min(pill.bottom + 9, box.bottom - 4)
            connect(picture, [(pill.x + 14, y), (pill.right - 14, y)], tone.accent, self.connector)


def header(picture: Picture, look: Look, copy: Copy, form: str, *, connector: str = "") -> float:
    """Header band with accent bar, title, note and the name of the form; returns its lower edge."""
    label = form.replace("_", " ").upper()
    return Band(look, copy, label, picture.box.w, connector=connector).draw(picture)


@dataclass(frozen=True)
class Footer:
    """The footer band of a canvas: title beside note, or above it where the note is long."""

    look: Look
    copy: Copy
    canvas_width: float

    @property
    def _inner(self) -> float:
        density = self.look.density
        return self.canvas_width - 2 * density.margin - 2 * density.pad

    @cached_property
    def _line(self) -> tuple[Step, float] | None:
        """Step at which title and note fit one line, and the width of the title; None if none."""
        scale = self.look.density.scale * banner_scale(self.canvas_width)
        steps = ladder((19, 17), (18, 16), (17, 15), (16, 14), (15, 13), scale=scale)
        for step in steps:
            title = measure(self.copy.title, step.title, 600)
            if title + 28 + measure(self.copy.note, step.note, 400) <= self._inner:
                return step, title
        return None

    @cached_property
    def _words(self) -> Stack:
        steps = ladder((17, 15), (15, 13), scale=self.look.density.scale)
        return common_stacks([self.copy], self._inner, 96, steps, "footer")[0]

    @property
    def height(self) -> float:
        """Height of the band."""
        pad = self.look.density.pad
        if self._line:
            return self._line[0].title * 1.4 + 2 * pad - 6
        return self._words.height + 2 * pad

    def draw(self, picture: Picture) -> float:
        """Draw the band at the lower margin; returns its upper edge."""
        look, density = self.look, self.look.density
        ground = look.palette.surface_2
        y = picture.box.bottom - density.margin - self.height
        box = Box(density.margin, y, self.canvas_width - 2 * density.margin, self.height)
        ink, quiet = look.coloured(ground), look.quiet(ground)
        with picture.group("footer_note", "footer"):
            panel(picture, look, box, fill=ground)
            if self._line is None:
                draw_stack(picture, (box.x + density.pad, y + density.pad), self._words, ink, quiet)
                return box.y
            step, width = self._line
            at = (box.x + density.pad, box.cy + step.title * 0.35)
            picture.text(at, self.copy.title, size=step.title, fill=ink, weight=600)
            at = (at[0] + width + 28, at[1])
            picture.text(at, self.copy.note, size=step.note, fill=quiet)
        return box.y


def footer(picture: Picture, look: Look, copy: Copy) -> float:
    """Footer band on the lower margin; returns its upper edge."""
    return Footer(look, copy, picture.box.w).draw(picture)


def centred(picture: Picture, at: Point, stack: Stack, ink: str, quiet: str) -> None:
    """A title and its note around a middle line; `at` is the middle of their upper edge."""
    x, y = at
    _lines(picture, (x, y), stack.title, stack.step.title, ink, Stack.TITLE_WEIGHT, "middle")
    below = (x, y + stack.title_height + stack.gap)
    _lines(picture, below, stack.note, stack.step.note, quiet, Stack.NOTE_WEIGHT, "middle")


DASHES = {"dashed": (10.0, 8.0), "dotted": (1.0, 8.0)}


def connect(
    picture: Picture,
    points: Sequence[Point],
    colour: str,
    connector: str,
    *,
    width: float = 3,
) -> None:
    """A chain of lines in a connector's manner: all but `line` and `bracket` end in a head."""
    head = connector not in ("line", "bracket")
    arrow(picture, points, colour, width=width, head=head, dash=DASHES.get(connector, ()))


def arrow(
    picture: Picture,
    points: Sequence[Point],
    colour: str,
    *,
    width: float = 3,
    head: bool = True,
    dash: Sequence[float] = (),
) -> None:
    """A chain of lines whose last point is the tip of its head, if it has one."""
    (x1, y1), (x2, y2) = points[-2:]
    if not head:
        picture.line(points, Paint(stroke=colour, width=width, dash=dash))
        return
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    size = width * 4
    back = (x2 - dx * size, y2 - dy * size)
    # The line ends inside the head, so that its round cap does not blunt the tip.
    end = (x2 - dx * size * 0.7, y2 - dy * size * 0.7)
    picture.line([*points[:-1], end], Paint(stroke=colour, width=width, dash=dash))
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


def slats(picture: Picture, box: Box, colour: str, ground: str, seed: int) -> None:
    """A row of narrow bars, some lit: the pages of a region, a texture that fills its box."""
    pitch = 14.0
    count = int((box.w + 4) // pitch)
    left = box.right - count * pitch + 4
    for at in range(count):
        lit = (seed * 7 + at * 3 + at * at) % 9
        strength = 0.62 if lit < 2 else 0.34 if lit < 5 else 0.14
        bar = Box(left + at * pitch, box.y, pitch - 4, box.h)
        picture.rect(bar, Paint(mix(ground, colour, strength)), 2)


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
