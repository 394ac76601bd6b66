"""Several bundles: one text an answer, and the order and number of bundles are part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.dsl.bundle import Bundle
from engine.dsl.bundles import BUNDLES_MOST, BundlesLanguage
from engine.dsl.mutations import MUTATIONS, mutate
from tests.engine.dsl.scenes import bundles

FAMILIES = family_table()
LANGUAGE = BundlesLanguage(FAMILIES)
ATOMS = set(LANGUAGE.control_atoms())


answers = st.lists(bundles(FAMILIES), min_size=1, max_size=BUNDLES_MOST).map(tuple)


@given(answers)
def test_what_is_written_is_read_back(document: tuple[Bundle, ...]) -> None:
    text = LANGUAGE.serialize(document)
    assert LANGUAGE.parse(text) == document
    assert set(text.split(" ")) <= ATOMS
    assert text.count(LANGUAGE.closing_tag) == 1


@given(answers, answers)
def test_answers_that_differ_differ_in_a_field(
    one: tuple[Bundle, ...], other: tuple[Bundle, ...]
) -> None:
    assert (LANGUAGE.fields(one) == LANGUAGE.fields(other)) == (one == other)
    groups = {LANGUAGE.field_group(field) for field in LANGUAGE.fields(one)}
    assert groups == {"family", "form", "style", "topology"}


@given(answers, st.sampled_from(sorted(MUTATIONS)))
def test_a_mutation_is_refused_or_another_answer(document: tuple[Bundle, ...], name: str) -> None:
    wrong = mutate(name, LANGUAGE, LANGUAGE.serialize(document))
    if wrong is None:
        return
    try:
        read = LANGUAGE.parse(wrong)
    except LanguageError:
        return
    assert read != document


@given(bundles(FAMILIES))
def test_none_and_more_than_the_most_are_refused_where_they_stand(bundle: Bundle) -> None:
    with pytest.raises(LanguageError, match=r"expected \[bundle\]"):
        LANGUAGE.parse(f"{LANGUAGE.opening_tag} {LANGUAGE.closing_tag}")
    text = LANGUAGE.serialize((bundle,) * (BUNDLES_MOST + 1))
    with pytest.raises(LanguageError, match=r"expected \[/bundles\]") as refused:
        LANGUAGE.parse(text)
    assert text[: refused.value.position].count("[/bundle]") == BUNDLES_MOST
