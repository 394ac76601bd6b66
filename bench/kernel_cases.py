"""What bench/kernels.py times: every kernel at the shapes of the dense model, and PyTorch's peers.

A case holds our call, bound to its arrays once, and functions of PyTorch (or NumPy) on the same
values. `result` reads what our last call wrote, in the layout of the peers' results, so that
both are compared before either is timed. Inputs are drawn by name: every case has its own.

PyTorch's backward is autograd's on a kept graph; ours adds to gradients where the header says
so, from zeros when results are compared. FLOPs are those of the model (backward twice forward,
no recomputation counted), bytes are every array once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench.kernel_case import Case, drawn, drawn_ids, empty, short_rows
from bench.product_cases import product_cases
from engine import kernels, operations
from engine.kernels import FloatArray, IntArray, floats, ints, lib
from engine.model import Model, ModelConfig, rope_table
from engine.optimizer import AdamW


def cases(config: ModelConfig, tokens: int) -> list[Case]:
    """Every kernel of probegate.h at this model's shapes, `tokens` tokens at a time."""
    k = kernels.table()
    return [
        *product_cases(k, config, tokens),
        *_norms(k, config, tokens),
        *_positions(k, config, tokens),
        *_attentions(k, config, tokens),
        *_activations(k, config, tokens),
        *_losses(k, config, tokens),
        *_embeddings(k, config, tokens),
        _optimiser(config),
    ]


def _norms(k: Any, c: ModelConfig, n: int) -> list[Case]:
    width, eps = c.embed_dim, c.rms_eps
    x, w, dy = drawn("norm x", n, width), drawn("norm w", width), drawn("norm dy", n, width)
    y, rstd = empty(n, width), operations.rmsnorm(k, x, w, eps)[1]
    kept, partial = rstd.copy(), empty(int(lib.pg_partial_floats(n, width)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)

    def peer(x: Any, w: Any) -> Any:
        import torch.nn.functional as F

        return F.rms_norm(x, (width,), w, eps)

    shape = f"{n} x {width}"
    return [
        Case(
            "rmsnorm_forward",
            shape,
            lambda: k.rmsnorm_forward(
                floats(y), floats(rstd), floats(x), floats(w), eps, n, width
            ),
            lambda: [y],
            bytes=x.nbytes + y.nbytes,
            inputs=(x, w),
            torch=peer,
        ),
        Case(
            "rmsnorm_backward",
            shape,
            lambda: k.rmsnorm_backward(
                floats(dx), floats(dw), floats(partial), floats(dy), floats(x), floats(w),
                floats(kept), n, width,
            ),
            lambda: [dx, dw],
            bytes=x.nbytes + dy.nbytes + 2 * dx.nbytes,
            inputs=(x, w),
            torch=peer,
            gradient_of=(0, 1),
            upstream=dy,
            sums=(dx, dw),
        ),
    ]  # fmt: skip


def _positions(k: Any, c: ModelConfig, n: int) -> list[Case]:
    h, g, d, eps = c.heads, c.kv_heads, c.head_size, c.rms_eps
    qkv, rope = drawn("qkv", n, (h + 2 * g) * d), rope_table(c)
    qw, kw = drawn("qw", d), drawn("kw", d)
    at = (np.arange(n) % c.context_len).astype(np.int32)
    qk, rstd = operations.qknorm_rope(k, qkv, qw, kw, rope, at, eps, h, g)
    dqk = drawn("dqk", n, (h + g) * d)
    upstream = np.concatenate([dqk, np.zeros((n, g * d), np.float32)], axis=1)
    back, dqw, dkw = empty(*qkv.shape), np.zeros_like(qw), np.zeros_like(kw)
    partial = empty(int(lib.pg_partial_floats(n, 2 * d)))

    def peer(qkv: Any, qw: Any, kw: Any, rows: Any) -> Any:
        import torch
        import torch.nn.functional as F

        cos, sin = rows.unsqueeze(1).chunk(2, dim=-1)

        def turned(x: Any, w: Any) -> Any:
            a, b = F.rms_norm(x, (d,), w, eps).chunk(2, dim=-1)
            return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)

        heads = qkv.view(n, -1, d)
        q, k = heads[:, :h], heads[:, h : h + g]
        return torch.cat((turned(q, qw), turned(k, kw)), dim=1).flatten(1)

    shape, inputs = f"{n} x ({h} + {g}) x {d}", (qkv, qw, kw, rope[at])
    return [
        Case(
            "qknorm_rope_forward",
            shape,
            lambda: k.qknorm_rope_forward(
                floats(qk), floats(rstd), floats(qkv), floats(qw), floats(kw), floats(rope),
                ints(at), eps, n, h, g, d,
            ),
            lambda: [qk],
            bytes=2.0 * qk.nbytes,
            inputs=inputs,
            torch=peer,
        ),
        Case(
            "qknorm_rope_backward",
            shape,
            lambda: k.qknorm_rope_backward(
                floats(back), floats(dqw), floats(dkw), floats(partial), floats(qkv), floats(qw),
                floats(kw), floats(rstd), floats(rope), ints(at), n, h, g, d,
            ),
            lambda: [back, dqw, dkw],
            bytes=3.0 * dqk.nbytes,
            inputs=inputs,
            torch=peer,
            gradient_of=(0, 1, 2),
            upstream=dqk,
            before=lambda: np.copyto(back, upstream),
            sums=(dqw, dkw),
        ),
    ]  # fmt: skip


