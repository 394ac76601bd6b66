"""The bundle language: one text a document, one document a text, and nothing else passes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import STYLE_FIELDS, family_table
from engine.dsl import language_for
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.dsl.lexer import lex
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import canonicalize, split_document
from tests.engine.dsl.scenes import bundles

FAMILIES = family_table()
LANGUAGE = BundleLanguage(FAMILIES)
ATOMS = LANGUAGE.control_atoms()
TEXT = (
    "[bundle] [family:timeline] [form:milestone_chain] [theme:infra_dark] [tone:blue] "
    "[density:airy] [background:none] [stages:3] [arrows:2] [footer:1] [/bundle]"
)


def parsed(text: str) -> Bundle | None:
    """The document of a text; None where it is refused, in a place that the text has."""
    place = range(len(text) + 1)
    try:
        return LANGUAGE.parse(text)
    except LanguageError as error:
        if error.position not in place:
            raise AssertionError(f"refused at {error.position}, outside the text") from error
        return None


@given(bundles(FAMILIES))
def test_what_is_written_is_read_back(bundle: Bundle) -> None:
    text = LANGUAGE.serialize(bundle)
    assert LANGUAGE.parse(text) == bundle
    assert canonicalize(LANGUAGE, text) == text
    assert text.startswith(LANGUAGE.opening_tag)
    assert text.endswith(LANGUAGE.closing_tag)
    assert text.count(LANGUAGE.closing_tag) == 1


@given(bundles(FAMILIES))
def test_every_tag_is_a_control_atom(bundle: Bundle) -> None:
    assert {tag.text for tag in lex(LANGUAGE.serialize(bundle), "bundle")} <= set(ATOMS)


@given(bundles(FAMILIES), bundles(FAMILIES))
def test_distinct_documents_have_distinct_texts_and_fields(one: Bundle, other: Bundle) -> None:
    assert (LANGUAGE.serialize(one) == LANGUAGE.serialize(other)) == (one == other)
    assert (LANGUAGE.fields(one) == LANGUAGE.fields(other)) == (one == other)


def test_atoms_are_unique_and_none_is_inside_another() -> None:
    assert len(set(ATOMS)) == len(ATOMS)
    assert not [(a, b) for a in ATOMS for b in ATOMS if a != b and a in b]


def test_every_atom_is_said_by_some_document() -> None:
    said = {"[bundle]", "[/bundle]"}
    for family in FAMILIES.family:
        for form in family.forms:
            said |= {f"[family:{family.id}]", f"[form:{form}]"}
        for field in family.counts:
            said |= {f"[{field.id}:{n}]" for n in range(field.least, field.most + 1)}
    for name in STYLE_FIELDS:
        said |= {f"[{name}:{value}]" for value in FAMILIES.style.values(name)}
    assert said == set(ATOMS)


def test_counts_are_read_by_name() -> None:
    assert LANGUAGE.parse(TEXT).count == {"stages": 3, "arrows": 2, "footer": 1}


def test_fields_belong_to_groups() -> None:
    groups = {field: LANGUAGE.field_group(field) for field in LANGUAGE.fields(LANGUAGE.parse(TEXT))}
    assert groups == {
        "family": "family",
        "form": "form",
        **dict.fromkeys(STYLE_FIELDS, "style"),
        **dict.fromkeys(("stages", "arrows", "footer"), "topology"),
    }


@pytest.mark.parametrize(
    ("old", "new", "at", "found", "expected"),
    [
        ("[bundle] ", "", "[family:timeline]", "[family:timeline]", "[bundle]"),
        ("[family:timeline] ", "", "[form", "[form:milestone", "[family:…] with one of memory_map"),
        ("[form:milestone_chain]", "[form:layer_stack]", "[form", "[form:layer", "stage_sequence"),
        ("[tone:blue]", "[tone:beige]", "[tone", "[tone:beige]", "amber, blue"),
        ("[tone:blue]", "[tone]", "[tone", "[tone]", "[tone:…]"),
        ("[tone:blue]", "[/tone:blue]", "[/tone", "[/tone:blue]", "[tone:…]"),
        ("[tone:blue]", "[Tone:blue]", "[Tone", "[Tone:blue]", "[tone:…]"),
        ("[stages:3]", "[stages:8]", "[stages", "[stages:8]", "2, 3, 4, 5, 6, 7"),
        ("[stages:3]", "[stages:03]", "[stages", "[stages:03]", "2, 3, 4, 5, 6, 7"),
        ("[stages:3]", "[stages:99]", "[stages", "[stages:99]", "2, 3, 4, 5, 6, 7"),
        ("[stages:3]", "[segments:3]", "[segments", "[segments:3]", "[stages:…]"),
        ("[arrows:2] ", "", "[footer", "[footer:1]", "[arrows:…]"),
        (" [/bundle]", "", None, "the end of the text", "[/bundle]"),
        ("[/bundle]", "[/bundle] [/bundle]", "[/bundle]", "[/bundle]", "nothing after"),
        ("[footer:1]", "[footer:1] [footer:1]", "[footer", "[footer:1]", "[/bundle]"),
    ],
)
def test_a_wrong_text_is_refused_at_the_tag_that_is_wrong(
    old: str, new: str, at: str | None, found: str, expected: str
) -> None:
    text = TEXT.replace(old, new)
    with pytest.raises(LanguageError) as caught:
        LANGUAGE.parse(text)
    position = len(text) if at is None else text.rindex(at)
    assert caught.value.position == position
    assert caught.value.where == f"bundle, character {position}"
    assert found in caught.value.found
    assert expected in caught.value.expected


@pytest.mark.parametrize("name", MUTATIONS)
@given(bundle=bundles(FAMILIES))
@settings(max_examples=30)
def test_a_mutation_is_refused_or_another_document(name: str, bundle: Bundle) -> None:
    mutated = mutate(name, LANGUAGE, LANGUAGE.serialize(bundle))
    if name == "ref_missing_path":
        assert mutated is None
        return
    assert mutated is not None
    assert parsed(mutated) != bundle


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from([*ATOMS, "word", "[x:y]"]), max_size=14).map(" ".join)
)
def test_no_text_gives_anything_but_a_document_or_a_refusal(text: str) -> None:
    document = parsed(text)
    assert document is None or LANGUAGE.serialize(document) == text


@given(bundles(FAMILIES), st.text(max_size=20))
def test_a_document_is_split_from_its_tail(bundle: Bundle, tail: str) -> None:
    text = LANGUAGE.serialize(bundle)
    assert split_document(LANGUAGE, text + tail) == (text, tail)
    assert split_document(LANGUAGE, text.removesuffix("]")) is None


def test_languages_go_by_name() -> None:
    assert isinstance(language_for("bundle", FAMILIES), BundleLanguage)
    with pytest.raises(LanguageError, match=r"found 'prose'; expected one of .*bundle"):
        language_for("prose", FAMILIES)
