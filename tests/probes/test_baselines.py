"""What needs no model: each rule on the kind of task that it solves, and on one that it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from engine.dsl.bundle import BundleLanguage
from probes.baselines import (
    NearestRow,
    RenameAndEcho,
    TemplateSplice,
    TopicTable,
    baseline_table,
    fit_baselines,
)
from probes.cases import Case

TOPICS = {
    "memory_map": "arena_guard_flow",
    "timeline": "ir_evolution_timeline",
    "system_diagram": "build_pipeline_flow",
}
RULES = ["most_frequent", "nearest_row", "template_splice", "rename_and_echo", "topic_table"]
WORDINGS = (
    "[task:svg] [topic:{t}] [goal:show_flow] [OUT]",
    "[task:svg] [goal:explain] [topic:{t}] [audience:operator] [OUT]",
    "please draw {w} for an operator [OUT]",
)


def _rows(golds: dict[str, str], wordings: tuple[str, ...] = WORDINGS) -> list[tuple[str, str]]:
    return [
        (wording.format(t=topic, w=topic.replace("_", " ")), golds[family])
        for wording in wordings
        for family, topic in TOPICS.items()
    ]


def _explicit(document: str) -> str:
    """A document as an explicit prompt, its tags in another order."""
    tags = document.replace("family:", "layout:").split()[1:-1]
    return " ".join(["[task:svg]", *reversed(tags), "[OUT]"])


def _exact(table: Any) -> dict[tuple[str, str], tuple[int, int]]:
    return {(row.baseline, row.split): (row.exact.k, row.exact.n) for row in table}


def test_an_explicit_prompt_is_solved_by_renaming_and_echo_alone(
    golds: dict[str, str], language: BundleLanguage, make_case: Any
) -> None:
    """As in spec16: nothing to learn where layout becomes family and the rest is copied."""
    unseen = [d.replace("[tone:", "[tone:mixed] [was:").split() for d in golds.values()]
    documents = [" ".join(t for t in tags if not t.startswith("[was:")) for tags in unseen]
    cases = [
        make_case(i, document, prompt=_explicit(document)) for i, document in enumerate(documents)
    ]
    rows = [(_explicit(document), document) for document in golds.values()]
    exact = _exact(baseline_table(cases, rows, language))
    assert exact == {
        ("empty", "dev"): (0, 3),
        ("most_frequent", "dev"): (0, 3),
        ("nearest_row", "dev"): (0, 3),
        ("template_splice", "dev"): (3, 3),
        ("echo", "dev"): (0, 3),
        ("rename_and_echo", "dev"): (3, 3),
        ("topic_table", "dev"): (3, 3),
    }


def test_a_topic_keyed_prompt_is_solved_by_look_up(
    golds: dict[str, str], language: BundleLanguage, make_case: Any
) -> None:
    """As in spec17 to spec19: the topic alone fixes the answer, in tags as in words."""
    held_out = (
        "[task:svg] [audience:operator] [topic:{t}] [emphasis:flow] [OUT]",
        "operator, kindly: {w} [OUT]",
    )
    cases = [
        make_case(i, target, split, prompt=prompt)
        for split, wording in zip(("dev", "test"), held_out, strict=True)
        for i, (prompt, target) in enumerate(_rows(golds, (wording,)))
    ]
    exact = _exact(baseline_table(cases, _rows(golds), language))
    for split in ("dev", "test"):
        assert exact["topic_table", split] == (3, 3)
        assert exact["nearest_row", split] == (3, 3)
        assert exact["most_frequent", split] == (1, 3)
        assert exact["rename_and_echo", split] == (0, 3)


def test_the_table_finds_the_clue_that_fixes_the_target(
    golds: dict[str, str], language: BundleLanguage
) -> None:
    """The goal is noise and the topic decides, though both are seen equally often."""
    rows = [
        (f"[task:svg] [goal:{goal}] [topic:{topic}] [OUT]", golds[family])
        for goal in ("a", "b", "c", "d")
        for family, topic in TOPICS.items()
    ]
    rows += [("[task:svg] [goal:a] [style:wild] [OUT]", golds["timeline"])] * 2
    table = TopicTable(rows, language)
    assert table.answer("[goal:a] [topic:arena_guard_flow]") == golds["memory_map"]
    assert table.answer("draw the Arena guard flow, please") == golds["memory_map"]
    assert table.answer("[topic:unheard]") == golds["timeline"]


def test_a_clue_seen_once_does_not_outweigh_one_seen_often(
    golds: dict[str, str], language: BundleLanguage
) -> None:
    often = [("[topic:arena_guard_flow]", golds["memory_map"])] * 9
    rows = [*often, ("[topic:arena_guard_flow] once", golds["timeline"])]
    table = TopicTable(rows, language)
    assert table.answer("[topic:arena_guard_flow] once [OUT]") == golds["memory_map"]


def test_nearest_row_prefers_verbatim_then_similarity_then_frequency() -> None:
    rows = [("[a] [b]", "ab"), ("[b] [a]", "ba"), ("[c]", "c"), ("[d]", "c"), ("[e] [f]", "ef")]
    nearest = NearestRow(rows)
    assert nearest.answer("[b] [a]") == "ba"
    assert nearest.answer("[a] [b] [x]") == "ab"
    assert nearest.answer("[e] [f] [x] [y]") == "ef"
    assert nearest.answer("nothing shared") == "c"
    assert NearestRow(rows[::-1]).answer("nothing shared") == "c"


def test_a_template_takes_the_values_of_the_new_prompt() -> None:
    """As in spec12 to spec15b: one training scene, the style of the new prompt spliced in."""
    rows = [
        ("[layout:map] [tone:red] [n:3] [OUT]", "[s] [family:map] [tone:red] [n:3] [m:3] red [/s]"),
        ("[layout:line] [tone:red] [n:3] [OUT]", "[s] [family:line] [tone:red] [n:3] [/s]"),
    ]
    rule = TemplateSplice(NearestRow(rows))
    answer = rule.answer("[tone:blue] [layout:map] [n:4] [OUT]")
    assert answer == "[s] [family:map] [tone:blue] [n:4] [m:3] red [/s]"
    assert rule.answer(rows[1][0]) == rows[1][1]


def test_a_value_that_no_tag_carries_is_replaced_wherever_it_stands() -> None:
    rows = [("[topic:loom] draw a red box of 40", '<svg><rect fill="red" w="40"/>loom</svg>')]
    rule = TemplateSplice(NearestRow(rows))
    assert rule.answer("[topic:mill] draw a blue box of 64") == (
        '<svg><rect fill="blue" w="64"/>mill</svg>'
    )
    assert rule.answer("[topic:loom] draw one red box of 40").count("red") == 1


def test_values_change_places_at_once() -> None:
    rows = [("[a:one] [b:two]", "one before two")]
    assert TemplateSplice(NearestRow(rows)).answer("[a:two] [b:one]") == "two before one"


def test_rename_and_echo_takes_the_field_order_from_training(
    golds: dict[str, str], language: BundleLanguage
) -> None:
    rule = RenameAndEcho([("x", document) for document in golds.values()], language)
    for document in golds.values():
        assert rule.answer(_explicit(document)) == document
    partial = "[layout:timeline] [stages:4] [segments:99] [mood:calm] [bundle] [OUT]"
    assert rule.answer(partial) == "[bundle] [family:timeline] [stages:4] [/bundle]"


def test_baselines_without_rows_answer_without_a_crash(language: BundleLanguage) -> None:
    answers = {
        name: rule.answer("[tone:blue] x") for name, rule in fit_baselines([], language).items()
    }
    assert answers == {
        "empty": "",
        "most_frequent": "",
        "nearest_row": "",
        "template_splice": "",
        "echo": "[bundle] [tone:blue] x [/bundle]",
        "rename_and_echo": "[bundle] [tone:blue] [/bundle]",
        "topic_table": "",
    }


@pytest.mark.parametrize("name", RULES)
def test_answers_do_not_depend_on_the_order_of_rows(
    golds: dict[str, str], language: BundleLanguage, name: str
) -> None:
    rows = _rows(golds)
    prompts = [prompt for prompt, _ in rows] + ["operator", "", "[goal:explain]", "flow [OUT]"]
    one, other = (fit_baselines(r, language)[name] for r in (rows, rows[::-1]))
    assert [one.answer(p) for p in prompts] == [other.answer(p) for p in prompts]


def test_every_split_has_a_row_for_every_baseline(
    golds: dict[str, str], language: BundleLanguage, make_case: Any
) -> None:
    cases: list[Case] = [make_case(i, split=s) for s in ("dev", "hidden_test") for i in range(4)]
    table = baseline_table(cases, _rows(golds), language)
    assert len(table) == 2 * len(fit_baselines([], language))
    for row in table:
        assert row.exact.n == 4
        assert row.exact.interval.low <= row.exact.value <= row.exact.interval.high
