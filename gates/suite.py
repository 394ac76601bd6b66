"""Which checks a session asks of which run."""

from __future__ import annotations

from contracts.loading import ContractBook
from gates import (  # importing a check file registers its checks
    check_compiler,
    check_contract,
    check_dataset,
    check_kernels,
    check_library,
    check_probes,
    check_tokenizer,
    check_training,
)
from gates.check_promotion import promotion_checks
from gates.registry import FOREIGN, GATES, Check, fixed_checks

_REGISTERED = (
    check_compiler,
    check_contract,
    check_dataset,
    check_kernels,
    check_probes,
    check_tokenizer,
    check_training,
)

_OF_NO_SPLIT = ("it_changes_one_axis", "curriculum_teaches_what_it_declares")
UNTRAINED = {
    "contract": tuple(c for c in fixed_checks("contract") if c.name in _OF_NO_SPLIT),
    "dataset": check_library.LIBRARY,
    "compiler": fixed_checks("compiler"),
}
"""What is asked of a spec that trains nothing."""


def checks_of(
    book: ContractBook, run: str, gate: str, *, foreign: bool = False
) -> tuple[Check, ...]:
    """Checks of one gate for one run; `run` "" asks only what needs no run.

    `foreign`: the answers come from another model, which was not trained here.
    """
    if run == "":
        return fixed_checks(gate) if gate == "kernels" else ()
    if foreign and gate not in FOREIGN:
        return ()
    contract = book.contract(run)
    if not contract.trains:
        return UNTRAINED.get(gate, ())
    if gate != "promotion":
        return fixed_checks(gate, contract)
    parent = book.comparable_parent(run)
    return promotion_checks(contract, against_parent=parent is not None and not foreign)


def all_checks(book: ContractBook, run: str, *, foreign: bool = False) -> tuple[Check, ...]:
    """Every check of a run, gate after gate."""
    return tuple(c for gate in GATES for c in checks_of(book, run, gate, foreign=foreign))
