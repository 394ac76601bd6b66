"""Training is a function of its arguments: no interruption, thread or clock shows in the bytes."""

from __future__ import annotations

import json
import math
import random
import tracemalloc
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.train
from contracts.errors import TrainingError
from contracts.models import Training
from engine.curriculum.mixture import mixed
from engine.model import Model, ModelConfig
from engine.train import LEDGER, PLAN, STATE, Encoded, Example, Progress, make_batch, train

CONFIG = ModelConfig(40, layers=1, embed_dim=32, hidden_dim=32, heads=2, kv_heads=1, context_len=32)
TOKENS = {"pretrain": 500, "midtrain": 300}
PEAK, WARMUP, FLOOR = 2e-3, 0.2, 0.1
MIXTURE = {"short": 3.0, "long": 1.0}
IDS = st.integers(0, 2**32 - 1)


def plan(**changes: Any) -> Training:
    """A training of two stages, written in the wrong order on purpose."""
    stage = {"rate_peak": PEAK, "loss": "target", "mixture": MIXTURE}
    stages = {name: {**stage, "tokens": TOKENS[name]} for name in ("midtrain", "pretrain")}
    return Training.model_validate(
        {
            "seed": 5,
            "rows_per_batch": 2,
            "accumulate": 2,
            "warmup_share": WARMUP,
            "rate_floor_share": FLOOR,
            "weight_decay": 0.01,
            "clip_norm": 1.0,
            "stages": stages,
            **changes,
        }
    )


def rows(count: int, least: int, most: int) -> list[Example]:
    """Rows of random ids, an answer at the end of each."""
    rng = random.Random(f"{count} {least} {most}")
    lengths = [rng.randint(least, most) for _ in range(count)]
    ids = [tuple(rng.randrange(4, 40) for _ in range(length)) for length in lengths]
    return [Example(row, len(row) // 2) for row in ids]


POOLS = {"short": rows(7, 5, 8), "long": rows(3, 12, 20)}
HELD_OUT = rows(4, 6, 9)
FIRST_STAGE_UPDATES = 15


class Stop(Exception):
    """What ends a training in these tests."""


def stop_at(updates: int) -> Callable[[Progress], None]:
    """A report that ends the training after so many updates."""
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == updates:
            raise Stop

    return report


def run(
    folder: Path,
    training: Training | None = None,
    report: Callable[[Progress], None] | None = None,
    threads: int = 2,
) -> tuple[bytes, list[dict[str, Any]]]:
    """Weights and ledger of a training into `folder`, the speeds taken out of the ledger."""
    folder.mkdir(exist_ok=True)
    model = Model.initialise(CONFIG, seed=3)
    model.threads = threads
    train(model, training or plan(), POOLS, HELD_OUT, folder, report)
    return model.flat.tobytes(), ledger(folder)


def ledger(folder: Path) -> list[dict[str, Any]]:
    """Records of a ledger; the speeds, the only figures of a clock, are left out."""
    records = [json.loads(line) for line in (folder / LEDGER).read_text().splitlines()]
    for record in records:
        if record["kind"] == "update":
            assert record.pop("tokens_per_second") > 0
    return records


def updates_of(records: list[dict[str, Any]], stage: str) -> list[dict[str, Any]]:
    """The update records of a stage."""
    return [r for r in records if r["kind"] == "update" and r["stage"] == stage]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[dict[str, Any]]]:
    """A training that nothing disturbed."""
    return run(tmp_path_factory.mktemp("whole"))


# --- the same bytes -------------------------------------------------------------------------


def test_trained_twice_gives_the_same_bytes(tmp_path: Path, whole: Any) -> None:
    assert run(tmp_path / "again") == whole


def test_the_number_of_threads_does_not_show(tmp_path: Path, whole: Any) -> None:
    assert run(tmp_path / "one", threads=1) == whole
    assert run(tmp_path / "three", threads=3) == whole


def test_packed_examples_train_the_same(tmp_path: Path, whole: Any) -> None:
    pools = {surface: Encoded(pool) for surface, pool in POOLS.items()}
    model = Model.initialise(CONFIG, seed=3)
    train(model, plan(), pools, HELD_OUT, tmp_path)
    assert (model.flat.tobytes(), ledger(tmp_path)) == whole


@given(st.lists(st.builds(Example, st.lists(IDS, max_size=5).map(tuple), IDS), max_size=5))
def test_packed_examples_are_a_list_of_them(examples: list[Example]) -> None:
    packed = Encoded(examples)
    assert list(packed) == examples
    assert [packed[~at] for at in range(len(packed))] == examples[::-1]
    assert list(packed[1:]) == examples[1:]
    with pytest.raises(IndexError):
        packed[len(examples)]


def test_of_many_examples_four_bytes_an_id_are_held() -> None:
    tracemalloc.start()
    packed = Encoded(Example(tuple(range(300, 400)), 40) for _ in range(4000))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packed) == 4000
    assert held < 1.3 * 4 * 100 * len(packed)
    assert peak < 3 * held


