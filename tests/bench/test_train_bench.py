"""The benchmark trains what training trains, and what the published line was timed on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from bench.train import DENSE_CONFIG, DENSE_ROWS, dense_job, draw_job, main, part_of, table
from contracts.loading import ContractBook
from engine.model import Model, ModelConfig
from engine.stages import Stages
from engine.store import Store
from engine.train import Progress, train


def test_updates_and_first_loss_are_those_of_training(tmp_path: Path) -> None:
    """Token by token: a short training of the rung reports the same updates."""
    stages = Stages(ContractBook(), Store(tmp_path / "runs"), "spec16_r9")
    job = draw_job(stages, updates=3, threads=2)
    declared = stages.contract.training
    name, stage = next(iter(declared.stages.items()))
    sizes = [sum(batch.tokens.size for batch in batches) for batches in job.updates]
    short = declared.model_copy(
        update={"stages": {name: stage.model_copy(update={"tokens": sum(sizes)})}}
    )
    pools = {
        surface: [stages.example(row) for row in rows]
        for surface, rows in stages.dataset.train.items()
    }
    seen: list[Progress] = []
    model = Model.initialise(job.config, declared.seed)
    train(model, short, pools, next(iter(pools.values()))[:2], tmp_path, seen.append)
    assert [progress.tokens for progress in seen] == [sum(sizes[: n + 1]) for n in range(3)]
    assert seen[0].loss == job.first_loss
    assert all(len(batches) == declared.accumulate for batches in job.updates)


def test_the_dense_part_is_the_published_model_on_full_rows() -> None:
    job = dense_job(DENSE_CONFIG, DENSE_ROWS, updates=1, threads=1)
    [[batch]] = job.updates
    assert batch.tokens.size == batch.counted == 4096
    assert set(np.diff(batch.row_starts)) == {512}
    assert job.config.flops_per_token(512) == pytest.approx(8.92e6, rel=1e-3)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_small_part_is_measured_and_told() -> None:
    config = ModelConfig(
        40, layers=1, embed_dim=32, hidden_dim=32, heads=2, kv_heads=1, context_len=16
    )
    job = dense_job(config, rows=2, updates=2, threads=1)
    part = part_of(job, ("ours/packed", "eager/dense"), rounds=2, gemm=("gemm/numpy",))
    assert part["tokens"] == part["tokens_counted"] == 64
    assert set(part["lanes"]) == {"ours/packed", "eager/dense"}
    ours, theirs = (part["lanes"][lane]["samples"] for lane in ("ours/packed", "eager/dense"))
    assert [s["loss"] for s in theirs] == pytest.approx([s["loss"] for s in ours], rel=1e-3)
    assert part["best"] == {"eager": "eager/dense"}
    assert set(part["gemm"]["lanes"]) == {"gemm/numpy"}
    told = table({"parts": {"dense": part}})
    assert told.startswith("dense:\nlane ")
    assert "eager/dense *" in told


@pytest.mark.parametrize("option", ["--pairs", "--updates", "--dense-updates", "--threads"])
def test_counts_below_one_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([option, "0"])
    said = capsys.readouterr().err
    assert f"argument {option}: found '0'; expected a whole number from 1" in said
