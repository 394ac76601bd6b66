"""Every representation joins its language to pictures, whatever its documents are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import LanguageError
from contracts.families import content, content_topics, family_table
from engine.compiler import lower
from engine.compiler.sheet import chosen_counts
from engine.dsl import LANGUAGES
from engine.dsl.bundle import Bundle
from engine.representation import representation_for

FAMILIES = family_table()
FOLDER = Path(__file__).resolve().parents[2] / "engine" / "representations"


def bundles() -> Iterator[tuple[Bundle, str]]:
    """A middling bundle of each form with a topic of its family."""
    for family in FAMILIES.family:
        topic = next(name for name in content_topics() if content(name).family == family.id)
        for form in family.forms:
            counts = tuple(chosen_counts(family, "middle").items())
            look = ("infra_dark", "blue", "balanced", "none")
            yield Bundle(family.id, form, *look, counts=counts), topic


def test_every_language_has_its_pictures() -> None:
    assert all((FOLDER / f"{name}.py").is_file() for name in LANGUAGES)


def test_an_unknown_representation_is_refused() -> None:
    with pytest.raises(LanguageError, match=r"found 'prose'; expected one of .*bundle"):
        representation_for("prose", FAMILIES)


@pytest.mark.parametrize("name", ["bundle", "scene"])
def test_documents_draw_what_they_ask_for_and_their_neighbours_are_others(name: str) -> None:
    form = representation_for(name, FAMILIES)
    assert form.name == form.language.name == name
    for bundle, topic in bundles():
        document = bundle if name == "bundle" else lower(bundle, FAMILIES)
        svg = form.picture(document, topic, "default")
        drawn = form.drawn(svg)
        assert {kind: drawn.get(kind, 0) for kind in form.counts(document)} == form.counts(document)
        spelled = {form.language.serialize(d) for d in form.neighbours(document)}
        assert len(spelled) > 5
        assert form.language.serialize(document) not in spelled
        for text in spelled:
            assert form.language.serialize(form.language.parse(text)) == text


@pytest.mark.parametrize("name", ["bundle", "scene"])
def test_an_answer_of_another_family_is_drawn_with_that_family_s_words(name: str) -> None:
    form = representation_for(name, FAMILIES)
    for bundle, topic in bundles():
        document = bundle if name == "bundle" else lower(bundle, FAMILIES)
        assert form.topic_for(document, topic) == topic
        for other in content_topics():
            assert content(form.topic_for(document, other)).serves(bundle.family)


def test_payloads_are_the_words_of_the_topic() -> None:
    form = representation_for("bundle", FAMILIES)
    topic = content_topics()[0]
    words = set(form.payloads(topic))
    assert {content(topic).header.title, content(topic).header.dense} <= words
