"""Single operations of the kernels on NumPy arrays: checked shapes in, fresh arrays out.

Training and decoding call whole passes; these serve parity tests and benchmarks. Formulas and
dimensions are those of csrc/probegate.h. `k` is a kernel table (engine.kernels.table), or anything
with its attributes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.errors import KernelError
from engine.kernels import FloatArray, IntArray, expect, expect_ids, ffi, floats, ints, lib

Doubles = npt.NDArray[np.float64]


def _scratch(count: int) -> FloatArray:
    """Scratch that shows when an operation reads what it has not written."""
    return np.full(count, np.nan, np.float32)


def matmul(
    k: Any, a: FloatArray, w: FloatArray, transposed: bool, addend: FloatArray | None = None
) -> FloatArray:
    """a (M,K) times w (K,N), or times w^T for w (N,K); plus `addend` (M,N) when given."""
    expect("matmul, a", a, (None, None))
    expect("matmul, w", w, (None, a.shape[1]) if transposed else (a.shape[1], None))
    m, inner = a.shape
    n = w.shape[0] if transposed else w.shape[1]
    if addend is not None:
        expect("matmul, addend", addend, (m, n))
    packed = _scratch(lib.pg_packed_floats(inner, n))
    out = _scratch(m * n).reshape(m, n)
    k.pack_weight(floats(packed), floats(w), *w.shape, int(transposed))
    added = ffi.NULL if addend is None else floats(addend)
    k.matmul(floats(out), n, floats(a), inner, floats(packed), added, m, inner, n)
    return out


def matmul_weight_backward(k: Any, dy: FloatArray, x: FloatArray, dw: FloatArray) -> FloatArray:
    """dw (O,I) plus dy^T x, for dy (N,O) and x (N,I)."""
    expect("matmul_weight_backward, dy", dy, (None, None))
    expect("matmul_weight_backward, x", x, (dy.shape[0], None))
    expect("matmul_weight_backward, dw", dw, (dy.shape[1], x.shape[1]))
    out, scratch = dw.copy(), _scratch(lib.pg_weight_scratch_floats())
    k.matmul_weight_backward(
        floats(out), floats(dy), floats(x), floats(scratch), dy.shape[0], *dw.shape
    )
    return out


def rmsnorm(k: Any, x: FloatArray, w: FloatArray, eps: float) -> tuple[FloatArray, FloatArray]:
    """(y (N,C), rstd (N))."""
    expect("rmsnorm, x", x, (None, None))
    expect("rmsnorm, w", w, (x.shape[1],))
    y, rstd = np.empty_like(x), _scratch(x.shape[0])
    k.rmsnorm_forward(floats(y), floats(rstd), floats(x), floats(w), eps, *x.shape)
    return y, rstd


def rmsnorm_backward(
    k: Any, dy: FloatArray, x: FloatArray, w: FloatArray, rstd: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(dx, dw), from zeros."""
    expect("rmsnorm_backward, x", x, (None, None))
    expect("rmsnorm_backward, dy", dy, x.shape)
    expect("rmsnorm_backward, w", w, (x.shape[1],))
    expect("rmsnorm_backward, rstd", rstd, (x.shape[0],))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    partial = _scratch(lib.pg_partial_floats(*x.shape))
    k.rmsnorm_backward(
        floats(dx), floats(dw), floats(partial), floats(dy), floats(x), floats(w), floats(rstd),
        *x.shape,
    )
    return dx, dw


def _heads(where: str, qkv: FloatArray, heads: int, kv_heads: int) -> tuple[int, int, int, int]:
    """(N, H, G, D) of a qkv array."""
    expect(where, qkv, (None, None))
    head_dim, rest = divmod(qkv.shape[1], heads + 2 * kv_heads)
    if rest or head_dim % 2 or heads % kv_heads:
        raise KernelError(
            where, f"width {qkv.shape[1]}", f"{heads} + 2 x {kv_heads} heads of even width"
        )
    return qkv.shape[0], heads, kv_heads, head_dim


def qknorm_rope(
    k: Any, qkv: FloatArray, qw: FloatArray, kw: FloatArray, rope: FloatArray, position: IntArray,
    eps: float, heads: int, kv_heads: int,
) -> tuple[FloatArray, FloatArray]:
    """(qk (N,(H+G)D), rstd (N,H+G))."""
    n, h, g, d = _heads("qknorm_rope, qkv", qkv, heads, kv_heads)
    expect("qknorm_rope, qw", qw, (d,))
    expect("qknorm_rope, kw", kw, (d,))
    expect("qknorm_rope, rope", rope, (None, d))
    expect("qknorm_rope, position", position, (n,), np.int32)
    expect_ids("qknorm_rope, position", position, rope.shape[0])
    qk = _scratch(n * (h + g) * d).reshape(n, -1)
    rstd = _scratch(n * (h + g)).reshape(n, -1)
    k.qknorm_rope_forward(
        floats(qk), floats(rstd), floats(qkv), floats(qw), floats(kw), floats(rope),
        ints(position), eps, n, h, g, d,
    )
    return qk, rstd


