"""PyTorch's decoding as a lane: `python -m bench.torch_decode_lane JOB eager/cache`.

The model of bench/torch_model.py with keys and values in a cache made once for each batch, under
inference_mode. A query group's heads stand in the place of queries, so that no key is repeated.
Prompts pass together, right-padded, under a causal mask; logits exist for each row's last token
only. Three ways of going on:

    eager/cache     attention over the filled part of the cache, without a mask where all rows are
                    equally long; rows that ended leave when half of the batch has
    compile/cache   one compiled step of fixed shape: attention over the whole cache under a mask
    compile/frozen  the same, weights folded into the graph and packed for it

PyTorch is imported before our kernels, as in bench/torch_lane.py.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
import torch._dynamo as dynamo
import torch._inductor.config as inductor
import torch.nn.functional as F

from bench.decode_job import Case, DecodeJob, DecodeLane, Texts
from bench.lane import serve
from bench.torch_model import Decoder, rotated
from engine.model import rope_table

Caches = list[tuple[Any, Any]]


class CachedDecoder:
    """Greedy continuation of batches of prompts."""

    def __init__(self, job: DecodeJob, mode: str) -> None:
        self.config = job.config
        self.decoder = Decoder(job.config, rope_table(job.config)).eval().requires_grad_(False)
        self.decoder.load(job.weights)
        self.fixed = mode != "eager/cache"
        self.step: Any = self._step
        if self.fixed:
            dynamo.config.fail_on_recompile_limit_hit = True
            inductor.freezing = mode == "compile/frozen"
            self.step = torch.compile(_Step(self.decoder), dynamic=False)

    @torch.inference_mode()  # type: ignore[untyped-decorator]  # PyTorch is untyped here
    def continue_all(self, case: Case) -> Texts:
        """New tokens of each prompt, without the end token."""
        lengths = torch.tensor([len(prompt) for prompt in case.prompts])
        capacity = min(self.config.context_len, int(lengths.max()) + case.max_new)
        caches, token = self._prefill(case, lengths, capacity)
        even = bool((lengths == lengths[0]).all())
        position, rows = lengths.clone(), torch.arange(len(lengths))
        out = torch.full((len(lengths), case.max_new), case.eos)
        ended = token == case.eos
        for at in range(case.max_new):
            ended = ended | (token == case.eos)
            if bool(ended.all()):
                break
            if not self.fixed and int(ended.sum()) * 2 >= len(rows):
                keep = torch.nonzero(~ended)[:, 0]
                caches = [(k[keep], v[keep]) for k, v in caches]
                token, position, rows, ended = (t[keep] for t in (token, position, rows, ended))
            out[rows, at] = torch.where(ended, case.eos, token)
            if at + 1 < case.max_new:
                token = self.step(token, position, caches, even)
                # An ended row goes nowhere; what it computes is not read.
                position = torch.clamp(position + 1, max=capacity - 1)
        texts = out.tolist()
        return [row[: row.index(case.eos)] if case.eos in row else row for row in texts]

    def _prefill(self, case: Case, lengths: Any, capacity: int) -> tuple[Caches, Any]:
        rows, longest, c = len(lengths), int(lengths.max()), self.config
        tokens = torch.zeros((rows, longest), dtype=torch.int64)
        for row, prompt in enumerate(case.prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        model = self.decoder
        cos, sin = model.rope[:longest].repeat(rows, 1).unsqueeze(1).chunk(2, dim=-1)
        x = model.embed_tokens(tokens.flatten())
        caches = []
        for layer in model.layers:
            q, k, v = (
                t.unflatten(0, (rows, longest)).transpose(1, 2)
                for t in _queries_keys_values(layer, x, cos, sin)
            )
            cache = tuple(torch.zeros(rows, c.kv_heads, capacity, c.head_size) for _ in range(2))
            cache[0][:, :, :longest], cache[1][:, :, :longest] = k, v
            caches.append((cache[0], cache[1]))
            mixed = F.scaled_dot_product_attention(
                q, k, v, is_causal=True, enable_gqa=c.heads != c.kv_heads
            )
            x = _after_attention(layer, x, mixed.transpose(1, 2).flatten(2).flatten(0, 1))
        last = x.unflatten(0, (rows, longest))[torch.arange(rows), lengths - 1]
        return caches, model.lm_head(model.norm(last)).argmax(dim=-1)

    def _step(self, token: Any, position: Any, caches: Caches, even: bool) -> Any:
        """Eager: the filled part of the cache, whose size may change from step to step."""
        filled = int(position.max()) + 1
        if even:
            at: Any = (slice(None), slice(None), filled - 1)
            mask = None
        else:
            at = (torch.arange(len(token)), slice(None), position)
            mask = (torch.arange(filled) <= position[:, None])[:, None, None]
        return _next_token(self.decoder, token, position, caches, at, filled, mask)


class _Step(torch.nn.Module):  # type: ignore[misc]  # PyTorch is untyped here
    """The compiled step: fixed shapes, the whole cache under a mask."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, token: Any, position: Any, caches: Caches, even: bool) -> Any:
        capacity = caches[0][0].shape[2]
        at = (torch.arange(token.shape[0]), slice(None), position)
        mask = (torch.arange(capacity) <= position[:, None])[:, None, None]
        return _next_token(self.decoder, token, position, caches, at, capacity, mask)


def _next_token(
    model: Decoder, token: Any, position: Any, caches: Caches, at: Any, filled: int, mask: Any
) -> Any:
    """Put the token's keys and values `at` its place, attend to `filled` places, take the best."""
    cos, sin = model.rope[position].unsqueeze(1).chunk(2, dim=-1)
    x = model.embed_tokens(token)
    for layer, (keys, values) in zip(model.layers, caches, strict=True):
        q, k, v = _queries_keys_values(layer, x, cos, sin)
        keys[at], values[at] = k, v
        groups = q.unflatten(1, (keys.shape[1], -1))
        mixed = F.scaled_dot_product_attention(
            groups, keys[:, :, :filled], values[:, :, :filled], attn_mask=mask
        )
        x = _after_attention(layer, x, mixed.flatten(1))
    return model.lm_head(model.norm(x)).argmax(dim=-1)


def _queries_keys_values(layer: Any, x: Any, cos: Any, sin: Any) -> tuple[Any, Any, Any]:
    c, at = layer.config, layer.self_attn
    heads = at["qkv"](layer.input_layernorm(x)).view(len(x), -1, c.head_size)
    q, k, v = heads.split((c.heads, c.kv_heads, c.kv_heads), dim=1)
    return rotated(at["q_norm"](q), cos, sin), rotated(at["k_norm"](k), cos, sin), v


def _after_attention(layer: Any, x: Any, mixed: Any) -> Any:
    x = x + layer.self_attn["o_proj"](mixed)
    gate, up = layer.mlp["gate_up"](layer.post_attention_layernorm(x)).chunk(2, dim=-1)
    return x + layer.mlp["down_proj"](F.silu(gate) * up)


def make(job: DecodeJob, mode: str) -> DecodeLane:
    """A lane in one of the three modes."""
    torch.set_num_threads(job.threads)
    return DecodeLane(job, CachedDecoder(job, mode).continue_all)


if __name__ == "__main__":
    sys.exit(serve(make, sys.argv[1:]))
