"""Inputs of every parity check: an operation or the model by the kernels and by the reference.

Each case takes a kernel table and returns pairs of arrays, named, that should be equal. The shapes
are the ones that are trained: width 192, a row that fills the context beside rows of one token,
and sizes that no tile divides. A parity check at toy shapes once let a ruined attention gradient
pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import kernels, reference
from engine import operations as op
from engine.batch import Batch
from engine.kernels import FloatArray, IntArray
from engine.model import Model, ModelConfig, rope_table
from engine.optimizer import AdamW

Pairs = list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]]
Case = Callable[[Any], Pairs]
# Id of a case: its row of the tolerance table, and its function.
CASES: dict[str, tuple[str, Case]] = {}

_HEADS, _KV_HEADS, _EPS = 8, 4, 1e-6
RAGGED = (768, 1, 33, 31, 200, 2, 97, 48)
SMALL = (1, 33, 5, 50)


def _case(case_id: str, tolerance: str) -> Callable[[Case], Case]:
    def register(function: Case) -> Case:
        CASES[case_id] = (tolerance, function)
        return function

    return register


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))


def _normal(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> FloatArray:
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def _wide(array: npt.NDArray[Any]) -> reference.Array:
    return np.asarray(array, np.float64)


def _starts(lengths: tuple[int, ...]) -> IntArray:
    return np.cumsum([0, *lengths], dtype=np.int32)


def _positions(lengths: tuple[int, ...]) -> IntArray:
    return np.concatenate([np.arange(n, dtype=np.int32) for n in lengths])


def _matmul_case(name: str, m: int, inner: int, n: int) -> None:
    @_case(f"matmul-{name}", "matmul")
    def _(k: Any) -> Pairs:
        rng = _rng(name)
        a, w, c = _normal(rng, m, inner), _normal(rng, n, inner), _normal(rng, m, n)
        wanted = reference.linear(_wide(a), _wide(w))
        dense = np.ascontiguousarray(w.T)
        return [
            ("a w^T", op.matmul(k, a, w, True), wanted),
            ("a w", op.matmul(k, a, dense, False), wanted),
            ("a w^T + c", op.matmul(k, a, w, True, c), wanted + c),
        ]

    @_case(f"matmul_weight_backward-{name}", "matmul_weight_backward")
    def _(k: Any) -> Pairs:
        rng = _rng(name)
        dy, x, dw = _normal(rng, m, n), _normal(rng, m, inner), _normal(rng, n, inner)
        wanted = dw + reference.linear_backward(_wide(dy), _wide(x), _wide(dw))[1]
        return [("dw", op.matmul_weight_backward(k, dy, x, dw), wanted)]


_matmul_case("qkv", 1033, 192, 384)
_matmul_case("gate_up", 515, 192, 768)
_matmul_case("down", 515, 384, 192)
_matmul_case("head", 389, 192, 149)
_matmul_case("odd", 13, 7, 51)
_matmul_case("one", 1, 1, 1)


def _rmsnorm_case(name: str, n: int, width: int, scale: float) -> None:
    def inputs() -> tuple[FloatArray, FloatArray, FloatArray]:
        rng = _rng(name)
        x, w = _normal(rng, n, width, scale=scale), 1 + _normal(rng, width, scale=0.2)
        return x, w, _normal(rng, n, width)

    @_case(f"rmsnorm-{name}", "rmsnorm")
    def _(k: Any) -> Pairs:
        x, w, _ = inputs()
        return [("y", op.rmsnorm(k, x, w, _EPS)[0], reference.rmsnorm(_wide(x), _wide(w), _EPS))]

    @_case(f"rmsnorm_backward-{name}", "rmsnorm_backward")
    def _(k: Any) -> Pairs:
        x, w, dy = inputs()
        got = op.rmsnorm_backward(k, dy, x, w, op.rmsnorm(k, x, w, _EPS)[1])
        wanted = reference.rmsnorm_backward(_wide(dy), _wide(x), _wide(w), _EPS)
        return [("dx", got[0], wanted[0]), ("dw", got[1], wanted[1])]


_rmsnorm_case("real", 1033, 192, 1.0)
_rmsnorm_case("near_zero", 129, 192, 1e-3)  # a dropped eps hides at scale one
_rmsnorm_case("odd", 5, 37, 1.0)
_rmsnorm_case("one", 1, 2, 1.0)  # one token; of one channel the gradient is nothing but eps


@dataclass(frozen=True)
class _Heads:
    """Inputs of the head operations, in both precisions' layouts."""

    qkv: FloatArray
    qw: FloatArray
    kw: FloatArray
    dout: FloatArray
    rope: FloatArray
    lengths: tuple[int, ...]
    heads: int
    kv_heads: int

    @property
    def dim(self) -> int:
        return self.qw.size

    def split(self, array: npt.NDArray[Any]) -> tuple[reference.Array, ...]:
        """q, k and (when there) v heads of a packed array, in float64."""
        wide = _wide(array).reshape(len(array), -1, self.dim)
        edges = [self.heads, self.heads + self.kv_heads]
        return tuple(part for part in np.split(wide, edges, axis=1) if part.shape[1])


