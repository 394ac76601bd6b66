"""The model over the kernels: shapes, seeds, loss, accumulation, optimizer, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from contracts.errors import KernelError
from engine.batch import Batch
from engine.model import Model, ModelConfig
from engine.optimizer import AdamW
from engine.parity_cases import parity_batch, parity_model
from engine.reference import ReferenceModel
from engine.workspace import PassSize

SMALL = ModelConfig(50, layers=2, embed_dim=48, hidden_dim=64, heads=4, kv_heads=2, context_len=64)


def test_parameters_bear_the_names_and_shapes_of_qwen3() -> None:
    shapes = ModelConfig(149).parameter_shapes()
    assert shapes["model.embed_tokens.weight"] == (149, 192)
    assert shapes["model.layers.2.self_attn.k_proj.weight"] == (96, 192)
    assert shapes["model.layers.0.self_attn.q_norm.weight"] == (24,)
    assert shapes["model.layers.1.mlp.down_proj.weight"] == (192, 384)
    assert shapes["lm_head.weight"] == (149, 192)
    assert "lm_head.weight" not in ModelConfig(149, tied_head=True).parameter_shapes()


def test_flops_follow_the_published_count() -> None:
    """3 layers, width 192, vocabulary 1024, sequences of 512: 8.92 MFLOP a token."""
    assert ModelConfig(1024).flops_per_token(512) == pytest.approx(8.92e6, rel=2e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 20}, "heads: found 20; expected a divisor of embed_dim"),
        ({"kv_heads": 3}, "kv_heads: found 3; expected a divisor of heads"),
        ({"head_dim": 7}, "head_dim: found 7; expected even"),
        ({"layers": 0}, "layers: found 0; expected at least 1"),
        ({"layers": 65}, "layers: found 65; expected at most 64"),
        ({"rms_eps": 0.0}, "rms_eps 0.0; expected positive"),
    ],
)
def test_impossible_shapes_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(KernelError, match=message):
        ModelConfig(50, **change)


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    first, again, other = (Model.initialise(SMALL, seed).flat.tobytes() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_more_words_or_layers_leave_the_other_weights_as_they_were() -> None:
    small = Model.initialise(SMALL, 1).parameters
    larger = Model.initialise(
        ModelConfig(60, layers=2, embed_dim=48, hidden_dim=64, heads=4, kv_heads=2, context_len=64),
        1,
    ).parameters
    for name, view in small.items():
        np.testing.assert_array_equal(larger[name][: len(view)], view)


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_first_loss_is_near_that_of_guessing(tied: bool) -> None:
    """Logits of unit variance cost half a nat more than equal ones."""
    model = Model.initialise(ModelConfig(149, tied_head=tied), 1)
    assert 0.0 < model.loss(parity_batch((60, 50), 149)) - math.log(149) < 1.0


def test_views_share_memory_with_the_flat_buffer() -> None:
    model = Model.initialise(SMALL, 1)
    model.flat[:] = 0.5
    assert all((view == 0.5).all() for view in model.parameters.values())
    assert sum(view.size for view in model.parameters.values()) == model.flat.size


def test_forward_gives_the_logits_of_every_position() -> None:
    model, batch = parity_model(SMALL, None), parity_batch((40, 1, 17), 50)
    wanted = ReferenceModel(SMALL, model.parameters).logits(batch)
    np.testing.assert_allclose(model.forward(batch), wanted, atol=3e-6 * np.abs(wanted).max())


def test_loss_agrees_with_the_training_step_and_counts_only_what_counts() -> None:
    model, batch = parity_model(SMALL, None), parity_batch((40, 1, 17), 50)
    assert model.loss(batch) == model.loss_and_gradient(batch)
    uncounted = Batch(batch.tokens, batch.row_starts, batch.targets.copy())
    uncounted.targets[0] = 49 if uncounted.targets[0] < 0 else -1
    assert model.loss(uncounted) != model.loss(batch)


def test_rows_of_a_batch_do_not_touch_one_another() -> None:
    model = parity_model(SMALL, None)
    rows = [[1, 2, 3, 4], [5, 6], [7] * 40]
    packed = model.forward(Batch.unscored(rows))
    alone = np.concatenate([model.forward(Batch.unscored([row])) for row in rows])
    np.testing.assert_array_equal(packed, alone)


def test_gradients_add_up_until_they_are_zeroed() -> None:
    model, batch = parity_model(SMALL, None), parity_batch((40, 9), 50)
    model.loss_and_gradient(batch)
    once = model.gradient_flat.copy()
    model.loss_and_gradient(batch)
    np.testing.assert_allclose(model.gradient_flat, 2 * once, rtol=1e-5, atol=1e-7)
    model.zero_gradients()
    assert not model.gradient_flat.any()


def test_nothing_unwritten_is_read() -> None:
    """A workspace full of NaN gives the bytes of a fresh one: every slice is written before use."""
    batch = parity_batch((40, 1, 17), 50)
    clean, dirty = parity_model(SMALL, None), parity_model(SMALL, None)
    dirty.loss_and_gradient(batch)
    dirty.zero_gradients()
    for memory in (dirty._workspace.memory, dirty._pack):
        memory[: memory.size // 4 * 4].view(np.float32)[:] = np.nan
    assert dirty.loss_and_gradient(batch) == clean.loss_and_gradient(batch)
    np.testing.assert_array_equal(dirty.gradient_flat, clean.gradient_flat)


def test_a_larger_batch_after_a_smaller_one_is_planned_anew() -> None:
    model, fresh = parity_model(SMALL, None), parity_model(SMALL, None)
    model.loss_and_gradient(parity_batch((3,), 50))
    model.zero_gradients()
    large = parity_batch((60, 50, 40), 50)
    model.loss_and_gradient(large)
    fresh.loss_and_gradient(large)
    np.testing.assert_array_equal(model.gradient_flat, fresh.gradient_flat)


def test_reserved_memory_names_every_part_and_its_bytes() -> None:
    model = Model.initialise(ModelConfig(149), 1)
    model.threads = 3
    plan = model.reserve(
        {"step": PassSize(110, 70, 60, keep=True), "look": PassSize(90, 9, 60, keep=False)}
    )
    assert plan["kept"]["weights"] == plan["kept"]["adam_v"] == model.flat.nbytes
    assert plan["passes"]["step"]["slices"]["gate_up"] == 3 * 110 * 768 * 4
    assert plan["passes"]["look"]["slices"]["gate_up"] == 90 * 768 * 4
    assert plan["total"] == sum(plan["kept"].values()) + plan["arena"]
    assert all(size > 0 for part in plan["passes"].values() for size in part["slices"].values())
    assert model.arena_bytes == plan["arena"] + 2 * plan["arena_further_thread"]


def test_no_batch_within_the_reserved_sizes_needs_more() -> None:
    model = Model.initialise(ModelConfig(149), 1)
    model.reserve({"step": PassSize(110, 110, 60, keep=True)})
    reserved = model.arena_bytes
    for lengths in ((60, 50), (50, 60), (1,), (40, 40, 30), (60,)):
        model.loss_and_gradient(parity_batch(lengths, 149, "all"))
        model.loss(parity_batch(lengths, 149, "all"))
    assert model.arena_bytes == reserved


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_training_learns_a_row_by_heart(tied: bool) -> None:
    config = ModelConfig(
        50, layers=1, embed_dim=48, hidden_dim=64, heads=4, kv_heads=2, context_len=64,
        tied_head=tied,
    )
    model = Model.initialise(config, 1)
    optimizer = AdamW(model)
    batch = parity_batch((30, 20), 50, "all")
    for _ in range(60):
        model.zero_gradients()
        model.loss_and_gradient(batch)
        norm = optimizer.step(1e-2)
        assert norm > 0
    assert model.loss(batch) < 0.05


def test_weights_that_do_not_decay_are_the_norms() -> None:
    model = Model.initialise(SMALL, 1)
    before = {name: view.copy() for name, view in model.parameters.items()}
    AdamW(model, weight_decay=0.5).step(0.1)  # no gradient: only decay moves anything
    for name, view in model.parameters.items():
        factor = 0.95 if view.ndim == 2 else 1.0
        np.testing.assert_allclose(view, before[name] * np.float32(factor), rtol=1e-6)


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    model = Model.initialise(SMALL, 1)
    optimizer = AdamW(model)
    before = model.flat.copy()
    model.gradient_flat[3] = np.nan
    assert math.isnan(optimizer.step(1e-3))
    np.testing.assert_array_equal(model.flat, before)
    assert optimizer.steps == 0
    assert not optimizer.m.any()


def test_optimizer_settings_are_checked() -> None:
    with pytest.raises(KernelError, match=r"beta1 1\.0"):
        AdamW(Model(SMALL), beta1=1.0)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (lambda: Batch.pack([]), "no rows"),
        (lambda: Batch.pack([([1], [True])]), "1 ids and 1 marks"),
        (lambda: Batch.pack([([1, 2], [True])]), "2 ids and 1 marks"),
        (lambda: Batch.unscored([[1], []]), "an empty one"),
        (
            lambda: Batch(*(np.array(a, np.int32) for a in ([1, 2], [0, 1], [1, 2]))),
            "row_starts: found",
        ),
        (
            lambda: Batch(*(np.array(a, np.int32) for a in ([1, 2], [0, 0, 2], [1, 2]))),
            "an empty row",
        ),
    ],
)
def test_malformed_batches_are_refused(batch: Any, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        batch()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([([1, 50, 2], [True] * 3)], "ids 1 to 50; expected ids 0 to 49"),
        ([([1, 2, 50], [True] * 3)], "batch, targets: found ids 2 to 50"),
        ([([1] * 66, [True] * 66)], "a row that ends at 65; expected context_len 64"),
        ([([1, 2], [False] * 2)], "none counted"),
    ],
)
def test_batches_that_do_not_fit_the_model_are_refused(rows: Any, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        Model.initialise(SMALL, 1).loss_and_gradient(Batch.pack(rows))


def test_denominator_must_be_positive() -> None:
    with pytest.raises(KernelError, match="denominator: found 0"):
        Model.initialise(SMALL, 1).loss_and_gradient(parity_batch((5,), 50), denominator=0)
