"""Scenes: every component of the picture is a tag of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from contracts.families import FamilyTable, content, pack_named
from engine.compiler import compile_scene
from engine.dsl.neighbours import neighbours
from engine.dsl.protocol import Language
from engine.dsl.scene import Scene
from engine.representation import Representation
from engine.representations.words import pack_words, topic_of_family


class ScenePictures(Representation[Scene]):
    """The scene language with its pictures."""

    name = "scene"

    def __init__(self, language: Language[Scene], families: FamilyTable) -> None:
        self.language = language
        self.families = families

    def picture(self, document: Scene, topic: str, pack: str) -> str:
        """SVG of the scene."""
        return compile_scene(document, content(topic), pack_named(pack))

    def counts(self, document: Scene) -> dict[str, int]:
        """Components by kind; a kind that the family counts and the scene lacks is asked for 0."""
        family = self.families[document.layout]
        asked = dict.fromkeys((field.item for field in family.counts), 0)
        return asked | Counter(part.kind for part in document.parts)

    def neighbours(self, document: Scene) -> Iterator[Scene]:
        """Scenes a field, a setting, a place, a reference, an end or a component away."""
        return neighbours(document, self.families, self.legal)

    def payloads(self, topic: str) -> Iterable[str]:
        """The words of the topic's content."""
        return pack_words(topic)

    def topic_for(self, document: Scene, topic: str) -> str:
        """The topic, unless its words are for another family than the scene's."""
        return topic_of_family(document.layout, topic)


represent = ScenePictures
