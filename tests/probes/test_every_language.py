"""Each failure class and its step of the tree, on answers made from real rows of every language."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest

from contracts.families import family_table
from contracts.loading import ContractBook
from engine.curriculum import curriculum_for
from engine.curriculum.rows import Draft, item_rng
from engine.dsl import language_for
from probes.autopsy import autopsy
from probes.cases import Case
from probes.decide import TrainingFacts, decide
from probes.failure import GROUPS, Failure
from probes.responses import Response, Stop
from probes.score import Outcome, Picture, Scorer

BOOK = ContractBook()
# One run a language: the last that is declared.
RUNS = {c.spec.representation: c.run for c in map(BOOK.contract, BOOK.names) if c.trains}
LEARNED = TrainingFacts(loss_falling=False, train_exact=1.0)
STEP_OF: dict[Failure, int] = {
    "syntax": 1, "closure": 1, "family": 2, "form": 3, "dirty_tail": 4, "truncated": 5,
    "style": 6, "topology": 6, "content": 6,
}  # fmt: skip
DRAWS = 40


class World:
    """Drafts, language and scorer of one representation; every document can be drawn."""

    def __init__(self, representation: str) -> None:
        plan = BOOK.contract(RUNS[representation]).dataset
        curriculum = curriculum_for(plan.curriculum, plan.families)
        self.language: Any = language_for(representation, family_table(plan.families))
        self.scorer = Scorer(self.language, lambda text, case: Picture(f"<svg>{text}", True, None))
        self.drafts = [
            curriculum.draw(surface, i, item_rng(f"languages/{surface}", i))
            for surface in plan.rows
            for i in range(DRAWS // len(plan.rows))
        ]
        self.fields = {
            draft.target: self.language.fields(self.language.parse(draft.target))
            for draft in self.drafts
        }

    def answer(self, asked: Draft, text: str, stop: Stop = "eos") -> Outcome:
        case = Case(
            "dev/any/0001", "dev", "any", asked.family, asked.form, asked.prompt, asked.target,
            asked.topic, asked.pack, "wording",
        )  # fmt: skip
        response = Response(case.id, case.prompt_sha256, text, len(text), stop)
        return self.scorer.score(case, response)

    def first_difference(self, one: Draft, other: Draft) -> Failure | None:
        """The first group in which two documents differ."""
        a, b = self.fields[one.target], self.fields[other.target]
        differ = {self.language.field_group(f) for f in {*a, *b} if a.get(f) != b.get(f)}
        return next((group for group in GROUPS if group in differ), None)


@cache
def world(representation: str) -> World:
    return World(representation)


def leads(outcome: Outcome, failure: Failure) -> None:
    """The class, and the step that it leads to with the surfaces of nobody's contract."""
    assert outcome.failure == failure, (outcome.failure, outcome.mismatches, outcome.parse_error)
    table = autopsy([outcome])
    assert table.classes[failure] == 1
    assert decide(table, LEARNED).step == STEP_OF[failure]


@pytest.mark.parametrize("representation", RUNS)
def test_what_stands_around_a_document_has_its_class(representation: str) -> None:
    here = world(representation)
    opening, closing = here.language.opening_tag, here.language.closing_tag
    for draft in here.drafts[::5]:
        target = draft.target
        assert here.answer(draft, target).failure == "none"
        open_ended = target.removesuffix(closing)
        leads(here.answer(draft, open_ended), "closure")
        leads(here.answer(draft, open_ended, "budget"), "truncated")
        leads(here.answer(draft, open_ended[: len(target) // 2], "context"), "truncated")
        leads(here.answer(draft, f"{target} x"), "dirty_tail")
        leads(here.answer(draft, target, "budget"), "dirty_tail")
        leads(here.answer(draft, ""), "syntax")
        leads(here.answer(draft, "Sure, here it is."), "syntax")
        leads(here.answer(draft, f"{opening}{target}"), "syntax")
        runaway = here.answer(draft, open_ended * 3, "budget")
        assert "runaway" in runaway.flags
        assert decide(autopsy([runaway]), LEARNED).step == 1


@pytest.mark.parametrize("representation", RUNS)
def test_another_document_is_a_miss_of_the_first_group_that_differs(representation: str) -> None:
    here = world(representation)
    reached = set()
    for asked, other in product(here.drafts[:6], here.drafts):
        group = here.first_difference(asked, other)
        if group is None:
            continue
        outcome = here.answer(asked, other.target)
        leads(outcome, group)
        reached.add(group)
        table = autopsy([outcome])
        assert any(pair.group == group for pair in table.confusions)
        assert any(field.group == group for field in table.fields)
    assert len(reached) >= 2
