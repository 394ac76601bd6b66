"""gen1's atomic bindings: an alphabet without the letters of the names is red before training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.loading import ContractBook
from engine.store import Store
from gates import artifacts
from gates.registry import fixed_checks
from gates.rung import RungEvidence

BOOK = ContractBook()
CHECK = "text_comes_back_byte_for_byte"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RungEvidence]:
    """Both rungs over a few rows each."""
    store = Store(tmp_path_factory.mktemp("store"))
    found = {}
    for run in ("gen1_atomic_ctx2048_r1", "gen1_atomic_r7"):
        rung = RungEvidence(BOOK, store, run)
        plan = rung.contract.dataset
        splits = {n: s.model_copy(update={"cases": 12}) for n, s in plan.splits.items()}
        small = plan.model_copy(update={"rows": dict.fromkeys(plan.rows, 40), "splits": splits})
        contract = rung.contract.model_copy(update={"dataset": small})
        rung.stages.__dict__["contract"] = contract
        found[run] = rung
    return found


def test_letters_outside_the_alphabet_are_red_at_the_tokenizer_alone(
    few: dict[str, RungEvidence],
) -> None:
    rung = few["gen1_atomic_ctx2048_r1"]
    verdicts = {c.name: rung.verdict(c) for g in ("dataset", "tokenizer") for c in fixed_checks(g)}
    assert [name for name, v in verdicts.items() if v.status == "failed"] == [CHECK]
    lost, asked = verdicts[CHECK].measured, verdicts[CHECK].n
    assert lost is not None
    assert asked is not None
    assert lost > 0.98 * asked
    assert verdicts["rows_and_answers_fit"].status == "skipped"


@pytest.mark.parametrize("check", ["probes_are_encoded_as_training_was", "rows_are_trained_whole"])
def test_what_needs_ids_of_such_text_is_blocked_and_says_why(
    few: dict[str, RungEvidence], check: str
) -> None:
    (asked,) = (c for c in fixed_checks("training") if c.name == check)
    verdict = few["gen1_atomic_ctx2048_r1"].verdict(asked)
    assert verdict.status == "skipped"
    assert "expected characters of the tokenizer's alphabet" in verdict.message


@pytest.mark.parametrize(
    ("run", "told"),
    [("gen1_atomic_ctx2048_r1", set()), ("gen1_atomic_r7", {"tokens", "row_tokens"})],
)
def test_rows_without_ids_still_have_their_profile(
    few: dict[str, RungEvidence], tmp_path: Path, run: str, told: set[str]
) -> None:
    for gate in ("dataset", "tokenizer"):
        artifacts.write(gate, few[run], tmp_path)
    profile = json.loads((tmp_path / f"{run}.dataset_profile.json").read_text())
    assert profile.keys() & {"tokens", "row_tokens"} == told
    assert profile["rows"] == len(few[run].rows)
    assert (tmp_path / f"{run}.tokenizer_manifest.json").is_file()


def test_merges_over_bytes_give_every_row_back(few: dict[str, RungEvidence]) -> None:
    rung = few["gen1_atomic_r7"]
    verdicts = [rung.verdict(check) for check in fixed_checks("tokenizer")]
    assert [v.status for v in verdicts] == ["passed"] * len(verdicts)
