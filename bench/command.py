"""What the four benchmarks share as commands: options, the machine, the record, the last lines."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.lane import ROOT
from bench.record import describe_machine
from contracts.errors import ProbegateError, TrainingError
from engine import kernels
from engine.store import write_json
from reports.command import count

_BUSY_LOAD = 0.5


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark: rounds and where the record goes."""
    made = argparse.ArgumentParser(
        prog=f"python -m bench.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--pairs", type=count, default=7, help="rounds over all lanes (default 7)")
    made.add_argument(
        "--out", type=Path, default=ROOT / "out" / "bench" / f"{name}.json", help="the record"
    )
    return made


def machine() -> dict[str, Any]:
    """The machine as it is now; warns when it is not quiet."""
    load = os.getloadavg()[0]
    if load > _BUSY_LOAD:
        print(f"warning: load average {load:.2f}: figures of a busy machine", file=sys.stderr)
    here = describe_machine(load, kernels.isa(), kernels.build_info())
    return {**here, "kernel_sources": kernels.source_digest()}


def need_torch(name: str) -> None:
    """Raise TrainingError where PyTorch is missing."""
    if importlib.util.find_spec("torch") is None:
        raise TrainingError(
            f"bench.{name}",
            "no PyTorch",
            "PyTorch to compare with",
            "pip install torch==2.13.0, or the extra: pip install -e '.[bench]'",
        )


def conclude(
    out: Path,
    measure: Callable[[], dict[str, Any]],
    table: Callable[[dict[str, Any]], str],
    last_lines: Callable[[dict[str, Any]], list[str]],
) -> int:
    """Measure, write the record, print table and last lines; 1 when refused."""
    try:
        record = measure()
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(out, record)
    print(table(record))
    print(f"record  {out}")
    print(*last_lines(record), sep="\n")
    return 0
