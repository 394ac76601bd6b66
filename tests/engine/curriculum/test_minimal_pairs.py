"""Minimal pairs: one tag apart, alike in style, and both answers of one part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.families import STYLE_FIELDS, family_table
from engine.curriculum import curriculum_for
from engine.curriculum.combinations import TRAIN
from engine.curriculum.minimal_pairs import CHANGED, MinimalPairs
from engine.curriculum.rows import Draft, item_rng
from engine.dsl.bundle import BundleLanguage

LINE = curriculum_for("minimal_pairs")
assert isinstance(LINE, MinimalPairs)
LANGUAGE = BundleLanguage(family_table())
SURFACES = ("pairs", "dev_pairs", "test_pairs", "hidden_pairs")


def drawn(surface: str, pairs: int = 30) -> Iterator[tuple[Draft, Draft]]:
    rng = item_rng("unused", 0)
    for number in range(pairs):
        yield LINE.draw(surface, 2 * number, rng), LINE.draw(surface, 2 * number + 1, rng)


@pytest.mark.parametrize("surface", SURFACES)
def test_the_halves_of_a_pair_differ_in_the_tag_whose_turn_it_is(surface: str) -> None:
    for number, (one, other) in enumerate(drawn(surface)):
        first, second = one.prompt.split(" "), other.prompt.split(" ")
        differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
        assert len(differing) == 1
        assert {tag[1:].split(":")[0] for tag in differing[0]} == {CHANGED[number % 2]}


@pytest.mark.parametrize("surface", SURFACES)
def test_their_answers_share_a_style_and_differ_in_form_or_family(surface: str) -> None:
    for number, pair in enumerate(drawn(surface)):
        one, other = (LANGUAGE.parse(half.target) for half in pair)
        assert all(getattr(one, f) == getattr(other, f) for f in STYLE_FIELDS)
        if CHANGED[number % 2] == "topic":
            assert one.family != other.family
        else:
            assert one.form != other.form


def test_no_held_out_answer_is_trained() -> None:
    trained = {half.target for pair in drawn("pairs", 300) for half in pair}
    trained |= {LINE.draw("tags", n, item_rng("tags", n)).target for n in range(300)}
    for surface in SURFACES[1:]:
        assert not trained & {half.target for pair in drawn(surface) for half in pair}


def test_a_pair_does_not_depend_on_the_half_that_is_asked_first() -> None:
    again = curriculum_for.__wrapped__("minimal_pairs")
    rng = item_rng("unused", 0)
    for number in (0, 1, 7):
        late = again.draw("pairs", 2 * number + 1, rng)
        early = again.draw("pairs", 2 * number, rng)
        assert (early, late) == list(drawn("pairs", 8))[number]


def test_the_first_half_of_a_held_out_pair_has_a_held_out_combination() -> None:
    fields = ("topic", "goal", "audience", "mood", "constraint", "content_pack")
    for surface, part in (("pairs", TRAIN), ("hidden_pairs", "hidden")):
        for one, _ in drawn(surface):
            said = dict(tag[1:-1].split(":") for tag in one.prompt.split(" ")[1:-1])
            values = {("pack" if f == "content_pack" else f): said[f] for f in fields}
            owners = {
                owner
                for names, dealt in LINE.pairs.items()
                for owner, owned in dealt.items()
                if owner != TRAIN and tuple(values[name] for name in names) in owned
            }
            assert owners == (set() if part == TRAIN else {part})
