"""What the training gate measures: the weights are the declared ones, taught and asked alike.

Three faults of the original passed every gate it had: a prompt that lost its first token at
inference, an end token that never stopped, and gradients wrong beyond 31 tokens. Each has its
check here or among the kernels.
"""

from __future__ import annotations

import math

import numpy as np

from contracts.errors import Blocked, StoreError
from engine.batch import Batch
from engine.decode import generate, teacher_forced_logits
from engine.tokenizer import BOS_ID, EOS_ID
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict

# Below a thousandth of a nat a token, an answer of twenty tokens is 98 % sure: a warm start that
# stays there has nothing left to lose.
LEARNED_NATS = 1e-3
_AGREEMENT_ROWS = 12


@check("training", "guardrail")
def weights_are_as_sealed(rung: RungEvidence) -> Verdict:
    """No file of the trained run differs from its manifest."""
    artifact = rung.trained()
    return judged(
        "training",
        "weights_are_as_sealed",
        artifact.damage(),
        len(artifact.manifest()["files"]),
        f"run id {artifact.key}",
        "Delete the stored run and train it again",
        kind="guardrail",
    )


@check("training", "guardrail")
def training_started_where_declared(rung: RungEvidence) -> Verdict:
    """The weights were trained from the declared start, on the stored rows, by these kernels."""
    sealed = rung.trained().manifest()["inputs"]
    faults = [
        f"{key}: sealed {sealed.get(key)!r}, now {value!r}"
        for key, value in rung.stages.weights_inputs.items()
        if sealed.get(key) != value
    ]
    return judged(
        "training",
        "training_started_where_declared",
        faults,
        len(sealed),
        f"start: {rung.contract.init_from or 'scratch'}",
        "Train again",
        kind="guardrail",
    )


@check("training", "guardrail")
def the_whole_budget_was_spent(rung: RungEvidence) -> Verdict:
    """The ledger is finite, and each stage processed its declared real tokens."""
    faults = []
    for name, stage in rung.contract.training.stages.items():
        updates = [r for r in rung.ledger if r["stage"] == name and r["kind"] == "update"]
        spent = updates[-1]["tokens"] if updates else 0
        if spent < stage.tokens:
            faults.append(f"stage {name} processed {spent} tokens, declared {stage.tokens}")
        faults += [
            f"stage {name}, update {r['update']}: loss {r['loss']}, gradient {r['gradient_norm']}"
            for r in updates
            if not (math.isfinite(r["loss"]) and math.isfinite(r["gradient_norm"]))
        ]
    spent = sum(s.tokens for s in rung.contract.training.stages.values())
    memory = rung.training_plan["memory_bytes"]["total"] / 2**20
    return judged(
        "training",
        "the_whole_budget_was_spent",
        faults,
        len(rung.ledger),
        f"{spent:,} real tokens in {len(rung.contract.training.stages)} stages, "
        f"in {memory:.1f} MiB planned beforehand",
        "Train again",
        kind="guardrail",
        evidence="loss_curve.svg",
    )


@check("training", "guardrail")
def held_out_loss_falls(rung: RungEvidence) -> Verdict:
    """Loss on dev rows ends below where it began, or stays below LEARNED_NATS."""
    first, last = rung.held_out_losses[0], rung.held_out_losses[-1]
    faults = []
    if not (last < first or last <= LEARNED_NATS):
        faults.append(f"held-out loss went from {first:.4f} to {last:.4f} nats a token")
    return judged(
        "training",
        "held_out_loss_falls",
        faults,
        len(rung.held_out_losses),
        f"held-out loss from {first:.4f} to {last:.4f} nats a token",
        "Look at the loss curve: lower the rate, or widen the data",
        kind="guardrail",
        evidence="loss_curve.svg",
    )


@check("training", "guardrail")
def probes_are_encoded_as_training_was(rung: RungEvidence) -> Verdict:
    """The ids that decoding is given are the head of the row that training would have seen."""
    faults = []
    for case in rung.cases:
        asked = rung.prompt_ids(case)
        row, start = rung.stages.tokenizer.encode_row(case.prompt, case.expected)
        if asked != row[:start] or asked[0] != BOS_ID or row[-1] != EOS_ID:
            faults.append(f"{case.id}: asked {asked[:3]}…, trained {row[:3]}…")
    return judged(
        "training",
        "probes_are_encoded_as_training_was",
        faults,
        len(rung.cases),
        "beginning-of-sequence first, then the same ids, for every case",
        "Encode prompts with Tokenizer.encode_prompt everywhere",
        kind="guardrail",
    )


@check("training", "guardrail")
def rows_are_trained_whole(rung: RungEvidence) -> Verdict:
    """What training saw of a row is all of it, from the first token to the end of the answer."""
    faults = []
    tokenizer = rung.stages.tokenizer
    for row in rung.rows:
        seen = rung.stages.example(row)
        whole, start = tokenizer.encode_row(row.prompt, row.target)
        if (list(seen.ids), seen.answer_start) != (whole, start):
            faults.append(f"{row.id}: {len(seen.ids)} tokens trained of {len(whole)}")
    return judged(
        "training",
        "rows_are_trained_whole",
        faults,
        len(rung.rows),
        "every token of every row",
        "Encode rows with Tokenizer.encode_row, and never cut one",
        kind="guardrail",
    )


@check("training", "guardrail")
def decoding_agrees_with_the_training_forward(rung: RungEvidence) -> Verdict:
    """Teacher-forced logits through the cache equal the training forward's, to the bit."""
    model = _sealed_model(rung)
    faults = []
    for case in rung.cases[:: max(1, len(rung.cases) // _AGREEMENT_ROWS)]:
        ids, _ = rung.stages.tokenizer.encode_row(case.prompt, case.expected)
        forward = model.forward(Batch.unscored([ids]))
        cached = teacher_forced_logits(model, ids)
        if not np.array_equal(cached, forward):
            faults.append(f"{case.id}: logits differ by {np.abs(cached - forward).max():.2e}")
    return judged(
        "training",
        "decoding_agrees_with_the_training_forward",
        faults,
        _AGREEMENT_ROWS,
        "cached and training logits are the same bits",
        "Mend engine/decode.py or csrc/decode.c",
        kind="guardrail",
    )


@check("training", "guardrail")
def end_of_sequence_stops(rung: RungEvidence) -> Verdict:
    """Whatever token the model would say first, declared as the end token, ends the answer."""
    model = _sealed_model(rung)
    prompts = [rung.prompt_ids(case) for case in rung.cases[:_AGREEMENT_ROWS]]
    nothing = rung.stages.tokenizer.vocab_size  # an id that no model says
    faults = []
    for case, prompt in zip(rung.cases, prompts, strict=False):
        free = generate(model, [prompt], max_new=4, eos=nothing)[0]
        ended = generate(model, [prompt], max_new=4, eos=free.tokens[0])[0]
        if ended.tokens or ended.stop != "eos":
            faults.append(f"{case.id}: {len(ended.tokens)} tokens after the end, stop {ended.stop}")
    return judged(
        "training",
        "end_of_sequence_stops",
        faults,
        len(prompts),
        "the end token ends every answer",
        "Mend the stop of engine/decode.py",
        kind="guardrail",
    )


def _sealed_model(rung: RungEvidence):  # type: ignore[no-untyped-def]
    """The model; an altered checkpoint is another check's finding, and blocks this one."""
    try:
        return rung.model
    except StoreError as error:
        raise Blocked(rung.run, error.found, "weights as sealed", error.cure) from error
