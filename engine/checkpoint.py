"""Checkpoints in the Hugging Face folder layout, and the state of an unfinished training.

    config.json          Qwen3ForCausalLM fields
    model.safetensors    the weights, float32; the same weights give the same bytes
    tokenizer.json       as the tokenizer wrote it
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from contracts.errors import KernelError, StoreError
from engine.model import Model, ModelConfig
from engine.optimizer import AdamW

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"

# Our field and Qwen3's; the rest of config.json is constant.
_FIELDS = {
    "vocab_size": "vocab_size",
    "layers": "num_hidden_layers",
    "embed_dim": "hidden_size",
    "hidden_dim": "intermediate_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_size": "head_dim",
    "context_len": "max_position_embeddings",
    "rope_theta": "rope_theta",
    "rms_eps": "rms_norm_eps",
    "tied_head": "tie_word_embeddings",
}
_CONSTANTS = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_act": "silu",
    "attention_bias": False,
    "attention_dropout": 0.0,
    "use_sliding_window": False,
    "torch_dtype": "float32",
}
# Readers of Hugging Face's layout ask for this key; a second one would be written in any order.
_WEIGHTS_METADATA = {"format": "pt"}
_STATE_KEY = "probegate"


def save_checkpoint(folder: Path, model: Model, tokenizer_json: str | None = None) -> None:
    """Write a checkpoint folder; each file is replaced atomically, the weights last."""
    folder.mkdir(parents=True, exist_ok=True)
    config = _CONSTANTS | {theirs: getattr(model.config, ours) for ours, theirs in _FIELDS.items()}
    _replace(folder / CONFIG, (json.dumps(config, indent=2, sort_keys=True) + "\n").encode())
    if tokenizer_json is not None:
        _replace(folder / TOKENIZER, tokenizer_json.encode())
    _replace(folder / WEIGHTS, save(dict(model.parameters), metadata=_WEIGHTS_METADATA))


def load_model(folder: Path) -> Model:
    """The model of a checkpoint folder. Raises StoreError when a file is missing or damaged."""
    model = Model(_load_config(folder / CONFIG))
    path = folder / WEIGHTS
    tensors = _load_tensors(path)
    if set(tensors) != set(model.parameters):
        odd = sorted(set(tensors) ^ set(model.parameters))
        raise StoreError(
            str(path), f"tensors that differ: {', '.join(odd[:4])}", "those of config.json"
        )
    for name, view in model.parameters.items():
        _fill(path, name, view, tensors[name])
    return model


def save_training_state(path: Path, optimizer: AdamW, extra: dict[str, Any]) -> None:
    """Write weights, optimizer state and `extra` (JSON values) as one file, replaced atomically."""
    tensors = {"weights": optimizer.model.flat, "m": optimizer.m, "v": optimizer.v}
    text = json.dumps({"steps": optimizer.steps, "extra": extra}, sort_keys=True, allow_nan=False)
    sealed = json.dumps({"state": text, "sha256": _seal(text, tensors)}, sort_keys=True)
    _replace(path, save(tensors, metadata={_STATE_KEY: sealed}))


def load_training_state(path: Path, optimizer: AdamW | None = None) -> dict[str, Any]:
    """The `extra` of a saved state; restores weights and optimizer too when one is given.

    Raises StoreError when the file is missing, damaged or of another model.
    """
    tensors = _load_tensors(path)
    try:
        sealed = json.loads(_metadata(path)[_STATE_KEY])
        text, digest = sealed["state"], sealed["sha256"]
        intact = digest == _seal(text, tensors)
    except (KeyError, TypeError, ValueError) as reason:
        raise StoreError(str(path), "no seal", "a training state", "Delete it") from reason
    if not intact:
        raise StoreError(
            str(path), "contents that do not match their sha256", "an intact state",
            "Delete it: training starts the stage anew",
        )
    state: dict[str, Any] = json.loads(text)
    if optimizer is not None:
        targets = {"weights": optimizer.model.flat, "m": optimizer.m, "v": optimizer.v}
        for name, view in targets.items():
            _fill(path, name, view, tensors[name])
        optimizer.steps = int(state["steps"])
    extra: dict[str, Any] = state["extra"]
    return extra


def grow_embeddings(parent: Model, token_map: Sequence[int | None], seed: int) -> Model:
    """A model for another vocabulary: new id i takes the rows of parent id token_map[i].

    None draws a fresh row, as `Model.initialise` would with `seed`. All else is copied.
    """
    shape = {name: getattr(parent.config, name) for name in parent.config.__dataclass_fields__}
    child = Model(ModelConfig(**(shape | {"vocab_size": len(token_map)})), parent.kernels)
    child.threads = parent.threads
    known = [new for new, old in enumerate(token_map) if old is not None]
    source = [old for old in token_map if old is not None]
    if source and not 0 <= min(source) <= max(source) < parent.config.vocab_size:
        raise KernelError(
            "grow_embeddings", f"parent ids {min(source)} to {max(source)}",
            f"0 to {parent.config.vocab_size - 1}",
        )
    for name, view in child.parameters.items():
        if name in ("model.embed_tokens.weight", "lm_head.weight"):
            child.initialise_tensor(name, seed)
            view[known] = parent.parameters[name][source]
        else:
            view[...] = parent.parameters[name]
    return child


def _load_config(path: Path) -> ModelConfig:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        fields = {ours: raw[theirs] for ours, theirs in _FIELDS.items()}
    except OSError as reason:
        raise StoreError(str(path), str(reason), "a checkpoint's config.json") from reason
    except (ValueError, KeyError, TypeError) as reason:
        raise StoreError(str(path), f"unreadable: {reason}", "Qwen3 fields as JSON") from reason
    head = fields.pop("head_size")
    derived = fields["embed_dim"] == head * fields["heads"]
    return ModelConfig(head_dim=None if derived else head, **fields)


def _load_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        return load(path.read_bytes())
    except OSError as reason:
        raise StoreError(str(path), str(reason), "a safetensors file") from reason
    except SafetensorError as reason:
        raise StoreError(str(path), f"damaged: {reason}", "a safetensors file") from reason


def _fill(path: Path, name: str, view: npt.NDArray[Any], tensor: npt.NDArray[Any] | None) -> None:
    if tensor is None or tensor.shape != view.shape or tensor.dtype != view.dtype:
        found = "nothing" if tensor is None else f"{tensor.dtype} {tensor.shape}"
        raise StoreError(f"{path}, tensor {name}", found, f"{view.dtype} {view.shape}")
    if not np.isfinite(tensor).all():
        raise StoreError(f"{path}, tensor {name}", "numbers that are not finite", "finite weights")
    view[...] = tensor


def _metadata(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    found: dict[str, str] = json.loads(content[8 : 8 + size])["__metadata__"]
    return found


def _seal(text: str, tensors: dict[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename: a reader sees the old file or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
