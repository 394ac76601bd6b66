"""Training: same bytes however often it is stopped, and a ledger that says what was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import TrainingError
from contracts.loading import ContractBook
from engine import train as train_module
from engine.stages import Stages
from engine.store import Artifact, Store
from engine.train import Progress

WEIGHTS = "checkpoint/model.safetensors"


class Stopped(Exception):
    """Raised from a progress report: the next best thing to a pulled plug."""


@pytest.fixture(scope="module")
def book(tiny_contracts: Path) -> ContractBook:
    return ContractBook([tiny_contracts])


@pytest.fixture(scope="module")
def finished(book: ContractBook, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """tiny_r1, trained without interruption."""
    return Stages(book, Store(tmp_path_factory.mktemp("runs")), "tiny_r1").build_weights()


def updates(artifact: Artifact) -> list[dict[str, Any]]:
    lines = artifact.file("ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] == "update"]


@pytest.mark.parametrize("stops", [(1,), (3,), (25,), (30,), (2, 5, 27)])
def test_a_stopped_training_ends_in_the_same_bytes(
    stops: tuple[int, ...],
    book: ContractBook,
    finished: Artifact,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(train_module, "_SECONDS_BETWEEN_STATES", -1.0)
    for stop in stops:
        seen = 0

        def pull(progress: Progress, at: int = stop) -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                raise Stopped

        with pytest.raises(Stopped):
            Stages(book, Store(tmp_path), "tiny_r1").build_weights(pull)
    resumed = Stages(book, Store(tmp_path), "tiny_r1").build_weights()
    assert resumed.file(WEIGHTS).read_bytes() == finished.file(WEIGHTS).read_bytes()
    timeless = [{**u, "tokens_per_second": 0} for u in updates(resumed)]
    assert timeless == [{**u, "tokens_per_second": 0} for u in updates(finished)]


def test_a_stop_before_any_state_starts_the_ledger_anew(
    book: ContractBook, finished: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_module, "_SECONDS_BETWEEN_STATES", 1e9)
    seen = 0

    def pull(progress: Progress) -> None:
        nonlocal seen
        seen += 1
        if seen == 4:
            raise Stopped

    with pytest.raises(Stopped):
        Stages(book, Store(tmp_path), "tiny_r1").build_weights(pull)
    again = Stages(book, Store(tmp_path), "tiny_r1").build_weights()
    assert len(updates(again)) == len(updates(finished))
    assert again.file(WEIGHTS).read_bytes() == finished.file(WEIGHTS).read_bytes()


def test_threads_do_not_touch_the_bytes(
    book: ContractBook, finished: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEGATE_THREADS", "1")
    alone = Stages(book, Store(tmp_path), "tiny_r1").build_weights()
    assert alone.file(WEIGHTS).read_bytes() == finished.file(WEIGHTS).read_bytes()


def test_each_stage_spends_its_real_tokens_and_no_update_more(finished: Artifact) -> None:
    for stage in ("pretrain", "midtrain"):
        spent = [u["tokens"] for u in updates(finished) if u["stage"] == stage]
        assert spent == sorted(spent)
        assert spent[-2] < 8000 <= spent[-1]


def test_the_rate_warms_up_and_falls_to_its_floor(finished: Artifact) -> None:
    rates = [u["rate"] for u in updates(finished) if u["stage"] == "pretrain"]
    top = max(rates)
    peak = rates.index(top)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert top == pytest.approx(3e-3, rel=0.05)
    assert rates[-1] < 0.1 * top


def test_the_held_out_loss_is_followed_from_before_the_first_update(finished: Artifact) -> None:
    lines = finished.file("ledger.jsonl").read_text(encoding="utf-8").splitlines()
    curve = [r for r in map(json.loads, lines) if r["kind"] == "held_out"]
    assert curve[0]["update"] == 0
    assert curve[-1]["loss"] < curve[0]["loss"]


def test_a_rung_starts_from_its_parent_s_weights(
    book: ContractBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    child = Stages(book, store, "tiny_r2")
    assert child.find_weights() is None
    with pytest.raises(TrainingError, match="tiny_r1"):
        child.build_weights()
    Stages(book, store, "tiny_r1").build_weights()
    built = Stages(book, store, "tiny_r2").build_weights()
    parent = Stages(book, store, "tiny_r1").checkpoint_digest
    assert built.manifest()["inputs"]["init"] == parent


def test_a_start_with_another_tokenizer_is_refused(book: ContractBook, tmp_path: Path) -> None:
    store = Store(tmp_path)
    Stages(book, store, "tiny_r1").build_weights()
    with pytest.raises(TrainingError, match="another tokenizer"):
        Stages(book, store, "tiny_foreign").build_weights()