def _head_inputs(
    name: str, lengths: tuple[int, ...], heads: int, kv_heads: int, dim: int, scale: float
) -> _Heads:
    rng = _rng(name)
    n = sum(lengths)
    config = ModelConfig(8, heads=heads, kv_heads=kv_heads, head_dim=dim)
    return _Heads(
        _normal(rng, n, (heads + 2 * kv_heads) * dim, scale=scale),
        1 + _normal(rng, dim, scale=0.2),
        1 + _normal(rng, dim, scale=0.2),
        _normal(rng, n, heads * dim),
        rope_table(config),
        lengths,
        heads,
        kv_heads,
    )


def _flat(*parts: reference.Array) -> reference.Array:
    joined = np.concatenate(parts, axis=1)
    return joined.reshape(len(joined), -1)


def _head_cases(
    name: str, lengths: tuple[int, ...], heads: int, kv_heads: int, dim: int, scale: float = 1.0
) -> None:
    def inputs() -> _Heads:
        return _head_inputs(name, lengths, heads, kv_heads, dim, scale)

    @_case(f"qknorm_rope-{name}", "qknorm_rope")
    def _(k: Any) -> Pairs:
        s, position = inputs(), _positions(lengths)
        got = op.qknorm_rope(k, s.qkv, s.qw, s.kw, s.rope, position, _EPS, heads, kv_heads)[0]
        angles = reference.rope_angles(position, dim, 1e6)
        q, key, _ = s.split(s.qkv)
        q = reference.rope(reference.rmsnorm(q, _wide(s.qw), _EPS), angles)
        key = reference.rope(reference.rmsnorm(key, _wide(s.kw), _EPS), angles)
        return [("qk", got, _flat(q, key))]

    @_case(f"qknorm_rope_backward-{name}", "qknorm_rope_backward")
    def _(k: Any) -> Pairs:
        s, position = inputs(), _positions(lengths)
        rstd = op.qknorm_rope(k, s.qkv, s.qw, s.kw, s.rope, position, _EPS, heads, kv_heads)[1]
        d = _normal(_rng(name + "-d"), *s.qkv.shape)
        got = op.qknorm_rope_backward(
            k, d, s.qkv, s.qw, s.kw, rstd, s.rope, position, heads, kv_heads
        )
        angles = reference.rope_angles(position, dim, 1e6)
        (q, key, _), (dq, dk, dv) = s.split(s.qkv), s.split(d)
        dq, dqw = reference.rmsnorm_backward(
            reference.rope_backward(dq, angles), q, _wide(s.qw), _EPS
        )
        dk, dkw = reference.rmsnorm_backward(
            reference.rope_backward(dk, angles), key, _wide(s.kw), _EPS
        )
        return [("dqkv", got[0], _flat(dq, dk, dv)), ("dqw", got[1], dqw), ("dkw", got[2], dkw)]

    sharp = "_sharp" if scale > 1 else ""

    @_case(f"attention-{name}", "attention" + sharp)
    def _(k: Any) -> Pairs:
        s = inputs()
        qk = np.ascontiguousarray(s.qkv[:, : (heads + kv_heads) * dim])
        got = op.attention(k, qk, s.qkv, _starts(lengths), heads, kv_heads)[0]
        q, key, value = s.split(s.qkv)
        wanted = reference.attention(q, key, value, _starts(lengths))
        return [("out", got, _flat(wanted))]

    @_case(f"attention_backward-{name}", "attention" + (sharp or "_backward"))
    def _(k: Any) -> Pairs:
        s, starts = inputs(), _starts(lengths)
        qk = np.ascontiguousarray(s.qkv[:, : (heads + kv_heads) * dim])
        out, stat = op.attention(k, qk, s.qkv, starts, heads, kv_heads)
        got = s.split(
            op.attention_backward(k, s.dout, out, stat, qk, s.qkv, starts, heads, kv_heads)
        )
        dout = _wide(s.dout).reshape(len(s.dout), heads, dim)
        q, key, value = s.split(s.qkv)
        wanted = reference.attention_backward(dout, q, key, value, starts)
        return list(zip(("dq", "dk", "dv"), got, wanted, strict=True))


