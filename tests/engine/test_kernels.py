"""The binding refuses what the kernels would trust, and knows what it is bound to."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import KernelError
from engine import kernels, operations
from engine.operations import cross_entropy


def floats(*shape: int) -> kernels.FloatArray:
    return np.ones(shape, np.float32)


def test_library_matches_the_sources_on_disk() -> None:
    assert len(kernels.source_digest()) == 64
    assert "-ffp-contract=off" in kernels.build_info()
    assert "-march" not in kernels.build_info()
    assert "fast-math" not in kernels.build_info()


def test_stale_library_is_refused() -> None:
    with pytest.raises(KernelError, match="kernels are stale: run make"):
        kernels.refuse_stale("a" * 64, "b" * 64)


def test_portable_path_is_everywhere() -> None:
    assert kernels.available()[-1] == "portable"
    assert kernels.ffi.string(kernels.table("portable").isa) == b"portable"


def test_instruction_set_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBEGATE_ISA", "portable")
    assert kernels.isa() == "portable"
    with pytest.raises(KernelError, match="instruction set: found 'sse9'; expected one of"):
        kernels.table("sse9")


def test_threads_can_be_set() -> None:
    before = kernels.threads()
    try:
        kernels.set_threads(3)
        assert kernels.threads() == 3
        with pytest.raises(KernelError, match="threads: found 0"):
            kernels.set_threads(0)
    finally:
        kernels.set_threads(before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda k: operations.rmsnorm(k, floats(2, 3), floats(4), 1e-6), "rmsnorm, w"),
        (lambda k: operations.rmsnorm(k, np.ones((2, 3)), floats(3), 1e-6), "float64"),  # type: ignore[arg-type]
        (lambda k: operations.rmsnorm(k, floats(3, 2).T, floats(3), 1e-6), "a strided view"),
        (lambda k: operations.rmsnorm(k, [[1.0]], floats(1), 1e-6), "found list"),  # type: ignore[arg-type]
        (lambda k: operations.matmul(k, floats(2, 3), floats(4, 2), True), "matmul, w"),
        (lambda k: operations.swiglu(k, floats(2, 3)), "gate and up, equally wide"),
        (
            lambda k: cross_entropy(k, floats(1, 4), np.array([4], np.int32), 1.0),
            "ids 4 to 4; expected ids 0 to 3",
        ),
        (
            lambda k: operations.embedding(k, floats(4, 2), np.array([-1], np.int32)),
            "ids -1 to -1",
        ),
        (
            lambda k: operations.attention(
                k, floats(2, 12), floats(2, 16), np.array([0, 1], np.int32), 2, 1
            ),
            "ascending from 0 to 2",
        ),
        (
            lambda k: operations.attention(
                k, floats(2, 12), floats(2, 15), np.array([0, 2], np.int32), 2, 1
            ),
            "heads of even width",
        ),
    ],
)
def test_wrong_arguments_are_refused(call: object, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        call(kernels.table())  # type: ignore[operator]


@pytest.mark.parametrize("isa", kernels.available())
def test_exponential_keeps_its_stated_error(isa: str) -> None:
    """swiglu of a gate z and an up of (1 + e^-z) / z is 1; of up 1, it is z * sigmoid(z)."""
    z = np.linspace(-86, 86, 200_001, dtype=np.float32)
    pairs = np.ascontiguousarray(np.stack([z, np.ones_like(z)], axis=1))
    got = operations.swiglu(kernels.table(isa), pairs)[:, 0].astype(np.float64)
    wide = z.astype(np.float64)
    wanted = wide / (1 + np.exp(-wide))
    seen = wanted != 0
    # the exponential's 2.5e-7, and one rounding each for the sum, the quotient and the product
    assert np.abs(got[seen] / wanted[seen] - 1).max() < 2.5e-7 + 3 * 6e-8


@pytest.mark.parametrize("isa", kernels.available())
def test_softmax_survives_extreme_logits(isa: str) -> None:
    logits = np.array([[1e30, -1e30, 0.0, 1e30]], np.float32)
    loss, dz = cross_entropy(kernels.table(isa), logits, np.array([0], np.int32), 1.0)
    assert loss[0] == pytest.approx(np.log(2), rel=1e-6)
    np.testing.assert_allclose(dz, [[-0.5, 0.0, 0.0, 0.5]], rtol=1e-6)


@pytest.mark.parametrize("isa", kernels.available())
def test_not_a_number_is_not_hidden(isa: str) -> None:
    logits = np.array([[0.0, np.nan, 1.0]], np.float32)
    loss, _ = cross_entropy(kernels.table(isa), logits, np.array([0], np.int32), 1.0)
    assert np.isnan(loss[0])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("isa", kernels.available())
def test_the_machine_s_limits_count_what_they_did(isa: str, threads: int) -> None:
    """A chain z/2 + 3 tends to 6; a[i] = b[i] + 2 c[i] is three arrays of traffic."""
    table = kernels.table(isa)
    seed = np.array([0.5, 3.0, 0.0], np.float32)
    chains = {"avx512": 12, "avx2": 6, "portable": 3}[isa]
    flops = table.fma_peak(kernels.floats(seed), 100, threads)
    assert flops == 2 * 16 * chains * 100 * threads
    assert seed[2] == pytest.approx(6.0)
    size = 1003
    a, b, c = (np.full(size, value, np.float32) for value in (np.nan, 1.0, 5.0))
    moved = table.memory_peak(*map(kernels.floats, (a, b, c)), 2.0, size, threads)
    assert moved == 3 * 4 * size
    assert (a == 11.0).all()
