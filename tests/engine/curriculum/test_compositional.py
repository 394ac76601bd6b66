"""Compositional routing: the routebook's answers, and what training never shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.families import family_table
from contracts.reading import validated
from contracts.routebook import ROUTEBOOK_FOLDER, Routebook, routebook
from engine.curriculum import curriculum_for
from engine.curriculum.combinations import TRAIN
from engine.curriculum.compositional import (
    FIELDS,
    FRESH_HINTS,
    HELD_OUT,
    PAIRS,
    SURE_HINTS,
    TRIPLE,
    CompositionalRouting,
    Request,
)
from engine.curriculum.rows import Draft, item_rng
from engine.dsl.bundle import BundleLanguage

LINE = curriculum_for("compositional")
assert isinstance(LINE, CompositionalRouting)
LANGUAGE = BundleLanguage(family_table())
BOOK = routebook("compositional")
TRAINED = ("tags", "told", "wide", "hinted", "contradicted")
requests = st.builds(
    Request, **{name: st.sampled_from([v.id for v in getattr(BOOK, name)]) for name in FIELDS}
)


def drawn(surface: str, count: int = 120) -> Iterator[Draft]:
    return (LINE.draw(surface, n, item_rng(f"test/{surface}", n)) for n in range(count))


def named(draft: Draft, names: tuple[str, ...]) -> tuple[str, ...]:
    """Values that a prompt of tags has in some fields."""
    said = dict(re.findall(r"\[([a-z_]+):([a-z_]+)\]", draft.prompt))
    return tuple(said[{"pack": "content_pack"}.get(name, name)] for name in names)


@settings(max_examples=80, deadline=None)
@given(requests)
def test_every_request_has_one_legal_answer(request: Request) -> None:
    text = LANGUAGE.serialize(LINE.right(request))
    assert LANGUAGE.parse(text) == LINE.right(request)


@settings(max_examples=60, deadline=None)
@given(requests, st.data())
def test_a_hint_overrides_what_it_names_and_the_last_of_two_counts(
    request: Request, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(["theme", "tone", "density", "background"]))
    first, last = (data.draw(st.sampled_from(LINE.families.style.values(field))) for _ in "ab")
    hinted = LINE.right(replace(request, hints=((field, first), (field, last))))
    assert hinted == replace(LINE.right(request), **{field: last})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_is_idle(field: str) -> None:
    """Some request has another answer when this field alone changes."""
    first = Request(**{name: getattr(BOOK, name)[0].id for name in FIELDS})
    others = [replace(first, **{field: value.id}) for value in getattr(BOOK, field)]
    assert len({LINE.right(other) for other in others}) > 1


@pytest.mark.parametrize("surface", LINE.surfaces())
def test_a_surface_draws_legal_answers_and_the_same_twice(surface: str) -> None:
    for draft, again in zip(drawn(surface, 20), drawn(surface, 20), strict=True):
        assert draft == again
        bundle = LANGUAGE.parse(draft.target)
        assert (bundle.family, bundle.form) == (draft.family, draft.form)


def test_training_has_no_pair_and_no_answer_that_is_held_out() -> None:
    trained = {draft.target for surface in TRAINED for draft in drawn(surface)}
    for draft in drawn("tags"):
        for names in PAIRS:
            assert named(draft, names) in LINE.pairs[names][TRAIN]
        assert named(draft, TRIPLE) not in LINE.triples["triples"]
    for part in HELD_OUT:
        for draft in drawn(f"{part}_tags"):
            assert any(named(draft, names) in LINE.pairs[names][part] for names in PAIRS)
            assert draft.target not in trained
    for draft in drawn("triples"):
        assert named(draft, TRIPLE) in LINE.triples["triples"]
        assert all(named(draft, names) in LINE.pairs[names][TRAIN] for names in PAIRS)
        assert draft.target not in trained


def test_every_value_of_a_held_out_pair_is_trained_in_others() -> None:
    for names in PAIRS:
        trained = LINE.pairs[names][TRAIN]
        for part in HELD_OUT:
            for a, b in LINE.pairs[names][part]:
                assert any(a == c for c, _ in trained)
                assert any(b == d for _, d in trained)


def test_each_stretch_asks_what_training_does_not() -> None:
    def hints(surface: str) -> list[list[tuple[str, str]]]:
        return [re.findall(r"\[want_([a-z]+):([a-z_0-9]+)\]", d.prompt) for d in drawn(surface)]

    trained = [hint for surface in TRAINED for hint in hints(surface)]
    known = {(field, value) for found in trained for field, value in found}
    assert all(set(found) - known for found in hints("counts"))
    assert max(map(len, trained)) == 2 < min(map(len, hints("longer")))
    twice = {found[0][0] for found in trained if len({f for f, _ in found}) < len(found)}
    assert twice == set(SURE_HINTS)
    assert {found[0][0] for found in hints("conflicts")} == set(FRESH_HINTS)
    words = set(" ".join(d.prompt for s in TRAINED for d in drawn(s, 400)).split())
    assert all(set(d.prompt.split()) - words for d in drawn("templates", 30))
    assert sum(bool(set(d.prompt.split()) - words) for d in drawn("typos", 30)) > 25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["topic"][0].update(family="poster"), "family 'poster' is none of"),
        (lambda d: d["mood"][0].update(tone="beige"), "tone .'beige'. are no values"),
        (lambda d: d["background"].pop(), "3 rows of 3"),
        (lambda d: d["counts"].pop("build_path"), "not of every form"),
        (lambda d: d["counts"]["build_path"]["brief"].update(stages=9), "outside its bounds"),
        (lambda d: d["goal"][0].update(rank=3), "less than 3"),
    ],
)
def test_a_routebook_that_does_not_hold_together_is_refused(change, message) -> None:  # type: ignore[no-untyped-def]
    data = BOOK.model_dump(mode="json")
    change(data)
    with pytest.raises(ContractError, match=message):
        validated(Routebook, data, ROUTEBOOK_FOLDER / "compositional.toml")
