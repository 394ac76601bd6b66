"""The record of the training benchmark: medians, ratios, padding, memory, the limit."""

from __future__ import annotations

from typing import Any

import pytest

from bench.gemm_lane import SHAPES
from bench.train_record import gemm_rows, last_lines, rows


def test_speeds_are_medians_and_ratios_go_round_by_round(packed_part: dict[str, Any]) -> None:
    ours = packed_part["lanes"]["ours/packed"]
    assert ours["tokens_per_s"]["median"] == 600
    assert ours["gflops"] == pytest.approx(0.6)
    padded = packed_part["lanes"]["eager/padded"]["ours_over_this"]
    assert padded["rounds"] == [2.0, 1.0, 3.0]
    assert padded["median"] == 2.0


def test_padding_counts_as_fed_and_not_as_speed(packed_part: dict[str, Any]) -> None:
    padded = packed_part["lanes"]["eager/padded"]
    assert padded["tokens_per_s"]["median"] == 300
    assert padded["padded_tokens_per_s"] == 450
    assert packed_part["lanes"]["ours/packed"]["padded_tokens_per_s"] == 600


def test_pytorch_is_given_its_fastest_treatment_and_its_smallest_memory(
    packed_part: dict[str, Any],
) -> None:
    assert packed_part["best"] == {"eager": "eager/padded", "compile": "compile/packed"}
    assert packed_part["memory_ratio"] == 0.5
    starred = [row[0] for row in rows(packed_part) if "*" in row[0]]
    assert starred == ["compile/packed *", "eager/padded *"]
    assert rows(packed_part)[1][0] == "ours/packed"
    assert gemm_rows(packed_part) == []


def test_the_limit_is_the_best_median_of_any_library_and_shape(gemm: dict[str, Any]) -> None:
    assert gemm["limit"] == {
        "gflops": 8.0, "lane": "gemm/numpy", "shape": "2048x2048x2048", "reached": 0.25,
    }  # fmt: skip
    assert gemm["limit_of_the_model"] == {
        "gflops": 4.0, "lane": "gemm/torch", "shape": "4096x192x384", "reached": 0.5,
    }  # fmt: skip


def test_a_line_a_part(training: dict[str, Any]) -> None:
    assert last_lines(training) == [
        "train dense ratio_compile=1.50 ratio_eager=2.00 gemm_limit=0.25 memory_ratio=0.50 "
        "tokens_per_s=600 gflops=0.6 pairs=3",
        "train packed ratio_compile=1.50 ratio_eager=2.00 memory_ratio=0.50 tokens_per_s=600 "
        "gflops=0.6 run=toy_r1 pairs=3",
    ]
    products = gemm_rows(training["parts"]["dense"])
    assert len(products) == 1 + len(SHAPES)
    assert products[0][1:] == ("gemm/numpy: OpenBLAS", "gemm/torch: MKL")
