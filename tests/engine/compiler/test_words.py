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
    assert set(content_topics()) == PROFILES
    for topic in content_topics():
        words = content(topic)
        assert words.topic == topic
        fields = {field.id: field.most for field in families[words.family].counts}
        assert (words.footer is not None) == ("footer" in fields)
        assert (words.terminal is not None) == ("terminal" in fields)
        lists = {
            name: most
            for name, most in fields.items()
            if name not in ("footer", "terminal", "arrows")
        }
        assert {slot: len(items) for slot, items in words.slots.items()} == lists


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
