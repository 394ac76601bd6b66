"""Words of content packs, as representations whose pictures show them need them."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.families import content, content_topics


def pack_words(topic: str) -> Iterator[str]:
    """Every title and note of a topic's content."""
    found = content(topic)
    items = (
        found.header,
        found.footer,
        found.terminal,
        found.entry,
        *(item for slot in found.slots.values() for item in slot),
    )
    for item in filter(None, items):
        yield from (item.title, item.brief, item.default, item.dense, *item.scale)
        yield from filter(None, (item.figure,))


def topic_of_family(family: str, topic: str) -> str:
    """`topic` if its words are for that family, else the family's first topic, if it has one."""
    if content(topic).serves(family):
        return topic
    return next(iter(content_topics(family)), topic)
