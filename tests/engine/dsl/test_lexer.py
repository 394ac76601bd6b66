"""The lexer takes canonical text only, and says where the rest is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import LanguageError
from engine.dsl.lexer import Tag, excerpt, lex, scan

NAMES = st.from_regex(r"\A[a-zA-Z][a-zA-Z0-9_]{0,6}\Z")
VALUES = st.text(
    st.characters(exclude_categories=("Z", "C"), exclude_characters="[]"), min_size=1, max_size=6
)
TAGS = st.builds(
    lambda slash, name, value: f"[{slash}{name}{'' if value is None else ':' + value}]",
    st.sampled_from(("", "/")),
    NAMES,
    st.none() | VALUES,
)


def test_a_tag_has_name_value_side_and_place() -> None:
    assert lex("[OUT] [stages:4] [/scene]", "any") == [
        Tag("OUT", None, False, 0, "[OUT]"),
        Tag("stages", "4", False, 6, "[stages:4]"),
        Tag("scene", None, True, 17, "[/scene]"),
    ]


@given(st.lists(TAGS, min_size=1, max_size=6))
def test_the_tags_of_a_text_spell_the_text(tags: list[str]) -> None:
    text = " ".join(tags)
    found = lex(text, "any")
    assert [tag.text for tag in found] == tags
    for tag in found:
        assert text[tag.position :].startswith(tag.text)
    assert list(scan(f"before{text}after")) == [
        Tag(t.name, t.value, t.closing, t.position + len("before"), t.text) for t in found
    ]


@pytest.mark.parametrize(
    ("text", "position", "found", "expected"),
    [
        ("", 0, "the end of the text", "a tag"),
        (" [a]", 0, "' [a]'", "a tag"),
        ("[a] ", 4, "the end of the text", "a tag"),
        ("[a]  [b]", 4, "' [b]'", "a tag"),
        ("[a][b]", 3, "'[b]'", "one space"),
        ("[a]\n[b]", 3, "'\\n[b]'", "one space"),
        ("[a]\u00a0[b]", 3, "'\\xa0[b]'", "one space"),
        ("[a] word [b]", 4, "'word [b]'", "a tag"),
        ("[a] [b", 4, "'[b'", "a tag"),
        ("[a] []", 4, "'[]'", "a tag"),
        ("[a] [b:]", 4, "'[b:]'", "a tag"),
        ("[a] [b:c d]", 4, "'[b:c d]'", "a tag"),
        ("[a] [b:c\u2028d]", 4, "'[b:c\\u2028d]'", "a tag"),
        ("[a] [4:b]", 4, "'[4:b]'", "a tag"),
        ("[a] [[b]]", 4, "'[[b]]'", "a tag"),
        ("[a] [ b]", 4, "'[ b]'", "a tag"),
        ("[a] [//b]", 4, "'[//b]'", "a tag"),
    ],
)
def test_what_is_not_canonical_is_refused_where_it_stands(
    text: str, position: int, found: str, expected: str
) -> None:
    with pytest.raises(LanguageError) as caught:
        lex(text, "any")
    assert caught.value.position == position
    assert caught.value.where == f"any, character {position}"
    assert caught.value.found == found
    assert caught.value.expected.startswith(expected)


def test_an_excerpt_is_cut_to_a_line() -> None:
    assert excerpt("x" * 24, 0) == repr("x" * 24)
    assert excerpt("x" * 25, 0) == repr("x" * 24 + "…")
    assert excerpt("ab", 1) == "'b'"
    assert excerpt("ab", 2) == "the end of the text"


@given(st.text(st.sampled_from("[]/:ab_ \n1é\ud800"), max_size=30) | st.text(max_size=30))
def test_no_text_gives_anything_but_tags_or_a_refusal(text: str) -> None:
    position = None
    tags: list[Tag] = []
    try:
        tags = lex(text, "any")
    except LanguageError as error:
        position = error.position
    assert position in range(len(text) + 1) or " ".join(tag.text for tag in tags) == text
