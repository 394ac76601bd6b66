"""C against the reference on every instruction set here; bent kernels are caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contracts.errors import KernelError
from engine import kernels, parity
from engine.parity import BentTable, check_parity, parity_cases


@pytest.mark.parametrize("isa", kernels.available())
@pytest.mark.parametrize("case", parity_cases())
def test_kernel_equals_reference(case: str, isa: str) -> None:
    found = check_parity(case, kernels.table(isa))
    assert found.holds, f"{found.where}: {found.worst_error:.2e} > {found.tolerance:.0e}"


def test_every_tolerance_is_used_and_has_a_reason() -> None:
    used = {name for name, _ in parity.CASES.values()}
    assert used == set(parity.TOLERANCE)
    assert all(reason for _, reason in parity.TOLERANCE.values())


def test_real_cases_pass_a_full_context_and_rows_of_one_token() -> None:
    lengths = parity.parity_batch(parity.RAGGED, 149).row_starts
    assert {768, 1} <= set(np.diff(lengths).tolist())


def _bend(table: Any, operation: str, argument: int, element: int) -> BentTable:
    """A table whose operation is wrong in one element of one result."""

    def bent(*arguments: Any) -> Any:
        result = getattr(table, operation)(*arguments)
        arguments[argument][element] += 0.5 + abs(arguments[argument][element])
        return result

    return BentTable(table, **{operation: bent})


@pytest.mark.parametrize(
    ("operation", "argument", "family"),
    [
        ("attention_backward", 0, "attention_backward-"),
        ("rmsnorm_backward", 1, "rmsnorm_backward-"),
        ("swiglu_forward", 0, "swiglu-"),
        ("train", 5, "model_gradients-"),
    ],
)
def test_a_bent_kernel_is_red_in_its_own_checks_only(
    operation: str, argument: int, family: str
) -> None:
    bent = _bend(kernels.table(), operation, argument, 0)
    red = {case for case in parity_cases() if not check_parity(case, bent).holds}
    own = {case for case in parity_cases() if case.startswith(family)}
    assert own <= red
    # accumulation compares two passes of the same kernels: a bent pass shows there as well
    assert red - own <= {"accumulation"}


def test_a_kernel_that_writes_nan_is_red() -> None:
    table = kernels.table()

    def bent(*arguments: Any) -> None:
        table.swiglu_forward(*arguments)
        arguments[0][0] = float("nan")

    assert not check_parity("swiglu-real", BentTable(table, swiglu_forward=bent)).holds


def test_unknown_case_is_refused() -> None:
    with pytest.raises(KernelError, match="'nosuch'; expected one of matmul-qkv"):
        check_parity("nosuch")


@pytest.mark.parametrize("isa", kernels.available())
def test_threads_do_not_change_a_bit(isa: str) -> None:
    assert parity.check_threads(kernels.table(isa))


def test_fused_instruction_sets_train_to_the_same_bytes() -> None:
    tables = [kernels.table(isa) for isa in kernels.available()]
    fused = [table for table in tables if table.fused_multiply_add]
    results = {parity.train_bytes(table, 1) for table in fused}
    assert len(results) <= 1


def test_a_write_behind_a_slice_is_reported_by_name() -> None:
    assert parity.check_canaries() == "mid of layer 0"
