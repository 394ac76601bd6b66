"""What every lane of bench/decode.py decodes. Loads no kernels, as bench/lane.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.kernels import FloatArray
    from engine.model import ModelConfig

Texts = list[list[int]]


@dataclass(frozen=True)
class Case:
    """Prompts continued greedily, together, until `eos` or `max_new` tokens."""

    prompts: Texts
    max_new: int
    eos: int


@dataclass(frozen=True)
class DecodeJob:
    """The same weights and prompts for every lane; a block lasts about `seconds` at least."""

    config: ModelConfig
    weights: dict[str, FloatArray]
    cases: dict[str, Case]
    threads: int
    seconds: float


class DecodeLane:
    """A lane around one function that continues a case's prompts."""

    def __init__(self, job: DecodeJob, decode: Callable[[Case], Texts]) -> None:
        self.cases, self.decode = job.cases, decode
        texts: dict[str, Texts] = {}
        self.repeats: dict[str, int] = {}
        for name, case in job.cases.items():
            texts[name] = decode(case)
            decode(case)  # a compiler may look again
            started = time.perf_counter()
            decode(case)
            self.repeats[name] = max(1, round(job.seconds / (time.perf_counter() - started)))
        self.facts: dict[str, Any] = {"texts": texts, "repeats": self.repeats}

    def block(self, what: str = "") -> dict[str, Any]:
        """Continue one case's prompts, some times over; returns the number of tokens made."""
        made = 0
        for _ in range(self.repeats[what]):
            made += sum(map(len, self.decode(self.cases[what])))
        return {"new_tokens": made}
