"""Cost against the FLOP model as the model grows: `python -m bench.scaling`.

From the dense model of bench/train.py one axis is varied at a time, width, layers or context,
each with one thread and with two; a step always has 4096 tokens, in rows as long as the context.
Every point is a process, its thread counts measured in turn. Where the FLOP model told the whole
cost, GFLOP/s would be the same at every point. Last, in the same manner, one job of two threads
against two jobs of one thread at the same time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.command import conclude, machine, parser
from bench.lane import Child, Job
from bench.record import Rows, aligned, figure, most, ratios, spread, spread_text
from bench.rounds import Work, warmed_up
from bench.train import DENSE_CONFIG, dense_job
from engine.model import ModelConfig

SCHEMA = "probegate.bench_scaling.v1"
AXES: dict[str, tuple[int, ...]] = {
    "width": (64, 128, 192, 256, 384, 512, 768),
    "layers": (1, 2, 3, 6, 12),
    "context": (128, 256, 512, 1024, 2048),
}
THREADS = (1, 2)
TOKENS = 4096
# Updates of a block: at least one, and about so much work, so that a small model's block is no
# shorter than a large one's.
_BLOCK_FLOPS = 4e10


def varied(base: ModelConfig, axis: str, value: int) -> ModelConfig:
    """The base model with one axis changed; hidden width and head width grow with the width."""
    if axis == "width":
        hidden = base.hidden_dim * value // base.embed_dim
        return replace(base, embed_dim=value, hidden_dim=hidden)
    if axis == "layers":
        return replace(base, layers=value)
    return replace(base, context_len=value)


def points(
    base: ModelConfig, axes: Mapping[str, Sequence[int]]
) -> dict[ModelConfig, list[tuple[str, int]]]:
    """Every model once, with the axes and values that it stands for."""
    found: dict[ModelConfig, list[tuple[str, int]]] = {}
    for axis, values in axes.items():
        for value in values:
            found.setdefault(varied(base, axis, value), []).append((axis, value))
    return found


def job_at(config: ModelConfig, tokens: int, threads: int) -> Job:
    """A block of training at one point: full rows, `tokens` tokens a step."""
    rows = max(1, tokens // config.context_len)
    step = rows * config.context_len * config.flops_per_token(config.context_len)
    return dense_job(config, rows, max(1, round(_BLOCK_FLOPS / step)), threads, checked=False)


def measure_point(config: ModelConfig, tokens: int, rounds: int) -> dict[str, Any]:
    """Speed, memory and FLOPs of one model, for every thread count."""
    jobs = {threads: job_at(config, tokens, threads) for threads in THREADS}
    work = {f"threads {n}": Work("bench.our_lane", job, "packed") for n, job in jobs.items()}
    with warmed_up(work) as running:
        samples = {lane: by[""] for lane, by in running.interleave(rounds).items()}
    size = sum(batch.tokens.size for [batch] in jobs[THREADS[0]].updates)
    return {
        "layers": config.layers,
        "width": config.embed_dim,
        "context": config.context_len,
        "tokens": size,
        "flops_per_token": config.flops_per_token(config.context_len),
        "samples": samples,
    }


def measure_jobs(config: ModelConfig, tokens: int, rounds: int) -> dict[str, list[float]]:
    """Tokens a second: "one job" with two threads, and "two jobs" with one thread each at once.

    Two jobs start together, and their time is that of the slower one.
    """
    work = {
        "pair": Work("bench.our_lane", job_at(config, tokens, 2), "packed"),
        **{
            name: Work("bench.our_lane", job_at(config, tokens, 1), "packed")
            for name in ("first", "second")
        },
    }
    size = sum(batch.tokens.size for [batch] in work["pair"].job.updates)
    found: dict[str, list[float]] = {"one job": [], "two jobs": []}
    with warmed_up(work) as running:
        one = [running.children["pair"]]
        two = [running.children[name] for name in ("first", "second")]
        for number in tqdm(range(rounds), "jobs", disable=None, leave=False):
            order = [("one job", one), ("two jobs", two)]
            for name, children in order if number % 2 == 0 else reversed(order):
                found[name].append(size * len(children) / _together(children))
    return found


def _together(children: Sequence[Child]) -> float:
    started = time.perf_counter()
    for child in children:
        child.begin()
    for child in children:
        child.end()
    return time.perf_counter() - started


def summarise(
    measured: Sequence[tuple[list[tuple[str, int]], Mapping[str, Any]]],
    jobs: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """Points with their speeds by thread count, and two jobs over one."""
    found = []
    for stands_for, point in measured:
        threads = {}
        for lane, rounds in point["samples"].items():
            speed = spread([point["tokens"] / sample["seconds"] for sample in rounds])
            threads[lane.removeprefix("threads ")] = {
                "tokens_per_s": speed,
                "gflops": speed["median"] * point["flops_per_token"] / 1e9,
                "memory_mb_peak": most([sample["memory_mb_peak"] for sample in rounds]),
            }
        found.append(
            {**point, "axes": [[axis, value] for axis, value in stands_for], "threads": threads}
        )
    return {
        "points": found,
        "jobs": {
            "tokens_per_s": {name: spread(speeds) for name, speeds in jobs.items()},
            "two_over_one": ratios(jobs["two jobs"], jobs["one job"]),
        },
    }


def bench(options: Any) -> dict[str, Any]:
    """All points, then the jobs, as one record."""
    here = machine()
    measured = [
        (stands_for, measure_point(config, TOKENS, options.pairs))
        for config, stands_for in tqdm(
            points(DENSE_CONFIG, AXES).items(), "models", disable=None, leave=False
        )
    ]
    jobs = measure_jobs(DENSE_CONFIG, TOKENS, options.pairs)
    return {
        "schema": SCHEMA,
        "machine": here,
        "pairs": options.pairs,
        "tokens_a_step": TOKENS,
        **summarise(measured, jobs),
    }


def on_axis(record: Mapping[str, Any], axis: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Points of one axis, ascending."""
    found = [
        (value, point) for point in record["points"] for at, value in point["axes"] if at == axis
    ]
    return sorted(found, key=lambda pair: pair[0])


