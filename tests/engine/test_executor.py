"""A rung is trained in a child process: it may be killed, interrupted or crash, and never lies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import TrainingError
from contracts.loading import ContractBook
from engine.executor import Handle, Job, LocalExecutor, Status, main
from engine.stages import Stages
from engine.store import Artifact, Store
from engine.train import LEDGER, STATE

PATIENCE_S = 60.0
# A child as LocalExecutor starts it, `-m engine.executor FOLDER`, that saves after every update.
EAGER = """#!/bin/sh
exec {python} -c '
import sys
import engine.train
engine.train._SECONDS_BETWEEN_STATES = 0
{more}
from engine.executor import main
sys.exit(main(sys.argv[3:]))
' "$@"
"""


@pytest.fixture
def store(tmp_path: Path, tiny_store: Store) -> Store:
    """A store of its own in which tiny_base is trained."""
    shutil.copytree(tiny_store.root, tmp_path / "runs")
    return Store(tmp_path / "runs")


@pytest.fixture
def submit(store: Store, tiny_folder: Path) -> Callable[..., Handle]:
    """Starts a tiny run."""

    def start(rung: str = "long", threads: int = 1) -> Handle:
        job = Job((f"tiny_{rung}",), (str(tiny_folder),), str(store.root), threads)
        return LocalExecutor().submit(job)

    return start


@pytest.fixture
def eager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes children save after every update, with a further line of Python if need be."""

    def use(more: str = "") -> None:
        script = tmp_path / "eager.sh"
        script.write_text(EAGER.format(python=PYTHON, more=more), encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(sys, "executable", str(script))

    return use


PYTHON = sys.executable


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, tiny_store: Store, tiny_book: ContractBook
) -> dict[str, Any]:
    """What an undisturbed training of tiny_long gives."""
    root = tmp_path_factory.mktemp("whole") / "runs"
    shutil.copytree(tiny_store.root, root)
    return told(Stages(tiny_book, Store(root), "tiny_long").build_weights())


def told(artifact: Artifact) -> dict[str, Any]:
    """Everything about trained weights but the clock's figures."""
    assert artifact.damage() == []
    found: dict[str, Any] = {
        name: artifact.file(name).read_bytes() for name in artifact.manifest()["files"]
    }
    found[LEDGER] = [json.loads(line) for line in found[LEDGER].splitlines()]
    for record in found[LEDGER]:
        record.pop("tokens_per_second", None)
    return {"key": artifact.key, **found}


def end(handle: Handle) -> Status:
    """The status of a job that has come to its end."""
    handle.wait(PATIENCE_S)
    status = LocalExecutor().poll(handle)
    assert status.state != "running", f"still running after {PATIENCE_S} s"
    return status


def wait_for(true: Callable[[], bool], handle: Handle) -> None:
    """Wait until something holds of a job that is still running."""
    limit = time.monotonic() + PATIENCE_S
    while not true():
        assert LocalExecutor().poll(handle).state == "running", LocalExecutor().poll(handle)
        assert time.monotonic() < limit
        time.sleep(0.002)


def mid_training(folder: Path, updates: int) -> Callable[[], bool]:
    """Whether a stage under construction has a saved state and so many further updates."""

    def written() -> int:
        ledger = folder / LEDGER
        return ledger.read_bytes().count(b'"kind": "update"') if ledger.is_file() else 0

    start = written()
    return lambda: (folder / STATE).is_file() and written() >= start + updates


def stamps(store: Store, *kinds: str) -> dict[str, tuple[int, int]]:
    """Inode and time of every file of finished stages."""
    paths = [path for kind in kinds for path in (store.root / kind).rglob("*") if path.is_file()]
    assert paths
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


# --- ends -----------------------------------------------------------------------------------


def test_a_job_ends_with_weights(
    submit: Any, store: Store, tiny_book: ContractBook, whole: dict[str, Any]
) -> None:
    status = end(submit())
    assert status == Status("done", "tiny_long", status.progress)
    made = Stages(tiny_book, store, "tiny_long").find_weights()
    assert made is not None
    assert told(made) == whole


def test_runs_of_one_job_are_trained_in_turn_to_the_same_bytes(
    tmp_path: Path, tiny_folder: Path, tiny_book: ContractBook, whole: dict[str, Any]
) -> None:
    store = Store(tmp_path / "empty")
    folders = (str(tiny_folder),)
    status = end(
        LocalExecutor().submit(Job(("tiny_base", "tiny_long"), folders, str(store.root), 1))
    )
    assert (status.state, status.run) == ("done", "tiny_long")
    made = Stages(tiny_book, store, "tiny_long").find_weights()
    assert made is not None
    assert told(made) == whole


def test_a_job_that_fails_keeps_the_runs_before(
    tmp_path: Path, tiny_folder: Path, tiny_book: ContractBook
) -> None:
    store = Store(tmp_path / "empty")
    job = Job(("tiny_base", "tiny_foreign"), (str(tiny_folder),), str(store.root), 1)
    status = end(LocalExecutor().submit(job))
    assert status.state == "failed"
    assert "tiny_foreign" in str(status.reason)
    assert Stages(tiny_book, store, "tiny_base").find_weights() is not None


