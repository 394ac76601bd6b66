"""Pictures carry their own font, so that they look on every machine as they were measured."""

from __future__ import annotations

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont

from contracts.errors import EvidenceError
from reports.fonts import embed_font

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text font-family="IBM Plex Sans" font-weight="{weight}">{text}</text></svg>'
)


def faces(svg: str) -> dict[int, TTFont]:
    found = re.findall(r"font-weight:(\d+);src:url\(data:font/woff;base64,([^)]+)\)", svg)
    return {int(weight): TTFont(io.BytesIO(base64.b64decode(data))) for weight, data in found}


def test_the_weights_that_are_named_are_embedded() -> None:
    assert faces(embed_font(SVG.format(weight=600, text="a"))).keys() == {400, 600}


def test_letters_beyond_ascii_are_embedded_when_used_and_only_then() -> None:
    used = faces(embed_font(SVG.format(weight=400, text="a → b")))[400].getBestCmap()
    plain = faces(embed_font(SVG.format(weight=400, text="a b")))[400].getBestCmap()
    assert ord("→") in used
    assert ord("→") not in plain
    assert set(map(ord, "azAZ09")) <= plain.keys()
    assert len(plain) < 120


def test_a_picture_without_text_is_left_alone() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>'
    assert embed_font(svg) == svg


def test_equal_pictures_give_equal_bytes() -> None:
    svg = SVG.format(weight=700, text="stage one")
    first = embed_font(svg)
    embed_font.cache_clear()
    assert embed_font(svg) == first


def test_what_is_no_xml_is_refused() -> None:
    with pytest.raises(EvidenceError, match="an SVG document"):
        embed_font("<svg")