@pytest.mark.parametrize(
    "change",
    [{"seed": 6}, {"weight_decay": 0.5}, {"rows_per_batch": 3}, {"clip_norm": 0.01}],
)
def test_every_setting_shows(tmp_path: Path, whole: Any, change: dict[str, Any]) -> None:
    assert run(tmp_path / "other", plan(**change))[0] != whole[0]


@pytest.mark.parametrize(
    "stops",
    [
        (1,),  # before any state was saved
        (2,),
        (FIRST_STAGE_UPDATES - 1,),
        (FIRST_STAGE_UPDATES,),  # at the border of the stages
        (FIRST_STAGE_UPDATES + 1,),  # in the second stage, before it saved a state
        (FIRST_STAGE_UPDATES + 4,),
        (1, 3, 3, 12, 2),
        (FIRST_STAGE_UPDATES + 1, 1, 2, 3),
    ],
    ids=str,
)
def test_an_interrupted_training_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any, stops: tuple[int, ...]
) -> None:
    monkeypatch.setattr(engine.train, "_SECONDS_BETWEEN_STATES", 0)
    assert len(updates_of(whole[1], "pretrain")) == FIRST_STAGE_UPDATES
    for stop in stops:
        with pytest.raises(Stop):
            run(tmp_path, report=stop_at(stop))
        with (tmp_path / LEDGER).open("ab") as torn:
            torn.write(b'{"kind": "upda')
    assert (tmp_path / STATE).is_file() == (stops != (1,))
    assert run(tmp_path) == whole
    assert not (tmp_path / STATE).exists()


def test_a_training_that_never_saved_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    monkeypatch.setattr(engine.train, "_SECONDS_BETWEEN_STATES", math.inf)
    with pytest.raises(Stop):
        run(tmp_path, report=stop_at(9))
    assert not (tmp_path / STATE).exists()
    assert run(tmp_path) == whole


def test_a_resumed_training_does_not_repeat_what_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    monkeypatch.setattr(engine.train, "_SECONDS_BETWEEN_STATES", 0)
    with pytest.raises(Stop):
        run(tmp_path, report=stop_at(FIRST_STAGE_UPDATES + 4))
    seen: list[Progress] = []
    run(tmp_path, report=seen.append)
    left = updates_of(whole[1], "midtrain")[3:]
    assert [progress.tokens for progress in seen] == [record["tokens"] for record in left]
    assert {progress.stage for progress in seen} == {"midtrain"}


# --- what the ledger says -------------------------------------------------------------------


@pytest.mark.parametrize("stage", TOKENS)
def test_each_update_is_in_the_ledger_once_and_counts_real_tokens(whole: Any, stage: str) -> None:
    records = updates_of(whole[1], stage)
    assert [record["update"] for record in records] == list(range(1, len(records) + 1))
    drawn = mixed(POOLS, MIXTURE, f"5/{stage}")
    spent = 0
    for record in records:
        assert spent < TOKENS[stage]
        spent += sum(len(row.ids) - 1 for _, row in islice(drawn, 4))
        assert record["tokens"] == record["tokens_padded"] == spent
        assert math.isfinite(record["loss"])
        assert record["gradient_norm"] > 0
    assert spent >= TOKENS[stage]


def test_stages_come_in_their_order_whatever_the_file_says(whole: Any) -> None:
    order = [record["stage"] for record in whole[1]]
    assert order == sorted(order, reverse=True)
    assert set(order) == {"pretrain", "midtrain"}


@pytest.mark.parametrize("stage", TOKENS)
def test_the_rate_warms_up_and_falls_to_its_floor(whole: Any, stage: str) -> None:
    records = updates_of(whole[1], stage)
    shares = [0.0, *(record["tokens"] / TOKENS[stage] for record in records)][:-1]
    rates = [record["rate"] for record in records]
    warm = [rate for share, rate in zip(shares, rates, strict=True) if share < WARMUP]
    cold = [rate for share, rate in zip(shares, rates, strict=True) if share >= WARMUP]
    assert len(warm) >= 2
    assert all(a < b for a, b in pairwise(warm))
    assert all(a > b for a, b in pairwise(cold))
    assert 0 < rates[0] < 0.02 * PEAK
    assert max(rates) <= PEAK
    assert FLOOR * PEAK <= rates[-1] < 0.2 * PEAK
    for share, rate in zip(shares, rates, strict=True):
        if share >= WARMUP:
            turn = math.cos(math.pi / 2 * (share - WARMUP) / (1 - WARMUP)) ** 2
            assert rate == pytest.approx(PEAK * (FLOOR + (1 - FLOOR) * turn))


