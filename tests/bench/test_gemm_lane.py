"""Products of other libraries: every shape is multiplied, by either."""

from __future__ import annotations

import importlib.util

import pytest

from bench import gemm_lane
from bench.gemm_lane import GemmLane, shape_name


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_every_shape_is_multiplied(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip("PyTorch is not installed: pip install -e '.[bench]'")
    shapes = ((3, 4, 5), (7, 2, 1))
    monkeypatch.setattr(gemm_lane, "SHAPES", shapes)
    monkeypatch.setattr(gemm_lane, "_SECONDS_A_SHAPE", 1e-5)
    lane = GemmLane(1, library)
    assert all(lane.facts[name] for name in ("library", "version"))
    found = lane.block()["gflops"]
    assert list(found) == [shape_name(*shape) for shape in shapes]
    assert min(found.values()) > 0
