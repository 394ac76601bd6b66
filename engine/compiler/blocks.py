"""Blocks: pieces of a picture that know the height they need at a width, and draw into a box.

A family is composed of blocks, the canvas is as high as they need, and text is as large as the
canvas lets it be. Stack and Grid are the two arrangements that all families share.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from contracts.errors import CompileError
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.text import Copy, Step, stack
from engine.compiler.text import Stack as Lines
from engine.compiler.theme import Look
from engine.compiler.words import Words
from engine.dsl.scene import Part, Scene

GAPS = {"sm": 0.7, "md": 1.0, "lg": 1.4}


class Block(Protocol):
    """A piece of a picture."""

    def height(self, width: float) -> float:
        """Least height at a width; CompileError when a word is wider than its place."""

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw into a box that is at least as high as `height` asks."""


@dataclass(frozen=True)
class Kit:
    """What blocks draw with: the scene, its look and words, and how much larger text is."""

    look: Look
    scene: Scene
    words: Words
    scale: float

    @property
    def gap(self) -> float:
        """Distance between neighbours."""
        return self.look.density.gap * GAPS[self.scene.setting["gap"]]

    @property
    def pad(self) -> float:
        """Air inside a card."""
        return self.look.density.pad

    def size(self, units: float) -> float:
        """A text size at this scale and density."""
        return units * self.scale * self.look.density.scale

    def step(self, title: float, note: float) -> Step:
        """Sizes of a title and its note."""
        return Step(round(self.size(title), 2), round(self.size(note), 2))

    def copy(self, part: Part) -> Copy:
        """Title and note of a component."""
        return self.words.copy(part.ref)

    def of(self, kind: str) -> tuple[Part, ...]:
        """Components of one kind, in order."""
        return self.scene.of(kind)

    @cached_property
    def emphasised(self) -> str:
        """Id of the one component that the scene's emphasis rings; empty when there is none."""
        shown = [part.id for part in self.scene.parts if part.ref.startswith("items.") and part.id]
        where = {"left": 0, "center": len(shown) // 2}.get(self.scene.setting["emphasis"], -1)
        return shown[where] if shown and where >= 0 else ""

    def ring(self, picture: Picture, part: Part, box: Box, radius: float | None = None) -> None:
        """Draw the ring of emphasis around a component if it is the one."""
        if part.id != self.emphasised:
            return
        dash = (10, 7) if self.scene.setting["emphasis"] == "center" else ()
        paint = Paint(stroke=self.look.tone.accent, width=3, dash=dash)
        radius = self.look.density.radius if radius is None else radius
        picture.rect(box.inset(-5), paint, radius + 5)

    def owned(self, kind: str, owner: Part) -> tuple[Part, ...]:
        """Leaves of one kind that a component owns, in order."""
        return tuple(part for part in self.scene.of(kind) if part.source == owner.id)


def fitted(copy: Copy, width: float, step: Step, where: str) -> Lines:
    """Words wrapped to a width; CompileError when one of them is wider."""
    lines = stack(copy, width, step)
    if lines is None:
        raise CompileError(
            where,
            f"{copy.title!r}, {copy.note!r}",
            f"words that fit a width of {width:.0f} at size {step.note:g}",
            "Shorten the content or ask for fewer components",
        )
    return lines


@dataclass(frozen=True)
class Stack:
    """Blocks one under the other; room to spare goes to those that `grow`, else to all gaps."""

    blocks: Sequence[Block]
    gap: float
    grow: Sequence[float] = ()

    def height(self, width: float) -> float:
        """Sum of the heights with the gaps between."""
        heights = [block.height(width) for block in self.blocks]
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw all blocks at the width of the box."""
        spare = max(0.0, box.h - self.height(box.w))
        shares = self.grow or [1.0] * len(self.blocks)
        y = box.y
        for block, share in zip(self.blocks, shares, strict=True):
            height = block.height(box.w) + spare * share / (sum(shares) or 1)
            block.draw(picture, Box(box.x, y, box.w, height))
            y += height + self.gap


@dataclass(frozen=True)
class Grid:
    """Blocks in rows of so many columns; a row that is not full has wider blocks."""

    blocks: Sequence[Block]
    columns: int
    gap: float

    def _rows(self) -> list[Sequence[Block]]:
        """Rows, as evenly filled as their number allows, the fuller ones last."""
        rows = -(-len(self.blocks) // self.columns)
        bounds = [len(self.blocks) * i // rows for i in range(rows + 1)] if rows else [0]
        return [self.blocks[a:b] for a, b in itertools.pairwise(bounds)]

    def _width(self, row: Sequence[Block], width: float) -> float:
        return (width - self.gap * (len(row) - 1)) / len(row)

    def _heights(self, width: float) -> list[float]:
        return [max(b.height(self._width(row, width)) for b in row) for row in self._rows()]

    def height(self, width: float) -> float:
        """Sum of the rows, each as high as the highest block in it."""
        heights = self._heights(width)
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def draw(self, picture: Picture, box: Box) -> None:
        """Draw all rows; room to spare is shared by them."""
        heights = self._heights(box.w)
        spare = max(0.0, box.h - self.height(box.w)) / max(1, len(heights))
        y = box.y
        for row, height in zip(self._rows(), heights, strict=True):
            strip = Box(box.x, y, box.w, height + spare)
            for block, cell in zip(row, strip.columns(len(row), self.gap), strict=True):
                block.draw(picture, cell)
            y += height + spare + self.gap
