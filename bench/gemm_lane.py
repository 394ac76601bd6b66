"""What a matrix product reaches in other libraries: `python -m bench.gemm_lane JOB torch`.

The job is the number of threads. `torch` multiplies with PyTorch's BLAS (MKL on x86), `numpy`
with NumPy's (OpenBLAS); our kernels are not loaded.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from bench.lane import serve

# M x K x N: the products of the dense step of bench/train.py (4096 tokens, vocabulary 1024),
# forward and backward, those of one row of 512, one with as many key as query heads (576), and a
# large square one.
SHAPES = (
    (4096, 192, 384),
    (4096, 192, 576),
    (4096, 192, 768),
    (4096, 192, 1024),
    (4096, 384, 192),
    (4096, 1024, 192),
    (512, 192, 192),
    (512, 192, 768),
    (512, 192, 1024),
    (192, 4096, 768),
    (1024, 4096, 192),
    (2048, 2048, 2048),
)
_SECONDS_A_SHAPE = 0.04


def shape_name(m: int, k: int, n: int) -> str:
    """As in "4096x192x384"."""
    return f"{m}x{k}x{n}"


class GemmLane:
    """Every shape of SHAPES, repeated for some hundredths of a second."""

    def __init__(self, threads: int, library: str) -> None:
        product, self.facts = (_torch if library == "torch" else _numpy)(threads)
        self.calls = {shape: product(*shape) for shape in SHAPES}
        self.repeats: dict[tuple[int, int, int], int] = {}
        for shape, call in self.calls.items():
            call()
            started = time.perf_counter()
            call()
            seconds = time.perf_counter() - started
            self.repeats[shape] = max(1, round(_SECONDS_A_SHAPE / seconds))

    def block(self, what: str = "") -> dict[str, Any]:
        """GFLOP/s of every shape."""
        found = {}
        for (m, k, n), call in self.calls.items():
            repeats = self.repeats[m, k, n]
            started = time.perf_counter()
            for _ in range(repeats):
                call()
            seconds = time.perf_counter() - started
            found[shape_name(m, k, n)] = 2e-9 * m * k * n * repeats / seconds
        return {"gflops": found}


Product = Callable[[int, int, int], Callable[[], object]]


def _torch(threads: int) -> tuple[Product, dict[str, Any]]:
    import torch

    torch.set_num_threads(threads)

    def product(m: int, k: int, n: int) -> Callable[[], object]:
        a, b, out = torch.rand(m, k), torch.rand(k, n), torch.empty(m, n)
        return lambda: torch.mm(a, b, out=out)

    blas = "MKL" if torch.backends.mkl.is_available() else "PyTorch's BLAS"
    return product, {"library": blas, "version": torch.__version__}


def _numpy(threads: int) -> tuple[Product, dict[str, Any]]:
    import numpy as np

    rng = np.random.default_rng(0)

    def product(m: int, k: int, n: int) -> Callable[[], object]:
        a, b = rng.random((m, k), np.float32), rng.random((k, n), np.float32)
        out = np.empty((m, n), np.float32)
        return lambda: np.matmul(a, b, out=out)

    config: Any = np.show_config(mode="dicts")
    blas = config["Build Dependencies"]["blas"]
    return product, {"library": blas["name"], "version": blas["version"]}


if __name__ == "__main__":
    sys.exit(serve(GemmLane, sys.argv[1:]))
