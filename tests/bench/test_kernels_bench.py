"""The kernel benchmark: every kernel has a case, every peer agrees, shares and ratios add up."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import numpy as np
import pytest

from bench.kernel_case import Case, drawn, short_rows
from bench.kernel_cases import cases
from bench.kernels import last_lines, measure, peak_lines, rows
from bench.product_cases import layer_products
from bench.train import DENSE_CONFIG
from engine.kernels import CSRC
from engine.model import ModelConfig

TINY = ModelConfig(
    64, layers=1, embed_dim=48, hidden_dim=32, heads=4, kv_heads=2, context_len=96
)  # fmt: skip
WHOLE_PASSES = {"pack_model", "forward", "train", "generate", "fma_peak", "memory_peak"}


def test_every_kernel_of_the_header_is_timed() -> None:
    header = (CSRC / "probegate.h").read_text(encoding="utf-8")
    members = set(re.findall(r"\(\*(\w+)\)\(", header)) - WHOLE_PASSES
    names = [case.name for case in cases(TINY, 100)]
    assert len(members) > 12
    for member in members:
        assert any(name.startswith(member) for name in names), member
    for matrix in layer_products(TINY):
        assert sum(matrix in name.split() for name in names) >= 3


def test_work_is_that_of_the_flop_model() -> None:
    """Forward, input and weight gradient of all products and attention make a training step."""
    found = cases(DENSE_CONFIG, 512)
    per_layer = sum(
        case.flops for case in found if "head" not in case.name and "short" not in case.name
    )
    head = sum(case.flops for case in found if "head" in case.name)
    step = DENSE_CONFIG.layers * per_layer + head
    assert step / 512 == pytest.approx(DENSE_CONFIG.flops_per_token(512), rel=2e-3)


def test_each_case_draws_its_own_numbers() -> None:
    assert (drawn("a", 4) == drawn("a", 4)).all()
    assert (drawn("a", 4) != drawn("b", 4)).any()
    starts = short_rows(4096)
    assert starts[0] == 0
    assert starts[-1] == 4096
    assert 0 < np.diff(starts).min() <= np.diff(starts).max() <= 130


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_every_peer_agrees_and_every_side_is_sampled_each_round() -> None:
    found = measure(TINY, 100, rounds=2, compiled=False, rehearsal=True)
    assert set(found["peaks"]) == {"fma peak", "memory peak"}
    for name, case in found["cases"].items():
        assert set(case["errors"]) == set(case["ours_over"]), name
        assert case["errors"]
        assert max(case["errors"].values()) < 1e-4
        assert len(found["seconds_a_call"][name]) == len(case["share"]["rounds"]) == 2
    assert len(rows(found)) == 1 + len(found["cases"])


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_peer_that_disagrees_is_refused_by_name() -> None:
    from bench import kernel_lane
    from contracts.errors import TrainingError

    [case] = [case for case in cases(TINY, 100) if case.name == "swiglu_forward"]
    bent = Case(**{**vars(case), "torch": lambda gate_up: gate_up[:, :32]})
    with pytest.raises(TrainingError, match="bench kernels, swiglu_forward, eager: found relative"):
        kernel_lane._sides(bent, compiled=False)


def test_shares_are_of_the_peak_of_the_same_unit(kernel_record: dict[str, Any]) -> None:
    shares = {name: case["share"]["median"] for name, case in kernel_record["cases"].items()}
    assert shares == pytest.approx(
        {"matmul qkv": 0.8, "attention_forward dense": 0.4, "swiglu_forward": 1.5}
    )
    assert peak_lines(kernel_record) == [
        "fma peak: 10.0 (10.0-10.0) GFLOP/s",
        "memory peak: 4.0 (4.0-4.0) GB/s",
    ]


def test_a_loss_against_the_best_peer_is_told(kernel_record: dict[str, Any]) -> None:
    assert kernel_record["cases"]["swiglu_forward"]["best"] == "compile"
    assert last_lines(kernel_record) == [
        "kernels fma_peak=10.0 memory_peak=4.0 matmul_share=0.80-0.80 attention_share=0.40-0.40 "
        "ratio_best=2.00 ratio_least=0.50 (attention_forward dense) kernels=3 threads=1 pairs=3"
    ]
    assert [row[0] for row in rows(kernel_record)[1:]] == [
        "attention_forward dense", "matmul qkv", "swiglu_forward",
    ]  # fmt: skip
