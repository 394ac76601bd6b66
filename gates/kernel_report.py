"""Parity, threads, canaries and sanitizer of the kernels in use, measured once for their sources.

Measured in a child process, so that a kernel that crashes is a finding and not the end of the
session:

    python -m gates.kernel_report FILE
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from contracts.errors import EvidenceError
from engine import kernels, parity
from engine.store import ROOT, Store, source_digest, write_json

_SOURCES = (
    "engine/parity.py",
    "engine/parity_cases.py",
    "engine/reference.py",
    "engine/model.py",
    "engine/workspace.py",
    "csrc",
    "gates/kernel_report.py",
)
FILE = "kernels.json"


@dataclass(frozen=True)
class KernelReport:
    """What was found. `parity` maps a case to its error (None: not finite), tolerance and place.

    `sanitizer` is "clean", a report, or "" where the compiler has no sanitizer.
    """

    isa: str
    available: tuple[str, ...]
    build: str
    parity: Mapping[str, Mapping[str, Any]]
    threads_agree: bool
    canary_named: str
    sanitizer: str
    crash: str = ""


def measure(store: Store) -> KernelReport:
    """The report for these sources, this build and this machine's instruction sets."""
    inputs = {
        "build": kernels.build_info(),
        "isa": kernels.isa(),
        "available": kernels.available(),
        "numpy": np.__version__,
        "sources": source_digest(*_SOURCES),
    }
    artifact = store.build("kernels", inputs, lambda folder: in_child(folder / FILE))
    return read(artifact.intact().file(FILE))


def ahead(store: Store) -> threading.Thread:
    """Start measuring while other gates are asked; `measure` then waits for what is under way."""

    def work() -> None:
        with contextlib.suppress(Exception):  # whoever asks for the report meets the same error
            measure(store)

    thread = threading.Thread(target=work, name="kernel report")
    thread.start()
    return thread


def in_child(path: Path) -> None:
    """Measure in a child process and leave the report at `path`, whatever becomes of the child."""
    done = subprocess.run(
        [sys.executable, "-m", "gates.kernel_report", str(path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        # One thread for the reference's products: OpenBLAS spins while it waits, and the small
        # products of the reference took three times the processor time with two.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = f"the check process ended with status {done.returncode}: {done.stderr[-600:]}"
        write(
            path,
            KernelReport(
                kernels.isa(),
                tuple(kernels.available()),
                kernels.build_info(),
                {},
                False,
                "",
                "",
                why,
            ),
        )


def look(table: Any = None, *, sanitize: bool = True) -> KernelReport:
    """Measure here. `table` may be a bent one: that is how a test seeds a defect."""
    sanitizer = _start_sanitizer() if sanitize else None
    found = {}
    for case_id in parity.parity_cases():
        case = parity.check_parity(case_id, table)
        error = case.worst_error if math.isfinite(case.worst_error) else None
        found[case_id] = {"error": error, "tolerance": case.tolerance, "where": case.where}
    return KernelReport(
        isa=kernels.isa(),
        available=tuple(kernels.available()),
        build=kernels.build_info(),
        parity=found,
        threads_agree=parity.check_threads(table),
        canary_named=parity.check_canaries(table),
        sanitizer=_finish(sanitizer) if sanitizer else "",
    )


def _start_sanitizer() -> subprocess.Popen[str] | None:
    """The sanitized build beside the parity checks; None where gcc has no sanitizer."""
    if _sanitize_script().libasan() is None:
        return None
    return subprocess.Popen(
        [sys.executable, "csrc/sanitize.py"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate()
    return "clean" if process.returncode == 0 else output[-2000:] or f"status {process.returncode}"


def _sanitize_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sanitize", ROOT / "csrc" / "sanitize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(path: Path, report: KernelReport) -> None:
    """Write a report as JSON."""
    write_json(path, {**vars(report), "parity": dict(report.parity)})


def read(path: Path) -> KernelReport:
    """Read a report back."""
    found = json.loads(path.read_text(encoding="utf-8"))
    try:
        return KernelReport(**{**found, "available": tuple(found["available"])})
    except (KeyError, TypeError) as error:
        raise EvidenceError(str(path), repr(error), "a kernel report", "Delete it") from error


if __name__ == "__main__":
    write(Path(sys.argv[1]), look())