def _attentions(k: Any, c: ModelConfig, n: int) -> list[Case]:
    dense = np.arange(0, n + 1, min(c.context_len, n), dtype=np.int32)
    return _attention(k, c, "dense", dense) + _attention(k, c, "short rows", short_rows(n))


def _attention(k: Any, c: ModelConfig, name: str, starts: IntArray) -> list[Case]:
    """The peer is given padded rows (R, heads, longest, D) ready made: nothing is gathered."""
    n, rows, h, g, d = int(starts[-1]), starts.size - 1, c.heads, c.kv_heads, c.head_size
    lengths = np.diff(starts)
    longest = int(lengths.max())
    qkv = drawn(f"attention {name}", n, (h + 2 * g) * d)
    qk = np.ascontiguousarray(qkv[:, : (h + g) * d])
    dout = drawn(f"attention {name} dout", n, h * d)
    out, stat = operations.attention(k, qk, qkv, starts, h, g)
    kept, kept_stat, dqkv = out.copy(), stat.copy(), empty(*qkv.shape)
    scratch = empty(int(lib.pg_attention_floats(longest, d, 1)))
    row = np.repeat(np.arange(rows), lengths)
    cell = row * longest + np.arange(n) - starts[row]

    def spread_out(heads: FloatArray) -> FloatArray:
        """(n, heads x D) to padded (rows, heads, longest, D)."""
        block = np.zeros((rows * longest, heads.shape[1]), np.float32)
        block[cell] = heads
        return np.ascontiguousarray(block.reshape(rows, longest, -1, d).transpose(0, 2, 1, 3))

    def peer(q: Any, k: Any, v: Any) -> Any:
        import torch.nn.functional as F

        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=h != g)

    inputs = [spread_out(part) for part in np.split(qkv, (h * d, (h + g) * d), axis=1)]  # q, k, v
    pairs = float((lengths * (lengths + 1.0) / 2).sum())
    shape = f"{rows} rows, longest {longest}, {h}/{g} heads x {d}"
    return [
        Case(
            f"attention_forward {name}",
            shape,
            lambda: k.attention_forward(
                floats(out), floats(stat), floats(qk), floats(qkv), ints(starts),
                floats(scratch), n, rows, longest, h, g, d,
            ),
            lambda: [spread_out(out)],
            flops=4.0 * h * d * pairs,
            inputs=inputs,
            torch=peer,
            compiled=False,
            seen=spread_out(np.ones((n, h * d), np.float32)),
        ),
        Case(
            f"attention_backward {name}",
            shape,
            lambda: k.attention_backward(
                floats(dqkv), floats(dout), floats(kept), floats(kept_stat), floats(qk),
                floats(qkv), ints(starts), floats(scratch), n, rows, longest, h, g, d,
            ),
            lambda: [
                spread_out(part) for part in np.split(dqkv, (h * d, (h + g) * d), axis=1)
            ],
            flops=8.0 * h * d * pairs,
            inputs=inputs,
            torch=peer,
            gradient_of=(0, 1, 2),
            upstream=spread_out(dout),
            compiled=False,
        ),
    ]  # fmt: skip


def _activations(k: Any, c: ModelConfig, n: int) -> list[Case]:
    f = c.hidden_dim
    gate_up, dy = drawn("gate_up", n, 2 * f), drawn("dact", n, f)
    y, dgu = empty(n, f), empty(n, 2 * f)

    def peer(gate_up: Any) -> Any:
        import torch.nn.functional as F

        gate, up = gate_up.chunk(2, dim=-1)
        return F.silu(gate) * up

    return [
        Case(
            "swiglu_forward",
            f"{n} x {f}",
            lambda: k.swiglu_forward(floats(y), floats(gate_up), n, f),
            lambda: [y],
            bytes=gate_up.nbytes + y.nbytes,
            inputs=(gate_up,),
            torch=peer,
        ),
        Case(
            "swiglu_backward",
            f"{n} x {f}",
            lambda: k.swiglu_backward(floats(dgu), floats(dy), floats(gate_up), n, f),
            lambda: [dgu],
            bytes=gate_up.nbytes + dy.nbytes + dgu.nbytes,
            inputs=(gate_up,),
            torch=peer,
            gradient_of=(0,),
            upstream=dy,
        ),
    ]


