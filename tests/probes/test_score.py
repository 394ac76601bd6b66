"""The scorer: raw text only, no repair, and its own faults never count against the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.errors import EvidenceError
from contracts.families import family_table
from engine.dsl.bundle import Bundle, BundleLanguage
from probes.report import build_report
from probes.responses import Response, Source
from probes.score import METRICS_UNPICTURED, Compile, Picture, Scorer, score, score_all

TABLE = family_table()
LANGUAGE = BundleLanguage(TABLE)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Canonical text of any bundle that the test compiler draws."""
    family = draw(st.sampled_from(TABLE.family))
    counts = {f.id: draw(st.integers(f.least, f.most)) for f in family.counts}
    for field in family.counts:
        counts[field.id] = max(field.least, min(counts[field.id], field.ceiling(counts)))
    if counts.get("cards") == 4:
        counts["cards"] = 3
    style = {name: draw(st.sampled_from(TABLE.style.values(name))) for name in ("theme", "tone")}
    return LANGUAGE.serialize(
        Bundle(
            family=family.id,
            form=draw(st.sampled_from(family.forms)),
            density=draw(st.sampled_from(TABLE.style.density)),
            background=draw(st.sampled_from(TABLE.style.background)),
            counts=tuple(counts.items()),
            **style,
        )
    )


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, str]:
    """A document and a text that differs from it by one edit anywhere up to its closing tag."""
    text = draw(documents())
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start, min(len(text), start + 12)))
    insert = draw(
        st.sampled_from(["", " ", "[tone:blue]", "[OUT] ", "9", "[/bundle]", "x"])
        | st.text(max_size=4)
    )
    changed = text[:start] + insert + text[end:]
    assume(not changed.startswith(text))
    return text, changed


@given(documents())
def test_the_canonical_document_is_exact_and_clean(answer: Any, make_case: Any, text: str) -> None:
    outcome = answer(text, make_case(expected=text))
    assert outcome.exact
    assert outcome.materialised_exact
    assert outcome.svg_exact
    assert outcome.renderable
    assert outcome.clean_stop
    assert not outcome.truncated
    assert outcome.failure == "none"


@given(mutations())
def test_a_mutation_is_never_exact(answer: Any, make_case: Any, pair: tuple[str, str]) -> None:
    text, changed = pair
    outcome = answer(changed, make_case(expected=text))
    assert not outcome.exact
    assert not outcome.materialised_exact
    assert not outcome.svg_exact
    assert outcome.failure != "none"


@given(documents(), st.text(min_size=1))
def test_a_tail_is_never_clean(answer: Any, make_case: Any, text: str, tail: str) -> None:
    outcome = answer(text + tail, make_case(expected=text))
    assert outcome.exact
    assert outcome.tail == tail
    assert not outcome.clean_stop
    assert outcome.failure == "dirty_tail"


@given(documents(), documents())
def test_another_document_is_a_field_miss(
    answer: Any, make_case: Any, text: str, other: str
) -> None:
    assume(text != other)
    outcome = answer(other, make_case(expected=text))
    assert outcome.failure in ("family", "form", "style", "topology")
    assert outcome.mismatches
    assert outcome.clean_stop


@given(st.text(max_size=80), st.sampled_from(["eos", "budget", "context"]))
def test_any_text_is_scored_without_a_crash(answer: Any, text: str, stop: str) -> None:
    outcome = answer(text, stop=stop)
    assert not outcome.exact
    assert outcome.truncated == (stop != "eos" and "[/bundle]" not in text)


def test_the_first_closed_document_counts_and_nothing_is_cut_before_it(
    golds: dict[str, str], answer: Any
) -> None:
    gold = golds["memory_map"]
    twice = answer(f"{gold} {gold}")
    assert (twice.document, twice.tail) == (gold, f" {gold}")
    assert twice.exact
    late = answer(f"Here: {gold}")
    assert late.document == f"Here: {gold}"
    assert not late.exact


def test_without_a_rendered_picture_nothing_is_exact(golds: dict[str, str], answer: Any) -> None:
    outcome = replace(answer(golds["memory_map"]), renderable=False)
    assert not outcome.exact
    assert not outcome.svg_exact


def test_a_document_that_cannot_be_drawn_is_not_exact(golds: dict[str, str], answer: Any) -> None:
    outcome = answer(golds["memory_map"].replace("cards:3", "cards:4"))
    assert outcome.parse_error is None
    assert not outcome.renderable
    assert outcome.error == "four cards do not fit"


