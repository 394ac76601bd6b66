"""A decode study over the trained mini runs: the same cases by three ways of decoding."""

from __future__ import annotations

from pathlib import Path

from contracts.loading import ContractBook
from engine.store import Store
from gates.rung import RungEvidence
from probes.cases import case_digest
from reports.decode_study import study

from .conftest import CONTRACTS


def test_a_starved_run_is_mended_in_spelling_and_never_in_the_verdict(
    book: ContractBook, trained_store: Path
) -> None:
    rung = RungEvidence(
        book, Store(trained_store), "mini_starved", contract_folders=(str(CONTRACTS),)
    )
    record = study(rung, samples=2)
    greedy, grammar, filtered = (record["ways"][w] for w in ("greedy", "grammar", "filtered"))
    asked = [case for case in rung.cases if case.split != "seen"]
    assert (record["n"], record["cases"]) == (len(asked), case_digest(asked))
    outcomes = [rung.outcome(case.id) for case in asked]
    assert greedy["exact"] == sum(outcome.exact for outcome in outcomes)
    # After a fortieth of the budget hardly anything parses; under the mask whatever ends does.
    assert greedy["renderable"] < record["n"] / 10
    assert grammar["renderable"] > record["n"] * 9 / 10
    assert filtered["renderable"] >= greedy["renderable"]
