"""Words come from the content pack, or the path that leads nowhere is named."""

from __future__ import annotations

import pytest

from contracts.errors import CompileError
from contracts.families import content, content_topics, family_table
from engine.compiler.words import Words

PROFILES = {
    "allocator_regions",
    "arena_guard_flow",
    "build_pipeline_flow",
    "ir_evolution_timeline",
    "memory_layout_map",
    "operator_changeover_timeline",
    "pipeline_overview_flow",
    "registry_selection_flow",
    "why_pipeline_timeline",
}


def test_every_intent_profile_has_content_for_the_largest_counts() -> None:
    families = family_table()
    own = {topic for topic in content_topics() if content(topic).family}
    assert own == PROFILES
    for topic in own:
        words = content(topic)
        assert words.topic == topic
        fields = {field.id: field.most for field in families[words.family or ""].counts}
        assert (words.footer is not None) == ("footer" in fields)
        assert (words.terminal is not None) == ("terminal" in fields)
        lists = {
            name: most
            for name, most in fields.items()
            if name not in ("footer", "terminal", "arrows")
        }
        assert {slot: len(items) for slot, items in words.slots.items()} == lists


def test_slots_of_one_family_are_read_from_words_for_every_family() -> None:
    topic = "capacity_math"
    words, slots = Words(content(topic), "default"), content(topic).slots
    for slot, generic in (("segments", "items"), ("stages", "items"), ("cards", "notes")):
        assert words.item(f"{slot}.any_name_3") == slots[generic][2]
    assert words.item("brackets.bracket_2") == slots["groups"][1]
    assert words.item("entry") == content(topic).entry


def test_a_level_is_the_mark_on_the_scale_of_its_column() -> None:
    words, slots = Words(content("capacity_math"), "brief"), content("capacity_math").slots
    for i, item in enumerate(slots["items"], start=1):
        for k, column in enumerate(slots["columns"], start=1):
            found = words.level(f"items.item_{i}", f"columns.column_{k}")
            assert found == (item.marks[k - 1], column.scale)
    with pytest.raises(CompileError, match="no level"):
        Words(content("allocator_regions"), "brief").level("cards.card_1", "cards.card_2")


def test_no_two_titles_of_a_topic_are_alike() -> None:
    for topic in content_topics():
        for items in content(topic).slots.values():
            assert len({item.title for item in items}) == len(items)


def test_packs_choose_the_note() -> None:
    item = content("allocator_regions").slots["segments"][1]
    for pack in ("brief", "default", "dense"):
        copy = Words(content("allocator_regions"), pack).copy("segments.any_name_2")
        assert (copy.title, copy.note) == (item.title, getattr(item, pack))


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("segments.segment_9", "slot segments: found 8 items; expected item 9"),
        ("segments.nowhere", "slot segments: found the path 'segments.nowhere'"),
        ("posters.poster_1", "slot posters: found 0 items; expected item 1"),
        ("footer", "slot footer: found no such entry"),
        ("terminal", "slot terminal: found no such entry"),
        ("segments.segment_0", "slot segments: found the path"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(ref: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        Words(content("allocator_regions"), "brief").copy(ref)
    assert message in str(caught.value)
    assert "allocator_regions" in str(caught.value)
