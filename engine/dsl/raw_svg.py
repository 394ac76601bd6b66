"""Raw SVG as a formal language: the subset that our targets use, spelled in one way only.

    document = '<svg xmlns="http://www.w3.org/2000/svg" width="N" height="N">'
               [ defs ] shape { shape } '</svg>'
    defs     = '<defs>' gradient { gradient } '</defs>'
    gradient = '<linearGradient id="gK"><stop offset="0" stop-color="C"/><stop offset="1"
               stop-color="C"/></linearGradient>'
    shape    = '<' kind { ' ' attribute '="' value '"' } '/>'
             | '<text' { ' ' attribute '="' value '"' } '>' words '</text>'

Strict: attributes in the order of GRAMMAR, whole numbers without leading zeros, colours as six
lower-case hex digits, one space where one stands above and none elsewhere, gradients numbered in
order, each its own and each used. What a viewer would forgive is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.families import FamilyTable
from engine.dsl.lexer import WORD, refuse

_N = r"(?:0|[1-9][0-9]{0,2})"
_POINT = rf"{_N},{_N}"
_COLOUR = r"#[0-9a-f]{6}"
_PAINT = rf"(?:{_COLOUR}|none|url\(#g[1-9]\))"
_MOVES = rf"(?: L{_N} {_N}| Q{_N} {_N} {_N} {_N}| C{_N} {_N} {_N} {_N} {_N} {_N})"
_HEAD = '<svg xmlns="http://www.w3.org/2000/svg"'
_GRADIENT = ('<linearGradient id="g', '"><stop offset="0" stop-color="')
_STOP, _GRADIENT_END = '"/><stop offset="1" stop-color="', '"/></linearGradient>'


@dataclass(frozen=True)
class Attribute:
    """One attribute of a kind: its value pattern in words and as an expression."""

    name: str
    pattern: str
    words: str
    optional: bool = False

    @property
    def expected(self) -> str:
        """What should stand here, for messages."""
        return f'{self.name}="…" with {self.words}'


def _numbers(*names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, _N, "a whole number") for name in names)


_FILL = Attribute("fill", _PAINT, "#rrggbb, none or url(#gN)")
_STROKE = (
    Attribute("stroke", _COLOUR, "#rrggbb", optional=True),
    Attribute("stroke-width", r"[1-9][0-9]?", "a whole number above zero", optional=True),
)
_LINE = (
    Attribute("stroke", _COLOUR, "#rrggbb"),
    Attribute("stroke-width", r"[1-9][0-9]?", "a whole number above zero"),
    Attribute("stroke-dasharray", r"[1-9][0-9]? [1-9][0-9]?", "two whole numbers", optional=True),
)
_JOIN = Attribute("stroke-linejoin", "round", "round", optional=True)
_NOTHING = Attribute("fill", "none", "none")
_CORNERS = Attribute("points", rf"{_POINT}(?: {_POINT}){{2,}}", "three or more points x,y")
_CHAIN = Attribute("points", rf"{_POINT}(?: {_POINT})+", "two or more points x,y")
_OUTLINE = Attribute("d", rf"M{_N} {_N}{_MOVES}+(?: Z)?", "M, then L, Q or C, absolute")
_ANCHOR = Attribute("text-anchor", "middle|end", "middle or end", optional=True)
_TEXT_FILL = Attribute("fill", _COLOUR, "#rrggbb")

GRAMMAR: dict[str, tuple[Attribute, ...]] = {
    "line": (*_numbers("x1", "y1", "x2", "y2"), *_LINE),
    "rect": (
        *_numbers("x", "y", "width", "height"),
        Attribute("rx", r"[1-9][0-9]?", "a whole number above zero", optional=True),
        _FILL,
        *_STROKE,
    ),
    "circle": (*_numbers("cx", "cy", "r"), _FILL, *_STROKE),
    "ellipse": (*_numbers("cx", "cy", "rx", "ry"), _FILL, *_STROKE),
    "polygon": (_CORNERS, _FILL, *_STROKE, _JOIN),
    "polyline": (_CHAIN, _NOTHING, *_LINE),
    "path": (_OUTLINE, _NOTHING, *_LINE),
    "text": (*_numbers("x", "y", "font-size"), _TEXT_FILL, _ANCHOR),
}
PAINTS = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin")


@dataclass(frozen=True)
class Shape:
    """One element as spelled: its attributes in the grammar's order, and a text's words."""

    kind: str
    attributes: tuple[tuple[str, str], ...]
    words: str = ""

    @property
    def attribute(self) -> dict[str, str]:
        """Attributes by name."""
        return dict(self.attributes)


@dataclass(frozen=True)
class RawSvg:
    """Canvas, gradients (from colour, to colour; gK is the K-th) and shapes in paint order."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    gradients: tuple[tuple[str, str], ...] = ()


