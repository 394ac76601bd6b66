"""Checkpoints come back as they were, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from contracts.errors import KernelError, StoreError
from engine.checkpoint import (
    CONFIG,
    TOKENIZER,
    WEIGHTS,
    grow_embeddings,
    load_model,
    load_training_state,
    save_checkpoint,
    save_training_state,
)
from engine.model import Model, ModelConfig
from engine.optimizer import AdamW
from engine.parity_cases import parity_batch, parity_model

CONFIGS = [
    ModelConfig(50, layers=2, embed_dim=48, hidden_dim=64, heads=4, kv_heads=2, context_len=64),
    ModelConfig(31, layers=1, embed_dim=40, hidden_dim=52, heads=3, kv_heads=1, head_dim=10),
    ModelConfig(31, layers=1, embed_dim=24, hidden_dim=52, heads=2, kv_heads=1, tied_head=True),
]


@pytest.mark.parametrize("config", CONFIGS, ids=["plain", "own head_dim", "tied"])
def test_model_comes_back(tmp_path: Path, config: ModelConfig) -> None:
    model = parity_model(config, None)
    save_checkpoint(tmp_path, model, '{"tokens": "é"}')
    loaded = load_model(tmp_path)
    assert loaded.config == config
    assert loaded.flat.tobytes() == model.flat.tobytes()
    assert (tmp_path / TOKENIZER).read_text(encoding="utf-8") == '{"tokens": "é"}'


def test_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_checkpoint(tmp_path / name, parity_model(CONFIGS[0], None))
    files = [sorted(p.name for p in (tmp_path / name).iterdir()) for name in ("a", "b")]
    assert files == [[CONFIG, WEIGHTS]] * 2
    for name in files[0]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_layout_is_that_of_hugging_face(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, parity_model(CONFIGS[0], None))
    config = json.loads((tmp_path / CONFIG).read_text(encoding="utf-8"))
    assert config["architectures"] == ["Qwen3ForCausalLM"]
    assert config["model_type"] == "qwen3"
    assert (config["hidden_size"], config["intermediate_size"], config["head_dim"]) == (48, 64, 12)
    with safe_open(tmp_path / WEIGHTS, "np") as file:
        assert file.metadata() == {"format": "pt"}
        assert "model.layers.1.mlp.up_proj.weight" in file.keys()  # noqa: SIM118 - not a mapping


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / WEIGHTS).unlink(), "No such file"),
        (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-9]), "damaged"),
        (lambda f: (f / WEIGHTS).write_bytes(b""), "damaged"),
        (lambda f: (f / CONFIG).unlink(), "No such file"),
        (lambda f: (f / CONFIG).write_text("{}"), "unreadable"),
        (lambda f: (f / CONFIG).write_text("{"), "unreadable"),
    ],
)
def test_damaged_checkpoints_are_refused(tmp_path: Path, damage: object, message: str) -> None:
    save_checkpoint(tmp_path, parity_model(CONFIGS[0], None))
    damage(tmp_path)  # type: ignore[operator]
    with pytest.raises(StoreError, match=message):
        load_model(tmp_path)


def test_weights_of_another_shape_or_not_finite_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, parity_model(CONFIGS[0], None))
    tensors = load_file(tmp_path / WEIGHTS)
    tensors["model.norm.weight"][3] = np.inf
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(StoreError, match=r"model\.norm\.weight: found numbers that are not finite"):
        load_model(tmp_path)
    tensors["model.norm.weight"] = np.ones(47, np.float32)
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(StoreError, match=r"float32 \(47,\); expected float32 \(48,\)"):
        load_model(tmp_path)
    del tensors["model.norm.weight"]
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(StoreError, match=r"tensors that differ: model\.norm\.weight"):
        load_model(tmp_path)


def _train(model: Model, optimizer: AdamW, steps: range) -> None:
    for step in steps:
        model.zero_gradients()
        model.loss_and_gradient(parity_batch((20 + step, 7), model.config.vocab_size))
        optimizer.step(1e-3)


def test_interrupted_training_ends_in_the_same_bytes(tmp_path: Path) -> None:
    straight = parity_model(CONFIGS[0], None)
    _train(straight, AdamW(straight), range(6))
    first = parity_model(CONFIGS[0], None)
    optimizer = AdamW(first)
    _train(first, optimizer, range(3))
    save_training_state(tmp_path / "state", optimizer, {"position": {"update": 3}})

    resumed = Model.initialise(CONFIGS[0], 99)
    optimizer = AdamW(resumed)
    assert load_training_state(tmp_path / "state") == {"position": {"update": 3}}
    assert optimizer.steps == 0  # without an optimizer, only `extra` is read
    load_training_state(tmp_path / "state", optimizer)
    assert optimizer.steps == 3
    _train(resumed, optimizer, range(3, 6))
    assert resumed.flat.tobytes() == straight.flat.tobytes()


@pytest.mark.parametrize("at", [-1, -5000, 40, 200])
def test_one_changed_byte_of_a_state_is_found(tmp_path: Path, at: int) -> None:
    path = tmp_path / "state"
    optimizer = AdamW(parity_model(CONFIGS[0], None))
    save_training_state(path, optimizer, {"note": "x" * 400})
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))
    before = optimizer.model.flat.copy()
    with pytest.raises(StoreError):
        load_training_state(path, optimizer)
    np.testing.assert_array_equal(optimizer.model.flat, before)


def test_state_of_another_model_or_no_state_is_refused(tmp_path: Path) -> None:
    save_training_state(tmp_path / "state", AdamW(parity_model(CONFIGS[1], None)), {})
    with pytest.raises(StoreError, match="tensor weights: found float32"):
        load_training_state(tmp_path / "state", AdamW(parity_model(CONFIGS[0], None)))
    save_checkpoint(tmp_path, parity_model(CONFIGS[0], None))
    with pytest.raises(StoreError, match="no seal"):
        load_training_state(tmp_path / WEIGHTS)


def test_nothing_is_left_beside_a_written_file(tmp_path: Path) -> None:
    save_training_state(tmp_path / "state", AdamW(parity_model(CONFIGS[0], None)), {})
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_grown_vocabulary_keeps_known_rows_and_draws_the_rest() -> None:
    parent = parity_model(CONFIGS[0], None)
    child = grow_embeddings(parent, [3, None, 0, 49, None], seed=5)
    assert child.config.vocab_size == 5
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        rows, old = child.parameters[name], parent.parameters[name]
        np.testing.assert_array_equal(rows[[0, 2, 3]], old[[3, 0, 49]])
        fresh = Model.initialise(child.config, 5).parameters[name]
        np.testing.assert_array_equal(rows[[1, 4]], fresh[[1, 4]])
    same = set(parent.parameters) - {"model.embed_tokens.weight", "lm_head.weight"}
    for name in same:
        np.testing.assert_array_equal(child.parameters[name], parent.parameters[name])
    with pytest.raises(KernelError, match="parent ids 0 to 50"):
        grow_embeddings(parent, [0, 50], seed=5)
