"""Decoding is the training forward, one token at a time."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import KernelError
from engine import kernels
from engine.batch import Batch
from engine.decode import Generation, generate, teacher_forced_logits
from engine.model import Model, ModelConfig
from engine.parity_cases import parity_model

NEVER = 1000  # an id outside the vocabulary never stops a row


@pytest.fixture(scope="module", params=kernels.available())
def model(request: pytest.FixtureRequest) -> Model:
    return parity_model(ModelConfig(149), kernels.table(request.param))


def prompts(seed: int, *lengths: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 149, n).tolist() for n in lengths]


@pytest.mark.parametrize("prefill", [1, 47, 130, 200])
def test_cached_logits_are_those_of_the_training_forward(model: Model, prefill: int) -> None:
    (row,) = prompts(1, 200)
    got = teacher_forced_logits(model, row, prefill)
    np.testing.assert_array_equal(got, model.forward(Batch.unscored([row])))


def test_greedy_tokens_are_the_best_of_a_full_forward(model: Model) -> None:
    for prompt, made in zip(p := prompts(2, 3, 50, 95), generate(model, p, 12, NEVER), strict=True):
        row = list(prompt)
        for token in made.tokens:
            assert token == int(model.forward(Batch.unscored([row]))[-1].argmax())
            row.append(token)
        assert len(made.tokens) == 12
        assert made.stop == "budget"


def test_a_row_does_not_depend_on_its_batch(model: Model) -> None:
    rows = prompts(3, *range(1, 60, 4))
    eos = generate(model, rows, 40, NEVER)[3].tokens[9]
    together = generate(model, rows, 40, eos)
    assert {made.stop for made in together} == {"eos", "budget"}  # some rows leave early
    assert together == [generate(model, [row], 40, eos)[0] for row in rows]
    assert together == generate(model, rows, 40, eos, batch_size=4)


def test_threads_do_not_change_tokens(model: Model) -> None:
    rows = prompts(4, *range(1, 80))
    before = model.threads
    try:
        model.threads = 1
        alone = generate(model, rows, 20, NEVER)
        model.threads = 3
        assert generate(model, rows, 20, NEVER) == alone
    finally:
        model.threads = before


def test_end_of_sequence_stops_and_is_left_out(model: Model) -> None:
    (free,) = generate(model, prompts(5, 10), 30, NEVER)
    eos = free.tokens[8]
    at = free.tokens.index(eos)
    assert generate(model, prompts(5, 10), 30, eos) == [Generation(free.tokens[:at], "eos")]
    first = free.tokens[0]
    assert generate(model, prompts(5, 10), 30, first) == [Generation([], "eos")]


def test_rows_stop_at_the_end_of_the_context() -> None:
    model = parity_model(ModelConfig(149, layers=1, context_len=20), None)
    made = generate(model, prompts(6, 20, 18, 5), 30, NEVER)
    assert [len(row.tokens) for row in made] == [1, 3, 16]
    assert {row.stop for row in made} == {"context"}
    assert generate(model, prompts(6, 20, 18), 1, NEVER)[0].stop == "budget"


def test_ties_go_to_the_lowest_id() -> None:
    model = Model(ModelConfig(149, layers=1))  # all weights zero: every logit is zero
    assert generate(model, [[5]], 4, NEVER)[0].tokens == [0, 0, 0, 0]


def test_generation_leaves_the_model_ready_to_train(model: Model) -> None:
    batch = Batch.pack([([1, 2, 3], [True] * 3)])
    before = model.loss(batch)
    generate(model, prompts(7, 4), 5, NEVER)
    assert model.loss(batch) == before


def test_no_prompts_no_generations(model: Model) -> None:
    assert generate(model, [], 5, NEVER) == []


@pytest.mark.parametrize(
    ("rows", "max_new", "message"),
    [
        ([[1], []], 5, "prompt 1: found 0 tokens"),
        ([[1] * 769], 5, "769 tokens; expected 1 to context_len = 768"),
        ([[149]], 5, "ids 149 to 149"),
        ([[1]], 0, "max_new 0"),
    ],
)
def test_impossible_requests_are_refused(
    model: Model, rows: list[list[int]], max_new: int, message: str
) -> None:
    with pytest.raises(KernelError, match=message):
        generate(model, rows, max_new, NEVER)
    with pytest.raises(KernelError, match="prefill: found 4; expected 1 to 3"):
        teacher_forced_logits(model, [1, 2, 3], 4)
