"""Finds the words of a component: a reference of the scene, looked up in a content pack.

Nothing is ever left out or replaced: a path that leads nowhere is refused by topic, slot and item.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.errors import CompileError
from contracts.families import Content, ContentItem, Pack
from engine.compiler.text import Copy

_ITEM = re.compile(r"(?P<slot>[a-z][a-z0-9_]*)\.[a-z][a-z0-9_]*?_(?P<number>[1-9][0-9]*)")
_SOLE = ("header", "footer", "terminal")


@dataclass(frozen=True)
class Words:
    """Content of one topic seen through one pack."""

    content: Content
    pack: Pack

    def copy(self, ref: str) -> Copy:
        """Title and note behind `header`, `footer`, `terminal` or `slot.name_N`, N from 1."""
        item = self._sole(ref) if ref in _SOLE else self._item(ref)
        return Copy(item.title, str(getattr(item, self.pack)))

    def _sole(self, slot: str) -> ContentItem:
        item: ContentItem | None = getattr(self.content, slot)
        if item is None:
            raise self._missing(slot, "no such entry", f"an entry {slot}")
        return item

    def _item(self, ref: str) -> ContentItem:
        match = _ITEM.fullmatch(ref)
        if match is None:
            slot = ref.partition(".")[0]
            raise self._missing(slot, f"the path {ref!r}", f"{slot}.name_N with N from 1")
        slot, number = match["slot"], int(match["number"])
        items = self.content.slots.get(slot, ())
        if number > len(items):
            raise self._missing(slot, f"{len(items)} items", f"item {number}, for {ref!r}")
        return items[number - 1]

    def _missing(self, slot: str, found: str, expected: str) -> CompileError:
        where = f"content {self.content.topic}, slot {slot}"
        return CompileError(where, found, expected, "Add it to the content of the topic")
