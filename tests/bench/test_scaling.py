"""The scaling benchmark: one axis at a time, tokens held, jobs beside one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.scaling import (
    AXES,
    TOKENS,
    draw,
    job_at,
    jobs_line,
    last_lines,
    measure_jobs,
    measure_point,
    on_axis,
    points,
    rows,
    summarise,
    varied,
)
from bench.train import DENSE_CONFIG
from engine.model import ModelConfig

TINY = ModelConfig(
    16, layers=1, embed_dim=16, hidden_dim=32, heads=2, kv_heads=1, context_len=8
)  # fmt: skip


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one update."""
    monkeypatch.setattr("bench.scaling._BLOCK_FLOPS", 1.0)


def test_axes_meet_in_the_base_model() -> None:
    models = points(DENSE_CONFIG, AXES)
    assert models[DENSE_CONFIG] == [("width", 192), ("layers", 3), ("context", 512)]
    assert len(models) == sum(map(len, AXES.values())) - 2
    wide = varied(DENSE_CONFIG, "width", 768)
    assert (wide.hidden_dim, wide.head_size, wide.layers) == (1536, 96, 3)
    assert (min(AXES["width"]), max(AXES["width"])) == (64, 768)
    assert (min(AXES["layers"]), max(AXES["layers"])) == (1, 12)
    assert (min(AXES["context"]), max(AXES["context"])) == (128, 2048)


@pytest.mark.parametrize("context", AXES["context"])
def test_every_context_trains_as_many_tokens_a_step(context: int) -> None:
    config = ModelConfig(
        16, layers=1, embed_dim=16, hidden_dim=16, heads=2, kv_heads=1, context_len=context
    )
    [[batch]] = job_at(config, TOKENS, 1).updates
    assert batch.tokens.size == TOKENS
    assert batch.longest == context


def test_points_and_jobs_are_measured() -> None:
    point = measure_point(TINY, 32, rounds=2)
    assert {lane: len(at) for lane, at in point["samples"].items()} == {
        "threads 1": 2, "threads 2": 2,
    }  # fmt: skip
    # Both thread counts train to the same bits.
    one, two = ([s["loss"] for s in at] for at in point["samples"].values())
    assert one == two
    jobs = measure_jobs(TINY, 32, rounds=2)
    assert {name: len(at) for name, at in jobs.items()} == {"one job": 2, "two jobs": 2}


def test_cost_that_follows_the_model_is_level(scaling_record: dict[str, Any]) -> None:
    for axis, values in AXES.items():
        along = on_axis(scaling_record, axis)
        assert tuple(value for value, _ in along) == values
        assert {round(point["threads"]["1"]["gflops"], 6) for _, point in along} == {1.0}
    assert len(rows(scaling_record)) == 1 + sum(map(len, AXES.values()))
    assert last_lines(scaling_record) == [
        "scaling width=2.0-2.0 layers=2.0-2.0 context=2.0-2.0 gflops two_jobs_over_one=1.50 pairs=3"
    ]


@pytest.mark.parametrize(
    ("two_jobs", "verdict"), [(3.0, "loses to"), (1.0, "wins over"), (2.0, "are level")]
)
def test_the_verdict_on_two_jobs_is_written_down(two_jobs: float, verdict: str) -> None:
    found = summarise([], {"one job": [2.0] * 3, "two jobs": [two_jobs] * 3})
    assert verdict in jobs_line(found)


def test_the_plot_is_drawn(scaling_record: dict[str, Any], tmp_path: Path) -> None:
    draw(scaling_record, tmp_path / "scaling.png")
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
