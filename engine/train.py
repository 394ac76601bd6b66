"""One rung's training: stages of sampled rows, a ledger line an update, resumable at any moment.

What a run's weights depend on is all in its arguments; wall time, threads and interruptions are
not among them. Budgets count real tokens: rows are packed without padding.
"""

from __future__ import annotations

import json
import math
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, overload

from contracts.errors import TrainingError
from contracts.models import STAGE_ORDER, Stage, StageName, Training
from engine.batch import Batch
from engine.checkpoint import load_training_state, save_training_state
from engine.curriculum.mixture import mixed
from engine.model import Model
from engine.optimizer import AdamW
from engine.rounded import cosine
from engine.store import write_json
from engine.workspace import PassSize

LEDGER = "ledger.jsonl"
PLAN = "training_plan.json"
STATE = "state.safetensors"
# Ten points a stage draw the held-out curve; they cost a few per cent of the training.
_HELD_OUT_POINTS = 10
# A stop loses at most this much work; the state is three times the weights, and to bring it to the
# disk takes near a tenth of a second in which nothing is trained: one per cent.
_SECONDS_BETWEEN_STATES = 10.0


@dataclass(frozen=True)
class Example:
    """One encoded row: its ids, and the index at which the answer starts."""

    ids: tuple[int, ...]
    answer_start: int

    def counted(self, loss: str) -> list[bool]:
        """For each id, whether the loss counts its prediction."""
        first = first_counted(loss, self.answer_start)
        return [at >= first for at in range(len(self.ids))]


def first_counted(loss: str, answer_start: int) -> int:
    """Index of the first id whose prediction the loss counts; it counts all behind it."""
    return 0 if loss == "all" else answer_start


class Encoded(Sequence[Example]):
    """Examples in arrays, four bytes an id: of a large corpus no more is held than that."""

    def __init__(self, examples: Iterable[Example] = ()) -> None:
        self._ids = array("I")
        self._answer_starts = array("I")
        self._ends = array("Q", [0])
        for example in examples:
            self.append(example)

    def append(self, example: Example) -> None:
        """One more, behind the others."""
        self._ids.extend(example.ids)
        self._answer_starts.append(example.answer_start)
        self._ends.append(len(self._ids))

    def __len__(self) -> int:
        return len(self._answer_starts)

    @overload
    def __getitem__(self, at: int) -> Example: ...

    @overload
    def __getitem__(self, at: slice) -> Encoded: ...

    def __getitem__(self, at: int | slice) -> Example | Encoded:
        if isinstance(at, slice):
            return Encoded(map(self.__getitem__, range(len(self))[at]))
        at = range(len(self))[at]
        ids = self._ids[self._ends[at] : self._ends[at + 1]]
        return Example(tuple(ids), self._answer_starts[at])


@dataclass(frozen=True)
class Progress:
    """Where a training stands: cumulative real tokens, current loss, tokens a second."""

    stage: str
    tokens: int
    tokens_total: int
    loss: float
    tokens_per_second: float


@dataclass
class _Position:
    """What, beside weights and optimiser state, a resumed training needs to know."""

    stage: str
    update: int
    rows: int
    tokens: int
    held_out_points: int
    ledger_bytes: int


def make_batch(examples: Sequence[Example], loss: str) -> Batch:
    """Examples as one packed batch whose loss counts all or only answer tokens."""
    return Batch.pack([(list(example.ids), example.counted(loss)) for example in examples])


