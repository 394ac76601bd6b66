"""Every kernel beside its peers in other libraries: `python -m bench.kernels`.

One process and one thread for all sides: a kernel of ours is called by one thread or by a team
that divides its outputs, so one thread is what it is made of, and PyTorch, MKL and OpenBLAS are
given one, too. A round times every kernel, its sides one after the other. Shapes are those of the
dense model of bench/train.py, 4096 tokens. A product's speed is GFLOP/s, as a share of what
multiply-adds in registers reach in the same round; that of what mostly moves memory is GB/s, as
a share of a triad over arrays far larger than the caches. The model's arrays are not: where they
stay in a cache, that share may exceed one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.command import conclude, machine, need_torch, parser
from bench.record import Rows, aligned, ratios, spread, spread_text
from bench.rounds import Work, warmed_up
from bench.train import DENSE_CONFIG
from engine.model import ModelConfig
from reports.command import count

SCHEMA = "probegate.bench_kernels.v1"
PEAKS = {"GFLOP/s": "fma peak", "GB/s": "memory peak"}
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def measure(
    config: ModelConfig, tokens: int, rounds: int, compiled: bool = True, rehearsal: bool = False
) -> dict[str, Any]:
    """The lane's facts and one sample a round of every kernel, as a record without its machine."""
    layout = "compile" if compiled else "eager"
    work = Work("bench.kernel_lane", (config, tokens, rehearsal), layout, _ONE_THREAD)
    # The names are known once the lane has made its cases.
    with warmed_up({"kernels": work}) as running:
        facts = running.facts["kernels"]
        samples = running.interleave(rounds, list(facts["cases"]))["kernels"]
    return summarise(
        facts, {name: [s["seconds_a_call"] for s in at] for name, at in samples.items()}
    )


def summarise(
    facts: Mapping[str, Any], samples: Mapping[str, Sequence[Mapping[str, float]]]
) -> dict[str, Any]:
    """For every kernel: unit, speeds by side, our share of the peak, our ratio to each peer."""
    about = facts["cases"]
    unit = {name: "GFLOP/s" if case["flops"] else "GB/s" for name, case in about.items()}
    rates = {
        name: {
            side: [(about[name]["flops"] or about[name]["bytes"]) / at[side] / 1e9 for at in rounds]
            for side in rounds[0]
        }
        for name, rounds in samples.items()
    }
    peaks = {name: spread(rates[name]["ours"]) | {"unit": unit[name]} for name in PEAKS.values()}
    cases = {}
    for name, sides in rates.items():
        if name in peaks:
            continue
        peers = [side for side in sides if side != "ours"]
        cases[name] = {
            **about[name],
            "unit": unit[name],
            "speed": {side: spread(found) for side, found in sides.items()},
            "share": ratios(sides["ours"], rates[PEAKS[unit[name]]]["ours"]),
            "ours_over": {side: ratios(sides["ours"], sides[side]) for side in peers},
            "best": max(peers, key=lambda side: spread(sides[side])["median"]),
        }
    return {
        "peaks": peaks,
        "cases": cases,
        "seconds_a_call": {name: [dict(at) for at in rounds] for name, rounds in samples.items()},
        "torch": {name: facts[name] for name in ("torch", "capability")},
    }


def bench(options: Any) -> dict[str, Any]:
    """The whole comparison as one record. Raises TrainingError where PyTorch is missing."""
    need_torch("kernels")
    here = machine()
    found = measure(DENSE_CONFIG, options.tokens, options.pairs, not options.no_compile)
    return {
        "schema": SCHEMA,
        "machine": here,
        "pairs": options.pairs,
        "threads": 1,
        "tokens": options.tokens,
        **found,
    }


def rows(record: Mapping[str, Any]) -> Rows:
    """One line a kernel; the last columns compare with each peer, the fastest with a star."""
    table: Rows = [
        ("kernel", "shape", "speed", "unit", "of peak", "/numpy", "/eager", "/compile"),
    ]
    for name, case in _told(record["cases"]):
        against = [
            spread_text(case["ours_over"][side], 2) + (" *" if side == case["best"] else "")
            if side in case["ours_over"]
            else "-"
            for side in ("numpy", "eager", "compile")
        ]
        table.append(
            (
                name,
                case["shape"],
                spread_text(case["speed"]["ours"], 1),
                case["unit"],
                f"{case['share']['median']:.2f}",
                *against,
            )
        )
    return table


def _told(cases: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Products first, by name: the same order before and after a record is written."""
    return sorted(cases.items(), key=lambda pair: (pair[1]["unit"] == "GB/s", pair[0]))


def peak_lines(record: Mapping[str, Any]) -> list[str]:
    """The two limits, measured in the same run."""
    return [
        f"{name}: {spread_text(peak, 1)} {peak['unit']}"
        for name, peak in sorted(record["peaks"].items())
    ]


def last_lines(record: Mapping[str, Any]) -> list[str]:
    """The figures in one line: peaks, products and attention of peak, ratios to the best peers."""
    cases = record["cases"]

    def share(word: str) -> str:
        found = [case["share"]["median"] for name, case in cases.items() if word in name]
        return f"{min(found):.2f}-{max(found):.2f}"

    against = {name: case["ours_over"][case["best"]]["median"] for name, case in cases.items()}
    slowest = min(against, key=lambda name: against[name])
    peaks = record["peaks"]
    return [
        f"kernels fma_peak={peaks['fma peak']['median']:.1f} "
        f"memory_peak={peaks['memory peak']['median']:.1f} matmul_share={share('matmul')} "
        f"attention_share={share('attention')} ratio_best={np.median(list(against.values())):.2f} "
        f"ratio_least={against[slowest]:.2f} ({slowest}) kernels={len(cases)} "
        f"threads={record['threads']} pairs={record['pairs']}"
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the record, print the table; 1 when refused."""
    options = parser("kernels", __doc__)
    options.add_argument("--tokens", type=count, default=4096, help="tokens of every kernel")
    options.add_argument("--no-compile", action="store_true", help="eager PyTorch only")
    given = options.parse_args(arguments)
    return conclude(
        given.out,
        lambda: bench(given),
        lambda record: "\n".join([aligned(rows(record)), *peak_lines(record)]),
        last_lines,
    )


if __name__ == "__main__":
    sys.exit(main())
