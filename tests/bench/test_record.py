"""The arithmetic of benchmark records, and what a benchmark says without PyTorch."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from bench.record import aligned, figure, markdown, most, ratios, spread, spread_text
from engine.store import ROOT


def test_spread_holds_the_quartiles() -> None:
    assert spread([1, 2, 3, 4, 5]) == {"median": 3, "quartile_low": 2, "quartile_high": 4}
    assert spread_text(spread([1, 2, 3, 4, 5]), 1) == "3.0 (2.0-4.0)"


def test_ratios_go_round_by_round() -> None:
    """The median of ratios is not the ratio of medians."""
    found = ratios([6.0, 3.0, 6.0], [3.0, 3.0, 2.0])
    assert found["rounds"] == [2.0, 1.0, 3.0]
    assert found["median"] == 2.0


def test_what_was_not_measured_stays_so() -> None:
    assert most([1.0, None]) is None
    assert most([]) is None
    assert most([1.0, 3.0]) == 3.0
    assert figure(None, 1) == "-"
    assert figure(0.0, 1) == "0.0"


def test_one_table_for_terminal_and_page() -> None:
    rows = [("lane", "MB"), ("ours", "12"), ("others", "345")]
    assert aligned(rows) == "lane     MB\nours     12\nothers  345"
    assert markdown(rows).splitlines() == [
        "| lane | MB |",
        "| --- | ---: |",
        "| ours | 12 |",
        "| others | 345 |",
    ]


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_without_pytorch_it_says_how_to_get_it() -> None:
    command = [sys.executable, "-m", "bench.train", "--pairs", "1", "--updates", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install torch" in done.stderr
