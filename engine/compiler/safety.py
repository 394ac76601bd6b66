"""Reads SVG as hostile ground: strict parse, then an allow-list of elements, attributes and values.

The rasteriser would accept nonsense silently (a bad colour is drawn black, an unknown element is
skipped), read local files through href, and abort on huge sizes; so whatever is not plainly what
this compiler writes is refused before it gets there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.compiler.fonts import FONT_FAMILY, WEIGHTS
from engine.compiler.svg import SVG_NAMESPACE

BYTES_MOST = 1_000_000
SIDE_MOST = 4096
DEPTH_MOST = 64
NODES_MOST = 5000

_NUMBER = r"-?\d{1,5}(\.\d{1,4})?"
_LENGTH = r"\d{1,5}(\.\d{1,4})?"
_SHARE = r"(0(\.\d{1,4})?|1)"
_COLOUR = r"#[0-9a-f]{6}"
_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_PAINT = rf"({_COLOUR}|none|url\(#{_NAME}\))"

_PAINTED = {
    "fill": _PAINT,
    "fill-opacity": _SHARE,
    "stroke": _PAINT,
    "stroke-width": _LENGTH,
    "stroke-opacity": _SHARE,
    "stroke-dasharray": rf"{_LENGTH}( {_LENGTH})*",
    "stroke-linecap": "butt|round|square",
    "stroke-linejoin": "miter|round|bevel",
}
_POINTS = {"points": rf"{_NUMBER},{_NUMBER}( {_NUMBER},{_NUMBER})+"}
_MOVES = {"L": 2, "Q": 4, "C": 6}
_OUTLINE = (
    rf"M{_NUMBER} {_NUMBER}"
    + "( ("
    + "|".join(rf"{name}{_NUMBER}( {_NUMBER}){{{count - 1}}}" for name, count in _MOVES.items())
    + "))+( Z)?"
)
_SHAPES = ("rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text")
_ALLOWED: dict[str, dict[str, str]] = {
    "svg": {
        "width": _LENGTH,
        "height": _LENGTH,
        "viewBox": rf"0 0 {_LENGTH} {_LENGTH}",
        "font-family": re.escape(FONT_FAMILY),
    },
    "title": {},
    "defs": {},
    "linearGradient": {"id": _NAME, **dict.fromkeys(("x1", "y1", "x2", "y2"), _SHARE)},
    "stop": {"offset": _SHARE, "stop-color": _COLOUR},
    "g": {"data-component": r"[a-z][a-z0-9_]*", "data-id": r"[a-z0-9_]+(->[a-z0-9_]+)?"},
    "rect": _PAINTED
    | {"x": _NUMBER, "y": _NUMBER, "width": _LENGTH, "height": _LENGTH, "rx": _LENGTH},
    "circle": _PAINTED | {"cx": _NUMBER, "cy": _NUMBER, "r": _LENGTH},
    "ellipse": _PAINTED | {"cx": _NUMBER, "cy": _NUMBER, "rx": _LENGTH, "ry": _LENGTH},
    "line": _PAINTED | dict.fromkeys(("x1", "y1", "x2", "y2"), _NUMBER),
    "polyline": _PAINTED | _POINTS,
    "polygon": _PAINTED | _POINTS,
    "path": _PAINTED | {"d": _OUTLINE},
    "text": {
        "x": _NUMBER,
        "y": _NUMBER,
        "font-size": _LENGTH,
        "font-weight": "|".join(str(weight) for weight in WEIGHTS),
        "fill": _COLOUR,
        "text-anchor": "start|middle|end",
    },
}
_NEEDED = {
    "svg": ("width", "height", "viewBox", "font-family"),
    "linearGradient": ("id",),
    "stop": ("offset", "stop-color"),
    "rect": ("x", "y", "width", "height", "fill"),
    "circle": ("cx", "cy", "r", "fill"),
    "ellipse": ("cx", "cy", "rx", "ry", "fill"),
    "line": ("x1", "y1", "x2", "y2", "stroke"),
    "polyline": ("points", "fill"),
    "polygon": ("points", "fill"),
    "path": ("d", "fill"),
    "text": ("x", "y", "font-size", "font-weight", "fill"),
}
_CHILDREN = {
    "svg": {"title", "defs", "g", *_SHAPES},
    "g": {"g", *_SHAPES},
    "defs": {"linearGradient"},
    "linearGradient": {"stop"},
}
_PATTERNS = {
    (element, name): re.compile(pattern, re.ASCII)
    for element, attributes in _ALLOWED.items()
    for name, pattern in attributes.items()
}


@dataclass(frozen=True)
class Finding:
    """One fault of a picture: the rule broken, the element or text, and what is wrong with it."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.message}"


