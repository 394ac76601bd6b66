"""Counts what a picture shows, from its SVG alone."""

from __future__ import annotations

from collections import Counter

from engine.compiler.geometry import SHAPES
from engine.compiler.safety import local_name, safety_findings


def drawn_counts(svg: str) -> dict[str, int]:
    """How many components of each kind an SVG shows, by component name.

    A component counts only if it has a shape or a text with paint, so an empty group shows
    nothing; a picture that breaks the allow-list shows nothing at all.
    """
    root, findings = safety_findings(svg)
    if root is None or findings:
        return {}
    shown: Counter[str] = Counter()
    for element in root.iter():
        component = element.get("data-component")
        painted = any(
            local_name(shape) in (*SHAPES, "text")
            and (shape.get("fill") != "none" or shape.get("stroke", "none") != "none")
            for shape in element.iter()
        )
        if component is not None and painted:
            shown[str(component)] += 1
    return dict(shown)
