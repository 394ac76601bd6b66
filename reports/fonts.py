"""The document font inside a picture, for readers whose machine does not have it."""

from __future__ import annotations

import base64
import io
import re
from functools import lru_cache

from fontTools import subset
from fontTools.ttLib import TTFont
from lxml import etree

from contracts.errors import EvidenceError
from engine.compiler.fonts import FONT_FAMILY, FONT_FOLDER, WEIGHTS

# Cutting a font takes a tenth of a second, so the pictures of a session share one cut a weight.
_ALPHABET = frozenset(map(chr, range(32, 127)))
_SVG = "http://www.w3.org/2000/svg"
_STYLE_WEIGHT = re.compile(r"font-weight\s*[:=]\s*[\"']?\s*(\w+)")


@lru_cache(maxsize=512)
def embed_font(svg: str) -> str:
    """The SVG with its glyphs (ASCII and what else it uses) embedded, a font for each weight.

    Unchanged without text. A browser shows a picture opened as an image with nothing but what is
    inside it, so without this the layout measured with the real font would be shown in another.
    Raises EvidenceError when the SVG is not XML or the pinned font is not installed.
    """
    root = _parsed(svg)
    letters = "".join(
        str(part) for node in root.iter(f"{{{_SVG}}}text", "text") for part in node.itertext()
    )
    if not letters.strip():
        return svg
    alphabet = "".join(sorted(_ALPHABET | set(letters)))
    faces = "".join(
        f"@font-face{{font-family:'{FONT_FAMILY}';font-weight:{weight};"
        f"src:url(data:font/woff;base64,{_subset(weight, alphabet)})"
        "format('woff')}"
        for weight in _weights_in(svg)
    )
    style = etree.Element(f"{{{_SVG}}}style")
    style.text = faces
    root.insert(0, style)
    return etree.tostring(root, encoding="unicode")


def _parsed(svg: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(svg.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise EvidenceError("picture", f"no XML ({error})", "an SVG document") from error


def _weights_in(svg: str) -> list[int]:
    named = {"normal": 400, "bold": 700}
    found = {400}
    for word in _STYLE_WEIGHT.findall(svg):
        weight = named.get(word) or (int(word) if word.isdigit() else 400)
        found.add(min(WEIGHTS, key=lambda known: abs(known - weight)))
    return sorted(found)


@lru_cache(maxsize=256)
def _subset(weight: int, letters: str) -> str:
    """Base64 of a WOFF that holds the glyphs of these letters."""
    path = FONT_FOLDER / f"IBMPlexSans-{WEIGHTS[weight]}.woff"
    if not path.is_file():
        raise EvidenceError(
            str(path), "no font file", "the pinned font", "Run `python -m reports.node`"
        )
    options = subset.Options(layout_features=["kern", "liga"], hinting=False, notdef_outline=True)
    font = TTFont(path, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    font.flavor = "woff"
    stream = io.BytesIO()
    font.save(stream)
    return base64.b64encode(stream.getvalue()).decode("ascii")