def shape(kind: str, attributes: Mapping[str, object], words: str = "") -> Shape:
    """A shape with its attributes, by name, put into canonical order."""
    names = [attribute.name for attribute in GRAMMAR[kind] if attribute.name in attributes]
    assert len(names) == len(attributes), f"{kind} has no {sorted(set(attributes) - set(names))}"
    return Shape(kind, tuple((name, str(attributes[name])) for name in names), words)


class RawSvgLanguage:
    """Raw SVG; it has no control tags of its own."""

    name = "raw_svg"
    opening_tag = _HEAD
    closing_tag = "</svg>"

    def __init__(self, families: FamilyTable | None = None) -> None:
        """Raw SVG knows no families; every language is made from a table."""

    def parse(self, text: str) -> RawSvg:
        """The document that `text` spells; LanguageError names position, found and expected."""
        cursor = _Cursor(text)
        cursor.literal(f'{_HEAD} width="')
        width = cursor.value(_N, "a whole number")
        cursor.literal('" height="')
        height = cursor.value(_N, "a whole number")
        cursor.literal('">')
        gradients = tuple(cursor.gradients())
        shapes = tuple(cursor.shapes(len(gradients)))
        cursor.literal(self.closing_tag)
        cursor.end()
        cursor.refuse_unused(len(gradients), shapes)
        return RawSvg(int(width), int(height), shapes, gradients)

    def serialize(self, document: RawSvg) -> str:
        """Canonical text, without any white space between elements."""
        head = f'{_HEAD} width="{document.width}" height="{document.height}">'
        defs = "".join(
            f"{_GRADIENT[0]}{number}{_GRADIENT[1]}{first}{_STOP}{last}{_GRADIENT_END}"
            for number, (first, last) in enumerate(document.gradients, start=1)
        )
        defs = f"<defs>{defs}</defs>" if defs else ""
        return head + defs + "".join(map(_spelled, document.shapes)) + self.closing_tag

    def fields(self, document: RawSvg) -> dict[str, str]:
        """Canvas, the sequence of kinds, gradients, then every attribute as `<n>.<kind>.<name>`."""
        found = {
            "canvas": f"{document.width}x{document.height}",
            "kinds": " ".join(shape.kind for shape in document.shapes),
        }
        for number, ends in enumerate(document.gradients, start=1):
            found[f"gradient_{number}.fill"] = " ".join(ends)
        for number, item in enumerate(document.shapes, start=1):
            for name, value in item.attributes:
                found[f"{number}.{item.kind}.{name}"] = value
            if item.kind == "text":
                found[f"{number}.text.words"] = item.words
        return found

    def field_group(self, field: str) -> str:
        """form (canvas, kinds), style (paint), content (words) or topology (places and sizes)."""
        if field in ("canvas", "kinds"):
            return "form"
        name = field.rpartition(".")[2]
        return {"words": "content", **dict.fromkeys(PAINTS, "style")}.get(name, "topology")

    def control_atoms(self) -> tuple[str, ...]:
        """None: raw SVG leaves it to the tokenizer what is one token."""
        return ()

    def structural_pieces(self) -> tuple[str, ...]:
        """What stands around values, from the grammar: a hybrid tokenizer makes each one token."""
        pieces = [f'{_HEAD} width="', '" height="', '">', self.closing_tag, '"/>', "</text>"]
        pieces += ["<defs>", *_GRADIENT, _STOP, _GRADIENT_END, "</defs>", "url(#g", ')"']
        for kind, attributes in GRAMMAR.items():
            pieces.append(f'<{kind} {attributes[0].name}="')
            pieces += [f'" {attribute.name}="' for attribute in attributes[1:]]
        return tuple(dict.fromkeys(pieces))


def _spelled(item: Shape) -> str:
    inside = "".join(f' {name}="{value}"' for name, value in item.attributes)
    end = f">{item.words}</text>" if item.kind == "text" else "/>"
    return f"<{item.kind}{inside}{end}"


