"""gen1: lists say what answers say, derived parts are derived, and open words are nobody's."""

from __future__ import annotations

import re

import pytest

from contracts.families import family_table
from engine.curriculum import curriculum_for
from engine.curriculum.atomic_scenes import AtomicLine, lexicon, made_up
from engine.curriculum.full_scenes import RANGES, FullScenes
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.scene_line import SceneLine
from engine.dsl.full_scene import NAMES, full_scene
from engine.dsl.lexer import scan
from engine.representation import representation_for

FAMILIES = family_table("ladder")


def line(name: str) -> SceneLine:
    """A line over the ladder's families."""
    made = curriculum_for(name, "ladder")
    assert isinstance(made, SceneLine)
    return made


def drafts(name: str, surface: str, count: int) -> list[Draft]:
    """Some drafts of a surface."""
    return [line(name).draw(surface, n, item_rng(f"t/{surface}", n)) for n in range(count)]


def words(text: str) -> set[str]:
    """Names in a text: what stands outside tags, paths taken apart."""
    return set(re.findall(r"[^\W\d_]+", re.sub(r"\[[^\]]*\]", " ", text)))


@pytest.mark.parametrize("family", NAMES.values())
def test_every_shape_of_every_family_is_told_and_drawn(family: str) -> None:
    task = FullScenes(full_scene(FAMILIES), (family,))
    pictures = representation_for("full_scene", FAMILIES)
    shapes = task.shapes(family)
    assert set(RANGES[family]) <= {field.id for field in FAMILIES[family].counts}
    for n, shape in enumerate(shapes[:: max(1, len(shapes) // 6)]):
        rng = item_rng(family, n)
        told = task.tell(family, rng.choice(task.combinations(family)), shape, rng)
        svg = pictures.picture(told.scene, told.scene.topic, "default")
        counted = {k: v for k, v in pictures.counts(told.scene).items() if v}
        assert {k: pictures.drawn(svg).get(k) for k in counted} == counted


def test_an_answer_says_no_component_that_its_prompt_does_not_list() -> None:
    derived = re.compile(r"\[(?:cell|canvas|frame|inset|gap|hero|columns|emphasis|rail|connector):")
    for draft in drafts("all_scenes", "tags", 95):
        asked = [tag.text for tag in scan(draft.prompt)]
        for tag in scan(draft.target):
            if tag.name in ("scene", "address_strip") or derived.match(tag.text):
                continue
            assert tag.text in asked, (draft.prompt, tag.text)


def test_open_words_stand_in_no_training_row() -> None:
    known = set(lexicon())
    assert len(known) > 5000
    trained = set()
    for surface in ("tags", "shuffled", "worded"):
        for draft in drafts("atomic_scenes", surface, 60):
            assert words(draft.target) <= known
            trained |= words(f"{draft.prompt} {draft.target}")
    for surface in ("open_tags", "open_shuffled", "open_worded"):
        for draft in drafts("atomic_scenes", surface, 60):
            asked = words(draft.target)
            assert asked
            assert not asked & (known | trained)


def test_made_up_words_belong_to_one_part() -> None:
    rng = item_rng("t", 0)
    ours = {made_up("open", rng) for _ in range(300)}
    theirs = {made_up("train", rng) for _ in range(300)}
    assert len(ours) > 250
    assert not ours & theirs


def test_every_word_of_an_atomic_answer_stands_in_its_prompt() -> None:
    assert isinstance(line("atomic_scenes"), AtomicLine)
    for surface in ("worded", "open_worded", "shape_tags", "hidden_foreign"):
        for draft in drafts("atomic_scenes", surface, 35):
            assert words(draft.target) <= words(draft.prompt)
