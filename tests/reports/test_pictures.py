"""Loss curves say what the ledger says, and the same each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from reports.pictures import loss_picture, read_ledger

KNOWN: dict[str, Any] = {"stage": "sft", "update": 1, "tokens": 2000, "loss": 0.5}


def update(stage: str, tokens: int, loss: float) -> dict[str, Any]:
    about = {"kind": "update", "stage": stage, "tokens": tokens, "loss": loss}
    return {**about, "rate": 1e-3, "tokens_per_second": tokens}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_tokens_of_later_stages_follow_those_of_earlier_ones(tmp_path: Path) -> None:
    ledger = write(
        tmp_path / "ledger.jsonl",
        {**KNOWN, "stage": "pretrain", "kind": "held_out", "tokens": 0, "loss": 5.0},
        update("pretrain", 1000, 4.0),
        update("pretrain", 2000, 3.0),
        update("sft", 500, 1.0),
        {**KNOWN, "kind": "held_out", "tokens": 500},
    )
    curve = read_ledger(ledger)
    assert curve.updates == ((1.0, 4.0, 1e-3), (2.0, 3.0, 1e-3), (2.5, 1.0, 1e-3))
    assert curve.held_out == ((0.0, 5.0), (2.5, 0.5))
    assert curve.stages == (("pretrain", 0.0, 2.0), ("sft", 2.0, 2.5))
    assert curve.speed == 1000


@pytest.mark.parametrize("losses", [(4.0, 2.0, 1.0), (1.0, 0.0, 0.5)])
def test_a_picture_is_drawn_the_same_each_time(tmp_path: Path, losses: tuple[float, ...]) -> None:
    rows = [update("sft", 1000 * (index + 1), loss) for index, loss in enumerate(losses)]
    curve = read_ledger(write(tmp_path / "ledger.jsonl", *rows))
    picture = loss_picture(curve, "spec19_r3d")
    assert picture == loss_picture(curve, "spec19_r3d")
    assert "<dc:date>" not in picture
    assert picture != loss_picture(read_ledger(write(tmp_path / "b", rows[0])), "spec19_r3d")
    assert not re.search(r"(?:src|href)=\"https?:", picture)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"kind": "upd', "ledger.jsonl:2"),
        ("[]", "ledger.jsonl:2"),
        (json.dumps({**KNOWN, "kind": "guess"}), "guess with loss"),
        (json.dumps({**KNOWN, "kind": "held_out", "loss": float("nan")}), "held_out with loss nan"),
        (json.dumps({**KNOWN, "kind": "update"}), "ledger.jsonl:2"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, line: str, found: str) -> None:
    ledger = write(tmp_path / "ledger.jsonl", update("sft", 1, 1.0))
    ledger.write_text(ledger.read_text() + line + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=re.escape(found)):
        read_ledger(ledger)


def test_a_ledger_without_updates_is_no_curve(tmp_path: Path) -> None:
    ledger = write(tmp_path / "ledger.jsonl", {**KNOWN, "kind": "held_out"})
    with pytest.raises(EvidenceError, match="no update"):
        read_ledger(ledger)
