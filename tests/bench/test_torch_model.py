"""The PyTorch side is the same model: loss and every gradient, in every layout."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from bench.lane import Job
from bench.train import dense_job
from contracts.errors import TrainingError
from engine.batch import Batch
from engine.model import Model, ModelConfig

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed: pip install -e '.[bench]'",
)

SHAPES = {
    "grouped": ModelConfig(61, layers=2, context_len=64),
    "tied": ModelConfig(61, layers=1, heads=4, kv_heads=4, context_len=64, tied_head=True),
}
RAGGED_LAYOUTS = ("packed", "gathered", "padded", "fixed")


def job_of(config: ModelConfig) -> Job:
    """Ragged rows, half of each counted; a second, larger batch bounds the fixed layout."""
    rng = np.random.default_rng(7)

    def batch(*lengths: int) -> Batch:
        return Batch.pack(
            [(rng.integers(0, 61, n).tolist(), [i > n // 2 for i in range(n)]) for n in lengths]
        )

    model = Model.initialise(config, 1)
    updates = [[batch(40, 3, 17, 29)], [batch(61, 5, 30, 44)]]
    loss = model.loss_and_gradient(updates[0][0])
    return Job(config, model.parameters, updates, 1, 1e-3, 0.01, 1.0, loss, model.gradients)


@pytest.mark.parametrize("layout", RAGGED_LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_lane_agrees_with_our_kernels_and_goes_on_agreeing(shape: str, layout: str) -> None:
    from bench.our_lane import OurLane
    from bench.torch_lane import PARITY_MAX, TorchLane

    job = job_of(SHAPES[shape])
    theirs, ours = TorchLane(job, f"eager/{layout}"), OurLane(job, "packed")
    assert 0 <= theirs.facts["parity"] <= PARITY_MAX
    # Both have trained one block to warm up; clipping and AdamW agree if the losses still do.
    for _ in range(3):
        assert theirs.block()["loss"] == pytest.approx(ours.block()["loss"], rel=1e-3)


def test_a_gradient_that_disagrees_is_refused_by_name() -> None:
    from bench.torch_lane import TorchLane

    job = job_of(SHAPES["grouped"])
    name = "model.layers.1.self_attn.k_proj.weight"
    bent = {**job.first_gradients, name: job.first_gradients[name] * np.float32(1.001)}
    with pytest.raises(TrainingError, match=r"bench lane packed, layers\.1\.self_attn\.qkv"):
        TorchLane(replace(job, first_gradients=bent), "eager/packed")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_dense_lane_agrees_with_our_kernels_and_goes_on_agreeing(shape: str) -> None:
    from bench.our_lane import OurLane
    from bench.torch_lane import PARITY_MAX, TorchLane

    job = dense_job(SHAPES[shape], rows=3, updates=2, threads=1)
    theirs, ours = TorchLane(job, "eager/dense"), OurLane(job, "packed")
    assert 0 <= theirs.facts["parity"] <= PARITY_MAX
    assert theirs.facts["tokens_fed"] == ours.facts["tokens_fed"] == 2 * 3 * 64
    for _ in range(3):
        assert theirs.block()["loss"] == pytest.approx(ours.block()["loss"], rel=1e-3)


def test_padding_is_counted_as_fed() -> None:
    from bench.torch_lane import TorchLane

    job = job_of(SHAPES["tied"])
    real = sum(batch.tokens.size for batches in job.updates for batch in batches)
    largest = max(batch.tokens.size for batches in job.updates for batch in batches)
    padded = sum(
        (batch.row_starts.size - 1) * batch.longest for batches in job.updates for batch in batches
    )
    fed = {
        layout: TorchLane(job, f"eager/{layout}").facts["tokens_fed"] for layout in RAGGED_LAYOUTS
    }
    assert fed == {"packed": real, "gathered": real, "padded": padded, "fixed": 2 * largest}


def test_every_layout_is_tried() -> None:
    from bench.torch_model import LAYOUTS
    from bench.train import DENSE_LANES, PACKED_LANES

    tried = {lane.split("/")[1] for lane in PACKED_LANES + DENSE_LANES}
    assert tried == set(LAYOUTS) == {*RAGGED_LAYOUTS, "dense"}