def train(
    model: Model,
    training: Training,
    pools: Mapping[str, Sequence[Example]],
    held_out: Sequence[Example],
    folder: Path,
    report: Callable[[Progress], None] | None = None,
) -> None:
    """Train `model` in place through all stages; ledger and plan are left in `folder`.

    Resumes from the state found in `folder`, if any, to the same bytes that an uninterrupted
    training would give. Raises TrainingError when the loss is no longer finite.
    """
    stages = [(name, training.stages[name]) for name in STAGE_ORDER if name in training.stages]
    sizes = {surface: _sizes(pool) for surface, pool in pools.items()}
    memory = model.reserve(_passes(training, stages, sizes, held_out))
    write_json(folder / PLAN, _plan(model, training, stages, sizes, memory))
    state = folder / STATE
    with (folder / LEDGER).open("ab") as ledger:
        resumed = _Position(**load_training_state(state)["position"]) if state.is_file() else None
        if resumed is None:
            ledger.truncate(0)
        for name, stage in stages:
            if resumed and STAGE_ORDER.index(name) < STAGE_ORDER.index(resumed.stage):
                continue
            worker = _StageTraining(model, training, name, stage, pools, held_out, folder)
            at_hand = resumed if resumed and resumed.stage == name else None
            worker.run(ledger, at_hand, report)
            resumed = None
    state.unlink(missing_ok=True)


class _StageTraining:
    """One stage: fresh optimiser, its own schedule, its own stream of rows."""

    def __init__(
        self,
        model: Model,
        training: Training,
        name: StageName,
        stage: Stage,
        pools: Mapping[str, Sequence[Example]],
        held_out: Sequence[Example],
        folder: Path,
    ) -> None:
        self.model = model
        self.training = training
        self.name = name
        self.stage = stage
        self.rows: Iterator[tuple[str, Example]] = mixed(
            pools, stage.mixture, f"{training.seed}/{name}"
        )
        self.held_out = make_batch(held_out, "target")
        self.folder = folder
        self.optimiser = AdamW(
            model, weight_decay=training.weight_decay, clip_norm=training.clip_norm
        )

    def run(
        self,
        ledger: Any,
        resumed: _Position | None,
        report: Callable[[Progress], None] | None,
    ) -> None:
        """Update until the stage's tokens are spent."""
        at = resumed or _Position(self.name, 0, 0, 0, 0, ledger.tell())
        if resumed:
            load_training_state(self.folder / STATE, self.optimiser)
            next(islice(self.rows, at.rows, at.rows), None)
            ledger.truncate(at.ledger_bytes)
            ledger.seek(at.ledger_bytes)
        saved = time.monotonic()
        while at.tokens < self.stage.tokens:
            self._measure_held_out(at, ledger)
            started = time.monotonic()
            tokens, loss, rate, norm = self._update(at)
            now = time.monotonic()
            speed = tokens / max(now - started, 1e-9)
            _write(
                ledger,
                {
                    "kind": "update",
                    "stage": self.name,
                    "update": at.update,
                    "tokens": at.tokens,
                    "tokens_padded": at.tokens,
                    "loss": loss,
                    "rate": rate,
                    "gradient_norm": norm,
                    "tokens_per_second": round(speed),
                },
            )
            if report:
                report(Progress(self.name, at.tokens, self.stage.tokens, loss, speed))
            if now - saved > _SECONDS_BETWEEN_STATES:
                self._save(at, ledger)
                saved = time.monotonic()
        self._measure_held_out(at, ledger, last=True)

    def _update(self, at: _Position) -> tuple[int, float, float, float]:
        batches = [
            make_batch(
                [row for _, row in islice(self.rows, self.training.rows_per_batch)], self.stage.loss
            )
            for _ in range(self.training.accumulate)
        ]
        counted = sum(batch.counted for batch in batches)
        tokens = sum(len(batch.tokens) for batch in batches)
        rate = self._rate(at.tokens)
        self.model.zero_gradients()
        loss = sum(self.model.loss_and_gradient(batch, denominator=counted) for batch in batches)
        norm = self.optimiser.step(rate)
        self._expect_finite(at, loss=loss, gradient_norm=norm)
        at.update += 1
        at.rows += self.training.rows_per_batch * self.training.accumulate
        at.tokens += tokens
        return tokens, loss, rate, norm

    def _rate(self, tokens: int) -> float:
        """Linear warm-up, then a cosine down to the floor, by the share of tokens spent."""
        share = tokens / self.stage.tokens
        warmup = self.training.warmup_share
        if share < warmup:
            return self.stage.rate_peak * (share + 1e-3) / (warmup + 1e-3)
        floor = self.training.rate_floor_share
        turned = 0.5 * (1 + cosine(math.pi * (share - warmup) / max(1 - warmup, 1e-9)))
        return self.stage.rate_peak * (floor + (1 - floor) * turned)

    def _measure_held_out(self, at: _Position, ledger: Any, *, last: bool = False) -> None:
        due = at.held_out_points * self.stage.tokens / _HELD_OUT_POINTS
        if not last and at.tokens < due:
            return
        at.held_out_points += 1
        loss = self.model.loss(self.held_out)
        self._expect_finite(at, held_out_loss=loss)
        _write(
            ledger,
            {
                "kind": "held_out",
                "stage": self.name,
                "update": at.update,
                "tokens": at.tokens,
                "loss": loss,
            },
        )

    def _expect_finite(self, at: _Position, **numbers: float) -> None:
        if all(map(math.isfinite, numbers.values())):
            return
        raise TrainingError(
            f"stage {self.name}, update {at.update}",
            ", ".join(f"{name} {number}" for name, number in numbers.items()),
            "finite numbers",
            "Lower the stage's rate_peak",
        )

    def _save(self, at: _Position, ledger: Any) -> None:
        ledger.flush()
        at.ledger_bytes = ledger.tell()
        save_training_state(self.folder / STATE, self.optimiser, {"position": asdict(at)})