def parse_strictly(svg: str) -> etree._Element | Finding:
    """Root of a well-formed SVG without DTD or entities; otherwise what is wrong with the text."""
    data = svg.encode("utf-8", errors="surrogatepass")
    if len(data) > BYTES_MOST:
        return Finding("size", "document", f"{len(data)} bytes, at most {BYTES_MOST}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return Finding("xml", "document", str(error))
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        return Finding("xml", "document", "a document type declaration")
    return root


def safety_findings(svg: str) -> tuple[etree._Element | None, list[Finding]]:
    """Root of the picture and every breach of the allow-list; no root when it did not parse."""
    root = parse_strictly(svg)
    if isinstance(root, Finding):
        return None, [root]
    findings = list(_tree_findings(root))
    return root, findings


def local_name(element: etree._Element) -> str:
    """Name of an element without the SVG namespace."""
    return str(element.tag).removeprefix(f"{{{SVG_NAMESPACE}}}")


def _tree_findings(root: etree._Element) -> Iterator[Finding]:
    if root.tag != f"{{{SVG_NAMESPACE}}}svg":
        yield Finding("element", str(root.tag), "the root is not an svg element of its namespace")
        return
    if any(True for _ in root.itersiblings(preceding=True)) or root.getnext() is not None:
        yield Finding("element", "document", "comments or instructions around the root")
    gradients = {str(e.get("id")) for e in root.iter(f"{{{SVG_NAMESPACE}}}linearGradient")}
    stack = [(root, 1)]
    count = 0
    while stack:
        element, depth = stack.pop()
        count += 1
        if count > NODES_MOST:
            yield Finding("nodes", "document", f"more than {NODES_MOST} elements")
            return
        if depth > DEPTH_MOST:
            yield Finding("depth", "document", f"nested deeper than {DEPTH_MOST}")
            return
        if not isinstance(element.tag, str):
            yield Finding("element", repr(element), "a comment, instruction or entity")
            continue
        yield from _element_findings(element, gradients)
        stack += [(child, depth + 1) for child in element]
    yield from _size_findings(root)


def _element_findings(element: etree._Element, gradients: set[str]) -> Iterator[Finding]:
    name = local_name(element)
    if name not in _ALLOWED:
        yield Finding("element", name, "not an allowed element")
        return
    parent = element.getparent()
    if parent is not None and name not in _CHILDREN.get(local_name(parent), set()):
        yield Finding("element", name, f"not allowed inside {local_name(parent)}")
    for attribute, value in ((str(key), str(text)) for key, text in element.attrib.items()):
        pattern = _PATTERNS.get((name, attribute))
        if pattern is None:
            yield Finding("attribute", name, f"{attribute} is not an allowed attribute")
        elif pattern.fullmatch(value) is None:
            yield Finding("attribute", name, f"{attribute}={value[:60]!r} is not allowed")
        elif value.startswith("url(#") and value[5:-1] not in gradients:
            yield Finding("attribute", name, f"{attribute}={value!r} names no gradient")
    for attribute in _NEEDED.get(name, ()):
        if attribute not in element.attrib:
            yield Finding("attribute", name, f"{attribute} is missing")
    inside = "".join([element.text or "", *(child.tail or "" for child in element)])
    if name not in ("text", "title") and inside.strip():
        yield Finding("element", name, f"stray text {inside.strip()[:40]!r}")


def _size_findings(root: etree._Element) -> Iterator[Finding]:
    try:
        width, height = float(root.get("width", "")), float(root.get("height", ""))
    except ValueError:
        return  # already found as an attribute fault
    if not (1 <= width <= SIDE_MOST and 1 <= height <= SIDE_MOST):
        yield Finding("size", "svg", f"{width:g} x {height:g}, sides from 1 to {SIDE_MOST}")
    if root.get("viewBox", "").split()[2:] != [root.get("width"), root.get("height")]:
        yield Finding("size", "svg", "viewBox is not 0 0 width height")
