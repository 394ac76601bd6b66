"""Raw SVG as a language: one spelling a document; nothing that a viewer would forgive passes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.dsl import language_for
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import canonicalize, split_document, structural_pieces
from engine.dsl.raw_svg import GRAMMAR, RawSvg, RawSvgLanguage, Shape, shape

LANGUAGE = RawSvgLanguage()
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="180" height="120">'
TEXT = (
    f'{HEAD}<rect x="0" y="0" width="180" height="120" fill="#f8fafc"/>'
    '<circle cx="90" cy="60" r="36" fill="none" stroke="#3b82f6" stroke-width="3"/>'
    '<text x="90" y="66" font-size="12" fill="#111827" text-anchor="middle">Part 1</text></svg>'
)
SHADED = (
    f'{HEAD}<defs><linearGradient id="g1"><stop offset="0" stop-color="#000000"/>'
    '<stop offset="1" stop-color="#ffffff"/></linearGradient></defs>'
    '<rect x="0" y="0" width="180" height="120" fill="url(#g1)"/></svg>'
)
NUMBERS = st.integers(0, 999).map(str)
COLOURS = st.sampled_from(["#000000", "#ffffff", "#3b82f6", "#0a0b0c"])
WORDS = st.lists(
    st.sampled_from(["Part", "1", "TITLE_A", "72%", "a:b,c.d"]), min_size=1, max_size=3
)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS).map(",".join), min_size=3, max_size=4).map(" ".join)
OUTLINES = st.sampled_from(["M0 0 L9 9", "M1 2 Q3 4 5 6 Q7 8 9 10", "M1 2 C3 4 5 6 7 8 L0 9 Z"])
VALUES = {
    **dict.fromkeys(("fill", "stroke"), COLOURS),
    **dict.fromkeys(("stroke-width", "rx"), st.integers(1, 99).map(str)),
    "stroke-dasharray": st.sampled_from(["8 6", "1 99"]),
    "stroke-linejoin": st.just("round"),
    "text-anchor": st.sampled_from(["middle", "end"]),
    "points": POINTS,
    "d": OUTLINES,
}


@st.composite
def shapes(draw: st.DrawFn, gradients: int) -> Shape:
    """Any shape of the grammar; a half stroke and an unpainted one are no shapes."""
    kind = draw(st.sampled_from(sorted(GRAMMAR)))
    found: dict[str, object] = {}
    for attribute in GRAMMAR[kind]:
        if attribute.optional and draw(st.booleans()):
            continue
        found[attribute.name] = draw(VALUES.get(attribute.name, NUMBERS))
    fill = next((item.pattern for item in GRAMMAR[kind] if item.name == "fill"), "")
    if fill == "none":
        found["fill"] = "none"
    elif "url" in fill:
        paints = ["none", *(f"url(#g{number + 1})" for number in range(gradients))]
        found["fill"] = draw(COLOURS | st.sampled_from(paints))
    if ("stroke" in found) != ("stroke-width" in found) or (
        found.get("fill") == "none" and "stroke" not in found
    ):
        found |= {"stroke": draw(COLOURS), "stroke-width": "3"}
    return shape(kind, found, " ".join(draw(WORDS)) if kind == "text" else "")


@st.composite
def documents(draw: st.DrawFn) -> RawSvg:
    """Any document: every declared gradient is its own and fills something."""
    gradients = draw(st.lists(st.tuples(COLOURS, COLOURS), unique=True, max_size=2))
    drawn = draw(st.lists(shapes(len(gradients)), min_size=1, max_size=3))
    place = {"x": 1, "y": 2, "width": 3, "height": 4}
    used = [shape("rect", place | {"fill": f"url(#g{n + 1})"}) for n in range(len(gradients))]
    width, height = draw(st.integers(0, 999)), draw(st.integers(0, 999))
    return RawSvg(width, height, (*drawn, *used), tuple(gradients))


def parsed(text: str) -> RawSvg | None:
    """The document of a text; None where it is refused, in a place that the text has."""
    try:
        return LANGUAGE.parse(text)
    except LanguageError as error:
        place = error.position
    assert 0 <= place <= len(text)
    return None


@given(documents())
def test_what_is_written_is_read_back(document: RawSvg) -> None:
    text = LANGUAGE.serialize(document)
    assert LANGUAGE.parse(text) == document
    assert canonicalize(LANGUAGE, text) == text
    assert text.startswith(LANGUAGE.opening_tag)
    assert text.count(LANGUAGE.closing_tag) == 1
    assert split_document(LANGUAGE, f"{text}<svg") == (text, "<svg")
    assert etree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"


@given(documents(), documents())
def test_distinct_documents_have_distinct_texts_and_fields(one: RawSvg, other: RawSvg) -> None:
    assert (LANGUAGE.serialize(one) == LANGUAGE.serialize(other)) == (one == other)
    assert (LANGUAGE.fields(one) == LANGUAGE.fields(other)) == (one == other)


@pytest.mark.parametrize("name", MUTATIONS)
@given(document=documents())
@settings(max_examples=25)
def test_a_mutation_is_refused_or_another_document(name: str, document: RawSvg) -> None:
    text = LANGUAGE.serialize(document)
    mutated = mutate(name, LANGUAGE, text)
    if mutated is not None and mutated != text:
        assert parsed(mutated) != document


@given(st.integers(0, 400), st.sampled_from(' "<>/=#0a'))
def test_no_other_character_anywhere_gives_the_same_document(at: int, character: str) -> None:
    at %= len(TEXT)
    changed = TEXT[:at] + character + TEXT[at + 1 :]
    assert changed == TEXT or parsed(changed) != LANGUAGE.parse(TEXT)
    assert parsed(TEXT[:at] + character + TEXT[at:]) != LANGUAGE.parse(TEXT)
    assert parsed(TEXT[:at]) is None


@given(st.text(max_size=60))
def test_no_text_gives_anything_but_a_document_or_a_refusal(text: str) -> None:
    document = parsed(text)
    assert document is None or LANGUAGE.serialize(document) == text


@pytest.mark.parametrize(
    ("text", "old", "new", "at", "expected"),
    [
        (TEXT, "<svg", "<Svg", "Svg", "'svg xmlns"),
        (
            TEXT,
            ' width="180" height="120">',
            ' height="120" width="180">',
            'height="120" w',
            "'width",
        ),
        (TEXT, 'width="180" h', 'width="180px" h', "180px", "a whole number"),
        (TEXT, 'cx="90"', 'cx="090"', "090", "a whole number"),
        (TEXT, 'cx="90"', 'cx="-9"', "-9", "a whole number"),
        (TEXT, 'cx="90"', 'cx="9.5"', "9.5", "a whole number"),
        (TEXT, 'cx="90"', 'cx=""', '" cy', "a whole number"),
        (TEXT, 'cx="90"', "cx='90'", " cx='", 'cx="…" with a whole number'),
        (TEXT, 'cx="90" cy="60"', 'cy="60" cx="90"', ' cy="60" cx', 'cx="…" with a whole number'),
        (TEXT, ' cy="60"', "", ' r="36"', 'cy="…" with a whole number'),
        (TEXT, ' cy="60"', ' cy="60" cy="60"', ' cy="60" r', 'r="…" with a whole number'),
        (TEXT, ' r="36"', '  r="36"', '  r="36"', 'r="…" with a whole number'),
        (TEXT, "#3b82f6", "#3B82F6", "#3B82F6", "#rrggbb"),
        (TEXT, "#3b82f6", "blue", "blue", "#rrggbb"),
        (TEXT, ' stroke-width="3"', "", "/><text", "stroke and stroke-width together"),
        (
            TEXT,
            ' stroke="#3b82f6" stroke-width="3"',
            "",
            "/><text",
            "a stroke, as there is no fill",
        ),
        (TEXT, 'stroke-width="3"/>', 'stroke-width="3"></circle>', "></circle>", "'/>'"),
        (TEXT, 'stroke-width="3"/>', 'stroke-width="3" />', " /><text", "'/>'"),
        (TEXT, "<circle", " <circle", " <circle", "one of line, rect"),
        (TEXT, "<circle", "<disc", "<disc", "one of line, rect"),
        (TEXT, "<circle", "<!-- a --><circle", "<!--", "one of line, rect"),
        (TEXT, ">Part 1<", "><", "</text>", "words of letters"),
        (TEXT, ">Part 1<", ">Part  1<", "  1<", "'</text>'"),
        (TEXT, ">Part 1<", ">Part&amp;1<", "&amp;", "'</text>'"),
        (TEXT, "</svg>", "", None, "or </svg>"),
        (TEXT, "</svg>", "</svg></svg>", "</svg>", "nothing after the closing tag"),
        (SHADED, 'id="g1"', 'id="g2"', '2"><stop', "'1"),
        (SHADED, "url(#g1)", "url(#g2)", "url(#g2)", "a declared gradient, not url(#g2)"),
        (SHADED, "url(#g1)", "#000000", 'id="g1"', "filled with gradient g1"),
        (SHADED, "<stop", "<Stop", "Stop", "'stop"),
        (SHADED, "<defs>", "<defs/>", "<defs/>", "one of line, rect"),
    ],
)
def test_a_wrong_text_is_refused_where_it_is_wrong(
    text: str, old: str, new: str, at: str | None, expected: str
) -> None:
    wrong = text.replace(old, new, 1)
    assert wrong != text
    with pytest.raises(LanguageError) as caught:
        LANGUAGE.parse(wrong)
    place = len(wrong) if at is None else wrong.rindex(at)
    assert caught.value.position == place, (caught.value.found, wrong[caught.value.position :][:30])
    assert caught.value.where == f"raw_svg, character {place}"
    assert expected in caught.value.expected


def test_two_gradients_alike_are_refused() -> None:
    again = SHADED.replace(
        "</defs>", SHADED[SHADED.index("<lin") : SHADED.index("</defs>")] + "</defs>"
    )
    again = again.replace('id="g1"', 'id="g2"', 2).replace('id="g2"', 'id="g1"', 1)
    with pytest.raises(LanguageError, match="not declared already"):
        LANGUAGE.parse(again)


def test_a_picture_without_shapes_is_refused() -> None:
    with pytest.raises(LanguageError, match="one of line, rect") as caught:
        LANGUAGE.parse(f"{HEAD}</svg>")
    assert caught.value.position == len(HEAD)


def test_fields_belong_to_groups() -> None:
    groups = {field: LANGUAGE.field_group(field) for field in LANGUAGE.fields(LANGUAGE.parse(TEXT))}
    assert groups["canvas"] == groups["kinds"] == "form"
    assert groups["2.circle.cx"] == groups["3.text.font-size"] == "topology"
    assert groups["2.circle.stroke"] == groups["1.rect.fill"] == "style"
    assert groups["3.text.words"] == "content"


@given(documents())
def test_structural_pieces_leave_nothing_but_values(document: RawSvg) -> None:
    text = LANGUAGE.serialize(document)
    for piece in sorted(structural_pieces(LANGUAGE), key=len, reverse=True):
        text = text.replace(piece, "\n")
    assert not set("<>=") & set(text)


def test_the_language_goes_by_name_and_has_no_control_tags() -> None:
    language = language_for("raw_svg", family_table())
    assert isinstance(language, RawSvgLanguage)
    assert language.control_atoms() == ()
