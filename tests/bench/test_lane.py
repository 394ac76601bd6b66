"""Lanes of a benchmark: one process each, same weights and updates, a refusal that is read."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from bench.lane import Child, Job
from bench.our_lane import OurLane
from contracts.errors import TrainingError
from engine.batch import Batch
from engine.model import Model, ModelConfig

CONFIG = ModelConfig(40, layers=1, embed_dim=32, hidden_dim=32, heads=2, kv_heads=1, context_len=32)
TOY_LANE = """
import json, os
print(json.dumps({"spin": os.environ.get("GOMP_SPINCOUNT"), "mark": os.environ["MARK"]}))
input()
print(json.dumps({"refused": ["toy", "a fault", "none", "Mend it"]}))
"""


@pytest.fixture
def job() -> Job:
    """Two updates of two ragged batches."""
    rng = np.random.default_rng(3)

    def batch(*lengths: int) -> Batch:
        return Batch.pack([(rng.integers(0, 40, n).tolist(), [True] * n) for n in lengths])

    model = Model.initialise(CONFIG, 1)
    updates = [[batch(5, 9), batch(3)], [batch(7), batch(12, 2)]]
    loss = model.loss_and_gradient(updates[0][0])
    weights, gradients = model.parameters, model.gradients
    return Job(CONFIG, weights, updates, 1, 1e-3, 0.01, 1.0, loss, gradients)


def test_a_lane_trains_in_its_own_process_as_it_would_here(job: Job, tmp_path: Path) -> None:
    path = tmp_path / "job.pickle"
    path.write_bytes(pickle.dumps(job))
    with Child("ours/packed", "bench.our_lane", path, "packed", {}) as child:
        facts = child.facts()
        samples = [child.block() for _ in range(3)]
    here = OurLane(job, "packed")
    assert facts["layout"] == "packed"
    assert [sample["loss"] for sample in samples] == [here.block()["loss"] for _ in range(3)]
    assert job.first_loss is not None
    assert samples[2]["loss"] < job.first_loss
    assert min(min(sample["seconds"], sample["memory_mb_peak"]) for sample in samples) > 0


def test_memory_is_the_lane_s_own_not_that_of_who_started_it(job: Job, tmp_path: Path) -> None:
    """Linux hands ru_maxrss down to a program that is started; VmHWM starts afresh."""
    path = tmp_path / "job.pickle"
    path.write_bytes(pickle.dumps(job))
    held = np.ones(300 << 17)
    with Child("ours/packed", "bench.our_lane", path, "packed", {}) as child:
        child.facts()
        peak = child.block()["memory_mb_peak"]
    assert peak is None or 5 < peak < held.nbytes / 2**20


def test_two_lanes_may_work_at_the_same_time(job: Job, tmp_path: Path) -> None:
    path = tmp_path / "job.pickle"
    path.write_bytes(pickle.dumps(job))
    with (
        Child("one", "bench.our_lane", path, "packed", {}) as one,
        Child("two", "bench.our_lane", path, "packed", {}) as two,
    ):
        pair = (one, two)
        for child in pair:
            child.facts()
        for child in pair:
            child.begin()
        first, second = (child.end() for child in pair)
    assert first["loss"] == second["loss"]


def test_a_dead_lane_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.pickle"
    with (
        Child("ours/packed", "bench.our_lane", missing, "packed", {}) as child,
        pytest.raises(TrainingError, match=r"bench lane ours/packed: found exit status 1"),
    ):
        child.facts()


def test_a_refusal_is_raised_and_no_lane_inherits_our_openmp_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing our kernels sets GOMP_SPINCOUNT; PyTorch's own OpenMP must not see it."""
    (tmp_path / "toy_lane.py").write_text(TOY_LANE, encoding="utf-8")
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")
    settings = {"PYTHONPATH": str(tmp_path), "MARK": "set", "PYTHONUNBUFFERED": "1"}
    with Child("toy", "toy_lane", tmp_path, "packed", settings) as child:
        assert child.facts() == {"spin": None, "mark": "set"}
        with pytest.raises(TrainingError, match=r"toy: found a fault; expected none\. Mend it"):
            child.block()
