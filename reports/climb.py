"""Runs the ladder: every chosen rung judged in dependency order, each in a process of its own.

    python -m reports.climb 'spec0*,spec16_r9' [--jobs N] [--again] [--contracts DIR] [--store DIR]

A rung with a record of today's contract that came out as declared is not run again. The summary
says of each rung what was declared and what was found; the exit status is 0 only if all of them
came out as declared: greens green, reds red at the gate they name.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from tqdm import tqdm

from contracts.loading import ContractBook, contract_digest
from engine import kernels
from engine.executor import Status
from engine.store import ROOT
from gates.check_contract import freezes
from gates.rung import RungEvidence
from reports import ladder
from reports.command import Place, count, exit_status, parser, place_of

Say = Callable[[str, str], None]


def ordered(book: ContractBook, runs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The runs, each after those chosen ones that it rests on, with what it rests on."""
    chosen = dict.fromkeys(runs)
    rests = {run: tuple(r for r in _rests_on(book, run) if r in chosen) for run in chosen}
    done: dict[str, tuple[str, ...]] = {}

    def visit(run: str) -> None:
        for first in rests[run]:
            if first not in done:
                visit(first)
        done.setdefault(run, rests[run])

    for run in chosen:
        visit(run)
    return done


def _rests_on(book: ContractBook, run: str) -> tuple[str, ...]:
    """Runs that must be trained, or judged, before this one can be."""
    contract = book.contract(run)
    elders = book.elders(run) if freezes(contract) else ()
    parent, owner = book.comparable_parent(run), contract.tokenizer.frozen_from
    named = (*book.lineage(run)[:-1], parent, *elders, owner)
    return tuple(dict.fromkeys(name for name in named if name is not None and name != run))


def finished(book: ContractBook, run: str, records: dict[str, Any]) -> bool:
    """Whether a record of today's contract says that the run came out as declared."""
    if run not in records:
        return False
    record = records[run]
    return record["contract"] == contract_digest(book.contract(run)) and not record["surprises"]


def judge(run: str, place: Place) -> int:
    """The child: judge one run, tell progress on stdout a line at a time, write the record."""

    told = ""

    def watch(name: str, status: Status) -> None:
        nonlocal told
        if status.progress is None:
            return
        share = status.progress.tokens / status.progress.tokens_total
        line = f"training {name} {status.progress.stage} {share:.0%}"
        if line != told:
            print(line, flush=True)
        told = line

    book, store = place.book(), place.kept()
    rung = RungEvidence(book, store, run, contract_folders=place.contracts, watch=watch)
    print("judging", flush=True)
    ladder.write(ladder.record_of(rung), place.folder)
    return 0


def _in_child(run: str, place: Place, threads: int, say: Say) -> str:
    """Judge a run in a child process; "" or why it left no record."""
    environment = {**os.environ, "PROBEGATE_THREADS": str(threads)}
    child = subprocess.Popen(
        [sys.executable, "-m", "reports.climb", run, "--judge", *place.options()],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    try:
        for line in child.stdout:
            say(run, line.strip())
        child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
        reader.join()
    if child.returncode == 0:
        return ""
    return f"status {child.returncode}: {' '.join(''.join(errors).split())[-400:]}"


def climb(
    book: ContractBook, runs: Sequence[str], place: Place, *, jobs: int = 1, again: bool = False
) -> int:
    """Judge the runs, print the summary; 0 when all came out as declared."""
    order = ordered(book, runs)
    kept = ladder.read(place.folder)
    waiting = [run for run in order if again or not finished(book, run, kept)]
    lost, minutes = judge_all(order, waiting, place, jobs=jobs)
    return summarise(book, list(order), ladder.read(place.folder), lost, minutes)


def judge_all(
    order: Mapping[str, Sequence[str]], runs: Iterable[str], place: Place, *, jobs: int = 1
) -> tuple[dict[str, str], dict[str, float]]:
    """Judge these runs of an order, each in a child; why some left no record, and the minutes."""
    waiting = list(runs)
    threads = max(1, kernels.threads() // jobs)
    lost: dict[str, str] = {}
    minutes: dict[str, float] = {}
    doing: dict[str, str] = {}
    before = len(order) - len(waiting)
    bar: Any = tqdm(total=len(order), initial=before, desc="ladder", disable=None)

    def say(run: str, what: str) -> None:
        doing[run] = what
        bar.set_postfix_str("; ".join(f"{name} {told}" for name, told in doing.items()))

    with bar, ThreadPoolExecutor(jobs) as pool:
        going: dict[Future[str], tuple[str, float]] = {}
        while waiting or going:
            ready = [run for run in waiting if not set(order[run]) & _open(waiting, going)]
            for run in ready[: jobs - len(going)]:
                waiting.remove(run)
                going[pool.submit(_in_child, run, place, threads, say)] = (run, time.monotonic())
            for done in wait(going, return_when=FIRST_COMPLETED).done:
                run, started = going.pop(done)
                doing.pop(run, None)
                minutes[run] = (time.monotonic() - started) / 60
                if why := done.result():
                    lost[run] = why
                bar.update()
                if bar.disable:
                    print(f"{run}: judged in {minutes[run]:.1f} min", file=sys.stderr, flush=True)
    return lost, minutes


def _open(waiting: Iterable[str], going: dict[Future[str], tuple[str, float]]) -> set[str]:
    return {*waiting, *(run for run, _ in going.values())}


def summarise(
    book: ContractBook,
    runs: Sequence[str],
    records: dict[str, Any],
    lost: dict[str, str],
    minutes: dict[str, float],
) -> int:
    """A line a run: declared, found, and whether the two agree; the number of surprises last."""
    wrong = 0
    for run in runs:
        said = ladder.declared(book.contract(run))
        if run in lost or run not in records:
            faults = [f"no record: {lost.get(run, 'it was not judged')}"]
            found = "no verdict"
        else:
            faults, found = list(records[run]["surprises"]), ladder.standing(records[run])
        wrong += bool(faults)
        took = f"{minutes[run]:.1f} min" if run in minutes else "kept"
        print(f"{'SURPRISE' if faults else 'as declared':<12} {run:<20} declared {said}; ", end="")
        print(f"found {found} ({took})")
        for fault in faults:
            print(f"{'':<12} {fault}")
    print(f"LADDER       {len(runs) - wrong} of {len(runs)} runs as declared")
    return 1 if wrong else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Climb what the command line asks for."""
    told = parser("reports.climb", __doc__, ladder.FOLDER)
    told.add_argument("runs", nargs="?", default="*", help="names, globs and comma lists")
    told.add_argument("--jobs", type=count, default=1, metavar="N", help="runs at a time")
    told.add_argument("--again", action="store_true", help="judge finished runs too")
    told.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    options = told.parse_args(arguments)
    place = place_of(options)

    def work() -> int:
        if options.judge:
            return judge(options.runs, place)
        book = place.book()
        runs = book.select(options.runs)
        return climb(book, runs, place, jobs=options.jobs, again=options.again)

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
