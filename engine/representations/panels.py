"""The infographics of spec06 with their pictures: texts show the words of the document's topic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.families import Content, content
from engine.compiler.atoms import compile_atoms
from engine.dsl.atoms import Atoms
from engine.dsl.panels import WORDS
from engine.representations.atoms import AtomPictures
from engine.representations.words import pack_words


class PanelPictures(AtomPictures):
    """Atoms whose texts name slots."""

    def picture(self, document: Atoms, topic: str, pack: str) -> str:
        """SVG of the document with the words of its own topic."""
        words = partial(word, content(document.topic))
        return compile_atoms(document, self.dialect, words)

    def payloads(self, topic: str) -> Iterator[str]:
        """The words of the topic's content."""
        return pack_words(topic)

    def topic_for(self, document: Atoms, topic: str) -> str:
        """The topic that the document says."""
        return document.topic


def word(words: Content, slot: str) -> str:
    """What a slot shows, of the words of a topic."""
    if slot == "title":
        return words.header.title
    if slot == "footer":
        assert words.footer is not None  # words for every family have one
        return words.footer.brief
    name, _, number = slot.partition("_")
    item = words.slots[WORDS[name]][int(number) - 1]
    return item.title if name != "figure" else str(item.figure)


represent = PanelPictures
