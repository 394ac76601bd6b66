"""Curricula of spec11 to spec13b: one answer a prompt, held-out parts apart, answers derivable."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import CompileError, LanguageError
from contracts.families import content, family_table
from engine.compiler import compile_scene
from engine.curriculum import curriculum_for
from engine.curriculum.combinations import untrained_values
from engine.curriculum.compact_scenes import ANSWERS
from engine.curriculum.faults import FAULTS
from engine.curriculum.intents import AUDIENCES, GOALS, NOUNS, NUMBERS, in_words
from engine.curriculum.rows import Draft, Row, item_rng
from engine.curriculum.scene_line import PARTS, SceneLine
from engine.curriculum.topologies import by_layers, drawn_graph, targets_of
from engine.dsl import language_for
from engine.dsl.protocol import canonicalize
from engine.dsl.scene import Scene

FAMILIES = family_table("ladder")
LANGUAGE = {
    "asset_references": "keyed_scene",
    "compact_scenes": "compact_scene",
    "intents": "compact_scene",
    "planned_graphs": "planned_scene",
    "planned_trees": "planned_scene",
}
DRAWS = 36


def line(name: str) -> SceneLine:
    """The curriculum over the ladder's families."""
    found = curriculum_for(name, "ladder")
    assert isinstance(found, SceneLine)
    return found


@cache
def drafts(name: str, surface: str) -> tuple[Draft, ...]:
    """Some drafts of a surface."""
    return tuple(line(name).draw(surface, i, item_rng(f"t/{surface}", i)) for i in range(DRAWS))


def scene_of(name: str, draft: Draft) -> Scene:
    """The scene that a draft's answer spells."""
    found = language_for(LANGUAGE[name], FAMILIES).parse(draft.target)
    assert isinstance(found, Scene)
    return found


@pytest.mark.parametrize("name", LANGUAGE)
def test_every_target_is_canonical_and_a_prompt_has_one_answer(name: str) -> None:
    language = language_for(LANGUAGE[name], FAMILIES)
    atoms = set(language.control_atoms())
    answers: dict[str, set[str]] = defaultdict(set)
    for surface in line(name).surfaces():
        for draft in drafts(name, surface):
            assert canonicalize(language, draft.target) == draft.target
            assert set(draft.target.split(" ")) <= atoms
            answers[draft.prompt].add(draft.target)
    assert max(map(len, answers.values())) == 1


@pytest.mark.parametrize("name", LANGUAGE)
def test_parts_ask_known_values_in_combinations_and_shapes_of_their_own(name: str) -> None:
    made = line(name)
    for family in made.task.families:
        parts = {part: made.combinations[part, family] for part in PARTS if part != "shape"}
        dealt = [combination for owned in parts.values() for combination in owned]
        assert len(dealt) == len(set(dealt)) == len(made.task.combinations(family))
        assert all(parts.values())
        assert untrained_values(parts) == {}
        assert not set(made.shapes["train", family]) & set(made.shapes["shape", family])
        assert made.shapes["shape", family]


@pytest.mark.parametrize("name", LANGUAGE)
def test_what_a_part_asks_no_other_part_answers(name: str) -> None:
    parts: dict[str, set[str]] = defaultdict(set)
    for surface in line(name).surfaces():
        held = next((p for p in PARTS if surface.startswith(f"{p}_")), "train")
        parts[held] |= {draft.target for draft in drafts(name, surface)}
    assert set(parts) == set(PARTS)
    targets = [target for found in parts.values() for target in found]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize("name", LANGUAGE)
def test_every_answer_can_be_drawn(name: str) -> None:
    made = line(name)
    for surface in (made.surfaces()[0], made.surfaces()[-1]):
        for draft in drafts(name, surface)[:12]:
            compile_scene(scene_of(name, draft), content(draft.topic), "default")


# --- spec11 ---------------------------------------------------------------------------------


def test_only_the_compiler_sees_a_dangling_reference() -> None:
    language = language_for("keyed_scene", FAMILIES)
    sound = tuple(
        Row(id=str(at), split="train", surface="tags", **vars(draft))
        for at, draft in enumerate(drafts("asset_references", "tags"))
    )
    torn = []
    for row in FAULTS["dangling"]({"tags": sound}, {"seen": ()})["tags"]:
        scene = language.parse(row.target)
        assert language.serialize(scene) == row.target
        try:
            compile_scene(scene, content(row.topic), row.pack)
        except CompileError as error:
            torn.append(error.expected)
    assert torn
    assert all(re.match(r"item \d+, for", expected) for expected in torn), torn


# --- spec12 ---------------------------------------------------------------------------------


