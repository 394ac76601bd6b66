"""Float64 NumPy reference of every operation, forward and backward, and of the whole model.

Written to be read: one row at a time, full score matrices, no blocks. The kernels are held to it by
engine/parity.py; its own gradients are held to central finite differences by
tests/engine/test_reference.py. Shapes and formulas are those of csrc/probegate.h.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.batch import Batch
from engine.model import ModelConfig

Array = npt.NDArray[np.float64]
Ids = npt.NDArray[Any]


def linear(x: Array, w: Array) -> Array:
    """y[n,o] = sum_i x[n,i] w[o,i]"""
    return x @ w.T


def linear_backward(dy: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """(dx, dw) of `linear`."""
    return dy @ w, dy.T @ x


def rmsnorm(x: Array, w: Array, eps: float) -> Array:
    """x scaled to unit mean square along its last axis, times w."""
    return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * w)


def rmsnorm_backward(dy: Array, x: Array, w: Array, eps: float) -> tuple[Array, Array]:
    """(dx, dw) of `rmsnorm`; dw is summed over all leading axes."""
    rstd = 1.0 / np.sqrt((x * x).mean(-1, keepdims=True) + eps)
    h = x * rstd
    g = dy * w
    dx = rstd * (g - h * (g * h).mean(-1, keepdims=True))
    return dx, (dy * h).reshape(-1, w.size).sum(0)


def rope_angles(positions: Ids, head_dim: int, theta: float) -> Array:
    """(N, head_dim / 2) angles of rotation."""
    frequency = theta ** (-2.0 * np.arange(head_dim // 2) / head_dim)
    return np.asarray(positions[:, None] * frequency)


def rope(x: Array, angles: Array) -> Array:
    """Rotate the halves of x (N, heads, D) by angles (N, D/2)."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    return np.concatenate([a * c - b * s, b * c + a * s], -1)


def rope_backward(dy: Array, angles: Array) -> Array:
    """dx of `rope`: rotation the other way."""
    return rope(dy, -angles)


