"""Several bundles: each is drawn as it would be alone, one under the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from contracts.families import FamilyTable
from engine.compiler.stack import stacked
from engine.dsl.bundles import Bundles, BundlesLanguage
from engine.representation import Representation
from engine.representations.bundle import BundlePictures


class BundlesPictures(Representation[Bundles]):
    """The language of several bundles with its pictures."""

    name = "bundles"

    def __init__(self, language: BundlesLanguage, families: FamilyTable) -> None:
        self.language = language
        self.one = BundlePictures(language.one, families)

    def picture(self, document: Bundles, topic: str, pack: str) -> str:
        """SVG of all bundles, each with the words of a topic of its own family."""
        return stacked(
            [
                self.one.picture(bundle, self.one.topic_for(bundle, topic), pack)
                for bundle in document
            ]
        )

    def counts(self, document: Bundles) -> dict[str, int]:
        """The counts of all bundles together."""
        total: Counter[str] = Counter()
        for bundle in document:
            total.update(self.one.counts(bundle))
        return dict(total)

    def neighbours(self, document: Bundles) -> Iterator[Bundles]:
        """One bundle changed to a neighbour, one left out, two in the other order."""
        changed = (
            [(*document[:at], other, *document[at + 1 :]) for other in self.one.neighbours(bundle)]
            for at, bundle in enumerate(document)
        )
        others = [(*document[:at], *document[at + 1 :]) for at in range(len(document))]
        others.append(document[::-1])
        found = [*others, *(n for turn in zip_longest(*changed) for n in turn if n is not None)]
        return (neighbour for neighbour in found if neighbour and neighbour != document)

    def payloads(self, topic: str) -> Iterator[str]:
        """The words of the topic's content."""
        return self.one.payloads(topic)


represent = BundlesPictures
