"""What a benchmark leaves: machine, samples, medians with quartiles, ratios round by round."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA = "probegate.bench_train.v1"
OURS = "ours/packed"


def describe_machine(load: float, isa: str, build: str) -> dict[str, Any]:
    """Processor, cores, kernels' instruction set and build, versions, load average at the start."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "isa": isa,
        "kernel_build": build,
        "load_average": load,
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in ("numpy", "torch")},
        },
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, middle, high = (float(at) for at in np.percentile(values, (25, 50, 75)))
    return {"median": middle, "quartile_low": low, "quartile_high": high}


def summarise(
    measured: Mapping[str, Any],
    facts: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The record: `measured`, and for every lane its facts, samples, speed and our ratio to it.

    A ratio is our speed over the lane's in the same round. `best` names PyTorch's fastest lane,
    by median, eager and compiled.
    """
    speeds = {
        lane: [measured["tokens"] / sample["seconds"] for sample in rounds]
        for lane, rounds in samples.items()
    }
    lanes = {}
    for lane, rounds in samples.items():
        ratios = [ours / theirs for ours, theirs in zip(speeds[OURS], speeds[lane], strict=True)]
        speed = spread(speeds[lane])
        lanes[lane] = {
            "facts": dict(facts[lane]),
            "samples": [dict(sample) for sample in rounds],
            "tokens_per_s": speed,
            "gflops": speed["median"] * measured["flops_per_token"] / 1e9,
            "cpu_share": float(np.median([s["cpu_seconds"] / s["seconds"] for s in rounds])),
            "memory_mb_peak": max(sample["memory_mb_peak"] for sample in rounds),
            "ours_over_this": {**spread(ratios), "rounds": ratios},
        }
    best = {}
    for side in dict.fromkeys(lane.split("/")[0] for lane in samples if lane != OURS):
        of_side = [lane for lane in samples if lane.startswith(side + "/")]
        best[side] = max(of_side, key=lambda lane: lanes[lane]["tokens_per_s"]["median"])
    return {"schema": SCHEMA, **measured, "lanes": lanes, "best": best}


def table(record: Mapping[str, Any]) -> str:
    """One line a lane; PyTorch's best, eager and compiled, carry a star."""
    head = ("lane", "tokens/s", "quartiles", "GFLOP/s", "cpu", "MB", "compile s", "ours/this")
    rows = [head]
    for lane, found in record["lanes"].items():
        speed, ratio = found["tokens_per_s"], found["ours_over_this"]
        compiling = lane.startswith("compile/")
        rows.append(
            (
                lane + (" *" if lane in record["best"].values() else ""),
                f"{speed['median']:.0f}",
                f"{speed['quartile_low']:.0f}-{speed['quartile_high']:.0f}",
                f"{found['gflops']:.1f}",
                f"{found['cpu_share']:.2f}",
                f"{found['memory_mb_peak']:.0f}",
                f"{found['facts']['compile_seconds']:.1f}" if compiling else "-",
                f"{ratio['median']:.2f} ({ratio['quartile_low']:.2f}-{ratio['quartile_high']:.2f})",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def last_line(record: Mapping[str, Any]) -> str:
    """The figures in one line."""
    lanes = record["lanes"]
    ratios = " ".join(
        f"ratio_{side}={lanes[lane]['ours_over_this']['median']:.2f}"
        for side, lane in record["best"].items()
    )
    speed = lanes[OURS]["tokens_per_s"]["median"]
    return (
        f"train packed run={record['run']} tokens_per_s={speed:.0f} "
        f"gflops={lanes[OURS]['gflops']:.1f} {ratios} pairs={record['pairs']}"
    )
