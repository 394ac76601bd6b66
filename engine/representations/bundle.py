"""Bundles: a family, a form, a style and counts; the compiler does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from contracts.families import STYLE_FIELDS, FamilyTable, content, pack_named
from engine.compiler import compile_bundle, requested_counts
from engine.dsl.bundle import Bundle
from engine.dsl.protocol import Language
from engine.representation import Representation
from engine.representations.words import pack_words, topic_of_family


class BundlePictures(Representation[Bundle]):
    """The bundle language with its pictures."""

    name = "bundle"

    def __init__(self, language: Language[Bundle], families: FamilyTable) -> None:
        self.language = language
        self.families = families

    def picture(self, document: Bundle, topic: str, pack: str) -> str:
        """SVG of the scene that the bundle lowers to."""
        return compile_bundle(document, self.families, content(topic), pack_named(pack))

    def counts(self, document: Bundle) -> dict[str, int]:
        """The bundle's counts, by the component that each unit becomes."""
        return requested_counts(document, self.families)

    def neighbours(self, document: Bundle) -> Iterator[Bundle]:
        """Bundles with another style value, another form, or one more or less of a count."""
        base = vars(document)
        family = self.families[document.family]
        changed = [
            {field: value} for field in STYLE_FIELDS for value in self.families.style.values(field)
        ]
        changed += [{"form": form} for form in family.forms]
        found = [Bundle(**{**base, **change}) for change in changed]
        for field, step in product(family.counts, (-1, 1)):
            counts = {**document.count, field.id: document.count[field.id] + step}
            if all(f.least <= counts[f.id] <= f.ceiling(counts) for f in family.counts):
                found.append(Bundle(**{**base, "counts": tuple(counts.items())}))
        return (neighbour for neighbour in found if neighbour != document)

    def payloads(self, topic: str) -> Iterator[str]:
        """The words of the topic's content."""
        return pack_words(topic)

    def topic_for(self, document: Bundle, topic: str) -> str:
        """The topic, unless its words are for another family than the bundle's."""
        return topic_of_family(document.family, topic)


represent = BundlePictures
