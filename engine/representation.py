"""What gates, probes and reports know of a spec's answers: a language, and its pictures.

`spec.representation` names one entry of `engine.dsl.LANGUAGES`; `engine/representations/<name>.py`
joins that language to the compiler:

    represent(language, families) -> Representation

A language of the user's own comes with its pictures from one module (engine/dsl/own.py), or, where
its contract says so, without any. Nothing above the engine knows a document by its type.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from contracts.errors import CompileError, LanguageError
from contracts.families import FamilyTable
from engine.compiler.counts import drawn_counts
from engine.dsl import language_for
from engine.dsl.own import Own, called, lacking, purpose
from engine.dsl.protocol import Language

PICTURE_SOURCES = (
    "engine/compiler",
    "engine/dsl",
    "engine/representation.py",
    "engine/representations",
    "contracts/content",
    "contracts/families.py",
)
"""All code and words that a picture follows from, beside its document."""

Document = TypeVar("Document")


class Representation(Protocol[Document]):
    """One way to write pictures down. Subclass it: what has a body is a default."""

    name: str
    language: Language[Document]
    pictured: bool = True

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


class Unpictured(Representation[Document]):
    """A language that has no pictures: nothing is drawn, nothing counted, nothing confused."""

    pictured = False

    def __init__(self, language: Language[Document]) -> None:
        self.language = language
        self.name = language.name

    def picture(self, document: Document, topic: str, pack: str) -> str:
        """CompileError: whoever asks for a picture has not asked whether there are any."""
        raise CompileError(self.name, "spec.pictures = false", "a language with pictures")

    def counts(self, document: Document) -> dict[str, int]:
        """None."""
        return {}

    def neighbours(self, document: Document) -> tuple[Document, ...]:
        """None: they are there to tell pictures apart."""
        return ()

    def payloads(self, topic: str) -> tuple[str, ...]:
        """None."""
        return ()


_DRAWING = ("picture", "counts", "neighbours", "payloads")


def representation_for(
    name: str, families: FamilyTable, own: Own | None = None
) -> Representation[Any]:
    """The representation that contracts call `name`; LanguageError lists the known ones."""
    language = language_for(name, families, own)
    if own is not None:
        return _own_representation(own, language, families)
    module = importlib.import_module(f"engine.representations.{name}")
    found: Representation[Any] = module.represent(language, families)
    return found


def _own_representation(
    own: Own, language: Language[Any], families: FamilyTable
) -> Representation[Any]:
    """The pictures of a module, or none; LanguageError says what they lack of the protocol."""
    if not own.pictures:
        return Unpictured(language)
    made: Representation[Any] = called(own, "represent(language, families)", language, families)
    if Representation not in type(made).__mro__:
        base = "a subclass of engine.representation.Representation"
        lacking(own, f"a {type(made).__name__}", base, "represent")
    for member in _DRAWING:
        if getattr(type(made), member) is getattr(Representation, member):
            told = purpose(getattr(Representation, member))
            lacking(own, f"no method {member}", f"one that gives the {told}", member)
    made.name, made.language, made.pictured = language.name, language, True
    return made
