"""Structured atoms: elements at places from closed lists, drawn as they are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from contracts.families import FamilyTable
from engine.compiler.atoms import compile_atoms
from engine.dsl.atoms import Atoms, AtomsLanguage
from engine.dsl.raw_svg import Shape
from engine.representation import Representation


class AtomPictures(Representation[Atoms]):
    """An atoms language with its pictures; they show no words but the document's own."""

    def __init__(self, language: AtomsLanguage, families: FamilyTable) -> None:
        self.language = language
        self.dialect = language.dialect
        self.name = language.name

    def picture(self, document: Atoms, topic: str, pack: str) -> str:
        """SVG of the document."""
        return compile_atoms(document, self.dialect)

    def counts(self, document: Atoms) -> dict[str, int]:
        """Elements by kind."""
        return dict(Counter(element.kind for element in document.elements))

    def neighbours(self, document: Atoms) -> Iterator[Atoms]:
        """Another value of a header field; the last element moved, painted otherwise, or gone."""
        *others, last = document.elements
        found = [
            replace(document, header=tuple((document.field | {field: value}).items()))
            for field, values in self.dialect.header
            for value in values
        ]
        changed = (*self._changed(last, 0), *self._changed(last, self._paint(last)))
        found += [replace(document, elements=(*others, element)) for element in changed]
        found.append(replace(document, elements=tuple(others)))
        return (d for d in found if d != document and self.legal(d))

    @staticmethod
    def _paint(element: Shape) -> int:
        return next(i for i, (name, _) in enumerate(element.attributes) if name == "fill")

    def _changed(self, element: Shape, at: int) -> Iterator[Shape]:
        """The element with the next value of one attribute."""
        name, value = element.attributes[at]
        values = self.dialect.allowed(name)
        other = values[(values.index(value) + 1) % len(values)]
        attributes = (*element.attributes[:at], (name, other), *element.attributes[at + 1 :])
        yield replace(element, attributes=attributes)

    def payloads(self, topic: str) -> Iterable[str]:
        """None: there is no content beside the document."""
        return ()


represent = AtomPictures
