"""The kernels are clean under AddressSanitizer and UBSan, and a write too far is not."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "csrc" / "sanitize.py"


@pytest.fixture(scope="module")
def sanitize() -> dict[str, Any]:
    names = runpy.run_path(str(SCRIPT))
    if names["libasan"]() is None:
        pytest.skip("gcc has no libasan here")
    return names


@pytest.fixture(scope="module")
def copy(sanitize: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sanitized")
    sanitize["build_copy"](folder)
    return folder


def test_kernels_are_clean(sanitize: dict[str, Any], copy: Path) -> None:
    """Every instruction set, forward, backward and decoding, over rows that no tile divides."""
    done = sanitize["run"](copy, sanitize["libasan"]())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "portable: 27 parity checks and decoding, 0 red" in done.stdout


def test_a_read_behind_an_array_is_caught(sanitize: dict[str, Any], copy: Path) -> None:
    done = sanitize["run"](copy, sanitize["libasan"](), "--defect")
    assert done.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in done.stderr
    assert "swiglu_forward" in done.stderr


def test_checked_cases_exist_and_cross_a_block(sanitize: dict[str, Any]) -> None:
    from engine.parity import parity_cases

    assert set(sanitize["CASES"]) <= set(parity_cases())
    assert "attention_backward-sharp" in sanitize["CASES"]  # 130 tokens: three query blocks
