"""Memory of the kernels' passes: one arena, planned for the largest batch that is to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import kernels


@dataclass(frozen=True)
class Slice:
    """One named part of an arena; `layer` is -1 for what no single layer owns."""

    name: str
    layer: int
    offset: int
    bytes: int

    def __str__(self) -> str:
        return self.name if self.layer < 0 else f"{self.name} of layer {self.layer}"


@dataclass(frozen=True)
class PassSize:
    """What a pass's memory depends on: no batch to come has more of anything.

    `keep`: a training step, which keeps what its backward half reads.
    """

    tokens: int
    counted: int
    longest_row: int
    keep: bool

    def plan(self, config: Any, threads: int) -> tuple[int, list[Slice]]:
        """Bytes and slices of the arena that every pass within these sizes fits into."""
        shape = {
            "tokens": self.tokens, "rows": 1, "longest": self.longest_row, "selected": self.counted
        }  # fmt: skip
        return plan_pass(config, kernels.ffi.new("pg_batch *", shape), self.keep, threads)


def _slices(call: Any) -> tuple[int, list[Slice]]:
    """Bytes and slices that a planning function reports."""
    count = kernels.ffi.new("int32_t *")
    call(kernels.ffi.NULL, 0, count)
    found = kernels.ffi.new("pg_slice[]", max(1, count[0]))
    total = call(found, count[0], count)
    return int(total), [
        Slice(kernels.ffi.string(s.name).decode(), s.layer, s.offset, s.bytes)
        for s in found[0 : count[0]]
    ]


def plan_pass(config: Any, batch: Any, keep: bool, threads: int) -> tuple[int, list[Slice]]:
    """Arena of one pass: its bytes and slices; `keep` plans a training step."""
    return _slices(
        lambda out, room, count: kernels.lib.pg_plan(
            config, batch, int(keep), threads, out, room, count
        )
    )


def plan_pack(config: Any, backward: bool) -> tuple[int, list[Slice]]:
    """Packed weights: their bytes and slices."""
    return _slices(
        lambda out, room, count: kernels.lib.pg_plan_pack(config, int(backward), out, room, count)
    )


class Workspace:
    """An arena that grows to the largest pass it has served, or is asked to hold."""

    def __init__(self) -> None:
        self.memory: npt.NDArray[np.uint8] = kernels.aligned_bytes(0)

    def arena(self, size: int, threads: int) -> Any:
        """A `pg_arena *` of at least `size` bytes."""
        if size > self.memory.size:
            self.memory = kernels.aligned_bytes(size)
        return kernels.ffi.new(
            "pg_arena *",
            {
                "memory": kernels.ffi.cast("char *", self.memory.ctypes.data),
                "bytes": self.memory.size,
                "threads": threads,
                "smashed": -1,
            },
        )


def check_pass(status: int, where: str, arena: Any, slices: list[Slice]) -> None:
    """Raise KernelError for a refused pass, naming the slice behind which it wrote."""
    smashed = slices[arena.smashed] if 0 <= arena.smashed < len(slices) else ""
    kernels.check(status, where, str(smashed))

