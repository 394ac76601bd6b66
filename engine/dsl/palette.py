"""Names of colours that raw SVG spells out and structured atoms leave to the compiler."""

from __future__ import annotations

from collections.abc import Mapping

COLOURS: Mapping[str, str] = {
    "red": "#ef4444",
    "blue": "#3b82f6",
    "green": "#22c55e",
    "orange": "#f97316",
    "purple": "#a855f7",
    "teal": "#14b8a6",
    "gold": "#eab308",
    "gray": "#94a3b8",
}
PAGES: Mapping[str, str] = {"paper": "#f8fafc", "mint": "#ecfdf5", "slate": "#1f2937"}
