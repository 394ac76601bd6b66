"""The decoding benchmark: one text from two implementations, rows that leave, ties and no more."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from bench import our_decode_lane
from bench.decode import OURS, TIE_MAX, compare, last_lines, make_job, measure, rows
from bench.decode_job import DecodeJob, DecodeLane
from contracts.errors import TrainingError
from engine.model import ModelConfig

CONFIG = ModelConfig(
    61, layers=2, embed_dim=32, hidden_dim=32, heads=4, kv_heads=2, context_len=64
)  # fmt: skip
needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed: pip install -e '.[bench]'",
)


@pytest.fixture(scope="module")
def job() -> DecodeJob:
    return make_job(CONFIG, threads=1, batches=(1, 5), ragged=12, prompt=10, new=20, seconds=0.0)


@pytest.fixture(scope="module")
def ours(job: DecodeJob) -> DecodeLane:
    return our_decode_lane.make(job, "cache")


def test_rows_of_the_ragged_case_differ_and_leave(job: DecodeJob, ours: DecodeLane) -> None:
    lengths = [len(prompt) for prompt in job.cases["ragged12"].prompts]
    assert (min(lengths), max(lengths)) == (2, 18)
    assert np.mean(lengths) == pytest.approx(10, abs=0.5)
    made = [len(text) for text in ours.facts["texts"]["ragged12"]]
    assert len(set(made)) > 3
    assert min(made) < 20
    assert {len(text) for text in ours.facts["texts"]["b5"]} == {20}


@needs_torch
@pytest.mark.parametrize("mode", ["eager/cache", "fixed shapes"])
def test_pytorch_writes_the_same_texts(job: DecodeJob, ours: DecodeLane, mode: str) -> None:
    """The compiled step's shapes are tried without the compiler: its arithmetic is the same."""
    from bench.torch_decode_lane import CachedDecoder, _Step

    theirs = CachedDecoder(job, "eager/cache")
    if mode == "fixed shapes":
        theirs.fixed, theirs.step = True, _Step(theirs.decoder)
    for name, case in job.cases.items():
        texts = theirs.continue_all(case)
        found = compare(job, name, ours.facts["texts"][name], texts, mode)
        assert found["equal"] + len(found["ties"]) == found["rows"] == len(case.prompts)
        assert found["equal"] >= 0.9 * found["rows"]


def test_another_token_that_is_no_tie_is_refused(job: DecodeJob, ours: DecodeLane) -> None:
    texts = ours.facts["texts"]["b5"]
    bent = [list(text) for text in texts]
    bent[2][7] = (bent[2][7] + 1) % CONFIG.vocab_size
    with pytest.raises(
        TrainingError, match=r"b5, toy, row 2: found other tokens .* new token 7 on"
    ):
        compare(job, "b5", texts, bent, "toy")


def test_a_text_cut_short_is_refused(job: DecodeJob, ours: DecodeLane) -> None:
    texts = ours.facts["texts"]["ragged12"]
    row = max(range(len(texts)), key=lambda at: len(texts[at]))
    bent = [list(text) for text in texts]
    bent[row].pop()
    with pytest.raises(TrainingError, match=f"ragged12, toy, row {row}"):
        compare(job, "ragged12", texts, bent, "toy")


def test_a_tie_is_let_pass_and_kept(job: DecodeJob, ours: DecodeLane) -> None:
    """Two ids with one row of the head have equal logits: either may be taken."""
    texts = ours.facts["texts"]["b1"]
    taken = texts[0][4]
    twin = (taken + 1) % CONFIG.vocab_size
    weights = {name: view.copy() for name, view in job.weights.items()}
    weights["lm_head.weight"][twin] = weights["lm_head.weight"][taken]
    twins = DecodeJob(job.config, weights, job.cases, 1, 0.0)
    mine = our_decode_lane.make(twins, "cache").facts["texts"]["b1"]
    at = next(at for at, token in enumerate(mine[0]) if token == min(taken, twin))
    other = [[*mine[0][:at], max(taken, twin), *mine[0][at + 1 :]]]
    found = compare(twins, "b1", mine, other, "toy")
    assert found["equal"] == 0
    [tie] = found["ties"]
    assert (tie["row"], tie["new_token"]) == (0, at)
    assert tie["gap"] < TIE_MAX


@needs_torch
def test_lanes_are_compared_then_sampled(job: DecodeJob) -> None:
    found = measure(job, (OURS, "eager/cache"), rounds=2)
    assert set(found["cases"]) == {"b1", "b5", "ragged12"}
    for case in found["cases"].values():
        assert case["best"] == "eager/cache"
        assert len(case["ours_over"]["eager/cache"]["rounds"]) == 2
    assert "texts" not in found["lanes"][OURS]["facts"]
    assert len(rows(found)) == 1 + 3 * 2


def test_the_last_line_names_speed_and_ratio_of_every_case(decode_record: dict[str, Any]) -> None:
    """The ratio is to PyTorch's fastest lane in that case."""
    assert last_lines(decode_record) == [
        "decode b1=1200 b8=600 ragged44=400 tokens_per_s ratio_b1=3.00 ratio_b8=2.00 "
        "ratio_ragged44=2.00 pairs=3"
    ]
