"""Every failure class on the synthetic answers that the published autopsy got wrong or right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.families import family_table
from engine.dsl.scene import SceneLanguage
from probes.failure import FAILURES, FLAGS
from probes.responses import Response
from probes.score import Outcome, score


def _swap(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def _fields(outcome: Outcome) -> dict[str, tuple[str | None, str | None]]:
    return {miss.field: (miss.expected, miss.found) for miss in outcome.mismatches}


def test_the_expected_document_has_no_failure(golds: dict[str, str], answer: Any) -> None:
    outcome = answer(golds["memory_map"])
    assert (outcome.failure, outcome.flags, outcome.mismatches) == ("none", (), ())


def test_a_hybrid_of_two_families_is_a_family_miss(golds: dict[str, str], answer: Any) -> None:
    """Another family over the expected form and counts does not parse, yet is no syntax miss."""
    text = _swap(golds["memory_map"], ("[family:memory_map]", "[family:timeline]"))
    outcome = answer(text)
    assert outcome.parse_error is not None
    assert outcome.failure == "family"
    assert _fields(outcome) == {"family": ("memory_map", "timeline")}
    assert outcome.flags == ("mixed_family",)


def test_a_consistent_document_of_another_family_is_a_family_miss(
    golds: dict[str, str], answer: Any
) -> None:
    outcome = answer(golds["timeline"])
    assert outcome.renderable
    assert outcome.failure == "family"
    assert "mixed_family" not in outcome.flags
    assert set(_fields(outcome)) == {
        "family",
        "form",
        "theme",
        "tone",
        "density",
        "background",
    }


@pytest.mark.parametrize(
    ("change", "failure", "field"),
    [
        (("layer_stack", "typed_regions"), "form", "form"),
        (("layer_stack", "stage_sequence"), "form", "form"),
        (("signal_glow", "infra_dark"), "style", "theme"),
        (("tone:green", "tone:blue"), "style", "tone"),
        (("tone:green", "tone:pink"), "style", "tone"),
        (("balanced", "airy"), "style", "density"),
        (("mesh", "none"), "style", "background"),
        (("segments:6", "segments:5"), "topology", "segments"),
        (("segments:6", "segments:99"), "topology", "segments"),
        (("brackets:1", "brackets:0"), "topology", "brackets"),
        (("cards:3", "cards:4"), "topology", "cards"),
    ],
)
def test_one_wrong_value_is_a_miss_of_its_group(
    golds: dict[str, str], answer: Any, change: tuple[str, str], failure: str, field: str
) -> None:
    outcome = answer(_swap(golds["memory_map"], change))
    assert outcome.failure == failure
    assert set(_fields(outcome)) == {field}


@pytest.mark.parametrize(
    ("tag", "failure"),
    [
        ("[family:memory_map] ", "family"),
        ("[form:layer_stack] ", "form"),
        ("[tone:green] ", "style"),
        ("[cards:3] ", "topology"),
    ],
)
def test_a_missing_field_is_a_miss_of_its_group(
    golds: dict[str, str], answer: Any, tag: str, failure: str
) -> None:
    outcome = answer(_swap(golds["memory_map"], (tag, "")))
    name, value = tag.strip("[] ").split(":")
    assert outcome.failure == failure
    assert _fields(outcome) == {name: (value, None)}
    assert "missing_singleton" in outcome.flags


def test_counts_of_another_family_are_a_topology_miss(golds: dict[str, str], answer: Any) -> None:
    counts = ("[segments:6] [brackets:1] [cards:3]", "[stages:4] [links:4]")
    outcome = answer(_swap(golds["memory_map"], counts))
    assert outcome.failure == "topology"
    assert _fields(outcome)["stages"] == (None, "4")
    assert {"wrong_family_counts", "mixed_family"} <= set(outcome.flags)


def test_counts_that_both_families_have_are_compared(
    golds: dict[str, str], answer: Any, make_case: Any
) -> None:
    text = _swap(golds["system_diagram"], ("stages:4", "stages:5"))
    found = _fields(answer(text, make_case(expected=golds["timeline"])))
    assert found["stages"] == ("4", "5")
    assert not {"arrows", "links", "terminal", "footer"} & set(found)


def test_without_a_family_a_missing_count_is_still_a_miss(
    golds: dict[str, str], answer: Any
) -> None:
    text = _swap(golds["memory_map"], ("[family:memory_map] ", ""), (" [cards:3]", ""))
    outcome = answer(text)
    assert outcome.failure == "family"
    assert set(_fields(outcome)) == {"family", "cards"}


@pytest.mark.parametrize(
    "change",
    [
        ("[tone:green]", "[tone:green] [glow:high]"),
        ("[cards:3]", "[cards:3] [stages:4] [stages:4]"),
        ("[tone:green]", "[tone:green] [OUT]"),
        ("[tone:green]", "[tone:green] [tone:green]"),
        ("[tone:green]", "[tone:green] [tone:blue]"),
        ("[theme:signal_glow] [tone:green]", "[tone:green] [theme:signal_glow]"),
        ("[tone:green]", "[tone:green] please"),
        ("[tone:green]", "[tone]"),
        ("[tone:green] ", "[tone:green]"),
        ("[bundle] ", "[bundle] [bundle] "),
        ("[bundle] ", ""),
        ("[bundle]", "Sure: [bundle]"),
    ],
)
def test_what_no_field_explains_is_syntax(
    golds: dict[str, str], answer: Any, change: tuple[str, str]
) -> None:
    outcome = answer(_swap(golds["memory_map"], change))
    assert outcome.failure == "syntax"
    assert outcome.parse_error is not None


@pytest.mark.parametrize(
    ("stop", "failure"), [("eos", "closure"), ("budget", "truncated"), ("context", "truncated")]
)
def test_a_missing_close_is_closure_or_truncation(
    golds: dict[str, str], answer: Any, stop: str, failure: str
) -> None:
    outcome = answer(_swap(golds["memory_map"], (" [/bundle]", "")), stop=stop)
    assert outcome.failure == failure
    assert outcome.mismatches == ()
    assert "missing_stop" in outcome.flags
    assert "runaway" not in outcome.flags
    assert ("context_full" in outcome.flags) == (stop == "context")


def test_fields_after_a_cut_are_not_called_missing(golds: dict[str, str], answer: Any) -> None:
    half = _swap(golds["memory_map"], ("tone:green", "tone:blue")).split(" [density")[0]
    outcome = answer(half, stop="budget")
    assert _fields(outcome) == {"tone": ("green", "blue")}


def test_an_open_answer_longer_than_expected_is_a_runaway(
    golds: dict[str, str], answer: Any
) -> None:
    outcome = answer(golds["memory_map"].replace(" [/bundle]", " [cards:3]" * 20), stop="budget")
    assert outcome.failure == "truncated"
    assert "runaway" in outcome.flags


@pytest.mark.parametrize("text", ["", "no idea", "[OUT] [tone:green]"])
def test_an_answer_that_opens_nothing_is_syntax(answer: Any, text: str) -> None:
    outcome = answer(text)
    assert outcome.failure == "syntax"
    assert ("empty" in outcome.flags) == (text == "")


@pytest.mark.parametrize(
    ("tail", "flags"),
    [
        (" ", {"dirty_tail"}),
        ("<|eos|><|bos|>", {"dirty_tail", "special_tokens"}),
        (" [task:svg] [OUT]", {"dirty_tail", "prompt_markers"}),
        (" [bundle] [/bundle]", {"dirty_tail"}),
    ],
)
def test_anything_after_the_expected_document_is_a_dirty_tail(
    golds: dict[str, str], answer: Any, tail: str, flags: set[str]
) -> None:
    outcome = answer(golds["memory_map"] + tail)
    assert outcome.failure == "dirty_tail"
    assert set(outcome.flags) == flags


def test_an_expected_document_without_end_of_sequence_is_a_dirty_tail(
    golds: dict[str, str], answer: Any
) -> None:
    outcome = answer(golds["memory_map"], stop="budget")
    assert outcome.failure == "dirty_tail"
    assert outcome.flags == ("no_end_token",)


def test_a_wrong_document_keeps_its_class_under_a_dirty_tail(
    golds: dict[str, str], answer: Any
) -> None:
    """The published spec19 miss: another form, then leaked tokens and prompt fragments."""
    text = _swap(golds["memory_map"], ("layer_stack", "typed_regions"), ("green", "blue"))
    outcome = answer(text + "<|eos|><|bos|>[task:svg] [family:memory_map]")
    assert outcome.failure == "form"
    assert {"dirty_tail", "special_tokens", "prompt_markers"} <= set(outcome.flags)


def test_the_collapse_of_spec16_r12_shows_its_signature(golds: dict[str, str], answer: Any) -> None:
    soup = (
        "[bundle] [bundle] [family:memory_map] [OUT] [family:timeline] [stages:4] [task:svg] "
        "[form:layer_stack] [segments:6]"
    )
    outcome = answer(soup + " [/bundle] [bundle]")
    assert outcome.failure == "syntax"
    assert set(outcome.flags) >= {
        "mixed_family",
        "duplicated_opener",
        "prompt_markers",
        "missing_singleton",
        "dirty_tail",
    }
    assert "missing_stop" in answer(soup).flags


SCENE = (
    "[scene] [layout:timeline] [form:stage_sequence] [theme:infra_dark] [tone:amber] "
    "[density:compact] [background:none] [header_band:header] "
    "[timeline_stage:a|stages.stage_1|lane=center] [timeline_stage:b|stages.stage_2|lane=center] "
    "[timeline_arrow:a->b] [footer_note:footer] [/scene]"
)


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (("stages.stage_2", "stages.stage_3"), "content"),
        ((" [footer_note:footer]", ""), "topology"),
        ((" [timeline_arrow:a->b]", ""), "topology"),
        (("amber", "blue"), "style"),
        (("[tone:amber] ", ""), "style"),
        (("stage_sequence", "milestone_chain"), "form"),
        (("layout:timeline", "layout:memory_map"), "family"),
        (("a->b", "a->c"), "syntax"),
        (("[header_band:header] ", ""), "syntax"),
        (("[footer_note:footer]", "[footer_note:footer] [footer_note:footer]"), "syntax"),
        (("[tone:amber]", "[tone:amber] [mood:calm]"), "syntax"),
        ((" [/scene]", ""), "closure"),
        (("[/scene]", "[/scene] x"), "dirty_tail"),
    ],
)
def test_scenes_are_diagnosed_by_the_same_rules(
    make_case: Any, draw: Any, change: tuple[str, str], failure: str
) -> None:
    case = replace(make_case(), expected=SCENE)
    text = _swap(SCENE, change)
    response = Response(case.id, case.prompt_sha256, text, 12, "eos")
    outcome = score(case, response, SceneLanguage(family_table()), draw)
    assert outcome.failure == failure
    assert (failure in ("syntax", "closure", "dirty_tail")) == (outcome.mismatches == ())


class _Words:
    """A language with words beside its fields: `[note] [say:…] [/note]`, references included."""

    name, opening_tag, closing_tag = "note", "[note]", "[/note]"

    def parse(self, text: str) -> tuple[str, ...]:
        return tuple(text.split(" "))

    def serialize(self, document: tuple[str, ...]) -> str:
        return " ".join(document)

    def fields(self, document: tuple[str, ...]) -> dict[str, str]:
        return {f"part_{i}": tag for i, tag in enumerate(document[1:-1])}

    def field_group(self, field: str) -> str:
        return "reference"

    def control_atoms(self) -> tuple[str, ...]:
        return ("[note]", "[/note]")


def test_other_words_in_the_right_document_are_a_content_miss(make_case: Any, draw: Any) -> None:
    case = replace(make_case(), expected="[note] [say:@card.1] [/note]")
    response = Response(case.id, case.prompt_sha256, "[note] [say:@card.2] [/note]", 3, "eos")
    outcome = score(case, response, _Words(), draw)
    assert outcome.failure == "content"
    assert [miss.group for miss in outcome.mismatches] == ["content"]


def test_the_lists_of_names_hold_no_repeats() -> None:
    assert len(set(FAILURES)) == len(FAILURES) == 10
    assert len(set(FLAGS)) == len(FLAGS)