def _losses(k: Any, c: ModelConfig, n: int) -> list[Case]:
    """Loss and gradient at once, as training calls it; the peers do both, too."""
    m, v = min(512, n), c.vocab_size
    logits, target = drawn("logits", m, v), drawn_ids("targets", v, m)
    z, loss = logits.copy(), np.zeros(m)

    def peer(logits: Any, target: Any) -> Any:
        import torch.nn.functional as F

        return F.cross_entropy(logits, target, reduction="sum")

    return [
        Case(
            "cross_entropy, loss and gradient",
            f"{m} x {v}",
            lambda: k.cross_entropy(
                kernels.ffi.cast("double *", loss.ctypes.data), floats(z), ints(target), 1.0, m, v
            ),
            lambda: [np.asarray(loss.sum()), z],
            bytes=2.0 * logits.nbytes,
            inputs=(logits, target.astype(np.int64)),
            torch=peer,
            gradient_of=(0,),
            upstream=np.ones((), np.float32),
            both=True,
            before=lambda: np.copyto(z, logits),
        )
    ]


def _embeddings(k: Any, c: ModelConfig, n: int) -> list[Case]:
    v, width = c.vocab_size, c.embed_dim
    table, dy = drawn("embedding", v, width), drawn("embedding dy", n, width)
    token = drawn_ids("embedding tokens", v, n)
    y, dw = empty(n, width), np.zeros_like(table)

    def peer(table: Any, token: Any) -> Any:
        import torch.nn.functional as F

        return F.embedding(token, table)

    inputs = (table, token.astype(np.int64))
    return [
        Case(
            "embedding_forward",
            f"{n} of {v} x {width}",
            lambda: k.embedding_forward(floats(y), floats(table), ints(token), n, width),
            lambda: [y],
            bytes=2.0 * y.nbytes,
            inputs=inputs,
            torch=peer,
            compiled=False,
        ),
        Case(
            "embedding_backward",
            f"{n} of {v} x {width}",
            lambda: k.embedding_backward(floats(dw), floats(dy), ints(token), n, v, width),
            lambda: [dw],
            bytes=dy.nbytes + 2 * dw.nbytes,
            inputs=inputs,
            torch=peer,
            gradient_of=(0,),
            upstream=dy,
            compiled=False,
            sums=(dw,),
        ),
    ]


def _optimiser(c: ModelConfig) -> Case:
    """Norm, clipping and update; results after as many steps as the peer has made: one."""
    model = Model.initialise(c, 1)
    model.threads = 1
    start = {name: view.copy() for name, view in model.parameters.items()}
    gradients = {name: drawn(f"{name} gradient", *view.shape) for name, view in start.items()}
    for name, view in model.gradients.items():
        view[:] = gradients[name]
    optimiser = AdamW(model)
    return Case(
        "adamw, norm and clipping",
        f"{model.flat.size} weights",
        lambda: optimiser.step(1e-3),
        lambda: list(model.parameters.values()),
        # The norm reads g; the update reads p, g, m, v and writes p, m, v.
        bytes=8.0 * model.flat.nbytes,
        peer=lambda: _torch_optimiser(start, gradients, optimiser),
    )


def _torch_optimiser(
    start: Mapping[str, FloatArray], gradients: Mapping[str, FloatArray], ours: AdamW
) -> Callable[[], Any]:
    import torch

    weights = [torch.from_numpy(view.copy()).requires_grad_() for view in start.values()]
    for weight, gradient in zip(weights, gradients.values(), strict=True):
        weight.grad = torch.from_numpy(gradient.copy())
    optimiser = torch.optim.AdamW(
        [
            {"params": [w for w in weights if w.ndim == 2]},
            {"params": [w for w in weights if w.ndim == 1], "weight_decay": 0.0},
        ],
        lr=1e-3,
        weight_decay=ours.weight_decay,
        fused=True,
    )

    def step() -> Any:
        torch.nn.utils.clip_grad_norm_(weights, ours.clip_norm)
        optimiser.step()
        return [weight.detach() for weight in weights]

    return step
