"""What the dataset gate measures: nothing leaks, repeats, contradicts or pretends."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache, partial
from itertools import islice
from typing import Any

from contracts.blueprint import Blueprint
from contracts.errors import LanguageError
from contracts.families import STYLE_FIELDS, FamilyTable
from contracts.models import HELD_OUT
from engine.curriculum.mixture import mixed
from engine.dsl import language_for
from engine.dsl.own import Own, own_of
from engine.dsl.protocol import Language, canonicalize, split_document
from engine.pool import mapped
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.audits import UNSEEN_CLAIMS
from probes.audits import Check as AuditCheck
from probes.pairs import pairs_of, words_apart
from probes.verdict import Verdict

# A split that claims more than wording is void where a rule answers more of it than this.
LOOK_UP_SHARE_MAX = 0.10
# Draws over which a stage's declared mixture is compared with what sampling gives.
_MIXTURE_DRAWS = 2000
# What one word of a minimal pair decides.
_ROUTE = {"family", "form"}


def _audited(rung: RungEvidence, name: str, which: AuditCheck, held: str, cure: str) -> Verdict:
    faults = [
        f"{finding.where}: found {finding.found}; expected {finding.expected} "
        f"(such as {finding.examples[0]!r})"
        for finding in rung.audit.fatal
        if finding.check == which
    ]
    return judged(
        "dataset", name, faults, len(rung.cases), held, cure, evidence="dataset_profile.json"
    )


@check("dataset")
def no_probe_prompt_stands_in_training(rung: RungEvidence) -> Verdict:
    """No held-out prompt is a training prompt of this run or of any ancestor of its weights."""
    return _audited(
        rung,
        "no_probe_prompt_stands_in_training",
        "leak",
        f"{len(rung.taught)} rows of {len(rung.lineage)} runs hold no held-out prompt",
        "Take the rows out of training; never take the case out of the probes",
    )


@check("dataset")
def no_case_is_asked_twice(rung: RungEvidence) -> Verdict:
    """Every case of a split is a question of its own."""
    return _audited(
        rung,
        "no_case_is_asked_twice",
        "duplicate",
        "every case is a question of its own",
        "Widen the surface, or ask fewer cases",
    )


@check("dataset")
def every_prompt_has_one_answer(rung: RungEvidence) -> Verdict:
    """No prompt has two right answers, among rows, among cases, or between both."""
    return _audited(
        rung,
        "every_prompt_has_one_answer",
        "impossible",
        "every prompt has one answer",
        "Make the prompt say what decides between the answers",
    )


@check("dataset")
def splits_are_disjoint(rung: RungEvidence) -> Verdict:
    """No prompt is asked in two splits."""
    return _audited(
        rung,
        "splits_are_disjoint",
        "overlap",
        "no prompt stands in two splits",
        "Draw the splits from streams that exclude each other",
    )


@check("dataset")
def splits_have_their_cases(rung: RungEvidence) -> Verdict:
    """Each split has as many cases as its contract promises."""
    return _audited(
        rung,
        "splits_have_their_cases",
        "size",
        ", ".join(f"{name} {split.cases}" for name, split in rung.contract.dataset.splits.items()),
        "Widen the split's surfaces",
    )


@check("dataset")
def splits_test_what_they_claim(rung: RungEvidence) -> Verdict:
    """A split that claims wording or memorisation asks trained targets; others ask unseen ones."""
    return _audited(
        rung,
        "splits_test_what_they_claim",
        "claim",
        ", ".join(f"{name}: {s.claim}" for name, s in rung.contract.dataset.splits.items()),
        "Lower the claim, or ask what it promises",
    )


@check("dataset")
def claims_resist_look_up(rung: RungEvidence) -> Verdict:
    """Where a split claims recombination or composition, no rule answers a tenth of it.

    Measured before training: a split that a look-up or a template answers proves no more than they.
    """
    splits = rung.contract.dataset.splits
    claimed = [name for name, split in splits.items() if split.claim in UNSEEN_CLAIMS]
    held = "no split claims more than wording"
    faults = []
    if claimed:
        best: dict[str, tuple[float, str]] = dict.fromkeys(claimed, (0.0, ""))
        for row in rung.baselines:
            if row.split not in best:
                continue
            best[row.split] = max(best[row.split], (row.exact.value, row.baseline))
            if row.exact.value > LOOK_UP_SHARE_MAX:
                claim = splits[row.split].claim  # type: ignore[index]
                faults.append(
                    f"{row.baseline} answers {row.exact.value:.1%} of {row.split} ({claim})"
                )
        told = (f"{split} {share:.1%} ({rule})" for split, (share, rule) in best.items())
        held = "best rule without a model: " + ", ".join(told)
    return judged(
        "dataset",
        "claims_resist_look_up",
        faults,
        len(splits),
        held,
        "Lower the claim, or vary what the rule reads off",
        evidence="dataset_profile.json",
    )


@check("dataset")
def every_target_is_one_canonical_document(rung: RungEvidence) -> Verdict:
    """Each target parses, whole, and is its own canonical text: no fragments, no variants.

    Its closing tag stands at its end alone: an answer is read up to the first one.
    """
    targets = {row.target: row.id for row in (*rung.rows, *rung.probe_rows)}
    contract = rung.contract
    families = json.dumps(contract.families)
    read = partial(_misspelled, contract.spec.representation, families, own_of(contract))
    found = mapped(read, targets, len(targets))
    faults = [
        f"{where}: {fault}"
        for where, named in zip(targets.values(), found, strict=True)
        for fault in named
    ]
    return judged(
        "dataset",
        "every_target_is_one_canonical_document",
        faults,
        len(targets),
        f"{len(targets)} distinct targets",
        "Serialise targets with the language itself",
    )


def _misspelled(
    representation: str, families: str, own: Own | None, targets: Sequence[str]
) -> list[list[str]]:
    """What keeps each target from being one canonical document."""
    language = _language(representation, families, own)
    opening, closing = language.opening_tag, language.closing_tag
    found: list[list[str]] = []
    for target in targets:
        faults = []
        if not target.startswith(opening):
            faults.append(f"does not start with the opening tag {opening!r}")
        if (document := split_document(language, target)) and document[1]:
            faults.append(f"the closing tag {closing!r} stands before its end")
        try:
            if canonicalize(language, target) != target:
                faults.append("not in canonical form")
        except LanguageError as error:
            faults.append(str(error))
        found.append(faults)
    return found


@cache
def _language(representation: str, families: str, own: Own | None) -> Language[Any]:
    """A language, in whatever process."""
    return language_for(representation, FamilyTable.model_validate_json(families), own)


@check("dataset")
def pairs_are_minimal(rung: RungEvidence) -> Verdict:
    """Where a goal counts pairs, two cases are one word apart, and their answers share all style.

    One word of the prompt decides the family or the form, and with it the counts it brings.
    """
    goals = [goal for goal in rung.contract.promotion.goals if goal.of == "pair"]
    splits = sorted({split for goal in goals for split in goal.splits})
    pairs = [pair for split in splits for pair in pairs_of(rung.cases, split)]
    faults = [
        f"split {s} has an odd case" for s in splits if rung.contract.dataset.splits[s].cases % 2
    ]
    for one, other in pairs:
        groups = _differing_groups(rung, one.expected, other.expected)
        if words_apart(one, other) != 1:
            faults.append(f"{one.id} and {other.id} do not differ in one word")
        elif not groups & _ROUTE or not groups <= _ROUTE | {"topology"}:
            faults.append(
                f"{one.id} and {other.id} differ in {', '.join(sorted(groups)) or 'none'}"
            )
    return judged(
        "dataset",
        "pairs_are_minimal",
        faults,
        len(pairs) or len(rung.cases),
        f"{len(pairs)} pairs, each one word apart" if goals else "no goal counts pairs",
        "Draw both halves of a pair from one request, and change one field of it",
    )


def _differing_groups(rung: RungEvidence, one: str, other: str) -> set[str]:
    """Groups of the fields in which two documents differ."""
    first, second = (rung.language.fields(rung.language.parse(text)) for text in (one, other))
    return {
        rung.language.field_group(name)
        for name in first.keys() | second.keys()
        if first.get(name) != second.get(name)
    }


@check("dataset")
def blueprint_tells_of_real_targets(rung: RungEvidence) -> Verdict:
    """Each profile of a blueprint is, in style and every count, the answer to a row of its topic.

    A blueprint that says otherwise than the rows is a document about another dataset.
    """
    declared = rung.contract.blueprint
    profiles = Blueprint.model_validate(declared).profile if declared else ()
    real = _answers_by_topic(rung) if profiles else {}
    faults = []
    for profile in profiles:
        wanted = {
            field: str(getattr(profile, field)) for field in ("family", "form", *STYLE_FIELDS)
        }
        wanted |= {name: str(count) for name, count in profile.counts.items()}
        if wanted not in real.get(profile.topic, ()):
            told = ", ".join(f"{name} {value}" for name, value in wanted.items())
            faults.append(f"no row of {profile.topic} is answered by {told}")
    return judged(
        "dataset",
        "blueprint_tells_of_real_targets",
        faults,
        len(profiles) or len(rung.rows),
        f"{len(profiles)} profiles, each an answer of its topic" if profiles else "no blueprint",
        "Mend the profile, or the curriculum that answers otherwise",
    )


def _answers_by_topic(rung: RungEvidence) -> dict[str, list[dict[str, str]]]:
    """Fields of the training targets of each topic; what does not parse is another check's."""
    found: dict[str, list[dict[str, str]]] = {}
    for topic, target in sorted({(row.topic, row.target) for row in rung.rows}):
        with contextlib.suppress(LanguageError):
            found.setdefault(topic, []).append(rung.language.fields(rung.language.parse(target)))
    return found


