"""Memory of the kernels' passes: one arena, planned for the largest batch that is to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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

    def plan(self, config: Any, threads: int) -> Plan:
        """The plan of an arena that every pass within these sizes fits into."""
        shape = {
            "tokens": self.tokens, "rows": 1, "longest": self.longest_row, "selected": self.counted
        }  # fmt: skip
        return plan_pass(config, kernels.ffi.new("pg_batch *", shape), self.keep, threads)


class Plan:
    """What a planning function reports: bytes at once, slices when somebody asks for them."""

    def __init__(self, call: Callable[[Any, int, Any], int]) -> None:
        self._call = call
        self._count = kernels.ffi.new("int32_t *")
        self.bytes = int(call(kernels.ffi.NULL, 0, self._count))

    @cached_property
    def slices(self) -> list[Slice]:
        """The slices in order."""
        room = self._count[0]
        found = kernels.ffi.new("pg_slice[]", max(1, room))
        self._call(found, room, self._count)
        return [
            Slice(kernels.ffi.string(s.name).decode(), s.layer, s.offset, s.bytes)
            for s in found[0:room]
        ]


def plan_pass(config: Any, batch: Any, keep: bool, threads: int) -> Plan:
    """Arena of one pass; `keep` plans a training step."""
    return Plan(
        lambda out, room, count: kernels.lib.pg_plan(
            config, batch, int(keep), threads, out, room, count
        )
    )


def plan_pack(config: Any, backward: bool) -> Plan:
    """Memory of the packed weights."""
    return Plan(
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


def check_pass(status: int, where: str, arena: Any, plan: Plan) -> None:
    """Raise KernelError for a refused pass, naming the slice behind which it wrote."""
    kernels.check(status, where, str(plan.slices[arena.smashed]) if arena.smashed >= 0 else "")

