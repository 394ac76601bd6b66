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
_SOLE = ("header", "footer", "terminal", "entry")
_GENERIC = {"segments": "items", "stages": "items", "cards": "notes", "brackets": "groups"}
"""Slots of one family, and the slots of words for every family that stand in for them."""


@dataclass(frozen=True)
class Words:
    """Content of one topic seen through one pack."""

    content: Content
    pack: Pack

    def copy(self, ref: str) -> Copy:
        """Title and note behind `header`, `footer`, `terminal`, `entry` or `slot.name_N`."""
        item = self.item(ref)
        return Copy(item.title, str(getattr(item, self.pack)))

    def item(self, ref: str) -> ContentItem:
        """The entry behind a reference; N counts from 1."""
        return self._sole(ref) if ref in _SOLE else self._item(ref)

    def level(self, item: str, column: str) -> tuple[int, tuple[str, ...]]:
        """Level of an item in a column, from 0, and the column's names of all levels."""
        found, scale = self.item(item), self.item(column).scale
        match = _ITEM.fullmatch(column)
        index = int(match["number"]) - 1 if match else 0
        if index >= len(found.marks) or found.marks[index] >= len(scale):
            raise self._missing("items", f"no level of {item} in {column}", "a mark on its scale")
        return found.marks[index], scale

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
        slots = self.content.slots
        items = slots.get(slot) or slots.get(_GENERIC.get(slot, slot), ())
        if number > len(items):
            raise self._missing(slot, f"{len(items)} items", f"item {number}, for {ref!r}")
        return items[number - 1]

    def _missing(self, slot: str, found: str, expected: str) -> CompileError:
        where = f"content {self.content.topic}, slot {slot}"
        return CompileError(where, found, expected, "Add it to the content of the topic")
