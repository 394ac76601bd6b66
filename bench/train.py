"""Training speed on a rung's own batches, beside PyTorch: `python -m bench.train`.

A step is forward, backward, clipping and AdamW on the packed batches that training draws.
Every lane is a process of its own, warmed up before any is timed; then, round after round, each
trains one block of the same updates. Only real tokens count. PyTorch is asked in every layout
of bench/torch_model.py, eager and compiled, and compared by the fastest of each.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.lane import ROOT, Child, Job
from bench.record import describe_machine, last_line, summarise, table
from contracts.errors import ProbegateError, TrainingError
from contracts.loading import ContractBook
from contracts.models import STAGE_ORDER
from engine import kernels
from engine.curriculum.mixture import mixed
from engine.model import Model, ModelConfig
from engine.stages import Stages
from engine.store import Store, write_json
from engine.train import make_batch

# "fixed" is "gathered" with more padding: only a compiler can gain by it.
LANES = (
    "ours/packed",
    *(f"eager/{layout}" for layout in ("packed", "gathered", "padded")),
    *(f"compile/{layout}" for layout in ("packed", "gathered", "padded", "fixed")),
)
_BUSY_LOAD = 0.5


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
    model = Model.initialise(config, training.seed)
    return Job(
        config=config,
        weights=model.parameters,
        updates=drawn,
        first_loss=model.loss_and_gradient(drawn[0][0]),
        first_gradients=model.gradients,
        threads=threads,
        rate=stage.rate_peak,
        weight_decay=training.weight_decay,
        clip_norm=training.clip_norm,
    )


def measure(
    job: Job, lanes: Sequence[str], rounds: int
) -> tuple[dict[str, dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Facts and one sample a round of every lane; odd rounds go backwards through the lanes."""
    facts: dict[str, dict[str, Any]] = {}
    samples: dict[str, list[dict[str, Any]]] = {lane: [] for lane in lanes}
    with tempfile.TemporaryDirectory(prefix="probegate-bench-") as folder, ExitStack() as stack:
        path = Path(folder) / "job.pickle"
        path.write_bytes(pickle.dumps(job))
        # A cache of its own, so that the compiler's seconds are those of a first time.
        settings = {"TORCHINDUCTOR_CACHE_DIR": str(Path(folder) / "inductor")}
        children: dict[str, Child] = {}
        for lane in tqdm(lanes, "warm up", disable=None, leave=False):
            side, layout = lane.split("/")
            module = "bench.our_lane" if side == "ours" else "bench.torch_lane"
            child = Child(lane, module, path, layout if side == "ours" else lane, settings)
            children[lane] = stack.enter_context(child)
            facts[lane] = child.facts()
        for number in tqdm(range(rounds), "rounds", disable=None, leave=False):
            for lane in lanes if number % 2 == 0 else reversed(lanes):
                samples[lane].append(children[lane].block())
    return facts, samples


def bench(run: str, pairs: int, updates: int, threads: int) -> dict[str, Any]:
    """The whole comparison as one record. Raises TrainingError where PyTorch is missing."""
    if importlib.util.find_spec("torch") is None:
        raise TrainingError(
            "bench.train",
            "no PyTorch",
            "PyTorch to compare with",
            "pip install torch==2.13.0, or the extra: pip install -e '.[bench]'",
        )
    load = os.getloadavg()[0]
    if load > _BUSY_LOAD:
        print(f"warning: load average {load:.2f}: figures of a busy machine", file=sys.stderr)
    job = draw_job(Stages(ContractBook(), Store(ROOT / "runs"), run), updates, threads)
    machine = describe_machine(load, kernels.isa(), kernels.build_info())
    facts, samples = measure(job, LANES, pairs)
    batches = [batch for batches in job.updates for batch in batches]
    tokens = sum(batch.tokens.size for batch in batches)
    rows = sum(batch.row_starts.size - 1 for batch in batches)
    measured = {
        "run": run,
        "pairs": pairs,
        "threads": threads,
        "updates": updates,
        "rows": rows,
        "tokens": tokens,
        "tokens_counted": sum(batch.counted for batch in batches),
        "flops_per_token": job.config.flops_per_token(tokens / rows),
        "machine": machine,
    }
    return summarise(measured, facts, samples)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the record, print the table; 1 when refused."""
    parser = argparse.ArgumentParser(prog="python -m bench.train", description=__doc__)
    parser.add_argument("--run", default="spec19_r3d", help="run whose batches are trained")
    parser.add_argument("--pairs", type=_count, default=7, help="rounds over all lanes")
    parser.add_argument("--updates", type=_count, default=40, help="updates of one block")
    parser.add_argument("--threads", type=_count, default=2, help="threads of every lane")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "bench" / "train.json")
    options = parser.parse_args(arguments)
    try:
        record = bench(options.run, options.pairs, options.updates, options.threads)
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(options.out, record)
    print(table(record))
    print(f"record  {options.out}")
    print(last_line(record))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
