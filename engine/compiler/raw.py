"""Raw SVG to picture: the same elements, with the page's own size, the pinned font and no defaults.

Each shape stands in a group of its own, named after its kind, so that what is drawn can be counted.
"""

from __future__ import annotations

from engine.compiler.svg import Picture
from engine.dsl.raw_svg import RawSvg

TITLE = "Raw SVG"
WEIGHT = "400"


def compile_raw(document: RawSvg, title: str = TITLE) -> str:
    """SVG of a raw document; every attribute is kept as it was spelled."""
    picture = Picture(document.width, document.height, title)
    for number, ends in enumerate(document.gradients, start=1):
        assert picture.gradient(*ends) == f"url(#g{number})", "gradients are numbered in order"
    for item in document.shapes:
        attributes = item.attribute
        if item.kind == "text":
            attributes |= {"font-weight": WEIGHT}
        with picture.group(item.kind):
            picture.element(item.kind, attributes, item.words)
    return picture.source()
