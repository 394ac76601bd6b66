"""Walks the article's decision tree from an autopsy to the next step.

Source: the article, section "The Practical Decision Tree", six steps in its order:
    1 invalid syntax                  tokenizer boundaries and closure rows
    2 valid but the wrong family      family contrast and routebook pressure
    3 right family, wrong form        sibling-form minimal pairs
    4 right prefix, dirty tail        stop handling and special-token leakage
    5 truncated                       decode budget, before blaming learning
    6 all that clean, still failing   capacity

Step 0 is ours and comes first: a run whose loss still falls while it misses what it was trained
on has been stopped early, and no class of its misses means anything yet. (The published spec17
and spec18 were judged after 9 to 47 steps.)

A step is taken when it explains at least a sixth of the misses, so that one of the six always is.
Where rows are to be touched, they are those surfaces of the contract that teach what is missed:
by name or declared competency, else those whose held-out counterpart is missed, else all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from contracts.errors import EvidenceError
from contracts.models import Axis, Contract
from probes.autopsy import EXAMPLES, Autopsy
from probes.failure import Failure

QUESTIONS = (
    "invalid syntax",
    "another family",
    "right family, another form",
    "right document, dirty tail",
    "truncated",
    "style, counts or content",
)
STEPS = len(QUESTIONS)
# How much more is tried at once, and how often each row should have been seen at least.
MORE = 2
# What surfaces and competencies that teach a step's lesson are called.
_TAUGHT_BY: dict[int, tuple[str, ...]] = {
    1: ("closure", "clean_stop", "anchor", "canonical"),
    2: ("family", "routebook_direct"),
    3: ("form_",),
    4: ("clean_stop", "closure"),
    6: ("style", "count", "topology"),
}
LEARNED = 0.95
"""Train-split exactness from which the rows count as learned: what is missed beyond is transfer."""


@dataclass(frozen=True)
class TrainingFacts:
    """What training says about a run; None is "not measured".

    `train_exact` and `held_out_exact` are rates in [0, 1] over seen and held-out splits, tokens
    are real ones (no padding), `passes` is how often training saw each row on average,
    `loss_falling` says whether the loss still fell at the end.
    """

    loss_falling: bool | None = None
    tokens: int | None = None
    tokens_budget: int | None = None
    passes: float | None = None
    train_exact: float | None = None
    held_out_exact: float | None = None
    atoms_clean: bool | None = None


Surfaces = Mapping[str, Sequence[str]]
"""Training surfaces of a contract, each with the competencies that its blueprint declares."""


def surfaces_of(contract: Contract) -> Surfaces:
    """The training surfaces of a contract with what its blueprint, if any, says they teach."""
    declared = (contract.blueprint or {}).get("surface", ())
    taught = {surface["id"]: tuple(surface["competencies"]) for surface in declared}
    return {name: taught.get(name, ()) for name in contract.dataset.rows}


@dataclass(frozen=True)
class NextStep:
    """What to do next: a step of the tree (0 outside it), one axis to change, what to touch.

    `axis` is None when nothing is to be changed. `evidence` holds case ids of the misses behind it.
    `surfaces` are those of the contract whose rows the step touches, `times` how much more of the
    axis to try, `walk` how many misses each of the six questions found, in their order.
    """

    step: int
    title: str
    why: str
    axis: Axis | None
    touch: tuple[str, ...]
    evidence: tuple[str, ...]
    surfaces: tuple[str, ...] = ()
    times: int = MORE
    walk: tuple[int, ...] = ()

    def walked(self) -> list[str]:
        """The tree as it was walked: a line a question with its misses, the step taken marked."""
        lines = []
        for number, (question, misses) in enumerate(zip(QUESTIONS, self.walk, strict=False), 1):
            mark = "  <- the next step" if number == self.step else ""
            lines.append(f"{number} {question:<27} {misses:>5} of {sum(self.walk)}{mark}")
        return lines


def decide(
    table: Autopsy, facts: TrainingFacts | None = None, surfaces: Surfaces | None = None
) -> NextStep:
    """The next step after a run; EvidenceError when the autopsy counts no case.

    Without the contract's training `surfaces` (another model's answers), rows are named by kind.
    """
    if table.total == 0:
        raise EvidenceError("decision", "an autopsy of no case", "at least one scored case")
    facts = facts or TrainingFacts()
    if table.misses == 0:
        why = f"all {table.total} cases are exact and end cleanly"
        return NextStep(0, "Nothing to repair", why, None, ("promotion gates",), ())
    weights = _weights(table)
    walk = tuple(weights.values())
    early = _stopped_early(table, facts)
    if early is not None:
        return replace(early, walk=walk)
    step = next(step for step, misses in weights.items() if misses * STEPS >= table.misses)
    branches = {
        1: _syntax,
        2: _family,
        3: _form,
        4: _tail,
        5: _budget,
        6: _rest,
    }
    taken = branches[step](table, facts, f"{weights[step]} of {table.misses} misses")
    if taken.axis == "data" and surfaces:
        chosen = _teaching(step, table, surfaces)
        kept = [part for part in taken.touch if not part.endswith("rows")]
        touch = (*kept, *(f"{name} rows" for name in chosen))
        taken = replace(taken, touch=touch, surfaces=chosen)
    return replace(taken, walk=walk)


def _weights(table: Autopsy) -> dict[int, int]:
    """Misses that each question explains; together they are all of them."""
    runaway = table.classes["truncated"] - table.budget_truncations - table.context_truncations
    return {
        1: table.classes["syntax"] + table.classes["closure"] + runaway,
        2: table.classes["family"],
        3: table.classes["form"],
        4: table.classes["dirty_tail"],
        5: table.budget_truncations + table.context_truncations,
        6: table.classes["style"] + table.classes["topology"] + table.classes["content"],
    }


def _teaching(step: int, table: Autopsy, surfaces: Surfaces) -> tuple[str, ...]:
    """Surfaces that teach a step's lesson, else those missed when held out, else all."""
    words = _TAUGHT_BY[step]
    missed = [
        surface
        for surface, classes in table.by_surface.items()
        if sum(classes.values()) > classes["none"]
    ]
    by_name = [name for name in surfaces if any(word in name for word in words)]
    by_competency = [
        name
        for name in surfaces
        if any(word in taught for word in words for taught in surfaces[name])
    ]
    by_miss = [name for name in surfaces if any(name in surface for surface in missed)]
    return tuple(by_name or by_competency or by_miss or surfaces)


