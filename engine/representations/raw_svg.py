"""Raw SVG: the answer is the picture, drawn with the pinned font."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from contracts.families import FamilyTable
from engine.compiler.raw import compile_raw
from engine.dsl.protocol import Language
from engine.dsl.raw_svg import RawSvg
from engine.representation import Representation


class RawPictures(Representation[RawSvg]):
    """Raw SVG with its pictures; they show no words but the document's own."""

    name = "raw_svg"

    def __init__(self, language: Language[RawSvg], families: FamilyTable) -> None:
        self.language = language

    def picture(self, document: RawSvg, topic: str, pack: str) -> str:
        """SVG of the document."""
        return compile_raw(document)

    def counts(self, document: RawSvg) -> dict[str, int]:
        """Shapes by kind."""
        return dict(Counter(shape.kind for shape in document.shapes))

    def neighbours(self, document: RawSvg) -> Iterator[RawSvg]:
        """Without the last shape; with it moved, or painted, otherwise."""
        *others, last = document.shapes
        (name, place), *rest = last.attributes
        moved = [(name, str(int(place) + 1)), *rest] if place.isdigit() else last.attributes
        painted = [(name, "#123456" if value[0] == "#" else value) for name, value in rest]
        found = [replace(document, shapes=tuple(others))]
        for attributes in (moved, [(name, place), *painted]):
            changed = replace(last, attributes=tuple(attributes))
            found.append(replace(document, shapes=(*others, changed)))
        return (d for d in found if d != document and self.legal(d))

    def payloads(self, topic: str) -> tuple[str, ...]:
        """None: there is no content beside the document."""
        return ()


represent = RawPictures
