"""The process that times kernels beside their peers: `python -m bench.kernel_lane JOB eager`.

The job is (config, tokens, rehearsal): shapes, and whether each call is made once instead of for
some hundredths of a second. All sides share one process and one thread; a block is one case,
its sides one after the other, backwards every second time. Layout "compile" adds torch.compile.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._functorch.config as functorch_config

from bench.kernel_case import Case
from bench.kernel_cases import cases
from bench.lane import serve
from contracts.errors import TrainingError
from engine import kernels
from engine.kernels import floats
from engine.model import ModelConfig
from engine.parity import relative_error

# As in bench/torch_lane.py: other orders of the same sums; a wrong formula gives far more.
PARITY_MAX = 1e-4
FMA_PEAK, MEMORY_PEAK = "fma peak", "memory peak"
_SECONDS_A_SAMPLE = 0.03
_PEAK_ROUNDS = 1_000_000
_TRIAD_FLOATS = 1 << 25  # three arrays of 128 MB

Call = Callable[[], Any]


class KernelLane:
    """Every case of bench/kernel_cases.py, compared, then ready to be timed by name."""

    def __init__(self, job: tuple[ModelConfig, int, bool], layout: str) -> None:
        config, tokens, rehearsal = job
        torch.set_num_threads(1)
        functorch_config.donated_buffer = False  # a backward pass is run many times
        self.seconds = 0.0 if rehearsal else _SECONDS_A_SAMPLE
        self.cases = {case.name: case for case in cases(config, tokens)}
        self.sides: dict[str, dict[str, Call]] = {}
        errors = {}
        for name, case in self.cases.items():
            self.sides[name], errors[name] = _sides(case, layout == "compile")
        for case in _peaks(_TRIAD_FLOATS >> 12 if rehearsal else _TRIAD_FLOATS):
            self.cases[case.name], self.sides[case.name] = case, {"ours": case.call}
            errors[case.name] = {}
        self.repeats = {
            name: {side: self._repeats(name, call) for side, call in sides.items()}
            for name, sides in self.sides.items()
        }
        self.blocks = dict.fromkeys(self.cases, 0)
        self.facts: dict[str, Any] = {
            "cases": {
                name: {
                    "shape": case.shape,
                    "flops": case.flops,
                    "bytes": case.bytes,
                    "errors": errors[name],
                    "repeats": self.repeats[name],
                }
                for name, case in self.cases.items()
            },
            "torch": torch.__version__,
            "capability": torch.backends.cpu.get_cpu_capability(),
        }

    def block(self, what: str = "") -> dict[str, Any]:
        """Seconds of one call by every side of one case."""
        order = list(self.sides[what])
        self.blocks[what] += 1
        if self.blocks[what] % 2 == 0:
            order.reverse()
        found = {
            side: self._time(what, self.sides[what][side], self.repeats[what][side])
            for side in order
        }
        return {"seconds_a_call": found}

    def _time(self, name: str, call: Call, repeats: int) -> float:
        before = self.cases[name].before
        total = 0.0
        for _ in range(repeats):
            if before is not None:
                before()
            started = time.perf_counter()
            call()
            total += time.perf_counter() - started
        return total / repeats

    def _repeats(self, name: str, call: Call) -> int:
        call()
        return max(1, round(self.seconds / self._time(name, call, 1)))


def _sides(case: Case, compiled: bool) -> tuple[dict[str, Call], dict[str, float]]:
    """Our call and the peers', after one of each whose results agree; and by how much they do."""
    calls: dict[str, Call] = {}
    if case.numpy is not None:
        calls["numpy"] = case.numpy
    calls["eager"] = _eager(case) if case.peer is None else case.peer()
    if compiled and case.compiled and case.torch is not None:
        calls["compile"] = _torch_call(case, torch.compile(case.torch))
    if case.before is not None:
        case.before()
    for array in case.sums:
        array.fill(0.0)
    case.call()
    ours = [np.array(array) for array in case.result()]
    errors = {}
    for side, call in calls.items():
        made = call()
        theirs = [np.asarray(a) for a in (made if isinstance(made, (tuple, list)) else (made,))]
        if case.seen is not None:
            theirs = [array * case.seen for array in theirs]
        errors[side] = max(map(relative_error, theirs, ours))
        if len(theirs) != len(ours) or not errors[side] <= PARITY_MAX:
            raise TrainingError(
                f"bench kernels, {case.name}, {side}",
                f"relative error {errors[side]:.2g} against our kernel",
                f"at most {PARITY_MAX:g}: two implementations of one formula",
                "Mend bench/kernel_cases.py or the kernel before timing either",
            )
    return {"ours": case.call, **calls}, errors


def _eager(case: Case) -> Call:
    assert case.torch is not None
    return _torch_call(case, case.torch)


def _torch_call(case: Case, function: Callable[..., Any]) -> Call:
    given = [torch.from_numpy(np.array(array)) for array in case.inputs]
    wanted = [given[at].requires_grad_() for at in case.gradient_of]
    if not wanted:

        def forward() -> Any:
            with torch.no_grad():
                return function(*given)

        return forward
    upstream = torch.from_numpy(np.array(case.upstream))
    if case.both:

        def both() -> Any:
            made = function(*given)
            return made.detach(), *torch.autograd.grad(made, wanted, upstream)

        return both
    kept = function(*given)
    return lambda: torch.autograd.grad(kept, wanted, upstream, retain_graph=True)


def _peaks(triad_floats: int) -> list[Case]:
    """What the shares are of: multiply-adds in registers, and a triad far beyond the caches."""
    k = kernels.table()
    seed = np.array([0.5, 1.0, 0.0], np.float32)
    a, b, c = (np.ones(triad_floats, np.float32) for _ in range(3))

    def fma() -> float:
        return float(k.fma_peak(floats(seed), _PEAK_ROUNDS, 1))

    def memory() -> float:
        return float(k.memory_peak(floats(a), floats(b), floats(c), 2.0, triad_floats, 1))

    return [
        Case(FMA_PEAK, "in registers", fma, list, flops=fma()),
        Case(MEMORY_PEAK, f"3 x {a.nbytes >> 20} MB", memory, list, bytes=memory()),
    ]


if __name__ == "__main__":
    sys.exit(serve(KernelLane, sys.argv[1:]))
