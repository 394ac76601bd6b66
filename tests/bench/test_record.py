"""The arithmetic of a benchmark record, and what it says without PyTorch."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import pytest

from bench.record import last_line, spread, summarise, table
from engine.store import ROOT

SAMPLES = {
    "ours/packed": [1.0, 2.0, 1.0],
    "eager/padded": [2.0, 2.0, 3.0],
    "eager/packed": [4.0, 4.0, 4.0],
    "compile/packed": [1.5, 3.0, 1.5],
}


@pytest.fixture
def record() -> dict[str, Any]:
    sample = {"cpu_seconds": 1.0, "memory_mb_peak": 100.0}
    rounds = {lane: [{"seconds": s, **sample} for s in at] for lane, at in SAMPLES.items()}
    facts: dict[str, dict[str, Any]] = {lane: {"compile_seconds": 9.0} for lane in SAMPLES}
    measured = {"run": "toy_r1", "pairs": 3, "tokens": 600, "flops_per_token": 1e6}
    return summarise(measured, facts, rounds)


def test_speeds_are_medians_and_ratios_go_round_by_round(record: dict[str, Any]) -> None:
    ours = record["lanes"]["ours/packed"]
    assert ours["tokens_per_s"]["median"] == 600
    assert ours["gflops"] == pytest.approx(0.6)
    padded = record["lanes"]["eager/padded"]["ours_over_this"]
    assert padded["rounds"] == [2.0, 1.0, 3.0]
    assert padded["median"] == 2.0


def test_pytorch_is_given_its_fastest_treatment(record: dict[str, Any]) -> None:
    assert record["best"] == {"eager": "eager/padded", "compile": "compile/packed"}
    assert last_line(record) == (
        "train packed run=toy_r1 tokens_per_s=600 gflops=0.6 ratio_eager=2.00 ratio_compile=1.50 "
        "pairs=3"
    )
    starred = [line.split()[0] for line in table(record).splitlines() if " * " in line]
    assert starred == ["eager/padded", "compile/packed"]


def test_spread_holds_the_quartiles() -> None:
    assert spread([1, 2, 3, 4, 5]) == {"median": 3, "quartile_low": 2, "quartile_high": 4}


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_without_pytorch_it_says_how_to_get_it() -> None:
    command = [sys.executable, "-m", "bench.train", "--pairs", "1", "--updates", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install torch" in done.stderr
