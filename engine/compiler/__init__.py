"""Documents to pictures: bundle -> scene -> SVG -> lint -> PNG, each step a pure function."""

from __future__ import annotations

from engine.compiler.compile import compile_bundle, compile_scene, compile_text
from engine.compiler.counts import drawn_counts
from engine.compiler.lint import lint
from engine.compiler.lower import lower, requested_counts
from engine.compiler.raster import Rasteriser
from engine.compiler.safety import Finding

__all__ = [
    "Finding",
    "Rasteriser",
    "compile_bundle",
    "compile_scene",
    "compile_text",
    "drawn_counts",
    "lint",
    "lower",
    "requested_counts",
]