def _write(ledger: Any, record: dict[str, Any]) -> None:
    ledger.write((json.dumps(record, sort_keys=True, allow_nan=False) + "\n").encode())
    ledger.flush()


Size = tuple[int, int]
"""Ids of a row, and those before its answer."""


def _sizes(pool: Sequence[Example]) -> frozenset[Size]:
    """The sizes of a pool's rows."""
    return frozenset((len(row.ids), row.answer_start) for row in pool)


def _passes(
    training: Training,
    stages: Sequence[tuple[StageName, Stage]],
    sizes: Mapping[str, frozenset[Size]],
    held_out: Sequence[Example],
) -> dict[str, PassSize]:
    """The largest batch that a training can draw, and the held-out one.

    A row may come twice in a batch, where one pass over its surface ends and the next begins; so
    the largest batch is the longest row as often as a batch has rows.
    """
    drawn = {
        (ids - 1, ids - max(1, first_counted(stage.loss, start)))  # nothing predicts the first id
        for _, stage in stages
        for surface in stage.mixture
        for ids, start in sizes.get(surface, ())  # a surface without rows is refused as it is drawn
    }
    longest = max((tokens for tokens, _ in drawn), default=1)
    counted = max((counted for _, counted in drawn), default=1)
    rows = training.rows_per_batch
    asked = make_batch(held_out, "target")
    return {
        "training_step": PassSize(rows * longest, rows * counted, longest, keep=True),
        "held_out": PassSize(len(asked.tokens), asked.counted, asked.longest, keep=False),
    }


def _plan(
    model: Model,
    training: Training,
    stages: Sequence[tuple[StageName, Stage]],
    sizes: Mapping[str, frozenset[Size]],
    memory: dict[str, Any],
) -> dict[str, Any]:
    rows_max = max(ids for found in sizes.values() for ids, _ in found)
    return {
        "schema": "probegate.training_plan.v2",
        "model": asdict(model.config),
        "parameters": int(model.flat.size),
        "memory_bytes": memory,
        "row_tokens_max": rows_max,
        "rows_per_update": training.rows_per_batch * training.accumulate,
        "stages": [
            {
                "stage": name,
                "tokens": stage.tokens,
                "rate_peak": stage.rate_peak,
                "loss": stage.loss,
                "mixture": {
                    surface: weight / sum(stage.mixture.values())
                    for surface, weight in stage.mixture.items()
                },
            }
            for name, stage in stages
        ],
    }
