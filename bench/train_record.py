"""The record of bench/train.py: speeds and ratios by lane, the limit, the table, the last lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.gemm_lane import SHAPES, shape_name
from bench.record import Rows, figure, most, ratios, spread, spread_text

SCHEMA = "probegate.bench_train.v2"
OURS = "ours/packed"
# Sizes that no product of the model has; they bound the limit, too, and only raise it.
_OTHER_SIZES = (576, 2048)


def summarise(
    measured: Mapping[str, Any],
    facts: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    """One part: `measured`, and for every lane its facts, samples, speed and our ratio to it.

    Only real tokens count in `tokens_per_s`; `padded_tokens_per_s` counts what was fed to the
    products. `best` names PyTorch's fastest lane, by median, compiled and eager; `memory_ratio` is
    our peak over PyTorch's smallest.
    """
    speeds = {
        lane: [measured["tokens"] / sample["seconds"] for sample in rounds]
        for lane, rounds in samples.items()
    }
    lanes = {}
    for lane, rounds in samples.items():
        speed = spread(speeds[lane])
        lanes[lane] = {
            "facts": dict(facts[lane]),
            "samples": [dict(sample) for sample in rounds],
            "tokens_per_s": speed,
            "padded_tokens_per_s": speed["median"] * facts[lane]["tokens_fed"] / measured["tokens"],
            "gflops": speed["median"] * measured["flops_per_token"] / 1e9,
            "cpu_share": float(np.median([s["cpu_seconds"] / s["seconds"] for s in rounds])),
            "memory_mb_peak": most([sample["memory_mb_peak"] for sample in rounds]),
            "ours_over_this": ratios(speeds[OURS], speeds[lane]),
        }
    best = {}
    for side in sorted({lane.split("/")[0] for lane in samples if lane != OURS}):
        of_side = [lane for lane in samples if lane.startswith(side + "/")]
        best[side] = max(of_side, key=lambda lane: lanes[lane]["tokens_per_s"]["median"])
    peaks = [found["memory_mb_peak"] for lane, found in lanes.items() if lane != OURS]
    ours = lanes[OURS]["memory_mb_peak"]
    known = ours is not None and most(peaks) is not None
    return {
        **measured,
        "lanes": lanes,
        "best": best,
        "memory_ratio": ours / min(peaks) if known else None,
    }


def gemm_limit(
    gflops: float,
    facts: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The whole step's GFLOP/s over the best median that another library's product reaches.

    `limit` is over all shapes of bench/gemm_lane.py, `limit_of_the_model` over those that the model
    has. Every shape keeps its spread.
    """
    lanes = {
        lane: {
            "facts": dict(facts[lane]),
            "gflops": {
                shape_name(*shape): spread(
                    [sample["gflops"][shape_name(*shape)] for sample in rounds]
                )
                for shape in SHAPES
            },
        }
        for lane, rounds in samples.items()
    }

    def best(shapes: Sequence[tuple[int, int, int]]) -> dict[str, Any]:
        top, lane, shape = max(
            (lanes[lane]["gflops"][shape_name(*shape)]["median"], lane, shape_name(*shape))
            for lane in lanes
            for shape in shapes
        )
        return {"gflops": top, "lane": lane, "shape": shape, "reached": gflops / top}

    of_the_model = [shape for shape in SHAPES if not set(shape) & set(_OTHER_SIZES)]
    return {"lanes": lanes, "limit": best(SHAPES), "limit_of_the_model": best(of_the_model)}


def rows(part: Mapping[str, Any]) -> Rows:
    """One line a lane; PyTorch's best, eager and compiled, carry a star."""
    table: Rows = [
        (
            "lane", "tokens/s", "padded tokens/s", "GFLOP/s", "cpu", "MB", "compile s", "ours/this",
        )
    ]  # fmt: skip
    for lane, found in sorted(part["lanes"].items(), key=lambda pair: (pair[0] != OURS, pair[0])):
        compiling = lane.startswith("compile/")
        table.append(
            (
                lane + (" *" if lane in part["best"].values() else ""),
                spread_text(found["tokens_per_s"], 0),
                figure(found["padded_tokens_per_s"]),
                figure(found["gflops"], 1),
                figure(found["cpu_share"], 2),
                figure(found["memory_mb_peak"]),
                figure(found["facts"]["compile_seconds"] if compiling else None, 1),
                spread_text(found["ours_over_this"], 2),
            )
        )
    return table


def gemm_rows(part: Mapping[str, Any]) -> Rows:
    """GFLOP/s of other libraries' products, a line a shape; empty where none was measured."""
    if "gemm" not in part:
        return []
    lanes = dict(sorted(part["gemm"]["lanes"].items()))
    names = [f"{lane}: {found['facts']['library']}" for lane, found in lanes.items()]
    return [
        ("M x K x N, GFLOP/s", *names),
        *(
            (name, *(spread_text(found["gflops"][name], 0) for found in lanes.values()))
            for name in (shape_name(*shape) for shape in SHAPES)
        ),
    ]


def last_lines(record: Mapping[str, Any]) -> list[str]:
    """The figures, a line a part."""
    return [_last_line(name, part, record) for name, part in sorted(record["parts"].items())]


def _last_line(name: str, part: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    lanes, ours = part["lanes"], part["lanes"][OURS]
    figures = [
        f"ratio_{side}={lanes[lane]['ours_over_this']['median']:.2f}"
        for side, lane in sorted(part["best"].items())
    ]
    if "gemm" in part:
        figures.append(f"gemm_limit={part['gemm']['limit']['reached']:.2f}")
    figures += [
        f"memory_ratio={figure(part['memory_ratio'], 2)}",
        f"tokens_per_s={ours['tokens_per_s']['median']:.0f}",
        f"gflops={ours['gflops']:.1f}",
        *([f"run={part['run']}"] if "run" in part else []),
        f"pairs={record['pairs']}",
    ]
    return " ".join(["train", name, *figures])
