"""Synthetic records of all four benchmarks: small numbers whose medians and ratios are known."""

from __future__ import annotations

from typing import Any

import pytest

from bench import decode, kernels, scaling, train_record
from bench.gemm_lane import SHAPES, shape_name
from bench.train import DENSE_CONFIG

SQUARE, NARROW = "2048x2048x2048", "4096x192x384"
MACHINE = {
    "cpu": "Toy 1",
    "cores": 2,
    "isa": "portable",
    "load_average": 0.25,
    "versions": {"numpy": "2.0", "torch": None},
}


@pytest.fixture
def packed_part() -> dict[str, Any]:
    """600 real tokens a block, 900 where rows are padded."""
    seconds = {
        "ours/packed": [1.0, 2.0, 1.0],
        "eager/padded": [2.0, 2.0, 3.0],
        "eager/packed": [4.0, 4.0, 4.0],
        "compile/packed": [1.5, 3.0, 1.5],
    }
    memory = {"ours/packed": 50.0, "eager/padded": 100.0}
    samples = {
        lane: [
            {"seconds": s, "cpu_seconds": 1.0, "memory_mb_peak": memory.get(lane, 150.0)}
            for s in at
        ]
        for lane, at in seconds.items()
    }
    facts: dict[str, dict[str, Any]] = {
        lane: {"compile_seconds": 9.0, "tokens_fed": 900 if "padded" in lane else 600}
        for lane in seconds
    }
    measured = {
        "tokens": 600, "flops_per_token": 1e6, "updates": 2, "rows": 4, "tokens_counted": 300,
    }  # fmt: skip
    return train_record.summarise(measured, facts, samples)


@pytest.fixture
def gemm() -> dict[str, Any]:
    """A step of 2 GFLOP/s; a square product of 8, a product of the model of 4."""

    def sample(**of: float) -> dict[str, Any]:
        return {"gflops": {shape_name(*shape): of.get(shape_name(*shape), 1.0) for shape in SHAPES}}

    facts = {"gemm/torch": {"library": "MKL"}, "gemm/numpy": {"library": "OpenBLAS"}}
    samples = {
        # One lucky round is no limit: medians are compared.
        "gemm/torch": [sample(**{NARROW: at}) for at in (4.0, 4.0, 99.0)],
        "gemm/numpy": [sample(**{SQUARE: 8.0, NARROW: 2.0})] * 3,
    }
    return train_record.gemm_limit(2.0, facts, samples)


@pytest.fixture
def training(packed_part: dict[str, Any], gemm: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": train_record.SCHEMA,
        "machine": MACHINE,
        "pairs": 3,
        "threads": 2,
        "parts": {
            "packed": {**packed_part, "run": "toy_r1"},
            "dense": {**packed_part, "gemm": gemm},
        },
    }


@pytest.fixture
def kernel_record() -> dict[str, Any]:
    def about(flops: float, moved: float) -> dict[str, Any]:
        return {"shape": "3 x 4", "flops": flops, "bytes": moved, "errors": {}, "repeats": {}}

    facts = {
        "cases": {
            "matmul qkv": about(8e9, 0),
            "attention_forward dense": about(2e9, 0),
            "swiglu_forward": about(0, 6e9),
            "fma peak": about(10e9, 0),
            "memory peak": about(0, 4e9),
        },
        "torch": "2",
        "capability": "AVX2",
    }
    samples = {
        "matmul qkv": [{"ours": 1.0, "numpy": 2.0, "eager": 3.0}] * 3,
        "attention_forward dense": [{"ours": 0.5, "eager": 0.25}] * 3,
        "swiglu_forward": [{"ours": 1.0, "eager": 4.0, "compile": 3.0}] * 3,
        "fma peak": [{"ours": 1.0}] * 3,
        "memory peak": [{"ours": 1.0}] * 3,
    }
    return {
        "schema": kernels.SCHEMA,
        "machine": MACHINE,
        "pairs": 3,
        "threads": 1,
        **kernels.summarise(facts, samples),
    }


@pytest.fixture
def decode_record() -> dict[str, Any]:
    about: dict[str, dict[str, Any]] = {
        name: {
            "rows": size,
            "agreement": {
                lane: {"equal": size, "rows": size} for lane in ("eager/cache", "compile/cache")
            },
        }
        for name, size in (("ragged44", 44), ("b8", 8), ("b1", 1))
    }

    def sample(seconds: float) -> list[dict[str, float]]:
        return [{"new_tokens": 120, "seconds": seconds, "memory_mb_peak": 1.0}] * 3

    samples = {
        decode.OURS: {"b1": sample(0.1), "b8": sample(0.2), "ragged44": sample(0.3)},
        "eager/cache": {"b1": sample(0.5), "b8": sample(0.4), "ragged44": sample(0.6)},
        "compile/cache": {"b1": sample(0.3), "b8": sample(0.8), "ragged44": sample(0.9)},
    }
    return {
        "schema": decode.SCHEMA,
        "machine": MACHINE,
        "pairs": 3,
        "threads": 2,
        **decode.summarise(about, {lane: {} for lane in samples}, samples),
    }


@pytest.fixture
def scaling_record() -> dict[str, Any]:
    """Cost exactly as the FLOP model has it: 1 GFLOP/s a thread."""
    measured = []
    for config, stands_for in scaling.points(DENSE_CONFIG, scaling.AXES).items():
        seconds = config.flops_per_token(512) / 1e6
        samples = {
            f"threads {n}": [{"seconds": seconds / n, "memory_mb_peak": 10.0 * n}] * 3
            for n in (1, 2)
        }
        measured.append(
            (stands_for, {"tokens": 1000, "flops_per_token": seconds * 1e6, "samples": samples})
        )
    jobs = {"one job": [2.0, 2.0, 2.0], "two jobs": [3.0, 3.0, 2.5]}
    return {
        "schema": scaling.SCHEMA,
        "machine": MACHINE,
        "pairs": 3,
        **scaling.summarise(measured, jobs),
    }
