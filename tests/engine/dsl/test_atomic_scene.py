"""Atomic scenes: any names in any script come back, and what is no scene is refused."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.curriculum.atomic_scenes import AtomicScenes, Vocabulary, opened
from engine.curriculum.rows import item_rng
from engine.dsl.atomic_scene import LAYOUTS, NAME, WORDS_MOST, AtomicScene
from engine.dsl.protocol import canonicalize
from engine.dsl.scene import Scene
from engine.representations.atomic_scene import AtomicPictures, bound

FAMILIES = family_table("ladder")
LANGUAGE = AtomicScene(FAMILIES)
PICTURES = AtomicPictures(LANGUAGE, FAMILIES)
TASK = AtomicScenes(FAMILIES, 2)

names = st.from_regex(NAME, fullmatch=True).map(lambda word: word[: WORDS_MOST[NAME] - 3])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A scene of some family, form, look and shape."""
    family = draw(st.sampled_from(LAYOUTS))
    rng = item_rng("t", draw(st.integers(0, 10_000)))
    combination = rng.choice(TASK.combinations(family))
    told = TASK.tell(family, combination, rng.choice(TASK.shapes(family)), rng)
    assert isinstance(told.scene, Scene)
    return told.scene


@st.composite
def named_anew(draw: st.DrawFn) -> Scene:
    """The same, with names and paths of any letters."""
    scene = draw(scenes())
    word, other = draw(names), draw(names)
    name = {part.id: f"{word}_{n}" for n, part in enumerate(scene.parts) if part.ref and part.id}
    parts = tuple(
        replace(
            part,
            id=name.get(part.id, part.id),
            source=name.get(part.source, part.source),
            target=name.get(part.target, part.target),
            ref=f"{word[:9]}.{other[:9]}{n}" if part.ref else "",
        )
        for n, part in enumerate(scene.parts)
    )
    return replace(scene, parts=parts, topic=other)


@given(named_anew())
@settings(max_examples=60, deadline=None)
def test_a_scene_in_any_words_comes_back(scene: Scene) -> None:
    text = LANGUAGE.serialize(scene)
    assert LANGUAGE.parse(text) == scene
    assert canonicalize(LANGUAGE, text) == text


@given(scenes(), st.data())
@settings(max_examples=40, deadline=None)
def test_every_prefix_is_refused_where_it_ends(scene: Scene, data: st.DataObject) -> None:
    """Or before: where it joins a component that was cut off with the rest."""
    text = LANGUAGE.serialize(scene)
    words = text.split(" ")
    cut = " ".join(words[: data.draw(st.integers(1, len(words) - 1))])
    with pytest.raises(LanguageError) as refused:
        LANGUAGE.parse(cut)
    joins_what_is_lost = "declared ids" in str(refused.value)
    assert refused.value.position == len(cut) or joins_what_is_lost


SCENE = (
    "[scene] [layout:architecture_map] [form:graph_right] [theme:infra_dark] [tone:blue] "
    "[density:airy] [background:none] [topic] größe [decision_node] añadir [bind] a.b "
    "[decision_node] zwei [bind] c.d [outcome_panel] ende [bind] e.f [decision_edge] añadir [to] "
    "zwei [bind] g.h [decision_edge] zwei [to] ende [bind] i.j [/scene]"
)


def test_the_example_is_a_scene_and_draws_its_words() -> None:
    scene = LANGUAGE.parse(SCENE)
    assert [part.id for part in scene.parts if part.id] == ["añadir", "zwei", "ende"]
    svg = PICTURES.picture(scene, "größe", "default")
    assert all(word in svg for word in ("größe", "añadir", "zwei", "ende", "a.b", "g.h"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("zwei [bind] c.d", "2wei [bind] c.d", "a name"),
        ("zwei [bind] c.d", "zwei [bind] c..d", "names joined by stops"),
        ("zwei [bind] c.d", "a.b [bind] c.d", "a name"),
        ("zwei [bind] c.d", f"{'z' * 25} [bind] c.d", "of 24 characters at most"),
        ("zwei [bind] c.d", "añadir [bind] c.d", "an id that no other component has"),
        ("[to] ende", "[to] anfang", "one of the declared ids"),
        ("[bind] e.f", "e.f", "\\[bind\\]"),
        ("[bind] e.f", "[bind] e.f [state:normal]", "\\[/scene\\]|\\[state:"),
        ("[topic] größe", "[topic]", "a word"),
    ],
)
def test_what_is_no_scene_is_refused(old: str, new: str, expected: str) -> None:
    with pytest.raises(LanguageError, match=expected) as refused:
        LANGUAGE.parse(SCENE.replace(old, new))
    assert refused.value.position is not None


@given(scenes())
@settings(max_examples=12, deadline=None)
def test_another_name_or_path_is_another_picture(scene: Scene) -> None:
    picture = PICTURES.picture(scene, scene.topic, "default")
    last = next(part for part in reversed(scene.parts) if part.ref)
    others = [
        replace(scene, topic=f"{scene.topic}a"),
        replace(scene, parts=tuple(replace(p, ref="q") if p is last else p for p in scene.parts)),
    ]
    assert all(PICTURES.picture(other, "", "default") != picture for other in others)


def test_words_are_bound_to_components_by_number() -> None:
    scene, words = bound(LANGUAGE.parse(SCENE))
    titles = {name: [item.title for item in items] for name, items in words.slots.items()}
    assert titles == {"items": ["añadir", "zwei", "ende"], "links": ["g.h", "i.j"]}
    assert [part.ref for part in scene.of("outcome_panel")] == ["items.item_3"]


def test_a_setting_that_is_not_said_is_refused() -> None:
    scene = LANGUAGE.parse(SCENE)
    changed = tuple((n, "tall" if n == "canvas" else value) for n, value in scene.settings)
    with pytest.raises(LanguageError, match="canvas 'tall'"):
        LANGUAGE.serialize(replace(scene, settings=changed))


def test_opening_a_scene_keeps_what_joins_what() -> None:
    scene = LANGUAGE.parse(SCENE)
    again = opened(scene, Vocabulary("open", Random(3), 2))
    before = [part.id for part in scene.parts if part.id]
    after = [part.id for part in again.parts if part.id]
    name = dict(zip(before, after, strict=True))
    assert len(set(after)) == 3
    for old, new in zip(scene.parts, again.parts, strict=True):
        assert (name.get(old.source, ""), name.get(old.target, "")) == (new.source, new.target)
