"""What gates, probes and reports know of a spec's answers: a language, and its pictures.

`spec.representation` names one entry of `engine.dsl.LANGUAGES`; `engine/representations/<name>.py`
joins that language to the compiler:

    represent(language, families) -> Representation

Nothing above the engine knows a document by its type.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from contracts.errors import LanguageError
from contracts.families import FamilyTable
from engine.compiler.counts import drawn_counts
from engine.dsl import language_for
from engine.dsl.protocol import Language

Document = TypeVar("Document")


class Representation(Protocol[Document]):
    """One way to write pictures down. Subclass it: what has a body is a default."""

    name: str
    language: Language[Document]

    def picture(self, document: Document, topic: str, pack: str) -> str:
        """SVG of a document with the words of a topic; the same arguments give the same bytes.

        CompileError names where, found and expected.
        """

    def counts(self, document: Document) -> dict[str, int]:
        """How many components of each kind the document asks for, by drawn component name."""

    def neighbours(self, document: Document) -> Iterable[Document]:
        """Legal documents that differ from this one in a field, a count or a component.

        Where they are many, in an order that mixes kinds of difference: gates look at a part.
        """

    def payloads(self, topic: str) -> Iterable[str]:
        """Plain words that pictures of a topic show: no control atom may stand in them."""

    def legal(self, document: Document) -> bool:
        """Whether the language has this document: what it spells is read back as the same."""
        try:
            return self.language.parse(self.language.serialize(document)) == document
        except LanguageError:
            return False

    def drawn(self, svg: str) -> dict[str, int]:
        """How many components of each kind a picture shows, read off its SVG alone."""
        return drawn_counts(svg)

    def topic_for(self, document: Document, topic: str) -> str:
        """Topic whose words draw an answer to a case about `topic`.

        Another one than the case's where the answer is of another family: that is a wrong family,
        and must not count as a picture that cannot be drawn.
        """
        return topic


def representation_for(name: str, families: FamilyTable) -> Representation[Any]:
    """The representation that contracts call `name`; LanguageError lists the known ones."""
    language = language_for(name, families)
    module = importlib.import_module(f"engine.representations.{name}")
    found: Representation[Any] = module.represent(language, families)
    return found
