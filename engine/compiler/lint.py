"""Lint of a picture: safe to render, and fit to be read.

size, xml, element, attribute, depth, nodes   the safety of safety.py; nothing else is asked then
font           a character that the font lacks
shape-outside  a shape reaches over the edge of the canvas
text-outside   a text does
text-overlap   two texts share space
text-covered   a later shape lies over a text
text-border    the edge of a card runs through a text
text-struck    a line runs through a text
contrast       a text is less than 4.5:1 against some colour that may lie behind it
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from contracts.errors import CompileError
from engine.compiler.colour import CONTRAST_LEAST, least_contrast
from engine.compiler.geometry import Shape, Text, encloses, overlap, read_painted
from engine.compiler.safety import Finding, safety_findings
from engine.compiler.svg import Box

CACHED_LINTS = 2048


def lint(svg: str) -> list[Finding]:
    """Every fault of a picture, in the order of the rules; none means fit to render and read."""
    return list(_lint(svg))


@lru_cache(maxsize=CACHED_LINTS)
def _lint(svg: str) -> tuple[Finding, ...]:
    root, findings = safety_findings(svg)
    if root is None or findings:
        return tuple(findings)
    try:
        painted = read_painted(root)
    except CompileError as error:
        return (Finding("font", error.where, f"{error.found}, expected {error.expected}"),)
    canvas = Box(0, 0, float(root.get("width", "0")), float(root.get("height", "0")))
    return tuple([*_outside(painted, canvas), *_overlaps(painted), *_readable(painted)])


def _outside(painted: list[Text | Shape], canvas: Box) -> Iterator[Finding]:
    for item in painted:
        if isinstance(item, Text):
            if not encloses(canvas, item.box):
                yield Finding("text-outside", repr(item.content), _place(item.box))
        elif not encloses(canvas, item.box.inset(-item.stroke_width / 2)):
            yield Finding("shape-outside", item.name, _place(item.box))


def _overlaps(painted: list[Text | Shape]) -> Iterator[Finding]:
    texts = [item for item in painted if isinstance(item, Text)]
    for first, second in combinations(texts, 2):
        if overlap(first.box, second.box):
            message = f"shares space with {second.content!r} at {_place(second.box)}"
            yield Finding("text-overlap", repr(first.content), message)


def _readable(painted: list[Text | Shape]) -> Iterator[Finding]:
    shapes = [
        (j, shape, shape.reach) for j, shape in enumerate(painted) if isinstance(shape, Shape)
    ]
    for i, text in enumerate(painted):
        if not isinstance(text, Text):
            continue
        where = repr(text.content)
        left, top, right, bottom = text.box.x, text.box.y, text.box.right, text.box.bottom
        near = [
            (j, shape)
            for j, shape, (x0, y0, x1, y1) in shapes
            if x0 < right and left < x1 and y0 < bottom and top < y1
        ]
        for j, shape in near:
            over = shape.fills and shape.alpha > 0 and overlap(shape.box, text.box)
            if j > i and (over or shape.crosses(text.box)):
                yield Finding(
                    "text-covered", where, f"a {shape.name} at {_place(shape.box)} over it"
                )
        ground, crossing = _ground(text, [shape for j, shape in near if j < i])
        for shape in crossing:
            line = shape.name in ("line", "polyline", "path")
            rule = "text-struck" if line else "text-border"
            yield Finding(rule, where, f"the {shape.name} at {_place(shape.box)} runs through it")
        ratio = least_contrast(text.fill, ground)
        if ratio < CONTRAST_LEAST:
            colours = ", ".join(sorted(ground)[:4])
            yield Finding("contrast", where, f"{ratio:.2f}:1 for {text.fill} over {colours}")


def _ground(text: Text, below: list[Shape]) -> tuple[set[str], list[Shape]]:
    """Colours that may lie behind a text, and outlines that run through it uncovered.

    What only touches the box may or may not lie behind a letter, so both colours stay possible.
    """
    ground, crossing = {"#ffffff"}, list[Shape]()
    for shape in below:
        if shape.fills and shape.alpha > 0 and overlap(shape.box, text.box):
            painted = shape.over(ground)
            whole = shape.holds(text.box)
            ground = painted if whole else ground | painted
            if whole and shape.alpha == 1:
                crossing = []
        if shape.crosses(text.box):
            if shape.strokes:
                ground = ground | shape.stroked(ground)
            crossing.append(shape)
    return ground, crossing


def _place(box: Box) -> str:
    return f"x {box.x:.1f} to {box.right:.1f}, y {box.y:.1f} to {box.bottom:.1f}"