def _stopped_early(table: Autopsy, facts: TrainingFacts) -> NextStep | None:
    unfinished = (
        facts.tokens is not None
        and facts.tokens_budget is not None
        and facts.tokens < facts.tokens_budget
    )
    barely = facts.passes is not None and facts.passes < 1
    unlearned = facts.train_exact is not None and facts.train_exact < LEARNED
    if not unfinished and not ((facts.loss_falling or barely) and unlearned):
        return None
    said = []
    if unfinished:
        said.append(f"training stopped at {facts.tokens:,} of {facts.tokens_budget:,} tokens")
    if barely:
        said.append(f"training saw each row {facts.passes:.2f} times")
    if facts.loss_falling:
        said.append("the loss was still falling at the end")
    if unlearned:
        said.append(f"only {facts.train_exact:.1%} of the trained cases are exact")
    classes = ", ".join(f"{n} {c}" for c, n in table.classes.items() if n and c != "none")
    why = f"{'; '.join(said)}. Read the misses ({classes}) after that"
    evidence = tuple(i for ids in table.examples.values() for i in ids[:1])
    return NextStep(
        0,
        "Train to the end before reading the misses",
        why,
        "budget",
        ("tokens of each training stage", "learning-rate schedule"),
        evidence,
        times=max(MORE, ceil(MORE / facts.passes)) if barely and facts.passes else MORE,
    )


