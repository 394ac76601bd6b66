"""Trains rungs in a child process, so that a crash there never looks like anything else.

    submit(job) -> handle      starts `python -m engine.executor <folder>`
    poll(handle) -> Status     running with progress, done, or failed with its reason
    cancel(handle)             asks, then insists; what was saved is kept for the next start

A job is a JSON file, its progress another; an executor on other machines needs nothing more than
a shared folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from contracts.errors import ProbegateError, TrainingError
from contracts.loading import ContractBook
from engine.stages import Stages
from engine.store import ROOT, Store, write_json
from engine.train import Progress

# Each telling waits for the disk while nothing is trained.
_PROGRESS_EVERY_S = 1.0
_CANCEL_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Job:
    """Runs to train in turn, each after those it rests on; the contract folders beside our own."""

    runs: tuple[str, ...]
    contracts: tuple[str, ...]
    store: str
    threads: int


@dataclass(frozen=True)
class Status:
    """Where a job stands, and at which run; `reason` only when it failed."""

    state: Literal["running", "done", "failed"]
    run: str | None = None
    progress: Progress | None = None
    reason: str | None = None


class Executor(Protocol):
    """Three methods are all that a place to train must offer."""

    def submit(self, job: Job) -> Handle:
        """Start a job."""

    def poll(self, handle: Handle) -> Status:
        """Where the job stands, at once."""

    def cancel(self, handle: Handle) -> None:
        """Stop the job; its saved state stays."""


@dataclass(frozen=True)
class Handle:
    """A submitted job: its folder and process."""

    folder: Path
    process: subprocess.Popen[bytes]

    def wait(self, seconds: float) -> None:
        """Wait for the end of the job, at most so long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)


class LocalExecutor:
    """Runs jobs as child processes of this one."""

    def submit(self, job: Job) -> Handle:
        """Write the job file and start the child."""
        folder = Path(job.store) / "jobs" / f"{job.runs[-1]}-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        for stale in ("status.json", "error.txt"):
            (folder / stale).unlink(missing_ok=True)
        write_json(folder / "job.json", asdict(job))
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "engine.executor", str(folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PROBEGATE_THREADS": str(job.threads)},
            )
        return Handle(folder, process)

    def poll(self, handle: Handle) -> Status:
        """Status from exit code and progress file."""
        code = handle.process.poll()
        run, progress = _read_progress(handle.folder)
        if code is None:
            return Status("running", run, progress)
        if code == 0:
            return Status("done", run, progress)
        error = handle.folder / "error.txt"
        if error.is_file():
            return Status("failed", run, progress, error.read_text(encoding="utf-8").strip())
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        tail = (handle.folder / "output.txt").read_text(encoding="utf-8", errors="replace")[-800:]
        reason = f"the training process ended with {how}\n{tail}".strip()
        return Status("failed", run, progress, reason)

    def cancel(self, handle: Handle) -> None:
        """Interrupt the child, and kill it if it does not heed."""
        if handle.process.poll() is not None:
            return
        handle.process.send_signal(signal.SIGINT)
        try:
            handle.process.wait(_CANCEL_PATIENCE_S)
        except subprocess.TimeoutExpired:
            handle.process.kill()
            handle.process.wait()


def _read_progress(folder: Path) -> tuple[str, Progress] | tuple[None, None]:
    try:
        told = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        return told.pop("run"), Progress(**told)
    except (OSError, ValueError):
        return None, None


def _work(folder: Path) -> int:
    """The child: train the runs, report progress, leave the reason if one fails."""
    job = Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    parent = os.getppid()
    at, last = "", 0.0

    def report(progress: Progress) -> None:
        nonlocal last
        if os.getppid() != parent:
            raise KeyboardInterrupt  # whoever asked for this is gone
        now = time.monotonic()
        if now - last >= _PROGRESS_EVERY_S:
            last = now
            write_json(folder / "status.json", {"run": at, **asdict(progress)})

    try:
        book = ContractBook(Path(path) for path in job.contracts)
        for at in job.runs:
            last = 0.0  # a run's first update is told at once
            Stages(book, Store(Path(job.store)), at).build_weights(report)
    except ProbegateError as error:
        (folder / "error.txt").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
        return 1
    except Exception:
        (folder / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        return 1
    except KeyboardInterrupt:
        (folder / "error.txt").write_text("interrupted; saved state is kept", encoding="utf-8")
        return 130
    return 0


def main(arguments: Sequence[str]) -> int:
    """Entry point of the child process."""
    if len(arguments) != 1:
        raise TrainingError("engine.executor", f"{len(arguments)} arguments", "one job folder")
    # A session in the background of a shell has its interrupts ignored, and its children inherit
    # that: they could not be cancelled.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return _work(Path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
