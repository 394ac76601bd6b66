"""Structured atoms: closed lists, one spelling a document, and a header that elements bear out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.dsl import language_for
from engine.dsl.atom_scenes import (
    AtomScene,
    FramedAtoms,
    PlainAtoms,
    framed_scenes,
    plain_scenes,
    spelled,
)
from engine.dsl.atoms import Atoms, AtomsLanguage, Dialect
from engine.dsl.lexer import WORD, lex
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import canonicalize, split_document, structural_pieces
from engine.dsl.raw_svg import Shape

PLAIN, FRAMED = PlainAtoms(), FramedAtoms()
SCENES: dict[str, tuple[AtomScene, ...]] = {
    "atoms": tuple(plain_scenes()),
    "framed_atoms": tuple(framed_scenes()),
}
LANGUAGES: dict[str, AtomsLanguage] = {"atoms": PLAIN, "framed_atoms": FRAMED}
TEXT = (
    "[svg] [w:128] [h:128] [bg:slate] [layout:badge] [rect] [x:12] [y:42] [width:104] [height:44] "
    "[rx:10] [fill:black] [stroke:white] [sw:2] [circle] [cx:34] [cy:64] [r:12] [fill:red] "
    "[stroke:white] [sw:2] [text] [tx:58] [ty:69] [font:14] [anchor:start] [fill:white] GO [/text] "
    "[/svg]"
)


@st.composite
def documents(draw: st.DrawFn, language: AtomsLanguage) -> Atoms:
    """A document near a scene: repainted, and its text said otherwise."""
    document = spelled(draw(st.sampled_from(SCENES[language.name])))
    fills = st.sampled_from(language.dialect.allowed("fill"))
    elements = []
    for element in document.elements:
        painted = {**element.attribute, "fill": draw(fills)}
        words = draw(st.sampled_from(["GO", "A B", "50%"])) if element.words else ""
        elements.append(Shape(element.kind, tuple(painted.items()), words))
    return replace(document, elements=tuple(elements))


any_language = st.sampled_from([PLAIN, FRAMED])
any_document = any_language.flatmap(
    lambda language: st.tuples(st.just(language), documents(language))
)


def parsed(language: AtomsLanguage, text: str) -> Atoms | None:
    """The document of a text; None where it is refused, in a place that the text has."""
    try:
        return language.parse(text)
    except LanguageError as error:
        place = error.position
    assert 0 <= place <= len(text)
    return None


@given(any_document)
def test_what_is_written_is_read_back(found: tuple[AtomsLanguage, Atoms]) -> None:
    language, document = found
    text = language.serialize(document)
    assert language.parse(text) == document
    assert canonicalize(language, text) == text
    assert text.count(language.closing_tag) == 1
    assert split_document(language, f"{text} [OUT]") == (text, " [OUT]")
    tags = {tag.text for tag in lex(text, language.name, words=WORD) if tag.name}
    assert tags <= set(language.control_atoms())


@given(
    any_language.flatmap(
        lambda found: st.tuples(st.just(found), documents(found), documents(found))
    )
)
def test_distinct_documents_have_distinct_texts_and_fields(
    found: tuple[AtomsLanguage, Atoms, Atoms],
) -> None:
    language, one, other = found
    assert (language.serialize(one) == language.serialize(other)) == (one == other)
    assert (language.fields(one) == language.fields(other)) == (one == other)


@pytest.mark.parametrize("name", MUTATIONS)
@given(found=any_document)
@settings(max_examples=25)
def test_a_mutation_is_refused_or_another_document(
    name: str, found: tuple[AtomsLanguage, Atoms]
) -> None:
    language, document = found
    mutated = mutate(name, language, language.serialize(document))
    assert mutated is None or parsed(language, mutated) != document


@given(st.lists(st.sampled_from([*PLAIN.control_atoms(), "GO", "[x]"]), max_size=14).map(" ".join))
def test_no_text_gives_anything_but_a_document_or_a_refusal(text: str) -> None:
    document = parsed(PLAIN, text)
    assert document is None or PLAIN.serialize(document) == text


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [
        ("[svg] ", "", "[w:128]", "[svg]"),
        ("[w:128]", "[w:256]", "[w:256]", "[w:…] with one of 128"),
        ("[bg:slate]", "[bg:sky]", "[bg:sky]", "[bg:…] with one of mint, none, paper, slate"),
        ("[bg:slate] [layout:badge]", "[layout:badge] [bg:slate]", "[layout", "[bg:…]"),
        (" [layout:badge]", "", "[rect]", "[layout:…]"),
        ("[circle]", "[disc]", "[disc]", "one of [circle], [rect], [polygon], [text]"),
        ("[circle]", "[circle] [circle]", "[circle] [cx", "[cx:…]"),
        ("[cx:34]", "[cx:35]", "[cx:35]", "[cx:…] with one of 34, 36, 64, 92"),
        ("[cx:34] [cy:64]", "[cy:64] [cx:34]", "[cy:64] [cx", "[cx:…]"),
        ("[fill:red]", "[fill:teal]", "[fill:teal]", "[fill:…] with one of black, blue"),
        (" [sw:2] [text]", " [text]", "[text]", "[sw:…]"),
        (" GO", "", "[/text]", "a word"),
        (" GO", " [GO]", "[GO]", "a word"),
        (" GO", "  GO", " GO", "a tag such as [name:value] or a word"),
        (" GO [/text]", " GO", "[/svg]", "a word"),
        (" [/svg]", "", None, "one of [circle]"),
        ("[/svg]", "[/svg] [/svg]", "[/svg]", "nothing after the closing tag"),
        ("[layout:badge]", "[layout:single]", "[/svg]", "one shape, as layout:single says"),
        ("[cx:34]", "[cx:92]", "[/svg]", "right of that a text, as layout:badge says"),
        ("[layout:badge]", "[layout:label-card]", "[/svg]", "a card and a text on it"),
    ],
)
def test_a_wrong_text_is_refused_at_the_tag_that_is_wrong(
    old: str, new: str, at: str | None, expected: str
) -> None:
    wrong = TEXT.replace(old, new, 1)
    assert wrong != TEXT
    with pytest.raises(LanguageError) as caught:
        PLAIN.parse(wrong)
    place = len(wrong) if at is None else wrong.rindex(at)
    assert caught.value.position == place, wrong[caught.value.position :][:30]
    assert caught.value.where == f"atoms, character {place}"
    assert expected in caught.value.expected


@pytest.mark.parametrize(
    ("layout", "change", "promise"),
    [
        ("pair-h", {"layout": "pair-v"}, "a second one below it, as layout:pair-v"),
        ("pair-v", {"layout": "pair-h"}, "a second one right of it, as layout:pair-h"),
        ("single", {"layout": "pair-h"}, "a second one right of it, as layout:pair-h"),
        ("label-card", {"layout": "badge"}, "right of that a text, as layout:badge"),
        ("single", {"frame": "plain"}, "one shape, as layout:single"),
    ],
)
def test_a_header_that_its_elements_do_not_bear_out_is_refused(
    layout: str, change: dict[str, str], promise: str
) -> None:
    scene = next(s for s in SCENES["framed_atoms"] if s.layout == layout and s.frame == "card")
    document = spelled(scene)
    header = tuple((document.field | change).items())
    with pytest.raises(LanguageError, match=promise):
        FRAMED.parse(FRAMED.serialize(replace(document, header=header)))


def test_a_card_must_hold_what_stands_on_it() -> None:
    scene = next(s for s in SCENES["framed_atoms"] if s.layout == "single" and s.frame == "card")
    document = spelled(scene)
    swapped = replace(document, elements=document.elements[::-1])
    with pytest.raises(LanguageError, match="as frame:card says"):
        FRAMED.parse(FRAMED.serialize(swapped))


@pytest.mark.parametrize(("name", "count"), [("atoms", 1260), ("framed_atoms", 4984)])
def test_scenes_are_those_of_the_lineage_and_each_has_its_own_text(name: str, count: int) -> None:
    language, scenes = LANGUAGES[name], SCENES[name]
    texts = [language.serialize(spelled(scene)) for scene in scenes]
    assert len(scenes) == len(set(scenes)) == len(set(texts)) == count
    assert all(language.serialize(language.parse(text)) == text for text in texts[::7])


@pytest.mark.parametrize("language", [PLAIN, FRAMED], ids=["atoms", "framed_atoms"])
def test_every_atom_is_said_by_some_scene_and_none_is_inside_another(
    language: AtomsLanguage,
) -> None:
    atoms = language.control_atoms()
    said = {
        tag.text
        for scene in SCENES[language.name]
        for tag in lex(language.serialize(spelled(scene)), language.name, words=WORD)
        if tag.name
    }
    assert said == set(atoms)
    assert len(said) == len(atoms)
    assert not [(a, b) for a in atoms for b in atoms if a != b and a in b]


def test_text_may_name_a_slot_where_the_dialect_has_slots() -> None:
    place = (("tx", "1"), ("ty", "2"), ("font", "9"), ("anchor", "start"), ("fill", "black"))
    document = Atoms((("bg", "mint"),), (Shape("text", (*place, ("slot", "title"))),))
    language = AtomsLanguage(Dialect.of("panels", (256, 160), [document]))
    text = language.serialize(document)
    assert text.endswith("[fill:black] [slot:title] [/text] [/svg]")
    assert language.parse(text) == document
    assert "[slot:title]" in language.control_atoms()
    assert "[circle]" not in language.control_atoms()
    with pytest.raises(LanguageError, match="a word"):
        language.parse(text.replace("title", "subtitle"))


def test_fields_belong_to_groups() -> None:
    fields = PLAIN.fields(PLAIN.parse(TEXT))
    groups = {field: PLAIN.field_group(field) for field in fields}
    assert groups["layout"] == "family"
    assert groups["kinds"] == "form"
    assert groups["bg"] == groups["2.circle.fill"] == groups["3.text.font"] == "style"
    assert groups["2.circle.r"] == groups["1.rect.x"] == "topology"
    assert groups["3.text.words"] == "content"


def test_languages_go_by_name_and_a_hybrid_tokenizer_finds_no_pieces_in_them() -> None:
    for name, kind in (("atoms", PlainAtoms), ("framed_atoms", FramedAtoms)):
        language = language_for(name, family_table())
        assert isinstance(language, kind)
        assert language.name == name
        assert structural_pieces(language) == ()
