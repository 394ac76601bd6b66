"""Curricula of spec02 to spec05: one answer a prompt, known parts, combinations kept apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from contracts.families import family_table
from contracts.loading import ContractBook
from engine.curriculum import curriculum_for
from engine.curriculum.atom_prompts import LAYOUTS, AtomPrompts
from engine.curriculum.combinations import TRAIN
from engine.curriculum.figures import FIGURES
from engine.curriculum.instructions import CLOSE, OPEN, all_asked
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.tag_drawings import HEADS
from engine.curriculum.tag_prefix import TAGS, TagPrefix
from engine.dsl import language_for
from engine.dsl.palette import COLOURS, PAGES
from engine.dsl.protocol import canonicalize
from engine.tokenizer import Kind, Tokenizer

REPRESENTATION = {
    "instructions": "raw_svg",
    "tag_prefix": "raw_svg",
    "atoms": "atoms",
    "framed_atoms": "framed_atoms",
}
HELD_OUT = ("dev", "test", "hidden_combination")
# Run, the training surface that walks through its scenes, and the one that trusts it.
WALKS = (
    ("spec02_r1", "instruction", "hidden_wording"),
    ("spec03_ascii", "prefix", "hidden_order"),
    ("spec04_r1", "tags", "hidden_wording"),
    ("spec05_r1", "tags", "hidden_wording"),
)
BOOK = ContractBook()
DRAWS = 150


@cache
def drafts(name: str, surface: str) -> tuple[Draft, ...]:
    """Some drafts of a surface."""
    made = curriculum_for(name)
    return tuple(made.draw(surface, i, item_rng(f"t/{surface}", i)) for i in range(DRAWS))


def surfaces(name: str, *, held_out: bool) -> tuple[str, ...]:
    """Surfaces that ask held-out combinations, or all others."""
    known = curriculum_for(name).surfaces()
    return tuple(s for s in known if s.startswith(HELD_OUT) == held_out)


@pytest.mark.parametrize("name", REPRESENTATION)
def test_every_target_is_canonical_and_a_prompt_has_one_answer(name: str) -> None:
    language = language_for(REPRESENTATION[name], family_table())
    answers: dict[str, set[str]] = defaultdict(set)
    for surface in curriculum_for(name).surfaces():
        for draft in drafts(name, surface):
            assert canonicalize(language, draft.target) == draft.target
            answers[draft.prompt].add(draft.target)
    assert max(map(len, answers.values())) == 1


@pytest.mark.parametrize("name", REPRESENTATION)
def test_parts_share_no_target(name: str) -> None:
    parts: dict[str, set[str]] = defaultdict(set)
    for surface in surfaces(name, held_out=False):
        parts["train"] |= {draft.target for draft in drafts(name, surface)}
    for surface in surfaces(name, held_out=True):
        part = surface.partition("_")[0]
        parts[part] |= {draft.target for draft in drafts(name, surface)}
    assert parts.keys() == {"train", "dev", "test", "hidden"}
    targets = [target for found in parts.values() for target in found]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize(("run", "walk", "hidden"), WALKS)
def test_hidden_wordings_ask_for_what_the_walk_has_shown_in_every_rung(
    run: str, walk: str, hidden: str
) -> None:
    plan = BOOK.contract(run).dataset
    made = curriculum_for(plan.curriculum)
    rows = (made.draw(walk, i, item_rng("t", i)) for i in range(plan.rows[walk]))
    shown = {draft.target for draft in rows}
    asked = {made.draw(hidden, i, item_rng("t", i)).target for i in range(600)}
    assert len(asked) > 100
    assert asked <= shown


@pytest.mark.parametrize("name", REPRESENTATION)
@pytest.mark.parametrize("kind", ["ascii_bpe", "byte_bpe"])
def test_prompt_atoms_are_whole_and_stand_in_no_words(name: str, kind: Kind) -> None:
    made = curriculum_for(name)
    language = language_for(REPRESENTATION[name], family_table())
    atoms = tuple(dict.fromkeys([*language.control_atoms(), *made.prompt_atoms()]))
    tokenizer = Tokenizer.train(kind, 1024, atoms, made.prose())
    words = {w for s in made.surfaces() for d in drafts(name, s) for w in _words(d.prompt)}
    assert tokenizer.atomicity_faults(atoms, words) == []
    for surface in made.surfaces():
        for draft in drafts(name, surface)[:20]:
            assert tokenizer.decode(tokenizer.encode(draft.prompt)) == draft.prompt
            assert tokenizer.decode(tokenizer.encode(draft.target)) == draft.target


def _words(prompt: str) -> list[str]:
    return [part.strip() for part in re.split(r"\[[^\]]*\]|</?task>", prompt) if part.strip()]


# --- spec02 ---------------------------------------------------------------------------------


def test_figures_are_eighteen_and_every_part_of_one_is_trained() -> None:
    asked = list(all_asked())
    assert (len(FIGURES), len(asked), len(set(asked))) == (18, 7056, 7056)
    made = curriculum_for("instructions")
    owned = made._figures  # type: ignore[attr-defined]
    for family in FIGURES:
        known = [{getattr(a, part) for a in owned[TRAIN, family]} for part in vars(asked[0])]
        for part in ("dev", "test", "hidden"):
            for one in owned[part, family]:
                assert all(v in k for v, k in zip(vars(one).values(), known, strict=True))


def test_a_sentence_names_the_colour_that_is_drawn() -> None:
    """The published generator left the named colour out of one target in three."""
    for surface in curriculum_for("instructions").surfaces():
        for draft in drafts("instructions", surface):
            assert draft.prompt.startswith(OPEN)
            assert draft.prompt.endswith(CLOSE)
            named = set(re.findall(r"[a-z]+", draft.prompt.lower()))
            used = {name for name, code in COLOURS.items() if code in draft.target}
            assert used <= named
            assert {name for name, code in PAGES.items() if code in draft.target} & named


# --- spec03 ---------------------------------------------------------------------------------


def test_the_fifty_tags_are_those_of_the_line_and_all_are_asked() -> None:
    assert len(TAGS) == len(set(TAGS)) == 50
    assert Counter(tag.partition(":")[0] for tag in TAGS if ":" in tag) == {
        "bars": 3, "points": 3, "shapes": 2, "palette": 6, "style": 4, "layout": 7, "complexity": 3,
    }  # fmt: skip
    made = curriculum_for("tag_prefix")
    assert isinstance(made, TagPrefix)
    trained = {
        tag for (part, _), sets in made._owned.items() if part == TRAIN for t in sets for tag in t
    }
    assert trained == set(TAGS)
    assert {draft.family for draft in drafts("tag_prefix", "prefix")} == {
        head.replace("-", "_") for head in HEADS
    }


def test_a_prefix_is_tags_alone_in_any_order() -> None:
    for surface in curriculum_for("tag_prefix").surfaces():
        firsts = set()
        for draft in drafts("tag_prefix", surface):
            tags = re.findall(r"\[([^\]]+)\]", draft.prompt)
            assert "".join(f"[{tag}]" for tag in tags) == draft.prompt
            assert set(tags) <= set(TAGS)
            firsts.add(tags[0] in HEADS)
        assert firsts == ({True} if surface.endswith("prefix") else {True, False})


# --- spec04 and spec05 ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["atoms", "framed_atoms"])
def test_one_step_away_from_a_held_out_combination_all_is_trained(name: str) -> None:
    made = curriculum_for(name)
    assert isinstance(made, AtomPrompts)
    for layout in LAYOUTS:
        parts = {made._steps(s): p for s, p in made.part_of.items() if s.layout == layout}
        for steps, part in parts.items():
            for at, other in ((i, s) for s in parts for i in range(len(s))):
                apart = [i for i, (a, b) in enumerate(zip(steps, other, strict=True)) if a != b]
                if part != TRAIN and apart == [at] and (steps[at] - other[at]) % 2:
                    assert parts[other] == TRAIN, (layout, steps, other)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("atoms", {"train": 1005, "dev": 85, "test": 85, "hidden": 85}),
        ("framed_atoms", {"train": 3911, "dev": 354, "test": 375, "hidden": 344}),
    ],
)
def test_scenes_are_dealt_once_and_for_all(name: str, sizes: dict[str, int]) -> None:
    made = curriculum_for(name)
    assert isinstance(made, AtomPrompts)
    assert Counter(made.part_of.values()) == sizes


@pytest.mark.parametrize("name", ["atoms", "framed_atoms"])
def test_an_edit_changes_one_part_of_a_trained_scene(name: str) -> None:
    made = curriculum_for(name)
    assert isinstance(made, AtomPrompts)
    trained = {tuple(s.tags.items()) for s, part in made.part_of.items() if part == TRAIN}
    for surface in ("edited", "dev_edited", "test_edited"):
        for draft in drafts(name, surface):
            *tags, edit = re.findall(r"\[(\w+):([^\]]+)\]", draft.prompt)[1:]
            assert edit[0] == "edit"
            key, value = edit[1].split("=")
            assert tuple(tags) in trained
            assert dict(tags)[key] != value


@pytest.mark.parametrize("name", ["atoms", "framed_atoms"])
def test_a_few_scenes_are_few(name: str) -> None:
    targets = {d.target for s in ("few_shuffled", "few_worded") for d in drafts(name, s)}
    assert len(targets) == len(LAYOUTS)
