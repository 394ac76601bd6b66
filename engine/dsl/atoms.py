"""Structured SVG atoms: a picture spelled as tags, its geometry and paint from closed lists.

    document = '[svg]' '[w:N]' '[h:N]' header element { element } '[/svg]'
    header   = one '[name:value]' for each header field of the dialect, in its order
    element  = '[' kind ']' one '[name:value]' for each attribute of the kind (KINDS)
             | '[text]' the attributes of a text ( word { word } | '[slot:NAME]' ) '[/text]'

A dialect fixes canvas, header fields and the values that every attribute may take. What its header
promises (a layout, a frame) its elements must bear out: a dialect brings the rule that says so.
Strict: tags in this order, one space between, nothing missing, nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.dsl.lexer import WORD, lex, refuse
from engine.dsl.raw_svg import Shape
from engine.dsl.reader import TagReader

_PAINT = ("fill", "stroke", "sw")
KINDS: dict[str, tuple[str, ...]] = {
    "circle": ("cx", "cy", "r", *_PAINT),
    "rect": ("x", "y", "width", "height", "rx", *_PAINT),
    "polygon": ("points", *_PAINT),
    "text": ("tx", "ty", "font", "anchor", "fill"),
}
_STYLES = (*_PAINT, "font", "anchor", "bg", "theme", "accent")
_FORMS = ("kinds", "frame", "density")


@dataclass(frozen=True)
class Atoms:
    """A document: header fields in the dialect's order, elements in paint order.

    An element's attributes are named as in KINDS; a text that shows content by name has `slot`.
    """

    header: tuple[tuple[str, str], ...]
    elements: tuple[Shape, ...]

    @property
    def field(self) -> dict[str, str]:
        """Header values by name."""
        return dict(self.header)

    @property
    def layout(self) -> str:
        """What the picture is a picture of."""
        return self.field["layout"]

    @property
    def form(self) -> str:
        """Its frame; "plain" where a dialect has none."""
        return self.field.get("frame", "plain")

    @property
    def topic(self) -> str:
        """Whose words it shows; "" where a dialect has no topics."""
        return self.field.get("topic", "")


def painted(kind: str, place: Mapping[str, object], fill: str, stroke: str, sw: int = 2) -> Shape:
    """An element at its place, in its colours."""
    attributes = {**place, "fill": fill, "stroke": stroke, "sw": sw}
    return Shape(kind, tuple((name, str(value)) for name, value in attributes.items()))


def rect(
    x: int, y: int, width: int, height: int, rx: int, fill: str, stroke: str, sw: int = 2
) -> Shape:
    """A rectangle."""
    place = {"x": x, "y": y, "width": width, "height": height, "rx": rx}
    return painted("rect", place, fill, stroke, sw)


def borne_out(document: Atoms) -> str:
    """The rule of a dialect whose header promises nothing of its elements."""
    return ""


@dataclass(frozen=True)
class Dialect:
    """One closed vocabulary over the grammar.

    `rule` gives what a document's header promises and its elements do not keep, "" if they do.
    """

    name: str
    width: int
    height: int
    header: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[tuple[str, tuple[str, ...]], ...]
    slots: tuple[str, ...] = ()
    rule: Callable[[Atoms], str] = borne_out

    @classmethod
    def of(
        cls,
        name: str,
        canvas: tuple[int, int],
        documents: Iterable[Atoms],
        rule: Callable[[Atoms], str] = borne_out,
    ) -> Dialect:
        """The dialect of all that some document says, and of no more."""
        header: dict[str, set[str]] = {}
        values: dict[str, set[str]] = {}
        for document in documents:
            for field, value in document.header:
                header.setdefault(field, set()).add(value)
            for element in document.elements:
                for attribute, value in element.attributes:
                    values.setdefault(attribute, set()).add(value)
        slots = values.pop("slot", set())
        return cls(name, *canvas, _sorted(header), _sorted(values), tuple(sorted(slots)), rule)

    def allowed(self, attribute: str) -> tuple[str, ...]:
        """Values of an attribute."""
        return dict(self.values).get(attribute, ())


def _sorted(table: dict[str, set[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Values in numeric order where they are numbers, else as text."""

    def key(value: str) -> tuple[bool, int, str]:
        return (not value.isdigit(), int(value) if value.isdigit() else 0, value)

    return tuple((name, tuple(sorted(values, key=key))) for name, values in table.items())


