"""The atomic scenes of gen1 with their pictures, which show each name and what it is bound to."""

from __future__ import annotations

from dataclasses import replace

from contracts.families import Content, ContentItem, FamilyTable, pack_named
from engine.compiler import compile_scene
from engine.dsl.atomic_scene import AtomicScene
from engine.dsl.grammar import GRAMMAR
from engine.dsl.part import Part
from engine.dsl.scene import Scene
from engine.representations.scene import ScenePictures

HEADER = "Names, and what they are bound to"


class AtomicPictures(ScenePictures):
    """The atomic scene language with its pictures; words are those of the document alone."""

    def __init__(self, language: AtomicScene, families: FamilyTable) -> None:
        super().__init__(language, families)
        self.name = language.name

    def picture(self, document: Scene, topic: str, pack: str) -> str:
        """SVG of the scene, with its names for titles and its bind paths for notes."""
        scene, content = bound(document)
        return compile_scene(scene, content, pack_named(pack))

    def payloads(self, topic: str) -> tuple[str, ...]:
        """None beside those of the documents."""
        return ()

    def topic_for(self, document: Scene, topic: str) -> str:
        """The topic, whatever it is: a document brings its words."""
        return topic


def bound(document: Scene) -> tuple[Scene, Content]:
    """A scene whose components go by number, and the words that its references then find."""
    kinds = {kind.name: kind for kind in GRAMMAR[document.layout]}
    ids = {part.id: f"part_{n}" for n, part in enumerate(document.parts) if part.id}
    slots: dict[str, list[ContentItem]] = {}
    sole: dict[str, ContentItem] = {}
    parts: list[Part] = []
    for part in document.parts:
        kind = kinds[part.kind]
        if kind.shape == "fixed":
            parts.append(part)
            continue
        reference = ""
        if kind.slot:
            item = ContentItem.model_validate({"title": part.id or part.ref, "brief": part.ref})
            if kind.sole:
                sole[kind.slot], reference = item, kind.slot
            else:
                found = slots.setdefault(kind.slot, [])
                found.append(item)
                reference = f"{kind.slot}.item_{len(found)}"
        names = {field: ids.get(getattr(part, field), "") for field in ("id", "source", "target")}
        parts.append(replace(part, ref=reference, **names))
    about = ContentItem.model_validate({"title": document.topic, "brief": HEADER})
    content = Content(
        topic="bound",
        family=document.layout,
        header=about,
        footer=about,
        entry=about,
        slots={name: tuple(found) for name, found in slots.items()},
        **sole,
    )
    return replace(document, parts=tuple(parts)), content


represent = AtomicPictures
