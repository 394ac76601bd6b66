"""The matrix products among the kernel cases: forward, both gradients, packing."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.kernel_case import Case, drawn, empty
from engine import kernels
from engine.kernels import FloatArray, floats, lib
from engine.model import ModelConfig


def layer_products(c: ModelConfig) -> dict[str, tuple[int, int]]:
    """(inputs, outputs) of each matrix of the model."""
    queries, keys = c.heads * c.head_size, c.kv_heads * c.head_size
    return {
        "qkv": (c.embed_dim, queries + 2 * keys),
        "out": (queries, c.embed_dim),
        "gate_up": (c.embed_dim, 2 * c.hidden_dim),
        "down": (c.hidden_dim, c.embed_dim),
        "head": (c.embed_dim, c.vocab_size),
    }


def product_cases(k: Any, c: ModelConfig, n: int) -> list[Case]:
    """Every matrix of the model times n tokens, and one of them packed."""
    found = []
    for name, (width, outputs) in layer_products(c).items():
        x, w = drawn(f"{name} x", n, width), drawn(f"{name} w", outputs, width)
        dy = drawn(f"{name} dy", n, outputs)
        work = 2.0 * n * width * outputs
        shape = f"{n} x {width} x {outputs}"
        # y = x w^T, dx = dy w, dw = dy^T x
        found += [
            _product(k, f"matmul {name}", shape, x, w, True, work),
            _product(k, f"matmul {name} input gradient", shape, dy, w, False, work),
            _weight_gradient(k, f"matmul_weight_backward {name}", shape, dy, x, work),
        ]
        if name == "gate_up":
            found.append(_pack(k, w))
    return found


def _product(
    k: Any, name: str, shape: str, a: FloatArray, w: FloatArray, transposed: bool, work: float
) -> Case:
    (m, inner), n = a.shape, w.shape[0] if transposed else w.shape[1]
    packed, out, other = empty(int(lib.pg_packed_floats(inner, n))), empty(m, n), empty(m, n)
    k.pack_weight(floats(packed), floats(w), *w.shape, int(transposed))
    right = w.T if transposed else w
    return Case(
        name,
        shape,
        lambda: k.matmul(
            floats(out), n, floats(a), inner, floats(packed), kernels.ffi.NULL, m, inner, n
        ),
        lambda: [out],
        flops=work,
        inputs=(a, w),
        torch=(lambda a, w: a @ w.T) if transposed else (lambda a, w: a @ w),
        numpy=lambda: np.matmul(a, right, out=other),
        compiled=False,
    )


def _weight_gradient(
    k: Any, name: str, shape: str, dy: FloatArray, x: FloatArray, work: float
) -> Case:
    dw = np.zeros((dy.shape[1], x.shape[1]), np.float32)
    other, scratch = empty(*dw.shape), empty(int(lib.pg_weight_scratch_floats()))
    return Case(
        name,
        shape,
        lambda: k.matmul_weight_backward(
            floats(dw), floats(dy), floats(x), floats(scratch), dy.shape[0], *dw.shape
        ),
        lambda: [dw],
        flops=work,
        inputs=(dy, x),
        torch=lambda dy, x: dy.T @ x,
        numpy=lambda: np.matmul(dy.T, x, out=other),
        compiled=False,
        sums=(dw,),
    )


def _pack(k: Any, w: FloatArray) -> Case:
    """Panels of w^T; the peers' nearest is a transposed copy, which a product by one shows."""
    rows, cols = w.shape
    packed, copy = empty(int(lib.pg_packed_floats(cols, rows))), empty(cols, rows)
    eye = np.eye(cols, dtype=np.float32)

    def result() -> list[FloatArray]:
        null = kernels.ffi.NULL
        k.matmul(floats(copy), rows, floats(eye), cols, floats(packed), null, cols, cols, rows)
        return [copy]

    return Case(
        "pack_weight gate_up",
        f"{rows} x {cols}",
        lambda: k.pack_weight(floats(packed), floats(w), rows, cols, 1),
        result,
        bytes=2.0 * w.nbytes,
        inputs=(w,),
        torch=lambda w: w.T.contiguous(),
        numpy=lambda: np.ascontiguousarray(w.T),
        compiled=False,
    )
