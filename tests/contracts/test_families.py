"""The family table and the content packs: bounds, ceilings, and words for every count."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.families import (
    STYLE_FIELDS,
    Content,
    ContentItem,
    CountField,
    Family,
    FamilyTable,
    content,
    content_topics,
    family_table,
)

TABLE = family_table()
LADDER = family_table("ladder")
OWN = [topic for topic in content_topics() if content(topic).family]
GENERIC = [topic for topic in content_topics() if not content(topic).family]
FIELDS = [(family, field) for family in TABLE.family for field in family.counts]
# Counts that a document may name although they have words of their own, not a list of them.
SINGLE = ("footer", "terminal")


def test_the_families_are_the_published_ones() -> None:
    forms = {family.id: family.forms for family in TABLE.family}
    assert forms == {
        "memory_map": ("typed_regions", "arena_sections", "layer_stack"),
        "timeline": ("milestone_chain", "stage_sequence"),
        "system_diagram": ("linear_pipeline", "build_path", "selection_path"),
    }
    assert TABLE["memory_map"].count_names == ("segments", "brackets", "cards")
    assert TABLE["timeline"].count_names == ("stages", "arrows", "footer")
    assert TABLE["system_diagram"].count_names == ("stages", "links", "terminal", "footer")
    assert "memory_map" in TABLE
    assert "poster" not in TABLE


@pytest.mark.parametrize(("family", "field"), FIELDS)
def test_a_ceiling_leaves_room_in_every_document(family: Family, field: CountField) -> None:
    others = [other for other in family.counts if other.id != field.id]
    reached = set()
    for values in product(*(range(other.least, other.most + 1) for other in others)):
        counts = dict(zip((other.id for other in others), values, strict=True))
        ceiling = field.ceiling(counts)
        assert field.least <= ceiling <= field.most
        reached.add(ceiling)
    assert max(reached) == field.most


@pytest.mark.parametrize(
    ("family", "field", "counts", "ceiling"),
    [
        ("memory_map", "segments", {}, 8),
        ("memory_map", "brackets", {"segments": 2}, 1),
        ("memory_map", "brackets", {"segments": 8}, 3),
        ("timeline", "arrows", {"stages": 5}, 4),
        ("system_diagram", "links", {"stages": 4, "terminal": 1}, 4),
        ("system_diagram", "links", {"stages": 4, "terminal": 0}, 3),
    ],
)
def test_what_a_ceiling_is(family: str, field: str, counts: dict[str, int], ceiling: int) -> None:
    found = next(count for count in TABLE[family].counts if count.id == field)
    assert found.ceiling(counts) == ceiling


def test_a_faulty_table_is_refused() -> None:
    good: dict[str, Any] = {"id": "stages", "least": 2, "most": 4, "item": "stage"}
    with pytest.raises(ValidationError, match="least = 5 is above most = 4"):
        CountField(**{**good, "least": 5})
    with pytest.raises(ValidationError, match="bounded by unknown field 'links'"):
        Family(
            id="one",
            summary="s",
            forms=("a",),
            counts=(CountField(**good, at_most={"links": 1}),),
        )
    raw = TABLE.model_dump()
    with pytest.raises(ValidationError, match="family ids repeat"):
        FamilyTable.model_validate({**raw, "family": raw["family"] + raw["family"][:1]})
    shared = {**raw["family"][1], "id": "other"}
    with pytest.raises(ValidationError, match="form ids repeat"):
        FamilyTable.model_validate({**raw, "family": (*raw["family"], shared)})


def test_style_values_are_closed_and_distinct() -> None:
    for field in STYLE_FIELDS:
        values = TABLE.style.values(field)
        assert len(set(values)) == len(values) >= 3


def test_every_topic_has_content() -> None:
    assert len(OWN) == 9
    assert len(GENERIC) == 23
    assert all(content(topic).topic == topic for topic in content_topics())


def test_topics_without_a_family_serve_every_family() -> None:
    for family in LADDER.ids:
        topics = content_topics(family)
        assert set(GENERIC) <= set(topics)
        assert all(content(topic).family in (None, family) for topic in topics)


def test_families_of_two_tables_are_alike() -> None:
    assert set(TABLE.ids) <= set(LADDER.ids)
    assert all(LADDER[family.id] == family for family in TABLE.family)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": {}}, "are not"),
        ({"entry": None}, "lack entry"),
        ({"marks": (9, 0, 0, 0)}, "has marks"),
        ({"figure": None}, "lacks its value or its figure"),
    ],
)
def test_words_for_every_family_are_whole(change: dict[str, object], message: str) -> None:
    raw = content(GENERIC[0]).model_dump()
    item = raw["slots"]["items"][0]
    (item if set(change) <= set(item) else raw).update(change)
    with pytest.raises(ValidationError, match=message):
        Content.model_validate(raw)


@pytest.mark.parametrize("topic", OWN)
def test_content_has_words_for_every_count(topic: str) -> None:
    words = content(topic)
    family = TABLE[words.family or ""]
    lists = {field.id: field.most for field in family.counts if field.id not in SINGLE}
    # Arrows say nothing, so nobody writes words for them.
    lists.pop("arrows", None)
    assert set(words.slots) == set(lists)
    for slot, most in lists.items():
        assert len(words.slots[slot]) >= most, slot
    for single in SINGLE:
        if single in family.count_names:
            assert isinstance(getattr(words, single), ContentItem)


@pytest.mark.parametrize("topic", content_topics())
def test_items_of_a_slot_can_be_told_apart(topic: str) -> None:
    for items in content(topic).slots.values():
        for part in ("title", "brief", "default", "dense"):
            texts = [getattr(item, part) for item in items]
            assert len(set(texts)) == len(texts)
