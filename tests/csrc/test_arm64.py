"""The kernels on emulated 64-bit Arm: parity is green and training gives AVX2's bytes."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import kernels, parity

SCRIPT = Path(__file__).resolve().parents[2] / "csrc" / "arm64.py"
LACKING = 2  # exit status of the script where the emulator or its packages cannot be had
EITHER = "neon fused {0}\nportable unfused {1}\n"


def cannot(reason: str) -> None:
    """Skip, saying why; in CI, which sets PROBEGATE_CI_TOOLS once it has the tools, fail."""
    if os.environ.get("PROBEGATE_CI_TOOLS"):
        pytest.fail(f"CI has the tools, and yet: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def arm64() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_emulated_arm64_keeps_parity_and_trains_to_the_same_bytes(arm64: dict[str, Any]) -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True)
    if done.returncode == LACKING:
        cannot(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    for isa in ("neon", "portable"):
        assert f"{isa}: {len(arm64['CASES'])} parity checks and decoding, 0 red" in done.stdout
    for isa in kernels.available():
        table = kernels.table(isa)
        there = "neon fused" if table.fused_multiply_add else "portable unfused"
        assert f"{there} {parity.training_digest(table)}\n" in done.stdout


def test_a_multiply_add_that_rounds_twice_is_seen(arm64: dict[str, Any], tmp_path: Path) -> None:
    """In four of NEON's sixteen lanes; the portable path stays what it is."""
    try:
        arm64["emulator"]()
        arm64["sysroot"]()
    except arm64["Unavailable"] as reason:
        cannot(str(reason))
    arm64["copy_sources"](tmp_path)
    header = tmp_path / "csrc" / "simd.h"
    fused, split = "vfmaq_f32(z.c, x.c, y.c)", "vaddq_f32(z.c, vmulq_f32(x.c, y.c))"
    text = header.read_text(encoding="utf-8")
    assert text.count(fused) == 1
    header.write_text(text.replace(fused, split), encoding="utf-8")
    arm64["build"](tmp_path)
    done = arm64["run"](tmp_path, "--digests")
    assert done.returncode == 0, done.stderr
    here = arm64["digests"]()
    if "fused" not in here:
        pytest.skip("this machine has no fused multiply-add to compare with")
    (seen,) = arm64["differences"](here, done.stdout)
    assert seen.startswith("fused: ")


@pytest.mark.parametrize(
    ("there", "seen"), [("ab", []), ("aa", ["unfused: a, here b"]), ("cb", ["fused: c, here a"])]
)
def test_different_digests_are_named(arm64: dict[str, Any], there: str, seen: list[str]) -> None:
    assert arm64["differences"]({"fused": "a", "unfused": "b"}, EITHER.format(*there)) == seen


def test_silence_is_not_agreement(arm64: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        arm64["differences"]({"fused": "a"}, "neon fused a\n")


def test_checked_cases_exist(arm64: dict[str, Any]) -> None:
    assert set(arm64["CASES"]) <= set(parity.parity_cases())