def test_a_parse_error_carries_position_and_expectation(golds: dict[str, str], answer: Any) -> None:
    outcome = answer(golds["memory_map"].replace("tone:green", "tone:pink"))
    assert outcome.parse_error.position == golds["memory_map"].index("[tone:")
    assert "amber, blue, green" in outcome.parse_error.message
    assert outcome.error == outcome.parse_error.message


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("[bundle] [/bundle]", "bundle document"),
        ("cards:4", "four cards"),
    ],
)
def test_a_wrong_expectation_is_a_fault_of_the_harness(
    golds: dict[str, str], answer: Any, make_case: Any, expected: str, message: str
) -> None:
    if expected == "cards:4":
        expected = golds["memory_map"].replace("cards:3", "cards:4")
    case = replace(make_case(), expected=expected)
    with pytest.raises(EvidenceError, match=message):
        answer("whatever", case)


class _Lenient(BundleLanguage):
    """A language that reads two spaces as one, to show what only byte equality sees."""

    def parse(self, text: str) -> Bundle:
        return super().parse(text.replace("  ", " "))


def test_exact_wants_bytes_where_materialised_exact_wants_the_document(
    golds: dict[str, str], draw: Any, make_case: Any
) -> None:
    case = make_case()
    loose = golds["memory_map"].replace(" ", "  ")
    response = Response(case.id, case.prompt_sha256, loose, 12, "eos")
    outcome = score(case, response, _Lenient(TABLE), draw)
    assert outcome.materialised_exact
    assert not outcome.exact
    assert outcome.failure == "content"
    with pytest.raises(EvidenceError, match="canonical"):
        score(replace(case, expected=loose), response, _Lenient(TABLE), draw)


def test_an_answer_to_another_prompt_is_refused(draw: Any, make_case: Any) -> None:
    response = Response(make_case().id, "0" * 64, "x", 1, "eos")
    with pytest.raises(EvidenceError, match="its prompt"):
        score(make_case(), response, LANGUAGE, draw)


@pytest.mark.parametrize("picture", [Picture(None, True, None), Picture("<svg/>", True, "but")])
def test_a_contradictory_picture_is_a_fault_of_the_harness(
    make_case: Any, picture: Picture
) -> None:
    case = make_case()
    response = Response(case.id, case.prompt_sha256, case.expected, 1, "eos")
    with pytest.raises(EvidenceError, match="compiler"):
        score(case, response, LANGUAGE, lambda text, case: picture)


def test_what_the_compiler_raises_stops_the_scoring(make_case: Any) -> None:
    def crash(text: str, case: Any) -> Picture:
        raise RuntimeError("worker died")

    case = make_case()
    response = Response(case.id, case.prompt_sha256, case.expected, 1, "eos")
    with pytest.raises(RuntimeError, match="worker died"):
        score(case, response, LANGUAGE, crash)


def test_a_picture_is_compiled_once_per_text_and_content(make_case: Any, draw: Compile) -> None:
    drawn = []

    def count(text: str, case: Any) -> Picture:
        drawn.append(text)
        return draw(text, case)

    scorer = Scorer(LANGUAGE, count)
    same = (make_case(0), make_case(1, topic="topic_0"))
    for case in (*same, make_case(2), make_case(3, topic="topic_2", pack="dense")):
        response = Response(case.id, case.prompt_sha256, case.expected, 1, "eos")
        assert scorer.score(case, response).exact
    assert len(drawn) == 3


def test_every_case_is_scored_once(make_case: Any, draw: Any) -> None:
    cases = [make_case(i) for i in range(3)]
    responses = [Response(c.id, c.prompt_sha256, c.expected, 1, "eos") for c in cases]
    assert [o.case for o in score_all(cases, responses, LANGUAGE, draw)] == cases
    with pytest.raises(EvidenceError, match="2 answers"):
        score_all(cases, responses[:2], LANGUAGE, draw)


def test_without_pictures_the_text_decides(
    golds: dict[str, str], make_case: Any, language: BundleLanguage
) -> None:
    """A language that has none is held to what it reads; nothing counts as rendered."""
    case = make_case()
    texts = (golds["memory_map"], golds["timeline"], "[bundle] [/bundle]", "[bundle]")
    outcomes = [
        score(case, Response(case.id, case.prompt_sha256, text, 1, "eos"), language, None)
        for text in texts
    ]
    assert [o.exact for o in outcomes] == [True, False, False, False]
    assert [o.parsed for o in outcomes] == [True, True, False, False]
    assert [o.failure for o in outcomes] == ["none", "family", "family", "closure"]
    assert not any(o.renderable or o.svg_exact or o.svg for o in outcomes)
    assert {o.expected_svg for o in outcomes} == {None}
    report = build_report(outcomes[:1], Source())
    assert list(report.rates()) == list(METRICS_UNPICTURED)
    assert report.rates()["parsed"].k == 1
