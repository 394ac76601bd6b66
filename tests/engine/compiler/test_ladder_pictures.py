"""Pictures of the ladder's families: counts drawn are counts asked, whatever the topology.

Every form in every theme, at the least, middle and most counts; any legal scene by Hypothesis; and
no neighbour of a scene shares its picture.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import CompileError
from contracts.families import Family, content, content_topics, family_table
from engine.compiler import Rasteriser, compile_scene, drawn_counts, lint
from engine.compiler.compile import COMPOSED, LAYOUTS
from engine.compiler.sheet import chosen_counts, joined_counts
from engine.compiler.standard import standard_scene, true_values
from engine.dsl.grammar import GRAMMAR, SETTINGS
from engine.dsl.neighbours import FRESH, neighbours
from engine.dsl.scene import Scene, SceneLanguage
from engine.representations.scene import ScenePictures
from tests.engine.dsl.scenes import scenes

FAMILIES = family_table("ladder")
LANGUAGE = SceneLanguage(FAMILIES)
PICTURES = ScenePictures(LANGUAGE, FAMILIES)
STYLE = FAMILIES.style
FORMS = [(family, form) for family in FAMILIES.family for form in family.forms]
FORM_IDS = [form for _, form in FORMS]
TOPICS = [topic for topic in content_topics() if content(topic).family is None]
PACKS = ("brief", "default", "dense")
PLAIN = {"theme": "infra_dark", "tone": "blue", "density": "balanced", "background": "none"}
LEAST_TEXT = 9.0


def _scene(family: Family, form: str, choice: str, turn: int = 0, *, plain: bool = False) -> Scene:
    """The standard scene; `turn` chooses style and settings, unless it is to be plain."""
    counts = joined_counts(family, chosen_counts(family, choice))
    if plain:
        return standard_scene(family, form, PLAIN, counts)
    style = {
        "theme": STYLE.theme[turn % len(STYLE.theme)],
        "tone": STYLE.tone[turn % len(STYLE.tone)],
        "density": STYLE.density[turn % len(STYLE.density)],
        "background": STYLE.background[turn // 2 % len(STYLE.background)],
    }
    chosen = {
        name: values[(turn + i) % len(values)]
        for i, (name, values) in enumerate(SETTINGS[family.id])
    }
    return standard_scene(family, form, style, counts, settings=chosen)


def _without_words(svg: str) -> str:
    return re.sub(r"<title>.*?</title>|<text .*?</text>| data-[a-z]+=\"[^\"]*\"", "", svg)


def _counts(scene: Scene) -> dict[str, int]:
    kinds = {kind.name for kind in GRAMMAR[scene.layout]}
    return {kind: n for kind, n in Counter(p.kind for p in scene.parts).items() if kind in kinds}


def _drawn(svg: str) -> dict[str, int]:
    return {kind: n for kind, n in drawn_counts(svg).items() if kind != "header_band"}


def test_every_family_has_a_grammar_settings_and_one_way_to_be_drawn() -> None:
    drawn = [*LAYOUTS, *COMPOSED]
    assert sorted(drawn) == sorted(FAMILIES.ids) == sorted(GRAMMAR) == sorted(SETTINGS)


@pytest.mark.parametrize("choice", ["least", "middle", "most"])
@pytest.mark.parametrize(("family", "form"), FORMS, ids=FORM_IDS)
def test_every_form_in_every_theme_is_drawn_as_asked(
    family: Family, form: str, choice: str
) -> None:
    for i, _ in enumerate(STYLE.theme):
        turn = i + len(STYLE.theme) * FORM_IDS.index(form)
        scene = _scene(family, form, choice, turn)
        assert LANGUAGE.parse(LANGUAGE.serialize(scene)) == scene
        words = content(TOPICS[turn % len(TOPICS)])
        svg = compile_scene(true_values(scene, words), words, PACKS[turn % 3])
        assert _drawn(svg) == _counts(scene), scene
        assert lint(svg) == [], scene
        sizes = [float(size) for size in re.findall(r'font-size="([0-9.]+)"', svg)]
        assert min(sizes) >= LEAST_TEXT, scene


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_fits_every_family_at_most_counts(topic: str) -> None:
    words = content(topic)
    for turn, (family, form) in enumerate(FORMS[TOPICS.index(topic) % 4 :: 4]):
        scene = _scene(family, form, "most", turn)
        assert lint(compile_scene(scene, words, "dense")) == [], (family.id, form)


@pytest.mark.parametrize(("family", "form"), FORMS, ids=FORM_IDS)
def test_no_neighbour_shares_a_picture(family: Family, form: str) -> None:
    scene = _scene(family, form, "least", plain=True)
    words = content("eval_discipline")
    seen = {compile_scene(scene, words, "brief"): scene}
    bare = {_unnamed(svg) for svg in seen}
    for other in neighbours(scene, FAMILIES, PICTURES.legal):
        try:
            svg = compile_scene(other, words, "brief")
        except CompileError:
            continue  # two families have arrangements that no document of theirs may ask for
        assert svg not in seen, (seen.get(svg), other)
        seen[svg] = other
        if any(FRESH in (part.id, part.source, part.target) for part in other.parts):
            continue  # an id is a name in the picture, not a mark on it
        assert _unnamed(svg) not in bare, other
        bare.add(_unnamed(svg))
    assert len(seen) > 20


def _unnamed(svg: str) -> str:
    return re.sub(r" data-[a-z]+=\"[^\"]*\"", "", svg)


@pytest.mark.parametrize("family", FAMILIES.family, ids=FAMILIES.ids)
def test_forms_differ_by_more_than_their_name(family: Family) -> None:
    words = content("eval_discipline")
    pictures = {
        _without_words(compile_scene(_scene(family, form, "middle", plain=True), words, "brief"))
        for form in family.forms
    }
    assert len(pictures) == len(family.forms)


@pytest.mark.parametrize("family", sorted(COMPOSED))
@given(data=st.data())
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_legal_scene_is_drawn_as_asked_and_fit_to_read(
    family: str, data: st.DataObject
) -> None:
    scene = data.draw(scenes(FAMILIES, only=family, numbers=4))
    words = content(data.draw(st.sampled_from(TOPICS)))
    svg = compile_scene(scene, words, data.draw(st.sampled_from(PACKS)))
    assert _drawn(svg) == _counts(scene)
    assert lint(svg) == []


def test_every_form_renders_to_something() -> None:
    words = content("capacity_math")
    with Rasteriser() as rasteriser:
        for turn, (family, form) in enumerate(FORMS):
            scene = _scene(family, form, "middle", turn)
            assert rasteriser.faults(compile_scene(scene, words, "default")) == []


def test_every_theme_tone_and_setting_is_seen_without_a_word() -> None:
    family = FAMILIES["flow_steps"]
    words = content("pipeline_overview")
    base = _scene(family, "step_row", "middle", plain=True)
    styles = [
        {**PLAIN, "theme": theme, "tone": tone} for theme, tone in product(STYLE.theme, STYLE.tone)
    ]
    counts = chosen_counts(family, "middle")
    pictures = {
        _without_words(compile_scene(standard_scene(family, "step_row", s, counts), words, "brief"))
        for s in styles
    }
    assert len(pictures) == len(styles)
    plain = _without_words(compile_scene(base, words, "brief"))
    for name, values in SETTINGS[family.id]:
        looks = {
            _without_words(
                compile_scene(
                    standard_scene(family, "step_row", PLAIN, counts, settings={name: value}),
                    words,
                    "brief",
                )
            )
            for value in values
        }
        assert len(looks) == len(values), name
        assert plain in looks


@pytest.mark.parametrize(
    ("ref", "message"),
    [("items.item_13", "found 12 items; expected item 13"), ("items.first", "the path")],
)
def test_a_reference_into_nowhere_is_refused_by_the_compiler(ref: str, message: str) -> None:
    family = FAMILIES["bullet_panel"]
    text = LANGUAGE.serialize(_scene(family, "bullet_list", "least", plain=True))
    dangling = LANGUAGE.parse(text.replace("items.item_2", ref))
    with pytest.raises(CompileError, match=message):
        compile_scene(dangling, content("capacity_math"), "brief")


def test_values_of_the_content_are_the_true_ones() -> None:
    family = FAMILIES["comparison_span_chart"]
    words = content("capacity_math")
    scene = true_values(_scene(family, "span_rows", "most", plain=True), words)
    shown = [part.place for part in scene.of("compare_bar")]
    assert shown == [str(item.value) for item in words.slots["items"][: len(shown)]]


@pytest.mark.parametrize("lanes", [("top",) * 7, ("top", "bottom", "bottom", "top")])
def test_milestones_that_share_a_lane_stand_side_by_side(lanes: tuple[str, ...]) -> None:
    family = FAMILIES["timeline"]
    counts = {"stages": len(lanes), "arrows": 0, "footer": 1}
    places = {"timeline_stage": lanes}
    for topic in TOPICS:
        scene = standard_scene(family, "milestone_chain", PLAIN, counts, places=places)
        assert lint(compile_scene(scene, content(topic), "default")) == []