def _row_softmax(q: Array, k: Array) -> Array:
    """(H, T, T) causal attention weights of one row; q (T, H, D), k (T, G, D)."""
    keys = np.repeat(k, q.shape[1] // k.shape[1], axis=1)
    scores = np.einsum("ihd,jhd->hij", q, keys, optimize=True) / np.sqrt(q.shape[-1])
    scores[:, np.triu(np.ones(scores.shape[1:], bool), 1)] = -np.inf
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(weights / weights.sum(-1, keepdims=True))


def attention(q: Array, k: Array, v: Array, row_starts: Ids) -> Array:
    """(N, H, D) causal attention inside rows; q (N, H, D), k and v (N, G, D)."""
    out = np.empty_like(q)
    for start, end in pairwise(row_starts):
        p = _row_softmax(q[start:end], k[start:end])
        values = np.repeat(v[start:end], q.shape[1] // v.shape[1], axis=1)
        out[start:end] = np.einsum("hij,jhd->ihd", p, values, optimize=True)
    return out


def attention_backward(
    dout: Array, q: Array, k: Array, v: Array, row_starts: Ids
) -> tuple[Array, Array, Array]:
    """(dq, dk, dv) of `attention`."""
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    share = q.shape[1] // k.shape[1]
    for start, end in pairwise(row_starts):
        rows = slice(start, end)
        p = _row_softmax(q[rows], k[rows])
        keys, values = np.repeat(k[rows], share, axis=1), np.repeat(v[rows], share, axis=1)
        dp = np.einsum("ihd,jhd->hij", dout[rows], values, optimize=True)
        dz = p * (dp - (p * dp).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        dq[rows] = np.einsum("hij,jhd->ihd", dz, keys, optimize=True)
        dkeys = np.einsum("hij,ihd->jhd", dz, q[rows], optimize=True)
        dvalues = np.einsum("hij,ihd->jhd", p, dout[rows], optimize=True)
        dk[rows] = dkeys.reshape(end - start, k.shape[1], share, -1).sum(2)
        dv[rows] = dvalues.reshape(end - start, k.shape[1], share, -1).sum(2)
    return dq, dk, dv


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def swiglu(gate: Array, up: Array) -> Array:
    """silu(gate) * up, silu(z) = z * sigmoid(z)"""
    return gate * _sigmoid(gate) * up


def swiglu_backward(dy: Array, gate: Array, up: Array) -> tuple[Array, Array]:
    """(dgate, dup) of `swiglu`."""
    s = _sigmoid(gate)
    return dy * up * s * (1.0 + gate * (1.0 - s)), dy * gate * s


def cross_entropy(logits: Array, targets: Ids) -> Array:
    """(M,) -log softmax at the target, in nats."""
    top = logits.max(-1, keepdims=True)
    total = np.log(np.exp(logits - top).sum(-1)) + top[:, 0]
    return np.asarray(total - logits[np.arange(targets.size), targets])


def cross_entropy_backward(logits: Array, targets: Ids) -> Array:
    """(M, V) gradient of the summed cross-entropy."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    p[np.arange(targets.size), targets] -= 1.0
    return np.asarray(p)


def adamw(
    p: Array, g: Array, m: Array, v: Array, step: int, *,
    lr: float, beta1: float, beta2: float, eps: float, decay: float, scale: float,
) -> tuple[Array, Array, Array]:
    """(p, m, v) after one update; `scale` is the clipping factor of the gradient."""
    g = g * scale
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    move = (m / (1 - beta1**step)) / (np.sqrt(v / (1 - beta2**step)) + eps)
    return p * (1 - lr * decay) - lr * move, m, v


class ReferenceModel:
    """The whole decoder in float64, over named weights."""

    def __init__(self, config: ModelConfig, parameters: Mapping[str, npt.NDArray[Any]]) -> None:
        self.config = config
        self.w = {name: np.asarray(value, np.float64) for name, value in parameters.items()}

    @property
    def _head(self) -> str:
        return "model.embed_tokens.weight" if self.config.tied_head else "lm_head.weight"

    def logits(self, batch: Batch) -> Array:
        """(N, V) logits of every position."""
        return self._forward(batch)[0]

    def loss(self, batch: Batch) -> float:
        """Mean cross-entropy over counted targets."""
        picked = np.flatnonzero(batch.targets >= 0)
        return float(cross_entropy(self.logits(batch)[picked], batch.targets[picked]).mean())

    def loss_and_gradients(self, batch: Batch) -> tuple[float, dict[str, Array]]:
        """Mean cross-entropy over counted targets, and its gradient for every weight."""
        c, w = self.config, self.w
        logits, x, final, saved = self._forward(batch)
        picked = np.flatnonzero(batch.targets >= 0)
        targets = batch.targets[picked]
        loss = float(cross_entropy(logits[picked], targets).mean())
        grads = {name: np.zeros_like(value) for name, value in w.items()}

        dlogits = np.zeros_like(logits)
        dlogits[picked] = cross_entropy_backward(logits[picked], targets) / picked.size
        dfinal, dhead = linear_backward(dlogits, final, w[self._head])
        grads[self._head] += dhead
        dx, grads["model.norm.weight"] = rmsnorm_backward(
            dfinal, x, w["model.norm.weight"], c.rms_eps
        )
        for layer in reversed(range(c.layers)):
            dx = self._layer_backward(dx, layer, saved[layer], batch, grads)
        np.add.at(grads["model.embed_tokens.weight"], batch.tokens, dx)
        return loss, grads

    def _forward(self, batch: Batch) -> tuple[Array, Array, Array, list[dict[str, Array]]]:
        c, w = self.config, self.w
        starts = batch.row_starts
        lengths = np.diff(starts)
        positions = np.arange(batch.tokens.size) - np.repeat(starts[:-1], lengths)
        angles = rope_angles(positions, c.head_size, c.rope_theta)
        x = w["model.embed_tokens.weight"][batch.tokens]
        saved = []
        for layer in range(c.layers):
            at = f"model.layers.{layer}."
            s: dict[str, Array] = {"x": x, "angles": angles}
            s["n1"] = rmsnorm(x, w[at + "input_layernorm.weight"], c.rms_eps)
            s["q"] = self._heads(linear(s["n1"], w[at + "self_attn.q_proj.weight"]))
            s["k"] = self._heads(linear(s["n1"], w[at + "self_attn.k_proj.weight"]))
            s["v"] = self._heads(linear(s["n1"], w[at + "self_attn.v_proj.weight"]))
            s["qr"] = rope(rmsnorm(s["q"], w[at + "self_attn.q_norm.weight"], c.rms_eps), angles)
            s["kr"] = rope(rmsnorm(s["k"], w[at + "self_attn.k_norm.weight"], c.rms_eps), angles)
            s["att"] = attention(s["qr"], s["kr"], s["v"], starts).reshape(len(x), -1)
            s["mid"] = x + linear(s["att"], w[at + "self_attn.o_proj.weight"])
            s["n2"] = rmsnorm(s["mid"], w[at + "post_attention_layernorm.weight"], c.rms_eps)
            s["gate"] = linear(s["n2"], w[at + "mlp.gate_proj.weight"])
            s["up"] = linear(s["n2"], w[at + "mlp.up_proj.weight"])
            s["act"] = swiglu(s["gate"], s["up"])
            x = s["mid"] + linear(s["act"], w[at + "mlp.down_proj.weight"])
            saved.append(s)
        final = rmsnorm(x, w["model.norm.weight"], c.rms_eps)
        return linear(final, w[self._head]), x, final, saved

    def _layer_backward(
        self, dx: Array, layer: int, s: dict[str, Array], batch: Batch, grads: dict[str, Array]
    ) -> Array:
        """Gradient of the layer's input from that of its output; fills the layer's weights."""
        c, w, at = self.config, self.w, f"model.layers.{layer}."

        def back(name: str, dy: Array, x: Array) -> Array:
            dinput, grads[at + name] = linear_backward(dy, x, w[at + name])
            return dinput

        def norm_back(name: str, dy: Array, x: Array) -> Array:
            dinput, grads[at + name] = rmsnorm_backward(dy, x, w[at + name], c.rms_eps)
            return dinput

        n = len(dx)
        dgate, dup = swiglu_backward(back("mlp.down_proj.weight", dx, s["act"]), s["gate"], s["up"])
        dn2 = back("mlp.gate_proj.weight", dgate, s["n2"])
        dn2 = dn2 + back("mlp.up_proj.weight", dup, s["n2"])
        dmid = dx + norm_back("post_attention_layernorm.weight", dn2, s["mid"])
        datt = self._heads(back("self_attn.o_proj.weight", dmid, s["att"]))
        dqr, dkr, dv = attention_backward(datt, s["qr"], s["kr"], s["v"], batch.row_starts)
        dq = norm_back("self_attn.q_norm.weight", rope_backward(dqr, s["angles"]), s["q"])
        dk = norm_back("self_attn.k_norm.weight", rope_backward(dkr, s["angles"]), s["k"])
        dn1 = (
            back("self_attn.q_proj.weight", dq.reshape(n, -1), s["n1"])
            + back("self_attn.k_proj.weight", dk.reshape(n, -1), s["n1"])
            + back("self_attn.v_proj.weight", dv.reshape(n, -1), s["n1"])
        )
        return dmid + norm_back("input_layernorm.weight", dn1, s["x"])

    def _heads(self, x: Array) -> Array:
        return x.reshape(len(x), -1, self.config.head_size)
