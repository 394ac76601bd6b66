"""The benchmark trains what training trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.train import draw_job, main
from contracts.loading import ContractBook
from engine.model import Model
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


@pytest.mark.parametrize("option", ["--pairs", "--updates", "--threads"])
def test_counts_below_one_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([option, "0"])
    said = capsys.readouterr().err
    assert f"argument {option}: found '0'; expected a whole number from 1" in said
