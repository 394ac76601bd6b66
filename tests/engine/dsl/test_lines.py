"""Languages of the lines of scenes: what is written is read back, and nothing else is read."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.curriculum import CURRICULA, curriculum_for
from engine.curriculum.rows import item_rng
from engine.curriculum.scene_line import SceneLine
from engine.dsl.lexer import scan
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import Language, canonicalize, split_document
from engine.representation import representation_for

FAMILIES = family_table("ladder")


@cache
def line(name: str) -> SceneLine:
    """A line by the name of its curriculum."""
    made = curriculum_for(name, "ladder")
    assert isinstance(made, SceneLine)
    return made


# One line a language.
LINES = {
    made.task.language.name: name
    for name in CURRICULA
    if isinstance(made := curriculum_for(name, "ladder"), SceneLine)
}


@st.composite
def texts(draw: st.DrawFn, name: str) -> str:
    """The answer to some prompt of any surface."""
    made = line(name)
    surface = draw(st.sampled_from(made.surfaces()))
    index = draw(st.integers(0, 10_000))
    return made.draw(surface, index, item_rng("t", index)).target


any_text = st.sampled_from(sorted(LINES.values())).flatmap(
    lambda name: st.tuples(st.just(line(name).task.language), texts(name))
)


def parsed(language: Language[Any], text: str) -> Any:
    """The document of a text; None where it is refused, in a place that the text has."""
    try:
        return language.parse(text)
    except LanguageError as error:
        place = error.position
    assert 0 <= place <= len(text)
    return None


@given(any_text)
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_back(found: tuple[Language[Any], str]) -> None:
    language, text = found
    assert canonicalize(language, text) == text
    assert text.count(language.closing_tag) == 1
    assert split_document(language, f"{text} [OUT]") == (text, " [OUT]")
    assert {tag.text for tag in scan(text)} <= set(language.control_atoms())


@given(
    st.sampled_from(sorted(LINES.values())).flatmap(
        lambda name: st.tuples(st.just(line(name).task.language), texts(name), texts(name))
    )
)
@settings(max_examples=25, deadline=None)
def test_distinct_texts_have_distinct_documents_and_fields(
    found: tuple[Language[Any], str, str],
) -> None:
    language, one, other = found
    documents = [language.parse(text) for text in (one, other)]
    assert (documents[0] == documents[1]) == (one == other)
    fields = [language.fields(document) for document in documents]
    assert (fields[0] == fields[1]) == (one == other)


@pytest.mark.parametrize("name", MUTATIONS)
@given(found=any_text)
@settings(max_examples=8, deadline=None)
def test_a_mutation_is_refused_or_another_document(
    name: str, found: tuple[Language[Any], str]
) -> None:
    language, text = found
    mutated = mutate(name, language, text)
    assert mutated is None or parsed(language, mutated) != language.parse(text)


@given(any_text, st.data())
@settings(max_examples=25, deadline=None)
def test_no_text_gives_anything_but_a_document_or_a_refusal(
    found: tuple[Language[Any], str], data: st.DataObject
) -> None:
    language, text = found
    tags = text.split(" ")
    at = data.draw(st.integers(0, len(tags) - 1))
    other = data.draw(st.sampled_from(language.control_atoms()))
    changed = " ".join([*tags[:at], other, *tags[at + 1 :]])
    document = parsed(language, changed)
    assert document is None or language.serialize(document) == changed


@pytest.mark.parametrize("name", sorted(LINES))
def test_closed_vocabulary_has_each_tag_once_and_the_representation_its_name(name: str) -> None:
    made = line(LINES[name])
    atoms = made.task.language.control_atoms()
    assert len(atoms) == len(set(atoms))
    pictures = representation_for(name, FAMILIES)
    assert pictures.name == name
