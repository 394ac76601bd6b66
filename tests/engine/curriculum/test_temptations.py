"""Temptations: another answer in the prompt, or a wish for more; the right answer stays."""

from __future__ import annotations

import pytest

from contracts.blueprint import blueprint
from contracts.families import family_table
from engine.curriculum import curriculum_for
from engine.curriculum.prompts import bundle_of
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.temptations import _EXTRAS, _QUOTES
from engine.dsl.bundle import BundleLanguage

LINE = curriculum_for("temptations")
LANGUAGE = BundleLanguage(family_table())
RIGHT = {p.topic: LANGUAGE.serialize(bundle_of(p)) for p in blueprint("routebook").profile}


def drawn(surface: str, count: int = 60) -> list[Draft]:
    return [LINE.draw(surface, n, item_rng(f"test/{surface}", n)) for n in range(count)]


@pytest.mark.parametrize("surface", [*_QUOTES, *_EXTRAS])
def test_the_answer_is_the_topic_s_own(surface: str) -> None:
    for draft in drawn(surface):
        assert f"[topic:{draft.topic}]" in draft.prompt
        assert draft.target == RIGHT[draft.topic]


@pytest.mark.parametrize("surface", _QUOTES)
def test_a_quoting_prompt_holds_one_whole_answer_to_another_topic(surface: str) -> None:
    for draft in drawn(surface):
        start = draft.prompt.index(LANGUAGE.opening_tag)
        end = draft.prompt.index(LANGUAGE.closing_tag) + len(LANGUAGE.closing_tag)
        quoted = draft.prompt[start:end]
        assert quoted in {text for topic, text in RIGHT.items() if topic != draft.topic}
        assert draft.prompt.count(LANGUAGE.opening_tag) == 1


def test_held_out_temptations_are_in_no_trained_sentence() -> None:
    for told in (_QUOTES, _EXTRAS):
        trained, *held_out = told.values()
        for sentences in held_out:
            assert not set(sentences) & set(trained)
    assert len({s for told in (_QUOTES, _EXTRAS) for part in told.values() for s in part}) == 48


def test_what_spec19_asks_is_asked_as_before() -> None:
    plain = curriculum_for("routebook")
    assert set(plain.surfaces()) < set(LINE.surfaces())
    for surface in plain.surfaces():
        assert drawn(surface, 5) == [
            plain.draw(surface, n, item_rng(f"test/{surface}", n)) for n in range(5)
        ]
    assert LINE.prompt_atoms() == plain.prompt_atoms()