class _Cursor:
    """Reads a text from left to right, each piece against what the grammar expects there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def _refuse(self, expected: str, at: int | None = None) -> Exception:
        return refuse(RawSvgLanguage.name, self._text, self._at if at is None else at, expected)

    def _ahead(self, literal: str) -> bool:
        return self._text.startswith(literal, self._at)

    def literal(self, literal: str) -> None:
        """Take exactly this text; the error points at the first character that differs."""
        if not self._ahead(literal):
            pairs = enumerate(zip(literal, self._text[self._at :], strict=False))
            same = next((i for i, (a, b) in pairs if a != b), len(self._text) - self._at)
            raise self._refuse(repr(literal[same:]), self._at + same)
        self._at += len(literal)

    def value(self, pattern: str, words: str) -> str:
        """Take a value, up to its closing quotation mark, that a pattern fits as a whole."""
        end = self._text.find('"', self._at)
        found = self._text[self._at : end if end >= 0 else len(self._text)]
        if re.fullmatch(pattern, found) is None:
            raise self._refuse(words)
        self._at += len(found)
        return found

    def gradients(self) -> Iterator[tuple[str, str]]:
        """Take the declared gradients, if any."""
        if not self._ahead("<defs>"):
            return
        self.literal("<defs>")
        found: list[tuple[str, str]] = []
        while not found or not self._ahead("</defs>"):
            self.literal(f"{_GRADIENT[0]}{len(found) + 1}{_GRADIENT[1]}")
            place = self._at
            first = self.value(_COLOUR, "#rrggbb")
            self.literal(_STOP)
            last = self.value(_COLOUR, "#rrggbb")
            if (first, last) in found:
                raise self._refuse("a gradient that is not declared already", place)
            self.literal(_GRADIENT_END)
            found.append((first, last))
            yield first, last
        self.literal("</defs>")

    def shapes(self, gradients: int) -> Iterator[Shape]:
        """Take shapes up to the closing tag, at least one."""
        kinds = ", ".join(GRAMMAR)
        first = True
        while first or not self._ahead(RawSvgLanguage.closing_tag):
            kind = next((name for name in GRAMMAR if self._ahead(f"<{name} ")), None)
            if kind is None:
                raise self._refuse(f"<kind …, one of {kinds}{'' if first else ', or </svg>'}")
            first = False
            self._at += len(kind) + 1
            yield self._shape(kind, gradients)

    def _shape(self, kind: str, gradients: int) -> Shape:
        attributes: list[tuple[str, str]] = []
        for attribute in GRAMMAR[kind]:
            if not self._ahead(f' {attribute.name}="'):
                if not attribute.optional:
                    raise self._refuse(attribute.expected)
                continue
            self.literal(f' {attribute.name}="')
            place = self._at
            value = self.value(attribute.pattern, attribute.words)
            if value.startswith("url") and int(value[6:-1]) > gradients:
                raise self._refuse(f"a declared gradient, not {value}", place)
            self.literal('"')
            attributes.append((attribute.name, value))
        self._refuse_half_a_stroke(dict(attributes))
        if kind != "text":
            self.literal("/>")
            return Shape(kind, tuple(attributes))
        self.literal(">")
        match = re.compile(rf"{WORD}(?: {WORD})*").match(self._text, self._at)
        if match is None:
            raise self._refuse("words of letters, digits and plain marks")
        self._at = match.end()
        self.literal("</text>")
        return Shape(kind, tuple(attributes), match.group())

    def _refuse_half_a_stroke(self, found: dict[str, str]) -> None:
        if ("stroke" in found) != ("stroke-width" in found):
            raise self._refuse("stroke and stroke-width together")
        if found.get("fill") == "none" and "stroke" not in found:
            raise self._refuse("a stroke, as there is no fill")

    def refuse_unused(self, gradients: int, shapes: tuple[Shape, ...]) -> None:
        """Every declared gradient must fill something."""
        used = {item.attribute.get("fill") for item in shapes}
        for number in range(1, gradients + 1):
            if f"url(#g{number})" not in used:
                at = self._text.index(f'id="g{number}"')
                raise self._refuse(f"a shape that is filled with gradient g{number}", at)

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._text):
            raise self._refuse("nothing after the closing tag")
