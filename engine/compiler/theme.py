"""Themes, tones and densities: every colour and measure that a style field decides."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import CompileError
from engine.compiler.colour import contrast, legible, mix
from engine.dsl.scene import Scene


@dataclass(frozen=True)
class Palette:
    """Ground and ink of a theme; `finish` is how its panels stand out from the ground."""

    bg: str
    bg_2: str
    surface: str
    surface_2: str
    ink: str
    muted: str
    border: str
    finish: str


@dataclass(frozen=True)
class Tone:
    """Accents of a picture."""

    accent: str
    accent_2: str
    soft: str


@dataclass(frozen=True)
class Density:
    """Measures in canvas units; `scale` multiplies the text sizes."""

    margin: float
    gap: float
    pad: float
    radius: float
    scale: float


THEMES = {
    "paper": Palette(
        "#fbf9f4", "#f4f0e6", "#ffffff", "#f6f2e9", "#1d2430", "#667085", "#ddd5c3", "flat"
    ),
    "mint": Palette(
        "#e6f4ec", "#f3faf6", "#fbfffd", "#ddf0e5", "#12302a", "#4f7268", "#b3d6c4", "shadow"
    ),
    "slate": Palette(
        "#1f2937", "#2a3648", "#263345", "#314057", "#f1f5f9", "#a9b8cc", "#4b5d78", "flat"
    ),
    "paper_editorial": Palette(
        "#f3ede3", "#fbf7f0", "#fffaf2", "#f8efe0", "#17212b", "#64748b", "#d8c7ad", "shadow"
    ),
    "infra_dark": Palette(
        "#0b1018", "#141d2b", "#121b29", "#192638", "#f3f7fc", "#92a4b8", "#334155", "flat"
    ),
    "signal_glow": Palette(
        "#07131f", "#11253a", "#0d2033", "#16314d", "#f8fafc", "#9dd5ff", "#28577d", "glow"
    ),
}
TONES = {
    "amber": Tone("#ffb400", "#ffd66b", "#ffefbf"),
    "green": Tone("#47b475", "#79d79d", "#c7f4d6"),
    "blue": Tone("#56aefc", "#8bcaff", "#d8eeff"),
    "purple": Tone("#b576ff", "#e8a7ff", "#f3d8ff"),
    "mixed": Tone("#ffb400", "#56aefc", "#ffe7a8"),
    "orange": Tone("#f97316", "#fb923c", "#fed7aa"),
    "gray": Tone("#94a3b8", "#cbd5e1", "#e2e8f0"),
}
DENSITIES = {
    "compact": Density(margin=36, gap=16, pad=14, radius=8, scale=0.94),
    "balanced": Density(margin=48, gap=22, pad=18, radius=14, scale=1.0),
    "airy": Density(margin=62, gap=28, pad=22, radius=22, scale=1.05),
}
CANVASES = {
    "memory_map": dict.fromkeys(DENSITIES, (1280, 980)),
    "timeline": dict.fromkeys(DENSITIES, (1600, 980)),
    "system_diagram": {"compact": (1760, 860), "balanced": (1780, 900), "airy": (1820, 940)},
}
STATE_COLOURS = {"success": "#14b8a6", "warning": "#f0a63a", "danger": "#f87171"}
"""Colours that mean the same in every tone; no tone's accent, which stands for a highlight."""
DARK_INK = "#0b1018"


@dataclass(frozen=True)
class Look:
    """All that one style means: palette, tone, density, and the colours made from them."""

    palette: Palette
    tone: Tone
    density: Density

    @property
    def series(self) -> tuple[str, str, str, str]:
        """Four fills that differ from each other and from every surface of the theme."""
        ink, tone = self.palette.ink, self.tone
        deep = mix(tone.accent, self.palette.bg if self.dark else ink, 0.55)
        return tone.accent, deep, tone.accent_2, mix(self.palette.surface, self.palette.muted, 0.75)

    @property
    def dark(self) -> bool:
        """Whether the ground is dark."""
        return contrast(self.palette.bg, "#ffffff") > contrast(self.palette.bg, "#000000")

    def state(self, state: str) -> str:
        """Colour of a state or variant; what has none of its own is the border's."""
        if state in ("highlight", "hero", "metric"):
            return self.tone.accent
        return STATE_COLOURS.get(state, mix(self.palette.border, self.palette.muted, 0.5))

    def upon(self, fill: str) -> str:
        """Text colour for a filled shape: dark or light, whichever reads better."""
        return max((DARK_INK, "#ffffff"), key=lambda ink: contrast(ink, fill))

    def quiet(self, *grounds: str) -> str:
        """The theme's muted text, as far from it as legibility upon these grounds asks."""
        return legible(self.palette.muted, self.palette.ink, *grounds)

    def coloured(self, *grounds: str) -> str:
        """Accent as a text colour upon these grounds."""
        return legible(self.tone.accent, self.palette.ink, *grounds)

    def wash(self, strength: float) -> str:
        """The surface with a breath of accent."""
        return mix(self.palette.surface, self.tone.accent, strength)


def look_of(scene: Scene) -> Look:
    """Look of a scene; CompileError for a style value that has none."""
    tables = {"theme": tuple(THEMES), "tone": tuple(TONES), "density": tuple(DENSITIES)}
    for field, table in tables.items():
        value = getattr(scene, field)
        if value not in table:
            raise CompileError(f"scene, field {field}", repr(value), f"one of {', '.join(table)}")
    return Look(THEMES[scene.theme], TONES[scene.tone], DENSITIES[scene.density])