class AtomsLanguage:
    """Structured atoms in one dialect."""

    opening_tag = "[svg]"
    closing_tag = "[/svg]"

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.name = dialect.name

    def parse(self, text: str) -> Atoms:
        """The document that `text` spells; LanguageError names position, found and expected."""
        dialect = self.dialect
        reader = TagReader(lex(text, self.name, words=WORD), text, self.name)
        reader.bare(self.opening_tag)
        reader.value("w", (str(dialect.width),))
        reader.value("h", (str(dialect.height),))
        header = tuple((field, reader.value(field, values)) for field, values in dialect.header)
        elements = [self._element(reader)]
        while not reader.ahead(self.closing_tag):
            elements.append(self._element(reader))
        document = Atoms(header, tuple(elements))
        if broken := dialect.rule(document):
            raise refuse(self.name, text, reader.position, broken)
        reader.bare(self.closing_tag)
        reader.end()
        return document

    def _element(self, reader: TagReader) -> Shape:
        kind = reader.one_of(tuple(f"[{kind}]" for kind in KINDS))[1:-1]
        attributes = [
            (name, reader.value(name, self.dialect.allowed(name))) for name in KINDS[kind]
        ]
        if kind != "text":
            return Shape(kind, tuple(attributes))
        words = []
        if self.dialect.slots and reader.ahead(*(f"[slot:{name}]" for name in self.dialect.slots)):
            attributes.append(("slot", reader.value("slot", self.dialect.slots)))
        else:
            words.append(reader.word())
            while not reader.ahead("[/text]"):
                words.append(reader.word())
        reader.bare("[/text]")
        return Shape(kind, tuple(attributes), " ".join(words))

    def serialize(self, document: Atoms) -> str:
        """Canonical text: tags and words in grammar order, one space between."""
        dialect = self.dialect
        parts = [self.opening_tag, f"[w:{dialect.width}]", f"[h:{dialect.height}]"]
        parts += [f"[{field}:{value}]" for field, value in document.header]
        for element in document.elements:
            parts.append(f"[{element.kind}]")
            parts += [f"[{name}:{value}]" for name, value in element.attributes]
            if element.kind == "text":
                parts += [*([element.words] if element.words else []), "[/text]"]
        return " ".join([*parts, self.closing_tag])

    def fields(self, document: Atoms) -> dict[str, str]:
        """Header, the sequence of kinds, then every attribute as `<n>.<kind>.<name>`."""
        found = dict(document.header)
        found["kinds"] = " ".join(element.kind for element in document.elements)
        for number, element in enumerate(document.elements, start=1):
            for name, value in element.attributes:
                found[f"{number}.{element.kind}.{name}"] = value
            if element.words:
                found[f"{number}.text.words"] = element.words
        return found

    def field_group(self, field: str) -> str:
        """family (the layout), form, style, content or topology (places and sizes)."""
        name = field.rpartition(".")[2]
        if field == "layout":
            return "family"
        if field in _FORMS:
            return "form"
        if name in ("words", "slot", "topic"):
            return "content"
        return "style" if name in _STYLES else "topology"

    def control_atoms(self) -> tuple[str, ...]:
        """Brackets of the document, header, kinds, every attribute with every value it may take."""
        dialect = self.dialect
        atoms = [self.opening_tag, self.closing_tag]
        atoms += [f"[w:{dialect.width}]", f"[h:{dialect.height}]"]
        for name, values in (*dialect.header, *dialect.values, ("slot", dialect.slots)):
            atoms += [f"[{name}:{value}]" for value in values]
        atoms += [f"[{kind}]" for kind in KINDS if self._drawn(kind)]
        return tuple(dict.fromkeys([*atoms, "[/text]"] if self._drawn("text") else atoms))

    def _drawn(self, kind: str) -> bool:
        """Whether some document of the dialect can have this kind."""
        return all(self.dialect.allowed(name) for name in KINDS[kind])
