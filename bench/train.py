"""Training speed beside PyTorch: `python -m bench.train`, both parts or `--only` one.

    packed    the packed batches that a rung's training draws, rows of different lengths
    dense     rows as long as the context, random tokens, every target counted

A step is forward, backward, clipping and AdamW. Every lane is a process of its own, warmed up
before any is timed; then, round after round, each trains one block of the same updates. Only real
tokens count. PyTorch is asked in every layout of bench/torch_model.py that fits, eager and
compiled, and compared by the fastest of each. Beside the dense part, in the same rounds, matrix
products alone are timed in other libraries: the limit that a whole step is measured against.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from bench import train_record
from bench.command import conclude, machine, need_torch, parser
from bench.lane import ROOT, Job
from bench.record import aligned
from bench.rounds import Work, warmed_up
from contracts.loading import ContractBook
from contracts.models import STAGE_ORDER
from engine.batch import Batch
from engine.curriculum.mixture import mixed
from engine.model import Model, ModelConfig
from engine.stages import Stages
from engine.store import Store
from engine.train import make_batch
from reports.command import count

# "fixed" is "gathered" with more padding: only a compiler can gain by it.
PACKED_LANES = (
    "ours/packed",
    *(f"eager/{layout}" for layout in ("packed", "gathered", "padded")),
    *(f"compile/{layout}" for layout in ("packed", "gathered", "padded", "fixed")),
)
DENSE_LANES = ("ours/packed", "eager/dense", "compile/dense")
GEMM_LANES = ("gemm/torch", "gemm/numpy")
PARTS = ("dense", "packed")
# The model of the published line: 8.92 MFLOP a token and step.
DENSE_CONFIG = ModelConfig(1024, context_len=512)
DENSE_ROWS = 8
DENSE_SEED = 1


def draw_job(stages: Stages, updates: int, threads: int) -> Job:
    """The first `updates` of the run's first stage, as training draws them, and what to check."""
    training = stages.contract.training
    name = next(name for name in STAGE_ORDER if name in training.stages)
    stage = training.stages[name]
    pools = {
        surface: [stages.example(row) for row in rows]
        for surface, rows in stages.dataset.train.items()
    }
    rows = mixed(pools, stage.mixture, f"{training.seed}/{name}")
    drawn = [
        [
            make_batch([row for _, row in islice(rows, training.rows_per_batch)], stage.loss)
            for _ in range(training.accumulate)
        ]
        for _ in range(updates)
    ]
    shape = stages.contract.model.model_dump()
    config = ModelConfig(vocab_size=stages.tokenizer.vocab_size, **shape)
    return job_of(
        Model.initialise(config, training.seed), drawn, threads,
        stage.rate_peak, training.weight_decay, training.clip_norm,
    )  # fmt: skip


def dense_job(
    config: ModelConfig, rows: int, updates: int, threads: int, checked: bool = True
) -> Job:
    """Updates of `rows` rows of random tokens, each as long as the context."""
    rng = np.random.default_rng(DENSE_SEED)
    marks = np.ones(config.context_len + 1, bool).tolist()

    def row() -> tuple[list[int], list[bool]]:
        return rng.integers(0, config.vocab_size, config.context_len + 1).tolist(), marks

    drawn = [[Batch.pack([row() for _ in range(rows)])] for _ in range(updates)]
    return job_of(Model.initialise(config, DENSE_SEED), drawn, threads, checked=checked)


def job_of(
    model: Model,
    updates: list[list[Batch]],
    threads: int,
    rate: float = 3e-4,
    weight_decay: float = 0.01,
    clip_norm: float = 1.0,
    checked: bool = True,
) -> Job:
    """A job; `checked` puts our loss and gradients on its first batch into it."""
    loss = model.loss_and_gradient(updates[0][0]) if checked else None
    return Job(
        config=model.config,
        weights=model.parameters,
        updates=updates,
        threads=threads,
        rate=rate,
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        first_loss=loss,
        first_gradients=model.gradients if checked else {},
    )


def part_of(
    job: Job, lanes: Sequence[str], rounds: int, gemm: Sequence[str] = ()
) -> dict[str, Any]:
    """One part of the record: all lanes on the job, and matrix products beside them."""
    openblas = {"OPENBLAS_NUM_THREADS": str(job.threads)}
    work = {lane: _work(lane, job) for lane in lanes} | {
        lane: Work("bench.gemm_lane", job.threads, lane.split("/")[1], openblas) for lane in gemm
    }
    with warmed_up(work) as running:
        samples = {lane: by[""] for lane, by in running.interleave(rounds).items()}
    part = train_record.summarise(
        _sizes(job), running.facts, {lane: samples[lane] for lane in lanes}
    )
    if gemm:
        part["gemm"] = train_record.gemm_limit(
            part["lanes"][train_record.OURS]["gflops"],
            {lane: running.facts[lane] for lane in gemm},
            {lane: samples[lane] for lane in gemm},
        )
    return part


def _work(lane: str, job: Job) -> Work:
    side, layout = lane.split("/")
    if side == "ours":
        return Work("bench.our_lane", job, layout)
    return Work("bench.torch_lane", job, lane)


def _sizes(job: Job) -> dict[str, Any]:
    batches = [batch for batches in job.updates for batch in batches]
    tokens = sum(batch.tokens.size for batch in batches)
    rows = sum(batch.row_starts.size - 1 for batch in batches)
    return {
        "updates": len(job.updates),
        "rows": rows,
        "tokens": tokens,
        "tokens_counted": sum(batch.counted for batch in batches),
        "flops_per_token": job.config.flops_per_token(tokens / rows),
    }


def bench(options: Any) -> dict[str, Any]:
    """The whole comparison as one record. Raises TrainingError where PyTorch is missing."""
    need_torch("train")
    here = machine()
    parts: dict[str, dict[str, Any]] = {}
    for name in PARTS if options.only is None else (options.only,):
        if name == "dense":
            job = dense_job(DENSE_CONFIG, DENSE_ROWS, options.dense_updates, options.threads)
            parts[name] = part_of(job, DENSE_LANES, options.pairs, GEMM_LANES)
        else:
            stages = Stages(ContractBook(), Store(ROOT / "runs"), options.run)
            job = draw_job(stages, options.updates, options.threads)
            parts[name] = part_of(job, PACKED_LANES, options.pairs) | {"run": options.run}
    return {
        "schema": train_record.SCHEMA,
        "machine": here,
        "pairs": options.pairs,
        "threads": options.threads,
        "parts": parts,
    }


def table(record: Mapping[str, Any]) -> str:
    """All lanes of all parts, then the products."""
    shown = []
    for name, part in record["parts"].items():
        shown += [f"{name}:", aligned(train_record.rows(part))]
        if products := train_record.gemm_rows(part):
            shown.append(aligned(products))
    return "\n".join(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the record, print the table; 1 when refused."""
    options = parser("train", __doc__)
    options.add_argument("--only", choices=PARTS, help="one part instead of both")
    options.add_argument("--run", default="spec19_r3d", help="run whose batches are trained")
    options.add_argument("--updates", type=count, default=40, help="updates of a packed block")
    options.add_argument("--dense-updates", type=count, default=4, help="updates of a dense block")
    options.add_argument("--threads", type=count, default=2, help="threads of every lane")
    given = options.parse_args(arguments)
    return conclude(given.out, lambda: bench(given), table, train_record.last_lines)


if __name__ == "__main__":
    sys.exit(main())
