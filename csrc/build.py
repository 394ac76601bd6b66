"""Builds the extension `engine._csrc`: cffi reads probegate.h, so no signature is typed twice.

No -march=native (the library may move between machines; the instruction set is chosen at load
time), no fast-math (not-a-number must stay visible), no contraction (a fused operation is written
where it is meant). PROBEGATE_CFLAGS adds flags to compiler and linker, for sanitizer builds.
"""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Sequence
from pathlib import Path

from cffi import FFI

CSRC = Path(__file__).resolve().parent
FLAGS = ["-O3", "-std=gnu11", "-fopenmp", "-ffp-contract=off", "-Wall", "-Wextra"]


def declarations(header: str) -> str:
    """The header without its preprocessor lines, which cffi does not read."""
    return re.sub(r"^\s*#.*$", "", header, flags=re.MULTILINE)


def units() -> list[str]:
    """Files that are compiled on their own; each includes what else it needs."""
    return ["plan.c", "dispatch.c", *sorted(path.name for path in CSRC.glob("isa_*.c"))]


def macros(flags: Sequence[str]) -> list[tuple[str, str]]:
    """What a library knows of its own build."""
    digest = runpy.run_path(str(CSRC / "digest.py"))["source_digest"]()
    return [
        ("PG_SOURCE_DIGEST", f'"{digest}"'),
        ("PG_BUILD_INFO", f'__VERSION__ " {" ".join(flags)}"'),
    ]


def make_ffi() -> FFI:
    """The builder of `engine._csrc`; setuptools wants paths relative to the checkout."""
    extra = os.environ.get("PROBEGATE_CFLAGS", "").split()
    flags = [*FLAGS, *extra]
    builder = FFI()
    builder.cdef(declarations((CSRC / "probegate.h").read_text(encoding="utf-8")))
    builder.set_source(
        "engine._csrc",
        '#include "probegate.h"',
        sources=[f"csrc/{name}" for name in units()],
        depends=["csrc/build.py", *sorted(f"csrc/{path.name}" for path in CSRC.glob("*.[ch]"))],
        include_dirs=["csrc"],
        define_macros=macros(flags),
        extra_compile_args=flags,
        extra_link_args=["-fopenmp", *extra],
        libraries=["m"],
    )
    return builder


ffi = make_ffi()
