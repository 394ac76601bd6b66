"""The shared task: one set for all, known parts, no held-out look in training, one answer each."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.thesis import task
from bench.thesis.drawing import words
from bench.thesis.spellings import Representation, representations
from bench.thesis.task import FIELDS, MARKS, NUMBERS, POINTS_LEAST, POINTS_MOST, Panel, Point
from contracts.families import content
from engine.dsl.protocol import canonicalize

looks = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FIELDS.items()})
points = st.lists(
    st.builds(Point, st.sampled_from(NUMBERS), st.sampled_from(MARKS)),
    min_size=POINTS_LEAST,
    max_size=POINTS_MOST,
    unique_by=lambda point: point.number,
)
panels = st.builds(lambda look, found: Panel(**look, points=tuple(found)), looks, points)


@cache
def asked(part: str) -> tuple[task.Asked, ...]:
    """Some of a part."""
    return task.asked(part, 300)


def neighbours(panel: Panel) -> list[Panel]:
    """Panels that differ in one value, in one point, or in their order."""
    found = [replace(panel, **{n: v}) for n, values in FIELDS.items() for v in values]
    first, *others = panel.points
    found += [replace(panel, points=(replace(first, mark=mark), *others)) for mark in MARKS]
    left = sorted(set(NUMBERS) - {point.number for point in panel.points})
    found += [replace(panel, points=(replace(first, number=n), *others)) for n in left]
    found.append(replace(panel, points=panel.points[::-1]))
    if len(others) >= POINTS_LEAST:
        found.append(replace(panel, points=tuple(others)))
    return [one for one in found if one != panel]


def test_a_held_out_look_of_a_topic_is_never_trained_and_its_values_are() -> None:
    def look(panel: Panel) -> tuple[str, ...]:
        return tuple(getattr(panel, name) for name in FIELDS)

    trained = {look(a.panel) for a in asked("train")}
    held_out = {look(a.panel) for a in asked("held_out")}
    assert not trained & held_out
    for known, wanted in zip(zip(*trained, strict=True), zip(*held_out, strict=True), strict=True):
        assert set(wanted) <= set(known)


def test_prompts_are_all_different_and_made_of_declared_tags() -> None:
    prompts = [a.prompt for part in ("train", "held_out") for a in asked(part)]
    assert len(prompts) == len(set(prompts))
    assert {word for prompt in prompts for word in prompt.split(" ")} == set(task.prompt_atoms())


def test_a_topic_has_no_two_points_alike() -> None:
    for topic in FIELDS["topic"]:
        assert len({words(topic, number) for number in NUMBERS}) == len(NUMBERS)
    titles = [content(topic).header.title for topic in FIELDS["topic"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("one", representations().values(), ids=lambda one: str(one.name))
@settings(max_examples=12, deadline=None)
@given(panel=panels)
def test_an_answer_is_canonical_and_no_neighbour_shares_text_or_picture(
    one: Representation, panel: Panel
) -> None:
    text, picture = one.spell(panel), one.draw(panel)
    assert canonicalize(one.language, text) == text
    assert one.language.parse(text) == one.document(panel)
    for other in neighbours(panel):
        assert one.spell(other) != text
        assert one.draw(other) != picture