def test_threads_of_the_job_do_not_show(
    submit: Any, store: Store, tiny_book: ContractBook, whole: dict[str, Any]
) -> None:
    assert end(submit(threads=2)).state == "done"
    made = Stages(tiny_book, store, "tiny_long").find_weights()
    assert made is not None
    assert told(made) == whole


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (signal.SIGKILL, "the training process ended with signal 9"),
        (signal.SIGINT, "interrupted; saved state is kept"),
        (None, "interrupted; saved state is kept"),  # cancelled
    ],
)
def test_a_stopped_job_loses_no_earlier_stage_and_goes_on_to_the_same_bytes(
    submit: Any,
    eager: Any,
    store: Store,
    tiny_book: ContractBook,
    whole: dict[str, Any],
    deed: signal.Signals | None,
    reason: str,
) -> None:
    earlier = stamps(store, "dataset", "tokenizer", "weights")
    folder = store.building_folder("weights", Stages(tiny_book, store, "tiny_long").weights_inputs)
    eager()
    for updates in (2, 8):
        reached = mid_training(folder, updates)
        handle = submit()
        wait_for(reached, handle)
        if deed is None:
            LocalExecutor().cancel(handle)
        else:
            handle.process.send_signal(deed)
        status = end(handle)
        assert status.state == "failed"
        assert status.reason is not None
        assert status.reason.startswith(reason)
        assert (folder / STATE).is_file()
        assert Stages(tiny_book, store, "tiny_long").find_weights() is None
    assert end(submit(threads=2)).state == "done"
    made = Stages(tiny_book, store, "tiny_long").find_weights()
    assert made is not None
    assert told(made) == whole
    assert {
        path: stamp
        for path, stamp in stamps(store, "dataset", "tokenizer", "weights").items()
        if path in earlier
    } == earlier


def test_progress_is_told_while_a_job_runs(submit: Any, eager: Any) -> None:
    eager()
    handle = submit()
    wait_for(lambda: LocalExecutor().poll(handle).progress is not None, handle)
    progress = LocalExecutor().poll(handle).progress
    assert progress is not None
    assert progress.stage in ("pretrain", "midtrain")
    assert progress.tokens > 0
    assert progress.tokens_total == {"pretrain": 24_000, "midtrain": 8_000}[progress.stage]
    assert progress.tokens_per_second > 0
    LocalExecutor().cancel(handle)
    LocalExecutor().cancel(handle)  # of a job that has ended: nothing to do
    assert LocalExecutor().poll(handle).state == "failed"


def test_a_job_of_a_session_that_ignores_interrupts_can_be_cancelled(
    submit: Any, eager: Any
) -> None:
    eager()
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        handle = submit()
    finally:
        signal.signal(signal.SIGINT, usual)
    wait_for(lambda: LocalExecutor().poll(handle).progress is not None, handle)
    LocalExecutor().cancel(handle)
    assert LocalExecutor().poll(handle).state == "failed"


# --- reasons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rung", "reason"),
    [
        ("nosuch", "UnknownRun: run: found 'tiny_nosuch'; expected a declared run"),
        ("foreign", "TrainingError: tiny_foreign, key tokenizer: found another tokenizer"),
        ("grown", "TrainingError: tiny_grown, key model: found another shape"),
    ],
)
def test_a_refusal_comes_with_its_reason(submit: Any, rung: str, reason: str) -> None:
    status = end(submit(rung))
    assert status.state == "failed"
    assert str(status.reason).startswith(reason)


def test_a_crash_comes_with_its_traceback(submit: Any, eager: Any) -> None:
    eager("engine.train._plan = None")
    status = end(submit())
    assert status.state == "failed"
    assert "Traceback" in str(status.reason)
    assert "TypeError: 'NoneType' object is not callable" in str(status.reason)


def test_a_sudden_end_comes_with_its_last_words(submit: Any, eager: Any) -> None:
    eager('import os; os.write(2, b"out of luck"); os._exit(7)')
    assert end(submit()) == Status(
        "failed", reason="the training process ended with exit status 7\nout of luck"
    )


def test_a_new_job_forgets_the_failure_before_it(submit: Any, eager: Any) -> None:
    assert end(submit("nosuch")).reason
    failed = submit("foreign")
    assert end(failed).state == "failed"
    again = submit("foreign")
    assert again.folder == failed.folder
    assert not LocalExecutor().poll(again).reason
    eager("import os; os._exit(7)")
    end(again)
    assert "exit status 7" in str(end(submit("foreign")).reason)


def test_a_child_that_ignores_an_interrupt_is_killed(
    submit: Any, eager: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("engine.executor._CANCEL_PATIENCE_S", 0.2)
    ready = tmp_path / "ready"
    eager(
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        f'open("{ready}", "w").close(); time.sleep(600)'
    )
    handle = submit()
    wait_for(ready.exists, handle)
    LocalExecutor().cancel(handle)
    assert handle.process.returncode == -signal.SIGKILL
    assert "signal 9" in str(LocalExecutor().poll(handle).reason)


def test_a_child_whose_parent_is_gone_stops(
    submit: Any, eager: Any, store: Store, tiny_book: ContractBook
) -> None:
    eager("import os, itertools; p = itertools.count(1); os.getppid = lambda: min(next(p), 3)")
    assert end(submit()).reason == "interrupted; saved state is kept"
    assert Stages(tiny_book, store, "tiny_long").find_weights() is None


def test_a_job_folder_must_be_named() -> None:
    with pytest.raises(TrainingError, match="found 0 arguments; expected one job folder"):
        main([])


def test_jobs_of_other_processes_keep_apart(submit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = submit("nosuch")
    monkeypatch.setattr(os, "getpid", lambda: 424242)
    other = submit("nosuch")
    assert one.folder != other.folder
    assert {end(one).state, end(other).state} == {"failed"}
