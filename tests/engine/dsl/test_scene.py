"""The scene language is strict, canonical and total over its own documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import STYLE_FIELDS, family_table
from engine.dsl.scene import GRAMMAR, SETTINGS, Part, Scene, SceneLanguage

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
MEMORY = (
    "[scene] [layout:memory_map] [form:arena_sections] [theme:infra_dark] [tone:blue] "
    "[density:airy] [background:none] [header_band:header] [address_strip:offsets] "
    "[memory_segment:a|segments.segment_1|arena=1] [memory_segment:b|segments.segment_2|arena=2] "
    "[region_bracket:r|a->b|brackets.bracket_1] [info_card:c|cards.card_1] [/scene]"
)

identifiers = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


def _ordered_pairs(draw: st.DrawFn, sources: list[str], targets: list[str], most: int, span: bool):
    """Joins in grammar order, drawn from all that are legal."""
    legal = [
        (i, j)
        for i in range(len(sources))
        for j in range(len(targets))
        if (i <= j if span else i != j)
    ]
    chosen = draw(st.lists(st.sampled_from(legal), unique=True, max_size=min(most, len(legal))))
    return [(sources[i], targets[j]) for i, j in sorted(chosen)]


def _places(key: str, form: str, number: int) -> st.SearchStrategy[list[str]]:
    """Places of so many nodes, legal together."""
    if key == "lane":
        values = "center" if form == "stage_sequence" else "top bottom"
        single = st.sampled_from(values.split())
    else:
        single = st.sampled_from(
            {"kind": "1234", "arena": "12345678", "layer": "12345678"}.get(key, " ")
        )
    places = st.lists(single.map(str.strip), min_size=number, max_size=number)
    return places.map(sorted) if key == "arena" else places


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any legal scene, with ids of any spelling."""
    family = draw(st.sampled_from(FAMILIES.family))
    form = draw(st.sampled_from(family.forms))
    counts: dict[str, int] = {}
    for field in family.counts:
        most = (
            field.most if field.at_most == {} else min(field.most, counts[family.counts[0].id] - 1)
        )
        counts[field.id] = draw(st.integers(field.least, most))
    of = {field.item: counts[field.id] for field in family.counts}
    total = sum(of.values())
    ids = iter(
        draw(
            st.lists(identifiers, unique=True, min_size=total, max_size=total).filter(
                lambda names: not {"footer", "offsets"} & set(names)
            )
        )
    )
    taken = iter(f"{column}.{row}" for row in range(1, 4) for column in range(1, 4))
    parts: list[Part] = []
    named: dict[str, list[str]] = {}
    for kind in GRAMMAR[family.id]:
        number = of.get(kind.name, 1)
        if kind.shape == "fixed":
            parts += [Part(kind.name, kind.slot)] * number
            continue
        if kind.shape in ("join", "span"):
            ends = [name for owner in kind.joins for name in named[owner]]
            pairs = _ordered_pairs(draw, ends, ends, number, kind.shape == "span")
            for i, (source, target) in enumerate(pairs, start=1):
                ref = f"{kind.slot}.item_{i}" if kind.slot else ""
                id_ = next(ids) if kind.shape == "span" else ""
                parts.append(Part(kind.name, id_, ref, source, target))
            continue
        names = named[kind.name] = [next(ids) for _ in range(number)]
        place = kind.place_of(form)
        key = place[0] if place else ""
        places = [next(taken) for _ in names] if key == "cell" else draw(_places(key, form, number))
        for i, (name, where) in enumerate(zip(names, places, strict=True), start=1):
            ref = kind.slot if kind.sole else f"{kind.slot}.item_{i}"
            parts.append(Part(kind.name, name, ref, place=where))
    style = {f: draw(st.sampled_from(FAMILIES.style.values(f))) for f in STYLE_FIELDS}
    options = tuple((n, draw(st.sampled_from(v))) for n, v in SETTINGS[family.id])
    return Scene(layout=family.id, form=form, settings=options, parts=tuple(parts), **style)


@given(scenes())
@settings(max_examples=150, deadline=None)
def test_every_scene_survives_its_text(scene: Scene) -> None:
    text = LANGUAGE.serialize(scene)
    assert LANGUAGE.parse(text) == scene
    assert LANGUAGE.serialize(LANGUAGE.parse(text)) == text


@given(scenes(), scenes())
@settings(max_examples=60, deadline=None)
def test_fields_tell_scenes_apart(first: Scene, second: Scene) -> None:
    assert (LANGUAGE.fields(first) == LANGUAGE.fields(second)) == (first == second)


@pytest.mark.parametrize("text", [TIMELINE, SYSTEM, MEMORY], ids=["timeline", "system", "memory"])
def test_the_documented_shapes_parse_to_themselves(text: str) -> None:
    assert LANGUAGE.serialize(LANGUAGE.parse(text)) == text


REFUSED = {
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
    "a setting of no value": (SYSTEM, "[gap:md]", "[gap:huge]", "sm, md, lg"),
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
        LANGUAGE.parse(text.replace(old, new, 1))
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
