"""Several pictures as one: each under the last, in the middle of the widest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from contracts.errors import CompileError
from engine.compiler.safety import local_name, parse_strictly
from engine.compiler.svg import number

_ACROSS, _DOWN = ("x", "cx", "x1", "x2"), ("y", "cy", "y1", "y2")
_NAMED = re.compile(r"url\(#([^)]+)\)")


def stacked(svgs: Sequence[str]) -> str:
    """One SVG of the compiler's own pictures; its title is theirs, where they differ in turn.

    CompileError for a picture that the compiler did not draw: outlines of paths are not moved.
    """
    roots = [_root(svg) for svg in svgs]
    sizes = [(float(root.get("width", "0")), float(root.get("height", "0"))) for root in roots]
    width, height = max(w for w, _ in sizes), sum(h for _, h in sizes)
    title, defs, *_ = whole = roots[0]
    titles = dict.fromkeys(root[0].text or "" for root in roots)
    whole.attrib.update(
        {
            "width": number(width),
            "height": number(height),
            "viewBox": f"0 0 {number(width)} {number(height)}",
        }
    )
    title.text = "; ".join(titles)
    top = 0.0
    for place, (root, (w, h)) in enumerate(zip(roots, sizes, strict=True)):
        _, gradients, *shapes = root
        for gradient in list(gradients):
            gradient.set("id", _renamed(place, gradient.get("id", "")))
            defs.append(gradient)
        for shape in shapes:
            for element in shape.iter():
                _move(element, (width - w) / 2, top, place)
            whole.append(shape)
        top += h
    return etree.tostring(whole, encoding="unicode") + "\n"


def _root(svg: str) -> etree._Element:
    root = parse_strictly(svg)
    names = [local_name(element) for element in root] if isinstance(root, etree._Element) else []
    if not isinstance(root, etree._Element) or names[:2] != ["title", "defs"]:
        raise CompileError("stacked pictures", repr(svg[:40]), "a picture of the compiler")
    return root


def _renamed(place: int, name: str) -> str:
    return f"p{place + 1}{name}"


def _move(element: etree._Element, dx: float, dy: float, place: int) -> None:
    """Put an element elsewhere, and let it name the gradients of its picture."""
    if local_name(element) == "path":
        raise CompileError("stacked pictures", "an outline of a path", "shapes with places")
    for name, value in ((str(name), str(value)) for name, value in element.attrib.items()):
        if name in _ACROSS:
            element.set(name, number(float(value) + dx))
        elif name in _DOWN:
            element.set(name, number(float(value) + dy))
        elif name == "points":
            pairs = (pair.split(",") for pair in value.split(" "))
            moved = (f"{number(float(x) + dx)},{number(float(y) + dy)}" for x, y in pairs)
            element.set(name, " ".join(moved))
        else:
            element.set(name, _NAMED.sub(lambda m: f"url(#{_renamed(place, m[1])})", value))
