"""An almost right answer is refused or is another document, in every language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import CompileError, LanguageError
from contracts.families import STYLE_FIELDS, content, content_topics, family_table
from engine.compiler import compile_bundle, compile_text, lower
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.scene import SceneLanguage

FAMILIES = family_table()
LANGUAGES: dict[str, Any] = {"bundle": BundleLanguage(FAMILIES), "scene": SceneLanguage(FAMILIES)}
ONLY_IN_SCENES = {"ref_missing_path"}
SYNTAX = {"no_whitespace", "text_before_opener", "output_twice", "header_reordered"} | {
    "unknown_attr_inserted"
}


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Any bundle that the families allow."""
    family = draw(st.sampled_from(FAMILIES.family))
    counts: dict[str, int] = {field.id: field.least for field in family.counts}
    # The bounds of links rest on the terminal, which comes after them.
    for field in sorted(family.counts, key=lambda field: len(field.at_most)):
        counts[field.id] = draw(st.integers(field.least, field.ceiling(counts)))
    style = {f: draw(st.sampled_from(FAMILIES.style.values(f))) for f in STYLE_FIELDS}
    form = draw(st.sampled_from(family.forms))
    return Bundle(family=family.id, form=form, counts=tuple(counts.items()), **style)


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("kind", LANGUAGES)
@given(bundle=bundles())
@settings(max_examples=25, deadline=None)
def test_a_mutation_is_refused_or_another_document(kind: str, name: str, bundle: Bundle) -> None:
    language = LANGUAGES[kind]
    document = bundle if kind == "bundle" else lower(bundle, FAMILIES)
    text = language.serialize(document)
    mutated = mutate(name, language, text)
    if mutated is None:
        assert name in ONLY_IN_SCENES
        assert kind == "bundle"
        return
    assert mutated != text
    try:
        other = language.parse(mutated)
    except LanguageError:
        return
    assert name not in SYNTAX
    assert other != document


@pytest.mark.parametrize("kind", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["theme_changed", "tone_changed", "count_plus1", "count_99", "ref_missing_path"]
)
@given(bundle=bundles())
@settings(max_examples=10, deadline=None)
def test_what_still_parses_draws_another_picture(kind: str, name: str, bundle: Bundle) -> None:
    language = LANGUAGES[kind]
    topic = next(c for t in content_topics() if (c := content(t)).family == bundle.family)
    document = bundle if kind == "bundle" else lower(bundle, FAMILIES)
    mutated = mutate(name, language, language.serialize(document))
    if mutated is None:
        assert kind == "bundle"
        return
    try:
        svg = compile_text(language, mutated, FAMILIES, topic, "default")
    except (LanguageError, CompileError):
        assert name in ("count_plus1", "count_99", "ref_missing_path")
        return
    assert name != "ref_missing_path"
    assert svg != compile_bundle(bundle, FAMILIES, topic, "default")


def test_a_count_of_99_is_never_a_bundle() -> None:
    language = LANGUAGES["bundle"]
    text = (
        "[bundle] [family:memory_map] [form:layer_stack] [theme:infra_dark] [tone:blue] "
        "[density:airy] [background:none] [segments:6] [brackets:1] [cards:3] [/bundle]"
    )
    mutated = mutate("count_99", language, text)
    assert mutated is not None
    assert "[segments:99]" in mutated
    with pytest.raises(LanguageError, match=r"segments:99"):
        language.parse(mutated)
