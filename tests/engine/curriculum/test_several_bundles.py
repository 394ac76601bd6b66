"""Several bundles in one answer: what is shared, what is each view's own, and what is held out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from contracts.families import family_table
from engine.curriculum import curriculum_for
from engine.curriculum.combinations import TRAIN
from engine.curriculum.compositional import HELD_OUT, TAGS, Request
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.several_bundles import OWN, SHARED, VIEW, SeveralBundles
from engine.dsl.bundles import BundlesLanguage

LINE = curriculum_for("several_bundles")
assert isinstance(LINE, SeveralBundles)
LANGUAGE = BundlesLanguage(family_table())
TRAINED = ("single_tags", "single_told", "tags", "told", "wide")


def drawn(surface: str, count: int = 60) -> Iterator[Draft]:
    return (LINE.draw(surface, n, item_rng(f"test/{surface}", n)) for n in range(count))


def asked(draft: Draft) -> list[Request]:
    """The requests of a prompt in tags, read from the prompt alone."""

    def said(text: str) -> dict[str, str]:
        found = dict(re.findall(r"\[([a-z_]+):([a-z_]+)\]", text))
        return {name: found[TAGS.get(name, name)] for name in (*SHARED, *OWN) if
                TAGS.get(name, name) in found}  # fmt: skip

    shared, *views = draft.prompt.split(VIEW)
    return [Request(**said(shared), **said(view)) for view in views]


@pytest.mark.parametrize("surface", [s for s in LINE.surfaces() if s.endswith("tags")] + ["three"])
def test_each_view_has_its_own_bundle_in_the_order_of_the_prompt(surface: str) -> None:
    for draft in drawn(surface):
        views = asked(draft)
        assert LANGUAGE.parse(draft.target) == tuple(map(LINE.right, views))
        assert len({LINE.right(view) for view in views}) == len(views)
        assert (draft.topic, draft.pack) == (views[0].topic, views[0].pack)


@pytest.mark.parametrize(
    ("surface", "views"),
    [("single_tags", 1), ("single_told", 1), ("tags", 2), ("told", 2), ("wide", 2),
     ("hidden_foreign", 2), ("three", 3)],
)  # fmt: skip
def test_a_surface_has_its_number_of_views_and_the_same_twice(surface: str, views: int) -> None:
    for draft, again in zip(drawn(surface, 20), drawn(surface, 20), strict=True):
        assert draft == again
        assert len(LANGUAGE.parse(draft.target)) == views


def test_no_bundle_of_a_held_out_answer_stands_in_a_row() -> None:
    def bundles(surface: str) -> set[str]:
        return {
            LANGUAGE.one.serialize(bundle)
            for draft in drawn(surface, 200)
            for bundle in LANGUAGE.parse(draft.target)
        }

    trained = set().union(*map(bundles, TRAINED))
    for surface in LINE.surfaces():
        if surface not in TRAINED:
            assert not bundles(surface) & trained, surface


def test_every_view_of_a_held_out_prompt_has_a_pair_that_training_lacks() -> None:
    for part in HELD_OUT:
        for draft in drawn(f"{part}_tags"):
            assert {LINE.part(view) for view in asked(draft)} == {part}
    for draft in [*drawn("tags"), *drawn("three")]:
        assert {LINE.part(view) for view in asked(draft)} == {TRAIN}
