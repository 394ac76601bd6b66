"""Every branch of the decision tree, on autopsies made for it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import EvidenceError
from contracts.loading import ContractBook
from probes.autopsy import Autopsy, autopsy
from probes.decide import NextStep, TrainingFacts, decide, surfaces_of
from probes.score import Outcome

LEARNED = TrainingFacts(loss_falling=False, train_exact=1.0, held_out_exact=0.7)


@pytest.fixture
def table(golds: dict[str, str], make_case: Any, answer: Any) -> Any:
    """Autopsy of so many answers of each kind."""
    gold = golds["memory_map"]
    texts = {
        "none": (gold, "eos"),
        "syntax": (gold.replace("[tone", "[mood:x] [tone"), "eos"),
        "soup": (f"[bundle] {gold.replace('[tone', '[OUT] [tone')}", "eos"),
        "closure": (gold[:-10], "eos"),
        "family": (golds["timeline"], "eos"),
        "form": (gold.replace("layer_stack", "typed_regions"), "eos"),
        "tail": (f"{gold} x", "eos"),
        "leak": (f"{gold}<|eos|><|bos|>", "eos"),
        "budget": (gold[:60], "budget"),
        "context": (gold[:60], "context"),
        "runaway": (gold[:-10] * 3, "budget"),
        "style": (gold.replace("green", "blue"), "eos"),
        "topology": (gold.replace("segments:6", "segments:5"), "eos"),
    }

    def make(**kinds: int) -> Autopsy:
        outcomes: list[Outcome] = []
        for kind, count in kinds.items():
            text, stop = texts[kind]
            outcomes += [answer(text, make_case(len(outcomes) + i), stop) for i in range(count)]
        return autopsy(outcomes)

    return make


@pytest.mark.parametrize(
    ("kinds", "step", "axis"),
    [
        ({"syntax": 3}, 1, "data"),
        ({"closure": 3}, 1, "data"),
        ({"runaway": 3}, 1, "data"),
        ({"family": 3}, 2, "data"),
        ({"form": 3}, 3, "data"),
        ({"tail": 3}, 4, "data"),
        ({"leak": 3}, 4, "decode"),
        ({"budget": 3}, 5, "decode"),
        ({"context": 3}, 5, "context"),
        ({"style": 2, "topology": 1}, 6, "data"),
    ],
)
def test_each_failure_leads_to_its_step(
    table: Any, kinds: dict[str, int], step: int, axis: str
) -> None:
    taken = decide(table(none=5, **kinds), LEARNED)
    assert (taken.step, taken.axis) == (step, axis)
    assert len(taken.evidence) == 3
    assert taken.touch
    assert "3 of 3 misses" in taken.why


def test_the_first_material_step_in_the_order_of_the_article_is_taken(table: Any) -> None:
    mixed = {"syntax": 2, "family": 2, "form": 2, "tail": 2, "budget": 2, "style": 2}
    assert decide(table(**mixed), LEARNED).step == 1
    del mixed["syntax"]
    assert decide(table(**mixed), LEARNED).step == 2
    del mixed["family"]
    assert decide(table(**mixed), LEARNED).step == 3
    del mixed["form"]
    assert decide(table(**mixed), LEARNED).step == 4
    del mixed["tail"]
    assert decide(table(**mixed), LEARNED).step == 5


def test_a_stray_miss_does_not_hide_the_main_one(table: Any) -> None:
    assert decide(table(syntax=1, family=9), LEARNED).step == 2
    assert decide(table(syntax=2, family=8), LEARNED).step == 1


def test_the_best_published_spec19_run_is_sent_to_syntax_first(table: Any) -> None:
    """One family, two form and two syntax misses of 44: the article's order puts syntax first."""
    assert decide(table(none=39, family=1, form=2, syntax=2), LEARNED).step == 1


def test_split_tags_turn_syntax_into_a_tokenizer_step(table: Any) -> None:
    taken = decide(table(syntax=3), TrainingFacts(atoms_clean=False))
    assert taken.axis == "tokenizer"


def test_a_collapsed_contract_names_its_flags(table: Any) -> None:
    taken = decide(table(soup=4), LEARNED)
    assert "duplicated_opener 4" in taken.why
    assert "prompt_markers 4" in taken.why


def test_the_worst_confusion_is_named(table: Any) -> None:
    assert "timeline for memory_map (3)" in decide(table(family=3), LEARNED).why
    assert "typed_regions for layer_stack (2)" in decide(table(form=2), LEARNED).why


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (TrainingFacts(loss_falling=True, train_exact=0.2), "loss was still falling"),
        (TrainingFacts(tokens=1000, tokens_budget=5000), "1,000 of 5,000 tokens"),
        (TrainingFacts(True, 1000, 5000, train_exact=0.2), "only 20.0%"),
        (TrainingFacts(passes=0.4, train_exact=0.2), "saw each row 0.40 times"),
    ],
)
def test_a_starved_run_is_trained_on_before_its_misses_are_read(
    table: Any, facts: TrainingFacts, said: str
) -> None:
    taken = decide(table(syntax=4, family=2), facts)
    assert (taken.step, taken.axis) == (0, "budget")
    assert said in taken.why
    assert "4 syntax, 2 family" in taken.why


