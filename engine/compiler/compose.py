"""Composes a scene from blocks: header, frame, rail and footer around the body of its family.

The width is that of the scene's canvas. Text is as large as lets the body fit the height that the
canvas aims at; where even plain text does not, the canvas grows, and where words or layers do not
fit side by side, it widens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from contracts.errors import CompileError
from engine.compiler.blocks import GAPS, Block, Kit
from engine.compiler.components import Band, Footer, backdrop, panel
from engine.compiler.svg import Box, Paint, Picture
from engine.compiler.theme import Look, look_of
from engine.compiler.words import Words
from engine.dsl.scene import Scene


@dataclass(frozen=True)
class Canvas:
    """Width of a canvas, and the least height and the one that text sizes aim at."""

    width: float
    least: float
    aim: float


CANVASES = {
    "wide": Canvas(1280, 540, 800),
    "square": Canvas(1080, 1080, 1080),
    "tall": Canvas(960, 1320, 1320),
}
SCALES = (1.9, 1.7, 1.55, 1.4, 1.3, 1.2, 1.1, 1.0, 0.92, 0.84)
PLAIN = 1.0
"""Text of this scale may make the canvas higher; larger must fit, smaller is for long words."""
HEIGHT_MOST = 4000.0
"""A picture that is higher breaks the limit of the safety rules."""
GROWTHS = (1.0, 1.12, 1.25, 1.4, 1.6, 1.8, 2.0, 2.25, 2.5, 2.8, 3.1)
"""How much wider a canvas may become whose words or layers do not fit side by side."""
INSETS = {"sm": 0.0, "md": 8.0, "lg": 26.0}
RAIL = 8.0
RULER = 5.0

Family = Callable[[Kit], Block]


def composed(scene: Scene, words: Words, family: Family) -> Picture:
    """The whole picture; CompileError when a word is wider than its place at every text size."""
    look, canvas = look_of(scene), CANVASES[scene.setting["canvas"]]
    refused: CompileError | None = None
    for growth in GROWTHS:
        shell = _Shell(scene, look, words, replace(canvas, width=round(canvas.width * growth)))
        try:
            return shell.picture(*_fitting(shell, family))
        except CompileError as error:
            refused = refused or error
    raise refused or CompileError("scene", "no canvas", "one that fits")


def _fitting(shell: _Shell, family: Family) -> tuple[Block, float]:
    """The body at the largest text that fits, with its height."""
    refused: CompileError | None = None
    for scale in SCALES:
        body = family(Kit(shell.look, shell.scene, shell.words, scale))
        try:
            height = body.height(shell.width)
        except CompileError as error:
            refused = error
            continue
        if height <= (shell.most if scale <= PLAIN else shell.room):
            return body, height
        refused = CompileError(
            f"{shell.scene.layout}, body", f"{height:.0f} high", f"at most {shell.most:.0f}"
        )
    raise refused or CompileError("scene", "no text size", "one that fits")


@dataclass(frozen=True)
class _Shell:
    """What stands around the body."""

    scene: Scene
    look: Look
    words: Words
    canvas: Canvas

    @property
    def _band(self) -> Band:
        setting = self.scene.setting
        return Band(
            self.look,
            self.words.copy("header"),
            self.scene.form.replace("_", " ").upper(),
            self.canvas.width,
            align=setting["hero"],
            strong=setting["emphasis"] == "top",
            connector=setting.get("connector", ""),
        )

    @property
    def _footer(self) -> Footer | None:
        if not self.scene.of("footer_note"):
            return None
        return Footer(self.look, self.words.copy("footer"), self.canvas.width)

    @property
    def _above(self) -> float:
        return self.look.density.margin + self._band.height + self._gap

    @property
    def _gap(self) -> float:
        return self.look.density.gap * GAPS[self.scene.setting["gap"]]

    @property
    def _below(self) -> float:
        footer = self._footer
        return self.look.density.margin + (footer.height + self._gap if footer else 0)

    @property
    def _sides(self) -> tuple[float, float]:
        """What frame, inset, rail and ruler take: in width, and in height."""
        setting, inset = self.scene.setting, INSETS[self.scene.setting["inset"]]
        frame = 0.0 if setting["frame"] == "none" else self.look.density.pad + 6
        rail = 0.0 if setting["rail"] == "none" else RAIL + 18
        ruler = RULER + 14 if "columns" in setting else 0.0
        return 2 * (frame + inset) + rail, 2 * (frame + inset) + ruler

    @property
    def width(self) -> float:
        """Width that the body has."""
        return self.canvas.width - 2 * self.look.density.margin - self._sides[0]

    @property
    def room(self) -> float:
        """Height that the body may have on the canvas as it is aimed at."""
        return self.canvas.aim - self._above - self._below - self._sides[1]

    @property
    def most(self) -> float:
        """Height that the body may have on the highest canvas."""
        return HEIGHT_MOST - self._above - self._below - self._sides[1]

    def picture(self, body: Block, height: float) -> Picture:
        """Draw everything."""
        around = self._above + self._below + self._sides[1]
        picture = Picture(
            self.canvas.width,
            round(max(self.canvas.least, height + around)),
            self.words.copy("header").title,
        )
        backdrop(picture, self.look, self.scene.background)
        self._band.draw(picture)
        footer = self._footer
        if footer:
            footer.draw(picture)
        body.draw(picture, self._furnished(picture))
        return picture

    def _furnished(self, picture: Picture) -> Box:
        """Draw frame, rail and ruler; returns the box that is left for the body."""
        look, setting = self.look, self.scene.setting
        density, _palette = look.density, look.palette
        box = Box(
            density.margin,
            self._above,
            self.canvas.width - 2 * density.margin,
            picture.box.h - self._above - self._below,
        )
        if setting["frame"] != "none":
            _frame(picture, look, box, setting["frame"])
            box = box.inset(density.pad + 6)
        box = box.inset(INSETS[setting["inset"]])
        if setting["rail"] != "none":
            bar = Box(box.x, box.y, RAIL, box.h)
            muted = mix_border(look)
            fill = picture.gradient(look.tone.accent, look.tone.accent_2, vertical=True)
            picture.rect(bar, Paint(fill if setting["rail"] == "accent" else muted), RAIL / 2)
            box = Box(box.x + RAIL + 18, box.y, box.w - RAIL - 18, box.h)
        if "columns" in setting:
            ruler = Box(box.x, box.y, box.w, RULER)
            for tick in ruler.columns(int(setting["columns"]), density.gap):
                picture.rect(tick, Paint(look.tone.accent), RULER / 2)
            box = Box(box.x, box.y + RULER + 14, box.w, box.h - RULER - 14)
        return box


def mix_border(look: Look) -> str:
    """The colour of furniture: borders, only stronger."""
    return look.state("normal")


def _frame(picture: Picture, look: Look, box: Box, frame: str) -> None:
    """The body's own frame: a thin line, a raised card, or a flat panel with an accent edge."""
    palette = look.palette
    if frame == "plain":
        picture.rect(box, Paint(stroke=mix_border(look), width=1.6), look.density.radius)
    elif frame == "card":
        panel(picture, look, box, fill=palette.surface_2, radius=look.density.radius + 6)
    else:
        picture.rect(box, Paint(look.wash(0.07), mix_border(look), 1.2), 6)
        edge = Box(box.x + 6, box.y, box.w - 12, 6)
        picture.rect(edge, Paint(picture.gradient(look.tone.accent, look.tone.accent_2)), 3)
