"""One seeded defect for each gate turns that gate red, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.errors import Blocked
from contracts.loading import ContractBook, reseeded
from contracts.models import Goal, Seeds
from engine import decode, kernels, parity
from engine.curriculum.rows import Row
from engine.dsl.bundle import Bundle
from engine.representations import bundle as bundle_pictures
from engine.stages import Stages
from engine.store import Store
from engine.tokenizer import Tokenizer
from engine.train import Example
from gates import check_training, kernel_report
from gates import rung as rung_module
from gates.check_promotion import promotion_checks, slice_of
from gates.rung import RungEvidence
from probes.cases import Case

from .conftest import CONTRACTS, red_gates

Make = Callable[..., RungEvidence]


def only(red: dict[str, list[str]], gate: str, check: str) -> None:
    """Exactly `gate` is red, `check` among its red checks."""
    assert list(red) == [gate], red
    assert any(line.startswith(f"{check}:") for line in red[gate]), red


def blocked(rung: RungEvidence) -> None:
    """Nothing may be trained while a preflight gate is red, and all behind it gives that reason."""
    with pytest.raises(Blocked, match="green preflight gates") as reason:
        rung.trained()
    with pytest.raises(Blocked) as behind:
        assert rung.judged_report
    assert str(behind.value) == str(reason.value)


def test_two_changed_axes(book: ContractBook, trained_store: Path) -> None:
    tangled = RungEvidence(
        book, Store(trained_store), "mini_tangled", contract_folders=(str(CONTRACTS),)
    )
    red = red_gates(tangled)
    only(red, "contract", "it_changes_one_axis")
    assert "dataset.rows.routebook_paraphrase" in str(red)
    assert "Split the change into two rungs" in str(red)
    blocked(tangled)


def test_leaked_holdout_row(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Stages.stored_rows

    def leaky(stages: Stages) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        train, probes = stored(stages)
        secret = next(row for row in probes if row.split == "test")
        return (*train, replace(secret, split="train")), probes

    monkeypatch.setattr(Stages, "stored_rows", leaky)
    rung = rung_without()
    only(red_gates(rung), "dataset", "no_probe_prompt_stands_in_training")
    blocked(rung)


def test_blueprint_whose_topology_is_not_that_of_the_targets(rung_without: Make) -> None:
    """The published blueprint was wrong of seven of its nine profiles, and passed its audit."""
    rung = rung_without()
    assert rung.contract.blueprint is not None
    first, *others = rung.contract.blueprint["profile"]
    counts = {**first["counts"], "segments": first["counts"]["segments"] - 1}
    wrong = {**rung.contract.blueprint, "profile": [{**first, "counts": counts}, *others]}
    rung.stages.__dict__["contract"] = rung.contract.model_copy(update={"blueprint": wrong})
    red = red_gates(rung)
    only(red, "dataset", "blueprint_tells_of_real_targets")
    assert f"no row of {first['topic']} is answered by" in str(red)
    blocked(rung)


@pytest.mark.parametrize(
    ("dropped", "told"),
    [("profile", "no profile shows memory_map/layer_stack"), ("anchors", "keeps no anchor")],
)
def test_blueprint_that_leaves_something_out(rung_without: Make, dropped: str, told: str) -> None:
    rung = rung_without()
    contract = rung.contract
    assert contract.blueprint is not None
    if dropped == "profile":
        kept = [p for p in contract.blueprint["profile"] if p["form"] != "layer_stack"]
        contract = contract.model_copy(
            update={"blueprint": {**contract.blueprint, "profile": kept}}
        )
    else:
        stage = contract.training.stages["pretrain"]
        mixture = {s: w for s, w in stage.mixture.items() if not s.startswith("explicit")}
        mixture["clean_stop_anchor"] += 100 - sum(mixture.values())
        stages = {"pretrain": stage.model_copy(update={"mixture": mixture})}
        training = contract.training.model_copy(update={"stages": stages})
        contract = contract.model_copy(update={"training": training})
    rung.stages.__dict__["contract"] = contract
    red = red_gates(rung)
    only(red, "contract", "curriculum_teaches_what_it_declares")
    assert told in str(red)
    blocked(rung)


def test_fragmented_target(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Stages.stored_rows

    def torn(stages: Stages) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        train, probes = stored(stages)
        half = replace(train[0], prompt="[task:svg] half [OUT]", target=train[0].target[:40])
        return (*train, half), probes

    monkeypatch.setattr(Stages, "stored_rows", torn)
    rung = rung_without()
    assert "every_target_is_one_canonical_document" in str(red_gates(rung)["dataset"])
    blocked(rung)


def test_claim_that_a_rule_answers(rung_without: Make) -> None:
    """The dev prompts name nine topics: a table answers them, whatever the split claims."""
    rung = rung_without()
    plan = rung.contract.dataset
    dev = plan.splits["dev"].model_copy(update={"claim": "recombination"})
    bold = plan.model_copy(update={"splits": {**plan.splits, "dev": dev}})
    rung.stages.__dict__["contract"] = rung.contract.model_copy(update={"dataset": bold})
    red = red_gates(rung)
    only(red, "dataset", "claims_resist_look_up")
    assert "nearest_row answers 100.0% of dev (recombination)" in str(red)
    blocked(rung)


DECLARED = {
    "leaky": ("dataset", "no_probe_prompt_stands_in_training"),
    "torn": ("dataset", "every_target_is_one_canonical_document"),
    "twofold": ("dataset", "every_prompt_has_one_answer"),
    "ordinary": ("tokenizer", "control_tags_are_atoms_and_payloads_are_not"),
    "beheaded": ("training", "probes_are_encoded_as_training_was"),
}


@pytest.mark.parametrize("name", DECLARED)
def test_declared_fault_is_red_at_the_gate_that_it_expects(
    book: ContractBook, trained_store: Path, name: str
) -> None:
    rung = RungEvidence(
        book, Store(trained_store), f"mini_{name}", contract_folders=(str(CONTRACTS),)
    )
    gate, check = DECLARED[name]
    only(red_gates(rung), gate, check)
    expects = rung.contract.rung.expects
    assert expects is not None
    assert (expects.gate, expects.check) == (gate, check)
    if gate == "training":
        # Decoded and shown, since nothing forbids it; never judged.
        assert rung.report.rates("dev")["exact"].n == 200
        with pytest.raises(Blocked, match="a green training gate"):
            assert rung.judged_report
    else:
        blocked(rung)


@pytest.mark.parametrize(("by", "values"), [("form", 8), ("topic", 9), ("background", 4)])
def test_slice_that_fails_while_the_mean_passes(rung_without: Make, by: str, values: int) -> None:
    """One form of eight is never right: the mean clears 0.8, the goal by form names the form.

    So it is with the words of a picture, and with a style that only its document says.
    """
    rung = rung_without()
    outcomes = rung.report.outcomes
    of = {o.case.id: slice_of(o.case, by, rung) for o in outcomes}
    form = of[outcomes[0].case.id]
    lost = [replace(o, document=None) if of[o.case.id] == form else o for o in outcomes]
    rung.__dict__["report"] = replace(rung.report, outcomes=tuple(lost))
    goal = Goal(metric="exact", splits=("dev",), by=by, lower_bound=0.8)
    promotion = rung.contract.promotion.model_copy(update={"goals": (goal,)})
    contract = rung.contract.model_copy(update={"promotion": promotion})
    check = promotion_checks(contract, against_parent=False)[-1]
    verdict = check.measure(rung)
    assert (check.name, verdict.status) == (f"exact_on_dev_by_{by}", "failed")
    assert f"{values - 1} of {values} values of {by} hold; red: {form} 0 of" in verdict.message
    assert verdict.measured == 0


def test_pairs_that_are_two_words_apart(rung_without: Make) -> None:
    """The dev prompts of the mini spec are drawn one by one: no two of them are a pair."""
    rung = rung_without()
    goal = Goal(metric="exact", splits=("dev",), of="pair", lower_bound=0.5)
    goals = (*rung.contract.promotion.goals, goal)
    promotion = rung.contract.promotion.model_copy(update={"goals": goals})
    rung.stages.__dict__["contract"] = rung.contract.model_copy(update={"promotion": promotion})
    red = red_gates(rung)
    only(red, "dataset", "pairs_are_minimal")
    assert "dev/holdout_routebook_direct/0000 and dev/holdout_routebook_direct/0001 do not" in str(
        red
    )
    blocked(rung)


def test_a_pair_of_which_one_half_is_missed(rung_without: Make) -> None:
    """Half of the cases are right, and no pair is."""
    rung = rung_without()
    dev = [o for o in rung.report.outcomes if o.case.split == "dev"]
    lost = {o.case.id for o in dev[::2]}
    outcomes = [replace(o, document=None) if o.case.id in lost else o for o in rung.report.outcomes]
    rung.__dict__["report"] = replace(rung.report, outcomes=tuple(outcomes))
    goal = Goal(metric="exact", splits=("dev",), of="pair", lower_bound=0.01)
    promotion = rung.contract.promotion.model_copy(update={"goals": (goal,)})
    contract = rung.contract.model_copy(update={"promotion": promotion})
    check = promotion_checks(contract, against_parent=False)[-1]
    verdict = check.measure(rung)
    assert (check.name, verdict.status) == ("exact_on_dev_in_pairs", "failed")
    assert (verdict.measured, verdict.n) == (0, 100)


@pytest.mark.parametrize(("rule", "red"), [("worst", True), ("mean", False)])
def test_a_further_seed_that_failed(
    rung_without: Make, monkeypatch: pytest.MonkeyPatch, rule: str, red: bool
) -> None:
    """The run itself is green; under one of two further seeds an eighth of each split is missed."""
    rung = rung_without()
    lucky, unlucky = (RungEvidence(rung.book, rung.store, rung.run) for _ in range(2))
    missed = [
        replace(o, document=None) if n % 8 == 0 else o
        for n, o in enumerate(unlucky.report.outcomes)
    ]
    unlucky.__dict__["report"] = replace(unlucky.report, outcomes=tuple(missed))
    seeds = Seeds(further=(8, 9), rule=rule)  # type: ignore[arg-type]
    plan = rung.contract.rung.model_copy(update={"seeds": seeds})
    rung.stages.__dict__["contract"] = rung.contract.model_copy(update={"rung": plan})
    others = {reseeded(rung.run, 8): lucky, reseeded(rung.run, 9): unlucky}
    monkeypatch.setattr(RungEvidence, "sibling", lambda _, run: others[run])
    goals = [c for c in promotion_checks(rung.contract, against_parent=False) if c.kind == "goal"]
    found = [check.measure(rung) for check in goals]
    assert {verdict.status for verdict in found} == {"failed" if red else "passed"}
    assert all(f"{rule} of 3 seeds" in verdict.message for verdict in found)


def test_payload_atom(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = rung_without()
    plan, stages = rung.contract.tokenizer, rung.stages
    atoms = (*stages.closed_vocabulary, "handbook")
    greedy = Tokenizer.train(plan.kind, plan.vocab_size, atoms, stages.tokenizer_corpus)
    monkeypatch.setattr(Stages, "tokenizer", property(lambda _: greedy))
    red = red_gates(rung)
    only(red, "tokenizer", "control_tags_are_atoms_and_payloads_are_not")
    assert "handbook" in str(red)
    blocked(rung)


def test_compiler_that_drops_a_bracket(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_bundle = bundle_pictures.compile_bundle

    def forgetful(bundle: Bundle, *rest: Any) -> str:
        counts = tuple((n, 0 if n == "brackets" else value) for n, value in bundle.counts)
        return compile_bundle(replace(bundle, counts=counts), *rest)

    monkeypatch.setattr(bundle_pictures, "compile_bundle", forgetful)
    rung = rung_without("smoke")
    red = red_gates(rung)
    only(red, "compiler", "counts_drawn_are_counts_asked")
    assert "'region_bracket': 1" in str(red)
    blocked(rung)


def test_compiler_that_ignores_a_tone(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_bundle = bundle_pictures.compile_bundle

    def colour_blind(bundle: Bundle, *rest: Any) -> str:
        return compile_bundle(replace(bundle, tone="blue"), *rest)

    monkeypatch.setattr(bundle_pictures, "compile_bundle", colour_blind)
    rung = rung_without("smoke")
    only(red_gates(rung), "compiler", "distinct_documents_give_distinct_pictures")


def test_bent_kernel_gradient(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    table = kernels.table()

    def bent(*arguments: Any) -> Any:
        done = table.rmsnorm_backward(*arguments)
        arguments[1][0] += 0.5 + abs(arguments[1][0])  # the first element of dw
        return done

    found = kernel_report.look(parity.BentTable(table, rmsnorm_backward=bent), sanitize=False)
    rung = rung_without()
    sanitizer = rung.kernel_report.sanitizer
    del rung.kernel_report
    monkeypatch.setattr(kernel_report, "measure", lambda _: replace(found, sanitizer=sanitizer))
    red = red_gates(rung)
    assert list(red) == ["kernels"]
    assert all(line.startswith("parity_of_rmsnorm_backward") for line in red["kernels"])
    blocked(rung)


def test_crashed_kernel_check(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check process that dies is no green gate: its cases are broken, and training is blocked."""
    dead = ["-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    run = kernel_report.subprocess.run
    monkeypatch.setattr(
        kernel_report.subprocess, "run", lambda command, **more: run([command[0], *dead], **more)
    )
    rung = rung_without("kernels")
    assert "status -9" in rung.kernel_report.crash
    blocked(rung)


def test_edited_checkpoint(rung_without: Make) -> None:
    rung = rung_without()
    artifact = rung.stages.find_weights()
    assert artifact is not None
    weights = artifact.file("checkpoint/model.safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    red = red_gates(rung)
    only(red, "training", "weights_are_as_sealed")
    assert "checkpoint/model.safetensors has sha256" in str(red)


def test_prompt_without_its_first_token(
    rung_without: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt_ids = RungEvidence.prompt_ids

    def beheaded(rung: RungEvidence, case: Case) -> list[int]:
        return prompt_ids(rung, case)[1:]

    monkeypatch.setattr(RungEvidence, "prompt_ids", beheaded)
    only(red_gates(rung_without()), "training", "probes_are_encoded_as_training_was")


def test_row_that_is_trained_without_its_end(
    rung_without: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = Stages.example

    def cut(stages: Stages, row: Row) -> Example:
        whole = example(stages, row)
        return replace(whole, ids=(*whole.ids[:-3], whole.ids[-1]))

    monkeypatch.setattr(Stages, "example", cut)
    red = red_gates(rung_without())
    only(red, "training", "rows_are_trained_whole")
    assert "tokens trained of" in str(red)


def test_end_token_that_does_not_stop(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(model: Any, prompts: Any, max_new: int, eos: int) -> list[decode.Generation]:
        return decode.generate(model, prompts, max_new=max_new, eos=model.config.vocab_size)

    monkeypatch.setattr(check_training, "generate", deaf)
    only(red_gates(rung_without()), "training", "end_of_sequence_stops")


def test_cache_that_forgets(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def drifting(model: Any, ids: Any) -> Any:
        return np.nextafter(decode.teacher_forced_logits(model, ids), np.float32(np.inf))

    monkeypatch.setattr(check_training, "teacher_forced_logits", drifting)
    only(red_gates(rung_without()), "training", "decoding_agrees_with_the_training_forward")


def test_dirty_tail(rung_without: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def babbling(model: Any, prompts: Any, max_new: int, eos: int) -> list[decode.Generation]:
        clean = decode.generate(model, prompts, max_new=max_new, eos=eos)
        return [replace(answer, tokens=[*answer.tokens, prompts[0][1]]) for answer in clean]

    monkeypatch.setattr(rung_module, "generate", babbling)
    rung = rung_without("responses", "report")
    red = red_gates(rung)
    only(red, "promotion", "clean_stop_of_every_case")
    assert len(red["promotion"]) == 1, "the documents themselves are still exact"
    assert rung.autopsy.classes["dirty_tail"] > 0
    assert rung.next_step.step == 4


def test_truncated_response_file(rung_without: Make) -> None:
    rung = rung_without("report")
    answers = rung.responses_artifact.file("responses.jsonl")
    answers.write_bytes(answers.read_bytes()[:-200])
    only(red_gates(rung), "probes", "every_case_is_answered_once")


def test_starved_budget(book: ContractBook, trained_store: Path) -> None:
    """The rung declared red is red at the gate that its contract names, and says what to do."""
    starved = RungEvidence(
        book, Store(trained_store), "mini_starved", contract_folders=(str(CONTRACTS),)
    )
    red = red_gates(starved)
    assert starved.contract.rung.expects is not None
    assert list(red) == [starved.contract.rung.expects.gate]
    assert starved.next_step.axis == "budget"
