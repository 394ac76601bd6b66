"""A planned scene is planned as it is drawn, or refused where the two part."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.curriculum import curriculum_for
from engine.curriculum.rows import item_rng
from engine.dsl import language_for
from engine.dsl.mutations import MUTATIONS, mutate

LANGUAGE = language_for("planned_scene", family_table("ladder"))
TEXT = (
    "[plan] [layer:1] [edge:node_4->node_7] [edge:node_4->outcome_9] [layer:2] "
    "[edge:node_7->outcome_2] [/plan] [scene] [layout:decision_tree] [theme:infra_dark] "
    "[tone:blue] [density:airy] [connector:arrow] [topic:failure_triage] [decision_node:4] "
    "[decision_node:7] [outcome_panel:9] [outcome_panel:2] [edge:node_4->node_7] "
    "[edge:node_4->outcome_9] [edge:node_7->outcome_2] [/scene]"
)
AFTER_NODES = "[edge:node_4->node_7]"


@given(st.integers(0, 2**32), st.sampled_from(["tags", "shape_worded"]))
@settings(max_examples=60, deadline=None)
def test_every_scene_survives_its_text(seed: int, surface: str) -> None:
    drawn = curriculum_for("planned_graphs", "ladder").draw(surface, seed, Random(seed))
    scene = LANGUAGE.parse(drawn.target)
    assert LANGUAGE.serialize(scene) == drawn.target
    assert set(drawn.target.split(" ")) <= set(LANGUAGE.control_atoms())


@pytest.mark.parametrize(
    ("old", "new", "where", "expected"),
    [
        ("[layer:2]", "[layer:3]", "[layer:3]", r"\[layer:2\], as the scene has it"),
        (" [layer:2]", "", "[edge:node_7", r"\[layer:2\], as the scene has it"),
        ("[edge:node_4->outcome_9]", "[edge:node_4->outcome_8]", "[edge:node_4->outcome_8]", "9"),
        (" [edge:node_7->outcome_2]", "", "[/plan]", r"\[edge:node_7->outcome_2\], as the scene"),
        ("[/plan]", "[layer:3] [/plan]", "[layer:3] [/plan]", r"\[/plan\], as the"),
        ("[plan] ", "", "[layer:1]", r"\[plan\]"),
        ("[/plan] ", "", "[scene]", r"expected \[/plan\]"),
        ("[decision_node:7]", "[decision_node:8]", AFTER_NODES, "node_8"),
    ],
)
def test_a_plan_that_the_scene_does_not_keep_is_refused_where_they_part(
    old: str, new: str, where: str, expected: str
) -> None:
    text = TEXT.replace(old, new, 1)
    assert LANGUAGE.serialize(LANGUAGE.parse(TEXT)) == TEXT
    with pytest.raises(LanguageError, match=expected) as caught:
        LANGUAGE.parse(text)
    at = text.rindex(where) if where is AFTER_NODES else text.index(where)
    assert caught.value.position == at


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_refused_or_other_documents(name: str) -> None:
    made = curriculum_for("planned_graphs", "ladder")
    for index in range(20):
        text = made.draw("tags", index, item_rng("t", index)).target
        changed = mutate(name, LANGUAGE, text)
        if changed is None or changed == text:
            continue
        try:
            assert LANGUAGE.parse(changed) != LANGUAGE.parse(text)
        except LanguageError:
            continue