def test_a_repair_prompt_holds_a_broken_answer_that_differs_in_a_tag_or_two() -> None:
    language = language_for("compact_scene", FAMILIES)
    for draft in drafts("compact_scenes", "repaired"):
        after_lead = re.search(r"\[(scene|layout)", draft.prompt)
        assert after_lead
        broken = draft.prompt[after_lead.start() :].removesuffix(" [OUT]")
        with pytest.raises(LanguageError):
            language.parse(broken)
        whole, left = draft.target.split(" "), broken.split(" ")
        assert abs(len(whole) - len(left)) <= 1
        same = sum(a == b for a, b in zip(whole, left, strict=False))
        same += sum(a == b for a, b in zip(whole[::-1], left[::-1], strict=False))
        assert same >= len(whole) - 2


# --- spec13a --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "surface", ["stated", "said", "hidden_foreign_stated", "shape_foreign_said"]
)
def test_an_intent_prompt_is_plain_words_that_decide_the_answer(surface: str) -> None:
    for draft in drafts("intents", surface):
        assert draft.prompt.startswith("[task:svg] ")
        words = draft.prompt.removeprefix("[task:svg] ").removesuffix(" [OUT]")
        assert re.fullmatch(r"[a-z ]+", words)
        scene = scene_of("intents", draft)
        audience = (scene.theme, scene.tone, scene.density)
        [named] = [name for name, look in AUDIENCES.items() if look == audience]
        assert named in words
        assert scene.topic.replace("_", " ") in words
        arrangement = (scene.layout, scene.form, scene.background)
        [goal] = [
            (name.replace("_", " "), *g.called)
            for name, g in GOALS.items()
            if (g.layout, g.form, g.background) == arrangement
        ]
        assert any(called in words for called in goal)


def test_an_outline_can_be_read_back_from_its_words() -> None:
    task = line("compact_scenes").task
    for family in task.families:
        for index in range(DRAWS):
            rng = Random(index)
            told = task.tell(family, task.combinations(family)[0], task.shapes(family)[-1], rng)
            noun = ""
            for said, mark in zip(in_words(told.outline), told.outline, strict=True):
                *named, last = said.split(" ")
                noun = " ".join(named) or noun
                name, _, value = mark.strip("[]").partition(":")
                if "->" in value:
                    words = value.replace("->", "_to_").split("_")
                    named = [NUMBERS[int(word) - 1] if word.isdigit() else word for word in words]
                    assert said == " ".join([NOUNS[name], *named])
                    continue
                if value in ANSWERS:
                    assert said == f"{NOUNS[name]} {value}"
                    continue
                thing, _, number = value.rpartition("_")
                assert last == NUMBERS[int(number) - 1]
                assert noun == " ".join(filter(None, (NOUNS[name], thing)))


# --- spec13b --------------------------------------------------------------------------------


@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32))
def test_a_graph_by_layers_is_the_same_graph_in_the_order_of_a_walk(
    nodes: int, ends: int, more: int, seed: int
) -> None:
    drawn = drawn_graph(nodes, ends, more, Random(seed))
    edges = by_layers(nodes, drawn)
    if edges is None:
        return
    assert len(edges) == len(drawn)
    assert sorted(len(targets_of(n, edges)) for n in range(nodes)) == sorted(
        len(targets_of(n, drawn)) for n in range(nodes)
    )
    layer = {0: 0}
    for node in range(nodes):
        for target in targets_of(node, edges):
            layer.setdefault(target, layer[node] + 1)
    order = [layer[node] for node in range(nodes)]
    assert order == sorted(order)
    assert all(layer[b] == layer[a] + 1 for a, b in edges if b < nodes)


@pytest.mark.parametrize("surface", ["tags", "worded", "shape_tags"])
def test_a_plan_follows_from_its_prompt(surface: str) -> None:
    for draft in drafts("planned_graphs", surface):
        edges = re.findall(r"\[edge:(\w+)->(\w+)\]", draft.prompt)
        leads: dict[str, list[str]] = defaultdict(list)
        for source, target in edges:
            leads[source].append(target)
        [start] = leads.keys() - {target for _, target in edges}
        walk, layers = [start], {start: 1}
        due, last = ["[plan]"], 0
        for node in walk:
            due += [f"[layer:{layers[node]}]"] if layers[node] != last else []
            last = layers[node]
            due += [f"[edge:{node}->{end}]" for end in leads[node]]
            for end in leads[node]:
                if end in leads:
                    layers[end] = layers[node] + 1
                    walk.append(end)
        assert draft.target.startswith(" ".join([*due, "[/plan]", "[scene]"]))
        drawn = re.findall(r"\[decision_node:(\d+)\]", draft.target)
        assert [f"node_{number}" for number in drawn] == walk
