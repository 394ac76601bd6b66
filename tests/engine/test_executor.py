"""The child process that trains: killed, interrupted or refused, it loses nothing and says why."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from contracts.loading import ContractBook
from engine.executor import Handle, Job, LocalExecutor, Status
from engine.stages import Stages
from engine.store import Store

WEIGHTS = "checkpoint/model.safetensors"
PATIENCE_S = 60.0


def job(contracts: Path, store: Path, run: str = "tiny_r1") -> Job:
    return Job(run, (str(contracts),), str(store), 1)


def finish(executor: LocalExecutor, handle: Handle) -> Status:
    deadline = time.monotonic() + PATIENCE_S
    while (status := executor.poll(handle)).state == "running":
        assert time.monotonic() < deadline, "the child does not end"
        handle.wait(0.05)
    return status


def until_training(store: Path) -> None:
    """Wait until the child has written a ledger line."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(p.stat().st_size for p in store.glob("building/weights-*/ledger.jsonl")):
        assert time.monotonic() < deadline, "the child does not start"
        time.sleep(0.01)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_training_is_taken_up_to_the_same_bytes(
    sent: signal.Signals, tiny_contracts: Path, tmp_path: Path
) -> None:
    executor = LocalExecutor()
    whole = finish(executor, executor.submit(job(tiny_contracts, tmp_path / "whole")))
    assert whole.state == "done"
    assert whole.progress is not None
    store = tmp_path / "killed"
    first = executor.submit(job(tiny_contracts, store))
    until_training(store)
    os.kill(first.process.pid, sent)
    ended = finish(executor, first)
    assert ended.state == "failed"
    assert ("signal 9" if sent == signal.SIGKILL else "interrupted") in str(ended.reason)
    earlier = {p: p.stat().st_mtime_ns for p in store.glob("dataset/*/*.jsonl")}
    assert earlier
    assert finish(executor, executor.submit(job(tiny_contracts, store))).state == "done"
    assert {p: p.stat().st_mtime_ns for p in earlier} == earlier
    book = ContractBook([tiny_contracts])
    found = [
        Stages(book, Store(at), "tiny_r1").find_weights() for at in (tmp_path / "whole", store)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].file(WEIGHTS).read_bytes() == found[1].file(WEIGHTS).read_bytes()


def test_a_refusal_comes_back_in_words(tiny_contracts: Path, tmp_path: Path) -> None:
    executor = LocalExecutor()
    status = finish(executor, executor.submit(job(tiny_contracts, tmp_path, "tiny_r2")))
    assert status.state == "failed"
    assert "TrainingError" in str(status.reason)
    assert "tiny_r1" in str(status.reason)


def test_cancel_ends_the_child_and_keeps_its_folder(tiny_contracts: Path, tmp_path: Path) -> None:
    executor = LocalExecutor()
    handle = executor.submit(job(tiny_contracts, tmp_path))
    until_training(tmp_path)
    executor.cancel(handle)
    assert handle.process.poll() is not None
    executor.cancel(handle)
