"""One side of a comparison, in a process of its own: told to do one block, it says how long.

The child answers on standard output, a JSON object a line: first what its warm-up found, then
one timing for every line it reads; a line may name what to do. What else it prints goes to
standard error. This module loads no kernels, so that a PyTorch lane can load PyTorch before
anything of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from contracts.errors import ProbegateError, TrainingError

if TYPE_CHECKING:
    from engine.batch import Batch
    from engine.kernels import FloatArray
    from engine.model import ModelConfig

ROOT = Path(__file__).resolve().parent.parent
# Each library shall start with its own defaults: importing our kernels has set the first here,
# the others make OpenBLAS take this processor for another one.
_NOT_INHERITED = ("GOMP_SPINCOUNT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass(frozen=True)
class Job:
    """What every lane trains: the same weights on the same updates, each a list of batches.

    Rate, weight decay and clip norm are the contract's. `first_loss` and `first_gradients` are
    ours on the very first batch; only a lane of another library asks for them.
    """

    config: ModelConfig
    weights: dict[str, FloatArray]
    updates: list[list[Batch]]
    threads: int
    rate: float
    weight_decay: float
    clip_norm: float
    first_loss: float | None = None
    first_gradients: dict[str, FloatArray] = field(default_factory=dict)


class Lane(Protocol):
    """An implementation under measurement."""

    facts: dict[str, Any]

    def block(self, what: str = "") -> Mapping[str, Any]:
        """Do once what is measured; returns what came of it, for instance the last loss."""


def memory_mb_peak() -> float | None:
    """Most memory this process has held, in MB; None where the system does not say.

    Not ru_maxrss: Linux starts that of a new program with the peak of the one that started it.
    """
    status = Path("/proc/self/status")
    found = status.is_file() and re.search(r"VmHWM:\s*(\d+) kB", status.read_text("ascii"))
    return int(found[1]) / 1024 if found else None


def serve(make: Callable[[Any, str], Lane], arguments: list[str]) -> int:
    """The child: `arguments` are a pickled job and a layout. Ends when its input does."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(value: dict[str, Any]) -> None:
        print(json.dumps(value, allow_nan=False), file=answers, flush=True)

    try:
        with Path(arguments[0]).open("rb") as file:
            job = pickle.load(file)
        started = time.perf_counter()
        lane = make(job, arguments[1])
        answer({**lane.facts, "warm_up_seconds": time.perf_counter() - started})
        for line in sys.stdin:
            cpu, started = time.process_time(), time.perf_counter()
            found = lane.block(line.strip())
            seconds = time.perf_counter() - started
            answer(
                {
                    "seconds": seconds,
                    "cpu_seconds": time.process_time() - cpu,
                    "memory_mb_peak": memory_mb_peak(),
                    **found,
                }
            )
    except ProbegateError as error:
        answer({"refused": [error.where, error.found, error.expected, error.cure]})
        return 1
    return 0


class Child:
    """A running lane; leaving its context ends the process."""

    def __init__(
        self, name: str, module: str, job: Path, layout: str, settings: Mapping[str, str]
    ) -> None:
        self.name = name
        environment = {key: at for key, at in os.environ.items() if key not in _NOT_INHERITED}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(job), layout],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment | dict(settings),
        )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()

    def facts(self) -> dict[str, Any]:
        """What the warm-up found; waits for it."""
        return self._answer()

    def block(self, what: str = "") -> dict[str, Any]:
        """One timed block. Raises TrainingError when the lane has died."""
        self.begin(what)
        return self.end()

    def begin(self, what: str = "") -> None:
        """Start a block; others may start theirs before its `end`."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the missing answer says it better
            print(what, file=self._process.stdin, flush=True)

    def end(self) -> dict[str, Any]:
        """The block that `begin` started. Raises TrainingError when the lane has died."""
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise TrainingError(
                f"bench lane {self.name}",
                f"exit status {self._process.wait()}",
                "an answer",
                "Its own message stands above; torch.compile needs a C++ compiler",
            )
        answer: dict[str, Any] = json.loads(line)
        if refused := answer.get("refused"):
            raise TrainingError(*refused)
        return answer
