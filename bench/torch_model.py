"""The decoder of engine/model.py in PyTorch: same architecture, same weights, same loss.

Written for speed on a CPU, so that the comparison is with PyTorch at its best: q, k, v and
gate, up are one product each, logits are computed only where a target counts, attention is
PyTorch's fused kernel. Four ways of giving it rows of different lengths, and one of equal:

    packed    rows one after the other under a block-diagonal mask: no padding, T x T attention
    gathered  rows one after the other, spread into a padded block for attention alone
    padded    every row padded to the longest of its batch, attention causal without a mask
    fixed     as gathered, padded to the largest batch of all: one shape for the compiler
    dense     rows equally long, every target counted: nothing to pad, mask, gather or select
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from engine.batch import Batch
from engine.kernels import FloatArray
from engine.model import ModelConfig

LAYOUTS = ("packed", "gathered", "padded", "fixed", "dense")
_IGNORED = -100  # what cross_entropy skips
# Our tensors that PyTorch's model holds as one, by the name it gives them.
_JOINED = {
    "self_attn.qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "mlp.gate_up": ("mlp.gate_proj", "mlp.up_proj"),
}


@dataclass(frozen=True)
class Extent:
    """Sizes of a batch: tokens, longest row, counted targets."""

    tokens: int
    longest: int
    counted: int

    @classmethod
    def of(cls, batches: Sequence[Batch]) -> Extent:
        """The least extent that holds every one of the batches."""
        return cls(
            max(batch.tokens.size for batch in batches),
            max(batch.longest for batch in batches),
            max(batch.counted for batch in batches),
        )


def prepare(batch: Batch, layout: str, largest: Extent) -> tuple[Any, ...]:
    """Arguments of `Decoder.forward` for a batch in a layout; `largest` bounds "fixed"."""
    starts, size = batch.row_starts, batch.tokens.size
    if layout == "dense":
        assert batch.counted == size == (starts.size - 1) * batch.longest, "not dense"
        position = torch.arange(batch.longest).repeat(starts.size - 1)
        tokens, targets = (
            torch.from_numpy(a.astype(np.int64)) for a in (batch.tokens, batch.targets)
        )
        return tokens, position, None, targets, starts.size - 1, None, None, None
    lengths = np.diff(starts)
    row = np.repeat(np.arange(lengths.size), lengths)
    position = np.arange(size) - starts[row]
    longest = largest.longest if layout == "fixed" else batch.longest
    cell = row * longest + position
    place, total = np.arange(size), size
    mask = spread = back = None
    if layout == "packed":
        allowed = (row[:, None] == row) & (place[:, None] >= place)
        mask = torch.from_numpy(np.where(allowed, 0.0, -np.inf).astype(np.float32))
    elif layout == "padded":
        place, total = cell, lengths.size * longest
    else:
        total = largest.tokens if layout == "fixed" else size
        # Empty cells lie behind their row's tokens, where no counted query looks.
        table = np.zeros(lengths.size * longest, np.int64)
        table[cell] = np.arange(size)
        spread = torch.from_numpy(table.reshape(lengths.size, longest))
        back = torch.from_numpy(_filled(cell, np.arange(size), total, 0))
    counted = np.flatnonzero(batch.targets >= 0)
    room = largest.counted if layout == "fixed" else counted.size
    order = np.arange(counted.size)
    return (
        torch.from_numpy(_filled(batch.tokens, place, total, 0)),
        torch.from_numpy(_filled(position, place, total, 0)),
        torch.from_numpy(_filled(place[counted], order, room, 0)),
        torch.from_numpy(_filled(batch.targets[counted], order, room, _IGNORED)),
        lengths.size,
        mask,
        spread,
        back,
    )


def _filled(values: Any, at: Any, size: int, filler: int) -> Any:
    out = np.full(size, filler, np.int64)
    out[at] = values
    return out


class Layer(nn.Module):  # type: ignore[misc]  # PyTorch is untyped here
    """One block: attention and SwiGLU, each behind a norm and added to the stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, head = config.embed_dim, config.head_size
        self.config = config
        self.input_layernorm = nn.RMSNorm(width, config.rms_eps)
        self.post_attention_layernorm = nn.RMSNorm(width, config.rms_eps)
        self.self_attn = nn.ModuleDict(
            {
                "qkv": nn.Linear(width, (config.heads + 2 * config.kv_heads) * head, bias=False),
                "o_proj": nn.Linear(config.heads * head, width, bias=False),
                "q_norm": nn.RMSNorm(head, config.rms_eps),
                "k_norm": nn.RMSNorm(head, config.rms_eps),
            }
        )
        self.mlp = nn.ModuleDict(
            {
                "gate_up": nn.Linear(width, 2 * config.hidden_dim, bias=False),
                "down_proj": nn.Linear(config.hidden_dim, width, bias=False),
            }
        )

    def forward(
        self, x: Any, cos: Any, sin: Any, rows: int, mask: Any, spread: Any, back: Any
    ) -> Any:
        """x (N, width) of a layout that `prepare` made."""
        c, at = self.config, self.self_attn
        heads = at["qkv"](self.input_layernorm(x)).view(len(x), -1, c.head_size)
        q, k, v = heads.split((c.heads, c.kv_heads, c.kv_heads), dim=1)
        q, k = rotated(at["q_norm"](q), cos, sin), rotated(at["k_norm"](k), cos, sin)
        # (rows, heads, T, head_dim), where a packed batch is one row under a mask.
        if spread is not None:
            q, k, v = (t[spread].transpose(1, 2) for t in (q, k, v))
        else:
            blocks = 1 if mask is not None else rows
            q, k, v = (t.unflatten(0, (blocks, -1)).transpose(1, 2) for t in (q, k, v))
        attended = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=mask is None, enable_gqa=c.heads != c.kv_heads
        )
        mixed = attended.transpose(1, 2).flatten(2).flatten(0, 1)
        x = x + at["o_proj"](mixed if back is None else mixed[back])
        gate, up = self.mlp["gate_up"](self.post_attention_layernorm(x)).chunk(2, dim=-1)
        return x + self.mlp["down_proj"](F.silu(gate) * up)