_head_cases("real", RAGGED, _HEADS, _KV_HEADS, 24)
_head_cases("near_zero", (40,), _HEADS, _KV_HEADS, 24, scale=1e-3)
_head_cases("sharp", (130,), 2, 1, 24, scale=4.0)  # scores far apart: the running maximum moves
_head_cases("wide", (1, 49, 97), 3, 1, 52)
_head_cases("one", (1,), 1, 1, 2)


def _swiglu_case(name: str, n: int, width: int, scale: float) -> None:
    def inputs() -> tuple[FloatArray, FloatArray, reference.Array, reference.Array]:
        gate_up = _normal(_rng(name), n, 2 * width, scale=scale)
        wide = _wide(gate_up)
        return gate_up, _normal(_rng(name + "-d"), n, width), wide[:, :width], wide[:, width:]

    @_case(f"swiglu-{name}", "swiglu")
    def _(k: Any) -> Pairs:
        gate_up, _, gate, up = inputs()
        return [("y", op.swiglu(k, gate_up), reference.swiglu(gate, up))]

    @_case(f"swiglu_backward-{name}", "swiglu_backward")
    def _(k: Any) -> Pairs:
        gate_up, dy, gate, up = inputs()
        dgate, dup = reference.swiglu_backward(_wide(dy), gate, up)
        got = op.swiglu_backward(k, dy, gate_up)
        return [("dgate", got[:, :width], dgate), ("dup", got[:, width:], dup)]


_swiglu_case("real", 515, 384, 1.0)
_swiglu_case("saturated", 33, 384, 60.0)
_swiglu_case("odd", 3, 5, 1.0)


def _cross_entropy_case(name: str, m: int, vocab: int, scale: float) -> None:
    @_case(f"cross_entropy-{name}", "cross_entropy")
    def _(k: Any) -> Pairs:
        rng = _rng(name)
        z, share = _normal(rng, m, vocab, scale=scale), 1.0 / m
        targets = rng.integers(0, vocab, m).astype(np.int32)
        loss, dz = op.cross_entropy(k, z, targets, share)
        same = op.cross_entropy(k, z, targets, 0.0)
        return [
            ("loss", loss, reference.cross_entropy(_wide(z), targets)),
            ("dz", dz, reference.cross_entropy_backward(_wide(z), targets) * share),
            ("loss alone", same[0], loss),
            ("logits kept", same[1], z),
        ]


_cross_entropy_case("real", 515, 149, 3.0)
_cross_entropy_case("sharp", 40, 400, 40.0)
_cross_entropy_case("one", 1, 1, 1.0)


@_case("embedding", "embedding")
def _(k: Any) -> Pairs:
    rng = _rng("embedding")
    table, tokens = _normal(rng, 149, 192), rng.integers(0, 149, 515).astype(np.int32)
    return [("y", op.embedding(k, table, tokens), table[tokens])]


@_case("embedding_backward", "embedding_backward")
def _(k: Any) -> Pairs:
    rng = _rng("embedding_backward")
    dy, tokens = _normal(rng, 515, 192), rng.integers(0, 20, 515).astype(np.int32)
    wanted = np.zeros((149, 192))
    np.add.at(wanted, tokens, _wide(dy))
    return [("dw", op.embedding_backward(k, dy, tokens, 149), wanted)]


