"""What benchmarks leave: the machine, medians with quartiles, ratios round by round, tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

Rows = list[tuple[str, ...]]  # of a table; the first is its head


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


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    """Our speed over another's, round by round, with median and quartiles."""
    rounds = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return {**spread(rounds), "rounds": rounds}


def most(values: Sequence[float | None]) -> float | None:
    """The largest; None where any was not measured."""
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def spread_text(found: Mapping[str, float], digits: int) -> str:
    """As in "2.94 (2.90-3.01)"."""
    middle, low, high = (
        f"{found[name]:.{digits}f}" for name in ("median", "quartile_low", "quartile_high")
    )
    return f"{middle} ({low}-{high})"


def figure(value: float | None, digits: int = 0) -> str:
    """A number for a table; "-" where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def aligned(rows: Rows) -> str:
    """A table for a terminal: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def markdown(rows: Rows) -> str:
    """The same table for a page."""
    head, *body = rows
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))
