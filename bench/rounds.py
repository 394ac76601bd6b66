"""Lanes warmed up one by one, then measured in turn, round after round."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.lane import Child

Samples = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Work:
    """What a lane runs: module, its job (anything that pickles), a layout, settings of its own."""

    module: str
    job: Any
    layout: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """Warm lanes and what their warm-up found."""

    children: dict[str, Child]
    facts: dict[str, dict[str, Any]]

    def interleave(self, rounds: int, tasks: Sequence[str] = ("",)) -> Samples:
        """Samples by lane and task, one a round: a task's lanes one after the other.

        Odd rounds go backwards through the lanes, so that none is always the first.
        """
        samples: Samples = {lane: {task: [] for task in tasks} for lane in self.children}
        steps = [(number, task) for number in range(rounds) for task in tasks]
        for number, task in tqdm(steps, "rounds", disable=None, leave=False):
            order = list(self.children)
            for lane in order if number % 2 == 0 else reversed(order):
                samples[lane][task].append(self.children[lane].block(task))
        return samples


@contextmanager
def warmed_up(lanes: Mapping[str, Work]) -> Iterator[Running]:
    """Start the lanes, each a process, one after the other; leaving ends them."""
    with tempfile.TemporaryDirectory(prefix="probegate-bench-") as folder, ExitStack() as stack:
        # A cache of its own, so that the compiler's seconds are those of a first time.
        settings = {"TORCHINDUCTOR_CACHE_DIR": str(Path(folder) / "inductor")}
        running = Running({}, {})
        paths: dict[int, Path] = {}
        for lane, work in tqdm(lanes.items(), "warm up", disable=None, leave=False):
            if id(work.job) not in paths:
                path = Path(folder) / f"job{len(paths)}.pickle"
                path.write_bytes(pickle.dumps(work.job))
                paths[id(work.job)] = path
            child = Child(
                lane, work.module, paths[id(work.job)], work.layout, settings | dict(work.settings)
            )
            running.children[lane] = stack.enter_context(child)
            running.facts[lane] = child.facts()
        yield running
