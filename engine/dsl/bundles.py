"""Several bundles in one answer: what a reader is to see, one under the other.

    bundles = '[bundles]' bundle+ '[/bundles]'

At most three, each of them by the grammar of bundle.py; the order is part of the answer.
"""

from __future__ import annotations

from contracts.families import FamilyTable
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.dsl.lexer import lex
from engine.dsl.reader import TagReader

BUNDLES_MOST = 3

Bundles = tuple[Bundle, ...]


class BundlesLanguage:
    """One to three bundles over one family table."""

    name = "bundles"
    opening_tag = "[bundles]"
    closing_tag = "[/bundles]"

    def __init__(self, families: FamilyTable) -> None:
        self.one = BundleLanguage(families)

    def parse(self, text: str) -> Bundles:
        """The bundles that `text` spells; LanguageError names position, found and expected."""
        reader = TagReader(lex(text, self.name), text, self.name)
        reader.bare(self.opening_tag)
        found = [self.one.read(reader)]
        while len(found) < BUNDLES_MOST and reader.ahead(self.one.opening_tag):
            found.append(self.one.read(reader))
        reader.bare(self.closing_tag)
        reader.end()
        return tuple(found)

    def serialize(self, document: Bundles) -> str:
        """Canonical text: the bundles in their order, one space between."""
        return " ".join([self.opening_tag, *map(self.one.serialize, document), self.closing_tag])

    def fields(self, document: Bundles) -> dict[str, str]:
        """How many bundles, then the fields of each with its place: `2.theme`."""
        return {
            "bundles": str(len(document)),
            **{
                f"{place}.{field}": value
                for place, bundle in enumerate(document, start=1)
                for field, value in self.one.fields(bundle).items()
            },
        }

    def field_group(self, field: str) -> str:
        """That of the field in its bundle; how many bundles there are is topology."""
        return self.one.field_group(field.partition(".")[2])

    def control_atoms(self) -> tuple[str, ...]:
        """Opening and closing tag, then those of a bundle."""
        return (self.opening_tag, self.closing_tag, *self.one.control_atoms())
