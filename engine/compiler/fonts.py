"""The font of every picture, from the pinned package: IBM Plex Sans, never the system's.

The package holds zlib-packed WOFF; the rasteriser reads TTF, so the four weights are unpacked once
into build/fonts, in a folder named by their digest.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from contracts.errors import SetupError

ROOT = Path(__file__).resolve().parents[2]
FONT_FOLDER = ROOT / "node_modules/@ibm/plex-sans/fonts/complete/woff"
CACHE_FOLDER = ROOT / "build/fonts"
FONT_FAMILY = "IBM Plex Sans"
WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}


@dataclass(frozen=True)
class Glyph:
    """Advance, lowest and highest point of a character, in thousandths of the font size."""

    advance: float
    low: float
    high: float


def _woff(weight: int) -> Path:
    path = FONT_FOLDER / f"IBMPlexSans-{WEIGHTS[weight]}.woff"
    if not path.is_file():
        raise SetupError(
            f"font {path.name}",
            "no such file",
            "the pinned font package",
            "Install it: python -m reports.node",
        )
    return path


@cache
def glyphs(weight: int) -> dict[str, Glyph]:
    """Glyph of every character that the font has at a weight (400, 500, 600, 700)."""
    font = TTFont(_woff(weight), lazy=True)
    unit = 1000 / font["head"].unitsPerEm
    advances, outlines = font["hmtx"], font["glyf"]
    table: dict[str, Glyph] = {}
    for code, name in font.getBestCmap().items():
        outline = outlines[name]
        low, high = getattr(outline, "yMin", 0), getattr(outline, "yMax", 0)
        table[chr(code)] = Glyph(advances[name][0] * unit, low * unit, high * unit)
    font.close()
    return table


@cache
def font_files() -> tuple[Path, ...]:
    """TTF files of the four weights; unpacked on first use, then only read."""
    sources = [_woff(weight) for weight in WEIGHTS]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = CACHE_FOLDER / digest
    return tuple(_unpacked(source, folder / f"{source.stem}.ttf") for source in sources)


def _unpacked(source: Path, target: Path) -> Path:
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may unpack at once: each writes its own file, the last rename wins.
    descriptor, partial = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(descriptor, "wb") as file:
        font = TTFont(source, recalcTimestamp=False)
        font.flavor = None
        font.save(file)
    os.replace(partial, target)
    return target