def rotated(x: Any, cos: Any, sin: Any) -> Any:
    """Heads x (N, heads, D) turned to their positions; cosines and sines (N, 1, D/2)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Decoder(nn.Module):  # type: ignore[misc]  # PyTorch is untyped here
    """Embedding, layers, norm and head; `forward` is the summed loss of a prepared batch."""

    def __init__(self, config: ModelConfig, rope: FloatArray) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.embed_dim)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.embed_dim, config.rms_eps)
        self.lm_head = nn.Linear(config.embed_dim, config.vocab_size, bias=False)
        if config.tied_head:
            self.lm_head.weight = self.embed_tokens.weight
        self.register_buffer("rope", torch.from_numpy(rope), persistent=False)

    def forward(
        self,
        tokens: Any,
        positions: Any,
        select: Any,
        targets: Any,
        rows: int,
        mask: Any,
        spread: Any,
        back: Any,
    ) -> Any:
        """Summed cross-entropy in nats over the selected positions (None: over all)."""
        cos, sin = self.rope[positions].unsqueeze(1).chunk(2, dim=-1)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, cos, sin, rows, mask, spread, back)
        logits = self.lm_head(self.norm(x if select is None else x[select]))
        return F.cross_entropy(logits, targets, ignore_index=_IGNORED, reduction="sum")

    def load(self, ours: Mapping[str, FloatArray]) -> None:
        """Copy weights in, by our names."""
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(torch.from_numpy(joined(name, ours)))


def joined(name: str, ours: Mapping[str, FloatArray]) -> FloatArray:
    """Our weights or gradients behind one parameter of the PyTorch model."""
    ours_name = name if name.startswith("lm_head") else f"model.{name}"
    for joint, parts in _JOINED.items():
        if joint in ours_name:
            return np.concatenate([ours[ours_name.replace(joint, part)] for part in parts])
    return ours[ours_name]
