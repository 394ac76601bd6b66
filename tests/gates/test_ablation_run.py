"""A whole ablation over the trained mini runs: two seeds, judged by every gate, one table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contracts.ablation import ablation
from engine.store import ROOT
from reports.ablation import read

from .conftest import CONTRACTS


def test_two_seeds_are_judged_kept_and_told_apart(trained_store: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "reports.ablation", "luck", "--contracts", str(CONTRACTS),
        "--store", str(trained_store), "--records", str(tmp_path),
    ]  # fmt: skip
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    told = []
    for _ in range(2):  # the second time nothing is judged
        done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        told.append(done.stdout)
    assert told[0] == told[1]
    assert "| base (mini_starved) |" in told[0]
    assert told[0].endswith("points.\n")
    record = read(ablation("luck", CONTRACTS / "ablations"), tmp_path, [CONTRACTS])
    first, second = record["cells"]
    assert (first["seed"], second["seed"]) == (7, 8)
    assert first["weights"] != second["weights"]
    assert first["cases"] == second["cases"]
    assert list(first["red"]) == ["promotion"]
