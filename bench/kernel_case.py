"""One kernel at one shape, and the numbers it is given; the cases are in bench/kernel_cases.py."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.kernels import FloatArray, IntArray

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Case:
    """One kernel at one shape. `flops` or `bytes` is what its speed is counted in, the other 0.

    `torch` maps inputs to the result; with `gradient_of`, the indices of the inputs whose
    gradients are wanted, its backward is timed, given `upstream`, and with `both` forward, too.
    `peer` makes a ready call instead, for what is no function of arrays; `numpy` is one beside it.
    `compiled` is False where torch.compile has nothing to fuse. `before` runs untimed before each
    of our calls: it restores what the kernel overwrites. `sums` are zeroed before results are
    compared: our call adds to them. `seen` multiplies the peers' results: zero at padding.
    """

    name: str
    shape: str
    call: Callable[[], object]
    result: Callable[[], Sequence[Array]]
    flops: float = 0.0
    bytes: float = 0.0
    inputs: Sequence[Array] = ()
    torch: Callable[..., Any] | None = None
    gradient_of: Sequence[int] = ()
    upstream: Array | None = None
    peer: Callable[[], Callable[[], Any]] | None = None
    numpy: Callable[[], Any] | None = None
    both: bool = False
    compiled: bool = True
    before: Callable[[], object] | None = None
    sums: Sequence[FloatArray] = ()
    seen: Array | None = None


def drawn(name: str, *shape: int) -> FloatArray:
    """Standard normal numbers that depend only on the name."""
    key = hashlib.sha256(name.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(key, "big"))
    return rng.standard_normal(shape, np.float32)


def drawn_ids(name: str, limit: int, size: int) -> IntArray:
    """Ids below `limit` that depend only on the name."""
    key = hashlib.sha256(name.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(key, "big"))
    return rng.integers(0, limit, size).astype(np.int32)


def empty(*shape: int) -> FloatArray:
    """An output: not a number until a kernel has written it."""
    return np.full(shape, np.nan, np.float32)


def short_rows(tokens: int) -> IntArray:
    """row_starts of rows of 40 to 130 tokens, as packed training has them; the last is cut."""
    rng = np.random.default_rng(19)
    ends = np.cumsum(rng.integers(40, 131, tokens // 40 + 1))
    return np.array([0, *ends[ends < tokens], tokens], np.int32)
