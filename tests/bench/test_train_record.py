"""The record of the training benchmark: medians, ratios, padding, memory, the limit."""

from __future__ import annotations

from typing import Any

import pytest

from bench.gemm_lane import SHAPES, shape_name
from bench.train_record import gemm_limit, gemm_rows, last_lines, rows, summarise

SECONDS = {
    "ours/packed": [1.0, 2.0, 1.0],
    "eager/padded": [2.0, 2.0, 3.0],
    "eager/packed": [4.0, 4.0, 4.0],
    "compile/packed": [1.5, 3.0, 1.5],
}
MEMORY = {"ours/packed": 50.0, "eager/padded": 100.0, "eager/packed": 200.0, "compile/packed": 150}


@pytest.fixture
def part() -> dict[str, Any]:
    samples = {
        lane: [{"seconds": s, "cpu_seconds": 1.0, "memory_mb_peak": MEMORY[lane]} for s in at]
        for lane, at in SECONDS.items()
    }
    facts: dict[str, dict[str, Any]] = {
        lane: {"compile_seconds": 9.0, "tokens_fed": 900 if "padded" in lane else 600}
        for lane in SECONDS
    }
    return summarise({"tokens": 600, "flops_per_token": 1e6}, facts, samples)


def test_speeds_are_medians_and_ratios_go_round_by_round(part: dict[str, Any]) -> None:
    ours = part["lanes"]["ours/packed"]
    assert ours["tokens_per_s"]["median"] == 600
    assert ours["gflops"] == pytest.approx(0.6)
    padded = part["lanes"]["eager/padded"]["ours_over_this"]
    assert padded["rounds"] == [2.0, 1.0, 3.0]
    assert padded["median"] == 2.0


def test_padding_counts_as_fed_and_not_as_speed(part: dict[str, Any]) -> None:
    padded = part["lanes"]["eager/padded"]
    assert padded["tokens_per_s"]["median"] == 300
    assert padded["padded_tokens_per_s"] == 450
    assert part["lanes"]["ours/packed"]["padded_tokens_per_s"] == 600


def test_pytorch_is_given_its_fastest_treatment_and_its_smallest_memory(
    part: dict[str, Any],
) -> None:
    assert part["best"] == {"eager": "eager/padded", "compile": "compile/packed"}
    assert part["memory_ratio"] == 0.5
    assert last_lines({"pairs": 3, "parts": {"packed": {**part, "run": "toy_r1"}}}) == [
        "train packed ratio_compile=1.50 ratio_eager=2.00 memory_ratio=0.50 tokens_per_s=600 "
        "gflops=0.6 run=toy_r1 pairs=3"
    ]
    starred = [row[0] for row in rows(part) if "*" in row[0]]
    assert starred == ["eager/padded *", "compile/packed *"]
    assert gemm_rows(part) == []


def test_the_limit_is_the_best_median_of_any_library_and_shape(part: dict[str, Any]) -> None:
    square, narrow = "2048x2048x2048", "4096x192x384"

    def sample(**of: float) -> dict[str, Any]:
        return {"gflops": {shape_name(*shape): of.get(shape_name(*shape), 1.0) for shape in SHAPES}}

    facts = {"gemm/torch": {"library": "MKL"}, "gemm/numpy": {"library": "OpenBLAS"}}
    samples = {
        # One lucky round is no limit: medians are compared.
        "gemm/torch": [sample(**{narrow: at}) for at in (4.0, 4.0, 99.0)],
        "gemm/numpy": [sample(**{square: 8.0, narrow: 2.0})] * 3,
    }
    found = gemm_limit(2.0, facts, samples)
    assert found["limit"] == {
        "gflops": 8.0, "lane": "gemm/numpy", "shape": square, "reached": 0.25,
    }  # fmt: skip
    assert found["limit_of_the_model"] == {
        "gflops": 4.0, "lane": "gemm/torch", "shape": narrow, "reached": 0.5,
    }  # fmt: skip
    told = {**part, "gemm": found}
    assert len(gemm_rows(told)) == 1 + len(SHAPES)
    assert gemm_rows(told)[0][1:] == ("gemm/torch: MKL", "gemm/numpy: OpenBLAS")
    [line] = last_lines({"pairs": 3, "parts": {"dense": told}})
    assert line.startswith("train dense ratio_compile=1.50 ratio_eager=2.00 gemm_limit=0.25 ")
