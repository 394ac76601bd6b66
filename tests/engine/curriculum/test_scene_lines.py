"""Every line of scenes: one answer a prompt, known parts, combinations and shapes kept apart."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from random import Random

import pytest

from engine.curriculum import CURRICULA, curriculum_for
from engine.curriculum.combinations import TRAIN, untrained_values
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.scene_line import SceneLine, Wording, strange, wide
from engine.dsl.lexer import scan
from engine.dsl.protocol import canonicalize
from engine.tokenizer import Tokenizer

TABLE = "ladder"
LINES = [name for name in CURRICULA if isinstance(curriculum_for(name, TABLE), SceneLine)]
DRAWS = 21


@cache
def line(name: str) -> SceneLine:
    """A line by the name of its curriculum."""
    made = curriculum_for(name, TABLE)
    assert isinstance(made, SceneLine)
    return made


@cache
def drafts(name: str, surface: str) -> tuple[Draft, ...]:
    """Some drafts of a surface."""
    made = line(name)
    return tuple(made.draw(surface, i, item_rng(f"t/{surface}", i)) for i in range(DRAWS))


@pytest.mark.parametrize("name", LINES)
def test_every_target_is_canonical_and_a_prompt_has_one_answer(name: str) -> None:
    answers: dict[str, set[str]] = defaultdict(set)
    for surface in line(name).surfaces():
        for draft in drafts(name, surface):
            assert canonicalize(line(name).task.language, draft.target) == draft.target
            answers[draft.prompt].add(draft.target)
    assert max(map(len, answers.values())) == 1


@pytest.mark.parametrize("name", LINES)
def test_a_draft_depends_on_surface_and_index_alone(name: str) -> None:
    made = curriculum_for.__wrapped__(name, TABLE)
    surface = made.surfaces()[-1]
    again = [made.draw(surface, i, item_rng(f"t/{surface}", i)) for i in range(5)]
    assert tuple(again) == drafts(name, surface)[:5]


@pytest.mark.parametrize("name", LINES)
def test_combinations_and_shapes_are_dealt_once_and_their_parts_are_known(name: str) -> None:
    for dealt in (line(name).combinations, line(name).shapes):
        assert dealt
        by_family: dict[str, dict[str, tuple[tuple[object, ...], ...]]] = defaultdict(dict)
        for (part, family), owned in dealt.items():
            by_family[family][part] = owned
        for family, parts in by_family.items():
            everything = [values for owned in parts.values() for values in owned]
            assert len(everything) == len(set(everything))
            assert all(parts.values()), family
            assert not untrained_values(parts) or line(name).pairs, family
            assert len(parts[TRAIN]) > len(everything) / 2


@pytest.mark.parametrize("name", [name for name in LINES if line(name).pairs])
def test_what_a_family_never_shows_is_trained_in_others(name: str) -> None:
    """A pair that is held out is a known layout and a known topic, never together."""
    made = line(name)
    everywhere: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for (part, family), owned in made.combinations.items():
        everywhere[part] += owned
        if part != TRAIN:
            trained = {values[0] for values in made.combinations[TRAIN, family]}
            assert not trained & {values[0] for values in owned}, (part, family)
    assert untrained_values(everywhere) == {}


@pytest.mark.parametrize("name", LINES)
def test_parts_share_no_target(name: str) -> None:
    parts: dict[str, set[str]] = defaultdict(set)
    for surface in line(name).surfaces():
        part = line(name)._surfaces[surface][0]
        parts[part] |= {draft.target for draft in drafts(name, surface)}
    targets = [target for found in parts.values() for target in found]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize("name", LINES)
def test_prompt_atoms_are_whole(name: str) -> None:
    made = line(name)
    atoms = tuple(dict.fromkeys([*made.task.language.control_atoms(), *made.prompt_atoms()]))
    tokenizer = Tokenizer.train("byte_bpe", len(atoms) + 500, atoms, made.prose())
    assert tokenizer.atomicity_faults(atoms, ()) == []
    for surface in made.surfaces():
        for draft in drafts(name, surface)[:5]:
            for text in (draft.prompt, draft.target):
                assert tokenizer.decode(tokenizer.encode(text)) == text
            # Every tag of a row is in the closed vocabulary: only open words are spelled.
            assert {tag.text for tag in scan(f"{draft.prompt} {draft.target}")} <= set(atoms)


@pytest.mark.parametrize("wording", [wide, strange])
def test_words_of_a_prompt_leave_every_tag_where_it_counts(wording: Wording) -> None:
    made = line("first_scenes")
    family = made.task.families[0]
    combination = made.combinations[TRAIN, family][0]
    told = made.task.tell(family, combination, made.shapes[TRAIN, family][0], Random(0))
    said = {" ".join(wording(told, Random(seed))) for seed in range(200)}
    assert len(said) == 200
    for text in said:
        tags = re.findall(r"\[[^\]]+\]", text)
        assert sorted(tags[: len(told.head)]) == sorted(told.head)
        assert text.endswith(" " + " ".join(told.outline))