@_case("adamw", "adamw")
def _(k: Any) -> Pairs:
    rng = _rng("adamw")
    model = Model.initialise(ModelConfig(149, layers=1), 7, k)
    optimizer = AdamW(model, weight_decay=0.1, clip_norm=0.5)
    state = {
        name: (_wide(view), np.zeros(view.shape), np.zeros(view.shape))
        for name, view in model.parameters.items()
    }
    pairs: Pairs = []
    for step, scale in enumerate((1e-5, 1e-2), start=1):  # below the clip, then far above
        model.gradient_flat[:] = _normal(rng, model.flat.size, scale=scale)
        wide = {name: _wide(view) for name, view in model.gradients.items()}
        norm = float(np.sqrt(sum((g * g).sum() for g in wide.values())))
        pairs.append((f"norm {step}", np.array([optimizer.step(3e-3)]), np.array([norm])))
        for name, (p, m, v) in state.items():
            state[name] = reference.adamw(
                p, wide[name], m, v, step, lr=3e-3, beta1=0.9, beta2=0.999, eps=1e-8,
                decay=0.1 if p.ndim == 2 else 0.0, scale=min(1.0, 0.5 / norm),
            )
    for at, got in enumerate((model.flat, optimizer.m, optimizer.v)):
        joined = np.concatenate([state[name][at].ravel() for name in model.parameters])
        pairs.append((("weights", "m", "v")[at], got, joined))
    return pairs


def parity_batch(lengths: tuple[int, ...], vocab: int, loss: str = "target") -> Batch:
    """Rows of those lengths with random ids; under "target", the first third does not count."""
    rng = _rng(f"{lengths}{loss}")
    rows = []
    for n in lengths:
        first = n // 3 if loss == "target" else 0
        rows.append((rng.integers(0, vocab, n + 1).tolist(), [at >= first for at in range(n + 1)]))
    return Batch.pack(rows)


def parity_model(config: ModelConfig, table: Any) -> Model:
    """A model with every weight away from its start, so that no gradient is small by symmetry."""
    model = Model.initialise(config, 11, table)
    rng = _rng("parity model")
    for view in model.parameters.values():
        if view.ndim == 1:
            view[:] = 1 + _normal(rng, *view.shape, scale=0.2)
    return model


@cache
def _reference_pass(
    config: ModelConfig, lengths: tuple[int, ...]
) -> tuple[float, dict[str, reference.Array]]:
    model = parity_model(config, kernels.table())
    batch = parity_batch(lengths, config.vocab_size)
    return reference.ReferenceModel(config, model.parameters).loss_and_gradients(batch)


def _model_cases(name: str, config: ModelConfig, lengths: tuple[int, ...]) -> None:
    @_case(f"model_loss-{name}", "model_loss")
    def _(k: Any) -> Pairs:
        wanted = np.array([_reference_pass(config, lengths)[0]])
        model, batch = parity_model(config, k), parity_batch(lengths, config.vocab_size)
        return [
            ("loss", np.array([model.loss(batch)]), wanted),
            ("loss of the training step", np.array([model.loss_and_gradient(batch)]), wanted),
        ]

    @_case(f"model_gradients-{name}", "model_gradients")
    def _(k: Any) -> Pairs:
        wanted = _reference_pass(config, lengths)[1]
        model = parity_model(config, k)
        model.loss_and_gradient(parity_batch(lengths, config.vocab_size))
        return [(tensor, got, wanted[tensor]) for tensor, got in model.gradients.items()]


_model_cases("real", ModelConfig(149), RAGGED)
_model_cases("tied", ModelConfig(53, layers=1, tied_head=True), SMALL)
_model_cases(
    "odd",
    ModelConfig(31, layers=2, embed_dim=40, hidden_dim=52, heads=3, kv_heads=1, head_dim=10),
    SMALL,
)


@_case("accumulation", "accumulation")
def _(k: Any) -> Pairs:
    config = ModelConfig(149, layers=1)
    batches = [parity_batch(lengths, 149) for lengths in ((33, 70), (1,), (5, 96, 12))]
    whole = Batch(
        np.concatenate([batch.tokens for batch in batches]),
        _starts((33, 70, 1, 5, 96, 12)),
        np.concatenate([batch.targets for batch in batches]),
    )
    once, parts = parity_model(config, k), parity_model(config, k)
    loss = once.loss_and_gradient(whole)
    summed = sum(parts.loss_and_gradient(batch, whole.counted) for batch in batches)
    pairs: Pairs = [("loss", np.array([summed]), np.array([loss]))]
    wanted = once.gradients
    return pairs + [(name, got, wanted[name]) for name, got in parts.gradients.items()]