@check("dataset")
def sampling_follows_the_declared_weights(rung: RungEvidence) -> Verdict:
    """Over many draws each surface's share is its weight's, within one draw."""
    faults = []
    pools = {
        surface: range(rows) for surface, rows in Counter(r.surface for r in rung.rows).items()
    }
    for name, stage in rung.contract.training.stages.items():
        drawn = dict.fromkeys(stage.mixture, 0)
        for surface, _ in islice(mixed(pools, stage.mixture, "audit"), _MIXTURE_DRAWS):
            drawn[surface] += 1
        total = sum(stage.mixture.values())
        for surface, weight in stage.mixture.items():
            due = _MIXTURE_DRAWS * weight / total
            if abs(drawn[surface] - due) > 1:
                faults.append(
                    f"stage {name}: {surface} drawn {drawn[surface]} times, due {due:.1f}"
                )
    return judged(
        "dataset",
        "sampling_follows_the_declared_weights",
        faults,
        _MIXTURE_DRAWS * len(rung.contract.training.stages),
        "every surface is drawn in its declared share",
        "Mend engine/curriculum/mixture.py",
    )


@check("dataset")
def probes_are_the_specs_own(rung: RungEvidence) -> Verdict:
    """Held-out cases do not depend on the rung: its parent within the spec is asked the same."""
    parent = rung.comparable_parent
    if parent is None:
        return judged(
            "dataset",
            "probes_are_the_specs_own",
            [],
            len(rung.cases),
            "no parent within the spec",
            "",
        )
    ours, theirs = rung.held_out_digest, parent.held_out_digest
    faults = [] if ours == theirs else [f"cases {ours[:12]}, its parent {parent.run} {theirs[:12]}"]
    return judged(
        "dataset",
        "probes_are_the_specs_own",
        faults,
        len(HELD_OUT),
        f"the same cases as {parent.run}",
        "Change dataset.splits in the spec, not in a rung",
    )
