"""What every language gives: parse, serialize, canonicalize, its control atoms and closing tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Document = TypeVar("Document")


class Language(Protocol[Document]):
    """A formal language of control tags; every document has exactly one text."""

    @property
    def name(self) -> str:
        """Name by which contracts ask for the language."""

    @property
    def opening_tag(self) -> str:
        """Tag with which every document starts."""

    @property
    def closing_tag(self) -> str:
        """Tag with which every document ends, and which occurs nowhere else."""

    def parse(self, text: str) -> Document:
        """The document that `text` spells; LanguageError (position, found, expected) otherwise."""

    def serialize(self, document: Document) -> str:
        """The one canonical text of a document; parse(serialize(d)) == d."""

    def fields(self, document: Document) -> dict[str, str]:
        """Field values in canonical order, for comparison of two documents."""

    def field_group(self, field: str) -> str:
        """Group of a field, named as the autopsy names misses: family, form, style, topology..."""

    def control_atoms(self) -> tuple[str, ...]:
        """Every tag of the closed vocabulary, each exactly once, in a fixed order."""


def canonicalize(language: Language[Document], text: str) -> str:
    """Canonical text of the document that `text` spells; LanguageError when it spells none."""
    return language.serialize(language.parse(text))


def split_document(language: Language[Document], text: str) -> tuple[str, str] | None:
    """Text up to and with the first closing tag, and the tail after it; None without one."""
    end = text.find(language.closing_tag)
    if end < 0:
        return None
    end += len(language.closing_tag)
    return text[:end], text[end:]


def structural_pieces(language: Language[Any]) -> tuple[str, ...]:
    """Spellings that stand around values, for a hybrid tokenizer; a language of tags has none."""
    pieces: Callable[[], tuple[str, ...]] = getattr(language, "structural_pieces", tuple)
    return pieces()
