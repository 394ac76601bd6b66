"""Dialects of the scene language: documents are Scenes that say their topic themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.families import FamilyTable, content, pack_named
from engine.compiler import compile_scene
from engine.dsl.dialect import Dialect
from engine.dsl.scene import Scene
from engine.representations.scene import ScenePictures


class DialectPictures(ScenePictures):
    """A dialect with its pictures."""

    def __init__(self, language: Dialect, families: FamilyTable) -> None:
        super().__init__(language, families)
        self.name = language.name
        self.topics = language.spelling.topics

    def picture(self, document: Scene, topic: str, pack: str) -> str:
        """SVG of the scene with the words of its own topic; `topic` where it says none."""
        return compile_scene(document, content(document.topic or topic), pack_named(pack))

    def neighbours(self, document: Scene) -> Iterator[Scene]:
        """Scenes that the dialect can say, the topic or whatever else away."""
        if document.topic:
            others = (replace(document, topic=topic) for topic in self.topics)
            yield from (scene for scene in others if scene != document)
        yield from super().neighbours(document)

    def topic_for(self, document: Scene, topic: str) -> str:
        """The topic that the document says."""
        return document.topic or super().topic_for(document, topic)
