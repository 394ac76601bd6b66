"""The scene language is strict, canonical and total over its own documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.compiler.standard import standard_scene
from engine.dsl.neighbours import neighbours
from engine.dsl.scene import Scene, SceneLanguage
from engine.representation import representation_for
from tests.engine.dsl.scenes import scenes

FAMILIES = family_table()
LANGUAGE = SceneLanguage(FAMILIES)
HEAD = "[scene] [layout:timeline] [form:milestone_chain] [theme:infra_dark] [tone:blue]"
TIMELINE = (
    f"{HEAD} [density:airy] [background:none] [header_band:header] "
    "[timeline_stage:first|stages.stage_1|lane=top] "
    "[timeline_stage:last|stages.stage_2|lane=bottom] "
    "[timeline_arrow:first->last] [footer_note:footer] [/scene]"
)
SYSTEM = (
    "[scene] [layout:system_diagram] [form:linear_pipeline] [theme:infra_dark] [tone:blue] "
    "[density:airy] [background:none] [canvas:wide] [inset:md] [gap:md] [connector:arrow] "
    "[header_band:header] [system_stage:a|stages.stage_1|cell=1.1] "
    "[system_stage:b|stages.stage_2|cell=2.1] [system_link:a->b|links.link_1] "
    "[system_link:b->end|links.link_2] [terminal_panel:end|terminal|cell=3.1] [/scene]"
)
LANES = (
    "[scene] [layout:pipeline_lane] [form:phase_lanes] [theme:mint] [tone:gray] [density:airy] "
    "[background:none] [canvas:wide] [frame:none] [inset:md] [gap:md] [hero:left] [rail:none] "
    "[emphasis:none] [connector:arrow] [header_band:header] "
    "[phase_divider:one|groups.group_1] [phase_divider:two|groups.group_2] "
    "[stage_card:s1|one|items.item_3] [stage_card:s2|two|items.item_1] "
    "[flow_arrow:s1->s2] [curved_connector:s2->s1] [badge_pill:b|s2|notes.note_2] "
    "[section_card:c|notes.note_1|variant=note] [footer_note:footer] [/scene]"
)
MEMORY = (
    "[scene] [layout:memory_map] [form:arena_sections] [theme:infra_dark] [tone:blue] "
    "[density:airy] [background:none] [header_band:header] [address_strip:offsets] "
    "[memory_segment:a|segments.segment_1|arena=1] [memory_segment:b|segments.segment_2|arena=2] "
    "[region_bracket:r|a->b|brackets.bracket_1] [info_card:c|cards.card_1] [/scene]"
)

LADDER = family_table("ladder")
LADDER_LANGUAGE = SceneLanguage(LADDER)


@given(scenes(LADDER))
@settings(max_examples=250, deadline=None)
def test_every_scene_survives_its_text(scene: Scene) -> None:
    text = LADDER_LANGUAGE.serialize(scene)
    assert LADDER_LANGUAGE.parse(text) == scene
    assert LADDER_LANGUAGE.serialize(LADDER_LANGUAGE.parse(text)) == text


@given(scenes(FAMILIES), scenes(FAMILIES))
@settings(max_examples=60, deadline=None)
def test_fields_tell_scenes_apart(first: Scene, second: Scene) -> None:
    assert (LANGUAGE.fields(first) == LANGUAGE.fields(second)) == (first == second)


@pytest.mark.parametrize(
    "text", [TIMELINE, SYSTEM, MEMORY, LANES], ids=["timeline", "system", "memory", "lanes"]
)
def test_the_documented_shapes_parse_to_themselves(text: str) -> None:
    assert LADDER_LANGUAGE.serialize(LADDER_LANGUAGE.parse(text)) == text


def test_neighbours_are_legal_distinct_and_one_step_away() -> None:
    scene = LADDER_LANGUAGE.parse(LANES)
    found = list(neighbours(scene, LADDER, representation_for("scene", LADDER).legal))
    assert len(set(found)) == len(found) >= 60
    assert scene not in found
    for other in found:
        assert LADDER_LANGUAGE.parse(LADDER_LANGUAGE.serialize(other)) == other
    kinds = {"place": 0, "source": 0, "target": 0, "ref": 0, "id": 0}
    for other in found:
        for a, b in zip(scene.parts, other.parts, strict=False):
            for field in kinds:
                kinds[field] += getattr(a, field) != getattr(b, field)
    assert all(kinds.values())
    assert any(len(other.parts) < len(scene.parts) for other in found)


def test_parts_of_a_mixed_block_keep_their_order() -> None:
    family = LADDER["poster_stack"]
    counts = dict(zip(family.count_names, (2, 1, 1, 0, 1, 0), strict=True))
    order = ("table_row", "section_card", "callout_card", "compare_bar", "section_card")
    style = {"theme": "mint", "tone": "gray", "density": "airy", "background": "none"}
    scene = standard_scene(family, "poster_story", style, counts, order=order)
    assert tuple(part.kind for part in scene.parts) == order
    assert LADDER_LANGUAGE.parse(LADDER_LANGUAGE.serialize(scene)) == scene


REFUSED = {
    "a leaf of an owner that is not there": (LANES, "[badge_pill:b|s2", "[badge_pill:b|s9", "'s9'"),
    "leaves out of the order of their owners": (
        LANES,
        "[stage_card:s1|one|",
        "[stage_card:s1|two|items.item_2] [stage_card:s3|one|",
        "order of its phase_divider",
    ),
    "a join that runs back": (LANES, "[flow_arrow:s1->s2]", "[flow_arrow:s2->s1]", "to a later"),
    "a variant that is none": (LANES, "variant=note", "variant=loud", "variant=…"),
    "an arrow to an undeclared stage": (TIMELINE, "first->last", "first->gone", "'gone'"),
    "an arrow from a stage to itself": (
        TIMELINE,
        "first->last",
        "last->last",
        "two different ends",
    ),
    "two stages of one id": (TIMELINE, "[timeline_stage:last", "[timeline_stage:first", "no other"),
    "a lane of the other form": (TIMELINE, "lane=bottom", "lane=center", "lane=…"),
    "a stage without its lane": (TIMELINE, "|lane=bottom", "", "lane=…"),
    "content of another slot": (TIMELINE, "stages.stage_2", "cards.card_2", "stages.item_1"),
    "two footers": (
        TIMELINE,
        "[footer_note:footer]",
        "[footer_note:footer] [footer_note:footer]",
        "no other",
    ),
    "more arrows than gaps": (
        TIMELINE,
        "[timeline_arrow:first->last]",
        "[timeline_arrow:first->last] [timeline_arrow:last->first]",
        "0 to 1 of timeline_arrow, not 2",
    ),
    "one stage only": (
        TIMELINE,
        "[timeline_stage:last|stages.stage_2|lane=bottom] [timeline_arrow:first->last] ",
        "",
        "2 to 7 of timeline_stage, not 1",
    ),
    "an arrow twice": (
        SYSTEM,
        "[system_link:b->end|links.link_2]",
        "[system_link:a->b|links.link_2]",
        "once, in the order",
    ),
    "links out of order": (
        SYSTEM,
        "[system_link:a->b|links.link_1] [system_link:b->end|links.link_2]",
        "[system_link:b->end|links.link_2] [system_link:a->b|links.link_1]",
        "order of its ends",
    ),
    "a link to a terminal that is not there": (
        SYSTEM,
        " [terminal_panel:end|terminal|cell=3.1]",
        "",
        "'end'",
    ),
    "a cell taken twice": (SYSTEM, "cell=2.1", "cell=1.1", "a cell of its own"),
    "a setting of no value": (SYSTEM, "[gap:md]", "[gap:huge]", "md, sm, lg"),
    "a setting left out": (SYSTEM, "[gap:md] ", "", "[gap:…]"),
    "a bracket over an undeclared segment": (MEMORY, "a->b", "a->z", "'z'"),
    "a bracket that runs backwards": (MEMORY, "a->b", "b->a", "from an earlier to a later"),
    "arenas that run backwards": (MEMORY, "arena=1", "arena=3", "arenas in order"),
    "no address strip": (MEMORY, "[address_strip:offsets] ", "", "[address_strip:offsets]"),
    "a tag of another family": (
        MEMORY,
        "[info_card:c|cards.card_1]",
        "[footer_note:footer]",
        "[/scene]",
    ),
    "no closing tag": (MEMORY, " [/scene]", "", "[/scene]"),
    "text after the closing tag": (MEMORY, "[/scene]", "[/scene] [scene]", "nothing after"),
    "a form of another family": (MEMORY, "arena_sections", "build_path", "typed_regions"),
    "a closing component tag": (
        MEMORY,
        "[info_card:c",
        "[/info_card:c",
        "[info_card:id|cards.item_1]",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_malformed_scenes_are_refused_by_name(case: str) -> None:
    text, old, new, message = REFUSED[case]
    assert old in text
    with pytest.raises(LanguageError) as caught:
        LADDER_LANGUAGE.parse(text.replace(old, new, 1))
    assert message in str(caught.value)
    assert 0 <= caught.value.position <= len(text) + len(new)


def test_atoms_are_distinct_and_closed() -> None:
    atoms = LANGUAGE.control_atoms()
    assert len(set(atoms)) == len(atoms)
    assert {"[scene]", "[/scene]", "[layout:timeline]", "[footer_note:footer]"} <= set(atoms)
    assert not [atom for atom in atoms if "stage_1" in atom]


@pytest.mark.parametrize(
    ("field", "group"),
    [
        ("layout", "family"),
        ("form", "form"),
        ("tone", "style"),
        ("gap", "style"),
        ("timeline_stage.first", "topology"),
        ("timeline_stage.first.ref", "content"),
    ],
)
def test_fields_belong_to_groups(field: str, group: str) -> None:
    assert LANGUAGE.field_group(field) == group