@pytest.mark.parametrize(
    ("passes", "times"), [(None, 2), (0.999, 3), (0.4, 5), (0.07, 29), (0.0, 2)]
)
def test_a_starved_run_is_shown_each_row_twice(
    table: Any, passes: float | None, times: int
) -> None:
    facts = TrainingFacts(loss_falling=True, passes=passes, train_exact=0.2)
    assert decide(table(style=4), facts).times == times


@pytest.mark.parametrize(
    "facts",
    [
        TrainingFacts(loss_falling=True, train_exact=0.99),
        TrainingFacts(loss_falling=False, train_exact=0.2),
        TrainingFacts(loss_falling=True),
        TrainingFacts(passes=0.4, train_exact=0.99),
        TrainingFacts(passes=3.0, train_exact=0.2),
        TrainingFacts(tokens=5000, tokens_budget=5000),
    ],
)
def test_a_finished_run_is_read(table: Any, facts: TrainingFacts) -> None:
    assert decide(table(form=4), facts).step == 3


def test_capacity_comes_last_and_only_when_trained_cases_fail(table: Any) -> None:
    misses = table(style=4, topology=2)
    flat = TrainingFacts(loss_falling=False, train_exact=0.4)
    assert decide(misses, flat).axis == "capacity"
    learned = decide(misses, LEARNED)
    assert learned.axis == "data"
    assert learned.touch == ("tone", "segments", "style and count rows")
    assert "held-out 70.0%" in learned.why


ROUTEBOOK = surfaces_of(ContractBook().contract("spec19_r2"))


@pytest.mark.parametrize(
    ("kinds", "surfaces"),
    [
        (
            {"closure": 3},
            ("explicit_bundle_anchor", "explicit_permuted_anchor", "clean_stop_anchor"),
        ),
        ({"family": 3}, ("routebook_direct", "routebook_direct_hint", "family_minimal_pair")),
        ({"form": 3}, ("form_minimal_pair",)),
        ({"tail": 3}, ("clean_stop_anchor",)),
        ({"style": 3}, ("style_topology_bridge",)),
    ],
)
def test_rows_to_touch_are_surfaces_of_the_contract(
    table: Any, kinds: dict[str, int], surfaces: tuple[str, ...]
) -> None:
    taken = decide(table(none=5, **kinds), LEARNED, ROUTEBOOK)
    assert taken.surfaces == surfaces
    assert taken.touch[-len(surfaces) :] == tuple(f"{name} rows" for name in surfaces)


def test_where_no_name_tells_competencies_do_then_what_was_missed_then_all(table: Any) -> None:
    forms = table(form=3)  # asked on routebook_direct
    taught = {"a": ("form_selection",), "b": ("count_copy",)}
    assert decide(forms, LEARNED, taught).surfaces == ("a",)
    assert decide(forms, LEARNED, {"direct": (), "told": ()}).surfaces == ("direct",)
    assert decide(forms, LEARNED, {"tags": (), "told": ()}).surfaces == ("tags", "told")


def test_the_walk_counts_every_miss_at_its_question(table: Any) -> None:
    kinds = {"syntax": 1, "closure": 1, "family": 2, "form": 3, "tail": 4, "budget": 5, "style": 6}
    taken = decide(table(none=9, **kinds), LEARNED)
    assert taken.walk == (2, 2, 3, 4, 5, 6)
    assert taken.step == 4  # the first that explains a sixth
    assert taken.walked()[3].endswith("4 of 22  <- the next step")
    assert sum("<-" in line for line in taken.walked()) == 1
    starved = decide(table(**kinds), TrainingFacts(loss_falling=True, train_exact=0.1))
    assert (starved.step, starved.walk) == (0, taken.walk)


def test_without_training_facts_capacity_is_not_guessed(table: Any) -> None:
    taken = decide(table(style=4))
    assert (taken.step, taken.axis) == (6, None)
    assert "seen split" in taken.touch


def test_a_perfect_run_needs_nothing(table: Any) -> None:
    taken = decide(table(none=7), TrainingFacts(loss_falling=True, train_exact=0.1))
    assert isinstance(taken, NextStep)
    assert (taken.step, taken.title, taken.axis) == (0, "Nothing to repair", None)


def test_an_empty_autopsy_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no case"):
        decide(autopsy([]))