def qknorm_rope_backward(
    k: Any, dqkv: FloatArray, qkv: FloatArray, qw: FloatArray, kw: FloatArray, rstd: FloatArray,
    rope: FloatArray, position: IntArray, heads: int, kv_heads: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(dqkv before norm and rotation, dqw, dkw), from the gradient after them."""
    n, h, g, d = _heads("qknorm_rope_backward, qkv", qkv, heads, kv_heads)
    expect("qknorm_rope_backward, dqkv", dqkv, qkv.shape)
    expect("qknorm_rope_backward, rstd", rstd, (n, h + g))
    out, dqw, dkw = dqkv.copy(), np.zeros_like(qw), np.zeros_like(kw)
    partial = _scratch(lib.pg_partial_floats(n, 2 * d))
    k.qknorm_rope_backward(
        floats(out), floats(dqw), floats(dkw), floats(partial), floats(qkv), floats(qw), floats(kw),
        floats(rstd), floats(rope), ints(position), n, h, g, d,
    )
    return out, dqw, dkw


def attention(
    k: Any, qk: FloatArray, qkv: FloatArray, row_starts: IntArray, heads: int, kv_heads: int
) -> tuple[FloatArray, FloatArray]:
    """(out (N,HD), stat (N,H,2))."""
    n, h, g, d = _heads("attention, qkv", qkv, heads, kv_heads)
    expect("attention, qk", qk, (n, (h + g) * d))
    longest = _longest("attention, row_starts", row_starts, n)
    out, stat = _scratch(n * h * d).reshape(n, -1), _scratch(n * h * 2).reshape(n, h, 2)
    scratch = _scratch(lib.pg_attention_floats(longest, d, 0))
    k.attention_forward(
        floats(out), floats(stat), floats(qk), floats(qkv), ints(row_starts), floats(scratch),
        n, row_starts.size - 1, longest, h, g, d,
    )
    return out, stat


def attention_backward(
    k: Any, dout: FloatArray, out: FloatArray, stat: FloatArray, qk: FloatArray, qkv: FloatArray,
    row_starts: IntArray, heads: int, kv_heads: int,
) -> FloatArray:
    """dqkv (N,(H+2G)D): of q and k after rotation, and of v."""
    n, h, g, d = _heads("attention_backward, qkv", qkv, heads, kv_heads)
    expect("attention_backward, dout", dout, (n, h * d))
    expect("attention_backward, out", out, (n, h * d))
    expect("attention_backward, stat", stat, (n, h, 2))
    expect("attention_backward, qk", qk, (n, (h + g) * d))
    longest = _longest("attention_backward, row_starts", row_starts, n)
    dqkv = _scratch(qkv.size).reshape(qkv.shape)
    scratch = _scratch(lib.pg_attention_floats(longest, d, 1))
    k.attention_backward(
        floats(dqkv), floats(dout), floats(out), floats(stat), floats(qk), floats(qkv),
        ints(row_starts), floats(scratch), n, row_starts.size - 1, longest, h, g, d,
    )
    return dqkv


def _longest(where: str, row_starts: IntArray, n: int) -> int:
    expect(where, row_starts, (None,), np.int32)
    lengths = np.diff(row_starts)
    if row_starts.size < 2 or row_starts[0] or row_starts[-1] != n or int(lengths.min()) < 1:
        raise KernelError(where, str(row_starts.tolist()[:8]), f"ascending from 0 to {n}")
    return int(lengths.max())


def swiglu(k: Any, gate_up: FloatArray) -> FloatArray:
    """(N,F) of gate_up (N,2F)."""
    n, f = _gate_up("swiglu, gate_up", gate_up)
    y = _scratch(n * f).reshape(n, f)
    k.swiglu_forward(floats(y), floats(gate_up), n, f)
    return y


def swiglu_backward(k: Any, dy: FloatArray, gate_up: FloatArray) -> FloatArray:
    """(N,2F) gradient of gate and up."""
    n, f = _gate_up("swiglu_backward, gate_up", gate_up)
    expect("swiglu_backward, dy", dy, (n, f))
    out = _scratch(gate_up.size).reshape(gate_up.shape)
    k.swiglu_backward(floats(out), floats(dy), floats(gate_up), n, f)
    return out


def _gate_up(where: str, gate_up: FloatArray) -> tuple[int, int]:
    expect(where, gate_up, (None, None))
    if gate_up.shape[1] % 2:
        raise KernelError(where, f"width {gate_up.shape[1]}", "gate and up, equally wide")
    return gate_up.shape[0], gate_up.shape[1] // 2


def cross_entropy(
    k: Any, logits: FloatArray, targets: IntArray, scale: float
) -> tuple[Doubles, FloatArray]:
    """(loss (M), gradient (M,V) times `scale`; with scale 0 the logits themselves)."""
    expect("cross_entropy, logits", logits, (None, None))
    expect("cross_entropy, targets", targets, (logits.shape[0],), np.int32)
    expect_ids("cross_entropy, targets", targets, logits.shape[1])
    loss, z = np.full(targets.size, np.nan), logits.copy()
    k.cross_entropy(
        ffi.cast("double *", loss.ctypes.data), floats(z), ints(targets), scale, *z.shape
    )
    return loss, z


def embedding(k: Any, table: FloatArray, tokens: IntArray) -> FloatArray:
    """Rows (N,C) of table (V,C)."""
    expect("embedding, table", table, (None, None))
    expect("embedding, tokens", tokens, (None,), np.int32)
    expect_ids("embedding, tokens", tokens, table.shape[0])
    out = _scratch(tokens.size * table.shape[1]).reshape(tokens.size, -1)
    k.embedding_forward(floats(out), floats(table), ints(tokens), *out.shape)
    return out


def embedding_backward(k: Any, dy: FloatArray, tokens: IntArray, vocab: int) -> FloatArray:
    """dtable (V,C), from zeros."""
    expect("embedding_backward, dy", dy, (None, None))
    expect("embedding_backward, tokens", tokens, (dy.shape[0],), np.int32)
    expect_ids("embedding_backward, tokens", tokens, vocab)
    out = np.zeros((vocab, dy.shape[1]), np.float32)
    k.embedding_backward(floats(out), floats(dy), ints(tokens), dy.shape[0], *out.shape)
    return out