def rows(record: Mapping[str, Any]) -> Rows:
    """One line a point and axis."""
    table: Rows = [
        ("axis", "value", "MFLOP/token", "tokens/s, 1 thread", "2 threads", "GFLOP/s, 1 thread",
         "2 threads", "MB")
    ]  # fmt: skip
    for axis in AXES:
        for value, point in on_axis(record, axis):
            one, two = (point["threads"][str(n)] for n in THREADS)
            table.append(
                (
                    axis,
                    str(value),
                    f"{point['flops_per_token'] / 1e6:.2f}",
                    spread_text(one["tokens_per_s"], 0),
                    spread_text(two["tokens_per_s"], 0),
                    figure(one["gflops"], 1),
                    figure(two["gflops"], 1),
                    figure(most([one["memory_mb_peak"], two["memory_mb_peak"]])),
                )
            )
    return table


def jobs_line(record: Mapping[str, Any]) -> str:
    """Which of both arrangements did more, in one sentence."""
    speeds, ratio = record["jobs"]["tokens_per_s"], record["jobs"]["two_over_one"]
    verdict = (
        "one job with two threads loses to two jobs with one"
        if ratio["quartile_low"] > 1
        else "one job with two threads wins over two jobs with one"
        if ratio["quartile_high"] < 1
        else "one job with two threads and two jobs with one are level"
    )
    one, two = (spread_text(speeds[name], 0) for name in ("one job", "two jobs"))
    return f"{verdict}: {one} tokens/s against {two}, ratio {spread_text(ratio, 2)}"


def last_lines(record: Mapping[str, Any]) -> list[str]:
    """The figures in one line: range of GFLOP/s over each axis, at two threads; the jobs."""
    ranges = []
    for axis in AXES:
        speeds = [point["threads"]["2"]["gflops"] for _, point in on_axis(record, axis)]
        ranges.append(f"{axis}={min(speeds):.1f}-{max(speeds):.1f}")
    return [
        f"scaling {' '.join(ranges)} gflops "
        f"two_jobs_over_one={record['jobs']['two_over_one']['median']:.2f} pairs={record['pairs']}"
    ]


def draw(record: Mapping[str, Any], path: Path) -> None:
    """Microseconds a token against FLOPs a token, and GFLOP/s along every axis, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure_, (cost, speed) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for axis, colour in zip(AXES, ("C0", "C1", "C2"), strict=True):
        for threads, style in zip(THREADS, ("--", "-"), strict=True):
            along = on_axis(record, axis)
            found = [point["threads"][str(threads)] for _, point in along]
            flops = [point["flops_per_token"] / 1e6 for _, point in along]
            label = f"{axis}, {threads} thread{'s' * (threads > 1)}"
            micros = [1e6 / at["tokens_per_s"]["median"] for at in found]
            cost.loglog(flops, micros, style, color=colour, marker="o", markersize=4, label=label)
            rates = [at["gflops"] for at in found]
            speed.semilogx(flops, rates, style, color=colour, marker="o", markersize=4)
    cost.set(xlabel="MFLOP a token (model)", ylabel="microseconds a token (measured)")
    speed.set(xlabel="MFLOP a token (model)", ylabel="GFLOP/s", ylim=(0, None))
    cost.set_title("cost against the FLOP model")
    speed.set_title("level where the model tells the whole cost")
    cost.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure_.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure_)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the record and the plot beside it, print the table; 1 when refused."""
    options = parser("scaling", __doc__)
    given = options.parse_args(arguments)

    def shown(record: dict[str, Any]) -> str:
        draw(record, given.out.with_suffix(".png"))
        return "\n".join([aligned(rows(record)), jobs_line(record)])

    return conclude(given.out, lambda: bench(given), shown, last_lines)


if __name__ == "__main__":
    sys.exit(main())
