"""Rungs declared red at a gate that needs no pictures and no kernels are red there, and only there.

They are found by their declaration, in every spec, and none of them is trained. What rules answer
is asked of a run only where that is its defect: it costs more than all other checks together, and
the climb asks it of every run.
"""

from __future__ import annotations

import pytest

from contracts.loading import ContractBook
from contracts.models import Expectation
from engine.store import Store
from gates.expectation import red_gates
from gates.registry import fixed_checks
from gates.rung import RungEvidence
from gates.suite import all_checks

BOOK = ContractBook()
CHEAP = ("contract", "dataset", "tokenizer")
DEAR = "claims_resist_look_up"


def declared_red() -> dict[str, Expectation]:
    """Runs whose named gate is one of the cheap ones, with what they declare.

    Whether a parent is frozen is asked of its trained children, by the climb.
    """
    expected = {run: BOOK.contract(run).rung.expects for run in BOOK.names}
    return {
        run: found
        for run, found in expected.items()
        if found and found.gate in CHEAP and found.check != "its_parent_is_not_frozen"
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("run", declared_red())
def test_the_named_check_says_no_and_no_other_gate(run: str, store: Store) -> None:
    rung = RungEvidence(BOOK, store, run)
    expects = declared_red()[run]
    checks = [check for check in all_checks(BOOK, run) if check.gate in CHEAP]
    asked = [check for check in checks if check.name != DEAR or expects.check == DEAR]
    red = red_gates(map(rung.verdict, asked))
    assert list(red) == [expects.gate], red
    assert expects.check in (None, *red[expects.gate])


def test_ordinary_bpe_gives_every_byte_back_and_makes_no_tag_whole(store: Store) -> None:
    rung = RungEvidence(BOOK, store, "spec03_v1024")
    found = {check.name: rung.verdict(check) for check in fixed_checks("tokenizer")}
    assert found["text_comes_back_byte_for_byte"].status == "passed"
    red = found["control_tags_are_atoms_and_payloads_are_not"]
    assert (red.status, red.n) == ("failed", 50)
    tokenizer = rung.stages.tokenizer
    assert not [tag for tag in rung.stages.closed_vocabulary if len(tokenizer.encode(tag)) == 1]
