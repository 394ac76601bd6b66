"""Measures and wraps text by the font's own metrics; text that cannot fit is refused, never cut.

Widths are sums of advances. Kerning only pulls letters together in this font, so a width is never
too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from contracts.errors import CompileError
from engine.compiler.fonts import glyphs

LEADING = 1.32
"""Distance of two baselines in font sizes."""
ASCENT = 0.79
"""Height of the tallest letters above the baseline, in font sizes."""
DESCENT = 0.23


@cache
def measure(text: str, size: float, weight: int) -> float:
    """Width of one line in canvas units; CompileError for a character that the font lacks."""
    table = glyphs(weight)
    for character in text:
        if character not in table:
            raise CompileError(
                f"text {text!r}",
                f"the character U+{ord(character):04X}",
                "characters of IBM Plex Sans",
                "Write the text without it",
            )
    return sum(table[character].advance for character in text) * size / 1000


def extent(text: str, size: float, weight: int) -> tuple[float, float]:
    """How far the glyphs of a line reach above and below its baseline, in canvas units."""
    drawn = [glyphs(weight)[character] for character in text if character in glyphs(weight)]
    high = max((glyph.high for glyph in drawn), default=0)
    low = min((glyph.low for glyph in drawn), default=0)
    return high * size / 1000, -low * size / 1000


@cache
def wrap(text: str, width: float, size: float, weight: int) -> tuple[str, ...] | None:
    """Lines no wider than `width`, as even as the line count allows; None if a word is wider."""
    lines = _greedy(text, width, size, weight)
    if lines is None or len(lines) < 2:
        return lines
    # The narrowest measure with as many lines leaves no lone last word.
    narrow, wide = width * 0.55, width
    for _ in range(7):
        middle = (narrow + wide) / 2
        attempt = _greedy(text, middle, size, weight)
        if attempt is not None and len(attempt) == len(lines):
            wide, lines = middle, attempt
        else:
            narrow = middle
    return lines


def _greedy(text: str, width: float, size: float, weight: int) -> tuple[str, ...] | None:
    lines: list[str] = []
    for word in text.split():
        if measure(word, size, weight) > width:
            return None
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


@dataclass(frozen=True)
class Copy:
    """A title and the note that the pack chose; the note may be empty."""

    title: str
    note: str = ""


@dataclass(frozen=True)
class Step:
    """One size of the declared ladder: title and note in canvas units."""

    title: float
    note: float


def ladder(*pairs: tuple[float, float], scale: float) -> tuple[Step, ...]:
    """Steps from the largest to the smallest, scaled by the density."""
    return tuple(Step(round(title * scale, 2), round(note * scale, 2)) for title, note in pairs)


@dataclass(frozen=True)
class Stack:
    """A title with its note, wrapped to one width.

    The note stands under the title, or, where rows are low, beside it, `beside` canvas units on.
    """

    title: tuple[str, ...]
    note: tuple[str, ...]
    step: Step
    beside: float = 0.0

    TITLE_WEIGHT = 600
    NOTE_WEIGHT = 400

    @property
    def gap(self) -> float:
        """Air between the last title line and the first note line."""
        return self.step.note * 0.42 if self.note else 0.0

    @property
    def title_height(self) -> float:
        """Height of the title lines, from cap line to lowest descender."""
        return _block_height(len(self.title), self.step.title)

    @property
    def note_height(self) -> float:
        """Height of the note lines."""
        return _block_height(len(self.note), self.step.note)

    @property
    def height(self) -> float:
        """Height of the whole stack."""
        if self.beside:
            return max(self.title_height, self.note_height)
        return self.title_height + self.gap + self.note_height


def _block_height(lines: int, size: float) -> float:
    return size * (ASCENT + DESCENT + LEADING * (lines - 1)) if lines else 0.0


def stack(copy: Copy, width: float, step: Step) -> Stack | None:
    """The copy at one step; None if a word is wider than `width`."""
    title = wrap(copy.title, width, step.title, Stack.TITLE_WEIGHT)
    note = wrap(copy.note, width, step.note, Stack.NOTE_WEIGHT)
    return None if title is None or note is None else Stack(title, note, step)


def _beside(copy: Copy, width: float, step: Step, column: float) -> Stack | None:
    note = wrap(copy.note, width - column, step.note, Stack.NOTE_WEIGHT)
    return None if note is None else Stack((copy.title,), note, step, column)


def common_stacks(
    copies: Sequence[Copy], width: float, height: float, steps: Sequence[Step], where: str
) -> tuple[Stack, ...]:
    """All copies at the largest step at which each fits width x height, so that siblings match.

    Notes stand under their titles if any step allows it, else beside them. CompileError when even
    the smallest step is too large.
    """
    for step in steps:
        stacks = [stack(copy, width, step) for copy in copies]
        fitting = tuple(s for s in stacks if s is not None and s.height <= height)
        if len(fitting) == len(copies):
            return fitting
    for step in steps:
        titles = [measure(copy.title, step.title, Stack.TITLE_WEIGHT) for copy in copies]
        column = max(titles) + step.title * 1.4
        if column > width * 0.5:
            continue
        stacks = [_beside(copy, width, step, column) for copy in copies]
        fitting = tuple(s for s in stacks if s is not None and s.height <= height)
        if len(fitting) == len(copies):
            return fitting
    longest = max(copies, key=lambda copy: len(copy.title) + len(copy.note))
    raise CompileError(
        where,
        f"{longest.title!r}, {longest.note!r}",
        f"words that fit {width:.0f} x {height:.0f} at size {steps[-1].note:g}",
        "Shorten the content or ask for fewer components",
    )
