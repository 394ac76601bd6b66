"""The C kernels: loaded, checked against their sources, chosen for this machine.

The extension is built from csrc/ and carries the digest of what it was built from; sources edited
since then are refused, because a run's identity names the sources and not the library.

    PROBEGATE_ISA       avx512, avx2 or portable; default: the best this machine runs
    PROBEGATE_THREADS   threads of a pass; default: physical cores, shared among xdist workers
"""

from __future__ import annotations

import importlib
import os
import runpy
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.errors import KernelError

CSRC = Path(__file__).resolve().parents[1] / "csrc"
BEST_FIRST = ("avx512", "avx2", "portable")
ALIGNMENT_BYTES = 64
THREADS_MOST = 1024

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


def _import_extension() -> ModuleType:
    # Read by libgomp as it loads. Its default lets a waiting thread spin for milliseconds; with
    # one core taken by another process that made a training step thirteen times slower.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        return importlib.import_module("engine._csrc")
    except ImportError as reason:
        raise KernelError("engine/_csrc", str(reason), "built kernels", "Run make") from reason


def refuse_stale(built: str, on_disk: str) -> None:
    """Raise KernelError when the library's sources are not the ones on disk."""
    if built != on_disk:
        raise KernelError(
            "engine/_csrc",
            f"a library built from sources {built[:12]}",
            f"the sources on disk, {on_disk[:12]}",
            "The kernels are stale: run make",
        )


_extension = _import_extension()
ffi: Any = _extension.ffi
lib: Any = _extension.lib
_digest = str(runpy.run_path(str(CSRC / "digest.py"))["source_digest"](CSRC))
refuse_stale(ffi.string(lib.pg_source_digest()).decode(), _digest)


def source_digest() -> str:
    """Hexadecimal sha256 of the kernel sources, equal on disk and in the library."""
    return _digest


def build_info() -> str:
    """Compiler and flags the library was built with."""
    return str(ffi.string(lib.pg_build_info()).decode())


def available() -> list[str]:
    """Instruction sets this machine and build can run, best first."""
    return [name for name in BEST_FIRST if lib.pg_select(name.encode()) != ffi.NULL]


def table(name: str | None = None) -> Any:
    """The operations of one instruction set (default: `isa()`), a `pg_kernels *` of probegate.h."""
    chosen = name or isa()
    found = lib.pg_select(chosen.encode()) if chosen in BEST_FIRST else ffi.NULL
    if found == ffi.NULL:
        raise KernelError("instruction set", repr(chosen), "one of " + ", ".join(available()))
    return found


def isa() -> str:
    """Instruction set in use: PROBEGATE_ISA, else the best available."""
    return os.environ.get("PROBEGATE_ISA") or available()[0]


def threads() -> int:
    """Threads a pass uses unless told otherwise; results never depend on it.

    PROBEGATE_THREADS, else the physical cores that this process may use, shared among the workers
    of pytest-xdist: two threads of one core gain nothing, and more threads than cores lose much.
    """
    if chosen := os.environ.get("PROBEGATE_THREADS"):
        if not (chosen.isascii() and chosen.isdigit() and 1 <= int(chosen) <= THREADS_MOST):
            raise KernelError(
                "environment, PROBEGATE_THREADS", repr(chosen), f"1 to {THREADS_MOST} threads"
            )
        return int(chosen)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return max(1, physical_cores() // workers)


def physical_cores(topology: Path = Path("/sys/devices/system/cpu")) -> int:
    """Cores, not hyper-threads, among the processors that this process may run on.

    Processors of one core name the same siblings; where the system does not say, each counts.
    """
    allowed = os.sched_getaffinity(0)
    try:
        siblings = {
            (topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text("ascii")
            for cpu in allowed
        }
    except OSError:
        return len(allowed)
    return len(siblings)


def aligned_bytes(count: int) -> npt.NDArray[np.uint8]:
    """Zeroed memory that starts on a cache line."""
    memory = np.zeros(count + ALIGNMENT_BYTES, np.uint8)
    skip = -memory.ctypes.data % ALIGNMENT_BYTES
    return memory[skip : skip + count]


def floats(array: npt.NDArray[Any]) -> Any:
    """`float *` into an array that `expect` has checked."""
    return ffi.cast("float *", array.ctypes.data)


def ints(array: npt.NDArray[Any]) -> Any:
    """`int32_t *` into an array that `expect` has checked."""
    return ffi.cast("int32_t *", array.ctypes.data)


def expect(
    where: str, array: Any, shape: Sequence[int | None], dtype: type[np.generic] = np.float32
) -> None:
    """Raise KernelError unless `array` is a dense array of that type and shape (None: any size)."""
    wanted = f"{np.dtype(dtype).name} {tuple('any' if n is None else n for n in shape)}"
    if not isinstance(array, np.ndarray):
        raise KernelError(where, type(array).__name__, f"a NumPy array, {wanted}")
    fits = array.ndim == len(shape) and all(
        n is None or n == m for n, m in zip(shape, array.shape, strict=True)
    )
    if array.dtype != np.dtype(dtype) or not fits:
        raise KernelError(where, f"{array.dtype.name} {array.shape}", wanted)
    if not array.flags.c_contiguous:
        raise KernelError(where, "a strided view", f"dense memory, {wanted}", "Copy it first")


def expect_ids(where: str, array: IntArray, limit: int) -> None:
    """Raise KernelError unless every id lies in 0..limit-1: the kernels index without looking."""
    if array.size and (int(array.min()) < 0 or int(array.max()) >= limit):
        raise KernelError(where, f"ids {array.min()} to {array.max()}", f"ids 0 to {limit - 1}")


def check(status: int, where: str, smashed: str = "") -> None:
    """Turn a kernel's refusal into KernelError; `smashed` names the slice whose canary died."""
    if status == lib.PG_OK:
        return
    if status == lib.PG_CANARY:
        raise KernelError(
            where,
            f"a smashed canary behind slice {smashed or 'of the packed weights'}",
            "no write outside a slice",
            "A kernel is wrong, or something else wrote into the arena: results are void",
        )
    raise KernelError(where, "an arena too small", "the planned size", "Plan it with pg_plan")