@pytest.mark.parametrize("stage", TOKENS)
def test_held_out_loss_is_followed_from_first_to_last(whole: Any, stage: str) -> None:
    points = [r for r in whole[1] if r["kind"] == "held_out" and r["stage"] == stage]
    updates = updates_of(whole[1], stage)
    assert points[0]["update"] == 0
    assert points[-1]["update"] == len(updates)
    assert 10 <= len(points) <= 11
    places = [point["update"] for point in points]
    assert places == sorted(set(places))


def test_the_model_learns_what_it_is_shown(tmp_path: Path) -> None:
    stage = {"rate_peak": 0.01, "loss": "target", "mixture": MIXTURE, "tokens": 9000}
    records = updates_of(run(tmp_path, plan(stages={"pretrain": stage}))[1], "pretrain")
    assert records[0]["loss"] > 3
    assert records[-1]["loss"] < 0.3


# --- parts ----------------------------------------------------------------------------------


def test_the_loss_counts_all_tokens_or_the_answer() -> None:
    example = Example((1, 7, 8, 9, 2), answer_start=3)
    assert example.counted("target") == [False, False, False, True, True]
    assert example.counted("all") == [True] * 5
    assert make_batch([example], "target").targets.tolist() == [-1, -1, 9, 2]
    assert make_batch([example, example], "all").targets.tolist() == [7, 8, 9, 2] * 2


def test_what_the_loss_counts_shows(tmp_path: Path, whole: Any) -> None:
    stages = {name: {**stage.model_dump(), "loss": "all"} for name, stage in plan().stages.items()}
    assert run(tmp_path, plan(stages=stages))[0] != whole[0]


def test_the_plan_says_what_will_be_done(tmp_path: Path) -> None:
    run(tmp_path)
    written = json.loads((tmp_path / PLAN).read_text(encoding="utf-8"))
    assert written["parameters"] == Model(CONFIG).flat.size
    assert written["row_tokens_max"] == max(len(row.ids) for row in POOLS["long"])
    assert written["rows_per_update"] == 4
    assert [stage["stage"] for stage in written["stages"]] == ["pretrain", "midtrain"]
    assert written["stages"][0]["mixture"] == {"short": 0.75, "long": 0.25}


def test_no_batch_needs_more_memory_than_the_plan_says(tmp_path: Path) -> None:
    """The arena is planned once: what a training ends with is what the plan has for one thread."""
    model = Model.initialise(CONFIG, seed=3)
    model.threads = 1
    arenas = []
    train(model, plan(), POOLS, HELD_OUT, tmp_path, lambda _: arenas.append(model.arena_bytes))
    memory = json.loads((tmp_path / PLAN).read_text(encoding="utf-8"))["memory_bytes"]
    assert set(arenas) == {memory["arena"]}
    step = memory["passes"]["training_step"]
    longest = max(len(row.ids) for row in POOLS["long"]) - 1
    assert step["longest_row"] == longest
    assert step["tokens"] == plan().rows_per_batch * longest
    assert memory["total"] == sum(memory["kept"].values()) + memory["arena"]


def test_the_plan_does_not_depend_on_threads(tmp_path: Path) -> None:
    run(tmp_path / "one", threads=1)
    run(tmp_path / "two", threads=2)
    assert (tmp_path / "one" / PLAN).read_bytes() == (tmp_path / "two" / PLAN).read_bytes()


def test_progress_is_reported_after_every_update(tmp_path: Path, whole: Any) -> None:
    seen: list[Progress] = []
    run(tmp_path, report=seen.append)
    records = [record for record in whole[1] if record["kind"] == "update"]
    assert [(p.stage, p.tokens, p.loss) for p in seen] == [
        (r["stage"], r["tokens"], r["loss"]) for r in records
    ]
    assert {(p.stage, p.tokens_total) for p in seen} == set(TOKENS.items())


# No held-out point is due after the first update: there the update itself meets the poison.
@pytest.mark.parametrize(("update", "what"), [(0, "held_out_loss"), (1, "gradient_norm")])
def test_numbers_that_are_not_finite_end_a_training(tmp_path: Path, update: int, what: str) -> None:
    model = Model.initialise(CONFIG, seed=3)
    poisoned_at = iter(range(1, 99))

    def poison(progress: Progress | None = None) -> None:
        if progress is None or next(poisoned_at) == update:
            model.flat[-40:] = np.nan

    if update == 0:
        poison()
    with pytest.raises(TrainingError) as caught:
        train(model, plan(), POOLS, HELD_OUT, tmp_path, poison)
    assert caught.value.where == f"stage pretrain, update {update}"
    assert f"{what} nan" in caught.value.found
    assert "rate_peak" in caught.value.cure
    assert "NaN" not in (tmp_path / LEDGER).read_text(encoding="utf-8")
