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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.errors import EvidenceError
from probes.autopsy import Autopsy
from probes.failure import Failure

Axis = Literal["data", "budget", "tokenizer", "context", "capacity", "instruction", "decode"]
STEPS = 6
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


@dataclass(frozen=True)
class NextStep:
    """What to do next: a step of the tree (0 outside it), one axis to change, what to touch.

    `axis` is None when nothing is to be changed. `evidence` holds case ids of the misses behind it.
    """

    step: int
    title: str
    why: str
    axis: Axis | None
    touch: tuple[str, ...]
    evidence: tuple[str, ...]


def decide(table: Autopsy, facts: TrainingFacts | None = None) -> NextStep:
    """The next step after a run; EvidenceError when the autopsy counts no case."""
    if table.total == 0:
        raise EvidenceError("decision", "an autopsy of no case", "at least one scored case")
    facts = facts or TrainingFacts()
    if table.misses == 0:
        why = f"all {table.total} cases are exact and end cleanly"
        return NextStep(0, "Nothing to repair", why, None, ("promotion gates",), ())
    early = _stopped_early(table, facts)
    if early is not None:
        return early
    runaway = table.classes["truncated"] - table.budget_truncations - table.context_truncations
    weights = {
        1: table.classes["syntax"] + table.classes["closure"] + runaway,
        2: table.classes["family"],
        3: table.classes["form"],
        4: table.classes["dirty_tail"],
        5: table.budget_truncations + table.context_truncations,
        6: table.classes["style"] + table.classes["topology"] + table.classes["content"],
    }
    step = next(step for step, misses in weights.items() if misses * STEPS >= table.misses)
    share = f"{weights[step]} of {table.misses} misses"
    branches = {
        1: _syntax,
        2: _family,
        3: _form,
        4: _tail,
        5: _budget,
        6: _rest,
    }
    return branches[step](table, facts, share)


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
    )


def _syntax(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    why = f"{share} are no closed document"
    touch = ["closure rows (clean_stop_anchor)", "explicit anchors"]
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
        ("family_minimal_pair rows", "routebook_direct rows"),
        _examples(table, "family"),
    )


def _form(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    return NextStep(
        3,
        "Add sibling-form minimal pairs",
        f"{share} have the right family and another form{_confused(table, 'form')}",
        "data",
        ("form_minimal_pair rows",),
        _examples(table, "form"),
    )


def _tail(table: Autopsy, facts: TrainingFacts, share: str) -> NextStep:
    leaking = table.flags["special_tokens"]
    why = f"{share} are the expected document with something after it"
    axis: Axis = "data"
    touch = ["clean_stop_anchor rows", "end-of-sequence in every row's loss"]
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
            tuple(f"{name} (style_topology_bridge rows)" for name in _fields(table)),
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


def _fields(table: Autopsy) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pair.field for pair in table.confusions))


def _examples(table: Autopsy, *classes: Failure) -> tuple[str, ...]:
    return tuple(case_id for name in classes for case_id in table.examples[name])
