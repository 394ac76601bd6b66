"""Hostile SVG never reaches the rasteriser: each trick is found by its rule."""

from __future__ import annotations

import pytest

from contracts.errors import RenderError
from engine.compiler import Rasteriser, drawn_counts, lint
from engine.compiler.safety import SIDE_MOST, safety_findings

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80" viewBox="0 0 100 80" '
    'font-family="IBM Plex Sans">'
)
RECT = '<rect x="0" y="0" width="100" height="80" fill="#ffffff"/>'
GOOD = f"{HEAD}{RECT}</svg>"
ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "lol" * 10}">' for i in range(10))


def _with(inside: str) -> str:
    return f"{HEAD}{RECT}{inside}</svg>"


HOSTILE = {
    "nothing": ("", "xml"),
    "garbage": ("not a picture", "xml"),
    "an unclosed tag": (HEAD, "xml"),
    "a mismatched tag": (f"{HEAD}<g></svg></g>", "xml"),
    "a duplicate attribute": (_with('<rect x="1" x="2"/>'), "xml"),
    "an unknown entity": (_with("&nbsp;"), "xml"),
    "an external entity": (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>{_with("")}',
        "xml",
    ),
    "a used external entity": (
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        + _with('<text x="5" y="40" font-size="12" font-weight="400" fill="#000000">&x;</text>'),
        "xml",
    ),
    "an entity bomb": (f"<!DOCTYPE svg [{ENTITIES}]>{_with('&e9;')}", "xml"),
    "a plain doctype": (f"<!DOCTYPE svg>{GOOD}", "xml"),
    "text beyond the size": (_with(f"<title>{'x' * 1_100_000}</title>"), "size"),
    "another root": ('<html xmlns="http://www.w3.org/1999/xhtml"/>', "element"),
    "no namespace": (GOOD.replace('xmlns="http://www.w3.org/2000/svg" ', ""), "element"),
    "a script": (_with("<script>alert(1)</script>"), "element"),
    "a style sheet": (_with("<style>rect{fill:red}</style>"), "element"),
    "foreign content": (_with("<foreignObject/>"), "element"),
    "an image from disk": (_with('<image href="/etc/hostname" width="9" height="9"/>'), "element"),
    "a use loop": (_with('<g data-component="a"><use href="#a"/></g>'), "element"),
    "a path of arcs": (_with('<path d="M0 0 A9 9 0 0 1 9 9" fill="none"/>'), "attribute"),
    "a path that repeats a move": (_with('<path d="M0 0 L9 9 8 8" fill="none"/>'), "attribute"),
    "a path that turns back": (_with('<path d="M0 0 l9 9" fill="none"/>'), "attribute"),
    "a comment": (_with("<!-- hidden -->"), "element"),
    "a comment before the root": (f"<!-- hidden -->{GOOD}", "element"),
    "an instruction": (f'<?xml-stylesheet href="x.css"?>{GOOD}', "element"),
    "stray text": (_with("loose words"), "element"),
    "a shape in the definitions": (_with(f"<defs>{RECT}</defs>"), "element"),
    "an event handler": (GOOD.replace("<rect", '<rect onclick="alert(1)"'), "attribute"),
    "a style attribute": (GOOD.replace("<rect", '<rect style="fill:url(x)"'), "attribute"),
    "a transform": (GOOD.replace("<rect", '<rect transform="scale(9)"'), "attribute"),
    "an href": (GOOD.replace("<rect", '<rect href="http://localhost/"'), "attribute"),
    "a foreign attribute": (
        GOOD.replace("<rect", '<rect xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"'),
        "attribute",
    ),
    "a colour that is none": (GOOD.replace("#ffffff", "notacolour"), "attribute"),
    "a paint from elsewhere": (GOOD.replace("#ffffff", "url(http://localhost/#a)"), "attribute"),
    "a gradient that is not there": (GOOD.replace("#ffffff", "url(#g9)"), "attribute"),
    "a number that is none": (GOOD.replace('x="0"', 'x="NaN"'), "attribute"),
    "a number without end": (GOOD.replace('x="0"', 'x="1e999"'), "attribute"),
    "a number with a line end": (GOOD.replace('x="0"', 'x="0&#10;"'), "attribute"),
    "a rectangle without width": (
        GOOD.replace('width="100" height="80" fill', 'height="80" fill'),
        "attribute",
    ),
    "a negative width": (GOOD.replace('y="0" width="100"', 'y="0" width="-1"'), "attribute"),
    "another font": (GOOD.replace("IBM Plex Sans", "serif"), "attribute"),
    "no view box": (GOOD.replace('viewBox="0 0 100 80" ', ""), "attribute"),
    "another view box": (GOOD.replace("0 0 100 80", "0 0 50 40"), "size"),
    "a huge canvas": (GOOD.replace('"100"', '"20000"').replace("0 0 100", "0 0 20000"), "size"),
    "a canvas of no size": (GOOD.replace('"100"', '"0"').replace("0 0 100", "0 0 0"), "size"),
    "deep nesting": (_with("<g>" * 70 + "</g>" * 70), "depth"),
    "nesting to the bottom": (_with("<g>" * 200_000 + "</g>" * 200_000), "size"),
    "nesting beyond the parser": (_with("<g>" * 5000 + "</g>" * 5000), "xml"),
    "too many elements": (_with(RECT * 5001), "nodes"),
}


def test_a_plain_picture_is_let_through() -> None:
    assert safety_findings(GOOD)[1] == []


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pictures_are_found_and_never_rendered(case: str) -> None:
    svg, rule = HOSTILE[case]
    findings = lint(svg)
    assert rule in {finding.rule for finding in findings}, [str(f) for f in findings]
    assert drawn_counts(svg) == {}
    rasteriser = Rasteriser()
    with pytest.raises(RenderError, match="allow-list"):
        rasteriser.png(svg)
    assert not rasteriser.renderable(svg)


def test_a_lone_surrogate_is_a_finding_and_no_crash() -> None:
    assert lint(_with("<title>\ud800</title>"))[0].rule == "xml"


def test_the_largest_canvas_is_allowed() -> None:
    side = str(SIDE_MOST)
    svg = GOOD.replace('"100"', f'"{side}"').replace("0 0 100", f"0 0 {side}")
    assert safety_findings(svg)[1] == []


def test_an_empty_group_draws_nothing() -> None:
    shown = (
        '<g data-component="info_card"><rect x="1" y="1" width="9" height="9" fill="#000000"/></g>'
    )
    hidden = (
        '<g data-component="info_card"><rect x="1" y="1" width="9" height="9" fill="none"/></g>'
    )
    assert drawn_counts(_with(shown * 2 + hidden)) == {"info_card": 2}