def _syntax(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    why = f"{share} are no closed document"
    touch = ["closure rows", "explicit anchor rows"]
    axis: Axis = "data"
    if facts.atoms_clean is False:
        why += ", and the tokenizer splits control tags"
        axis, touch = "tokenizer", ["control-atom policy of the tokenizer"]
    soup = [f for f in ("mixed_family", "duplicated_opener", "prompt_markers") if table.flags[f]]
    if soup:
        why += f"; flags: {', '.join(f'{flag} {table.flags[flag]}' for flag in soup)}"
    return NextStep(
        1,
        "Inspect tokenizer boundaries and closure rows",
        why,
        axis,
        tuple(touch),
        _examples(table, "syntax", "closure", "truncated"),
    )


def _family(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    return NextStep(
        2,
        "Add family contrast and routebook pressure",
        f"{share} chose another family{_confused(table, 'family')}",
        "data",
        ("family contrast rows", "routebook rows"),
        _examples(table, "family"),
    )


def _form(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    return NextStep(
        3,
        "Add sibling-form minimal pairs",
        f"{share} have the right family and another form{_confused(table, 'form')}",
        "data",
        ("sibling-form pair rows",),
        _examples(table, "form"),
    )


def _tail(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    leaking = table.flags["special_tokens"]
    why = f"{share} are the expected document with something after it"
    axis: Axis = "data"
    touch = ["end-of-sequence in every row's loss", "clean stop rows"]
    if leaking:
        why += f"; {leaking} answers spell special tokens, so the decoder runs past its stop"
        axis, touch = "decode", ["stop tokens of the decoder", "row boundaries of training"]
    return NextStep(
        4,
        "Fix stop handling and special-token leakage",
        why,
        axis,
        tuple(touch),
        _examples(table, "dirty_tail"),
    )


def _budget(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    context = table.context_truncations > table.budget_truncations
    what = "the context" if context else "the decode budget"
    return NextStep(
        5,
        "Fix the decode budget before blaming learning",
        f"{share} were cut by {what} before the expected length",
        "context" if context else "decode",
        ("context length",) if context else ("decode budget of the contract",),
        _examples(table, "truncated"),
    )


def _rest(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    """Wrong style, counts or content: capacity only if the trained rows themselves are missed."""
    why = f"{share} have family and form right but not style, counts or content"
    evidence = _examples(table, "style", "topology", "content")
    if facts.train_exact is None or facts.loss_falling is None:
        return NextStep(
            6,
            "Measure the trained cases before changing capacity",
            f"{why}; without train-split exactness and the end of the loss curve, capacity and "
            "data cannot be told apart",
            None,
            ("seen split", "loss ledger"),
            evidence,
        )
    if facts.train_exact >= LEARNED:
        held_out = "" if facts.held_out_exact is None else f", held-out {facts.held_out_exact:.1%}"
        return NextStep(
            6,
            "Teach the missed fields; capacity is not the limit",
            f"{why}; {facts.train_exact:.1%} of the trained cases are exact{held_out}",
            "data",
            (*_missed_fields(table), "style and count rows"),
            evidence,
        )
    return NextStep(
        6,
        "Consider capacity",
        f"{why}; the loss is flat and only {facts.train_exact:.1%} of the trained cases are exact",
        "capacity",
        ("layers", "width"),
        evidence,
    )


def _confused(table: Autopsy, group: str) -> str:
    worst = next((pair for pair in table.confusions if pair.group == group), None)
    if worst is None:
        return ""
    return f", most often {worst.found or 'none'} for {worst.expected} ({worst.count})"


def _missed_fields(table: Autopsy) -> tuple[str, ...]:
    rest = ("style", "topology", "content")
    return tuple(field.field for field in table.fields if field.group in rest)[:EXAMPLES]


def _examples(table: Autopsy, *classes: Failure) -> tuple[str, ...]:
    return tuple(case_id for name in classes for case_id in table.examples[name])
