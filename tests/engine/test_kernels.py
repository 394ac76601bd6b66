"""The binding refuses what the kernels would trust, and knows what it is bound to."""

from __future__ import annotations

from pathlib import Path

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


def _cores(monkeypatch: pytest.MonkeyPatch, folder: Path, siblings: list[str]) -> None:
    """A machine whose processors name these siblings."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(len(siblings))))
    for cpu, named in enumerate(siblings):
        (folder / f"cpu{cpu}" / "topology").mkdir(parents=True)
        (folder / f"cpu{cpu}" / "topology" / "thread_siblings_list").write_text(f"{named}\n")


def test_two_threads_of_one_core_are_one_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _cores(monkeypatch, tmp_path, ["0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"])
    assert kernels.physical_cores(tmp_path) == 4
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 4, 5})
    assert kernels.physical_cores(tmp_path) == 2
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 4})
    assert kernels.physical_cores(tmp_path) == 2
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 4, 8})  # of 8 nothing is known
    assert kernels.physical_cores(tmp_path) == 3


def test_threads_are_chosen_or_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "physical_cores", lambda: 8)
    monkeypatch.delenv("PROBEGATE_THREADS", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    assert kernels.threads() == 8
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    assert kernels.threads() == 2
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "99")
    assert kernels.threads() == 1
    monkeypatch.setenv("PROBEGATE_THREADS", "5")
    assert kernels.threads() == 5
    for wrong in ("many", "0", "-1", "1.5", "1025"):
        monkeypatch.setenv("PROBEGATE_THREADS", wrong)
        with pytest.raises(KernelError, match="environment, PROBEGATE_THREADS: found"):
            kernels.threads()


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
