"""Builds the kernels with AddressSanitizer and UBSan beside the checkout and runs parity on them.

    python csrc/sanitize.py             exit status 0: every pass on every instruction set is clean
    python csrc/sanitize.py --build     only builds; `make` does so when it builds the kernels

The build is a second compilation of the kernels, so it is made where the first is made, kept in
build/sanitized under the digest of all that goes into it, and made here when it is not there. It
runs in a copy of the checkout in a temporary folder, so the library in use is not touched. Inside
an arena the sanitizer sees the canaries as forbidden ground (csrc/plan.c), and every array of a
single operation has its own bounds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "sanitized"
# What AddressSanitizer sees anyway is left out of UBSan, and the arrays that stand for registers on
# the portable path are left to UBSan's bounds: both would cost minutes of compilation.
FLAGS = (
    "-fsanitize=address,undefined -fno-sanitize=null,object-size,alignment --param=asan-stack=0 "
    "-fno-sanitize-recover=all -fno-omit-frame-pointer -fno-var-tracking -g1 -O1 -Werror"
)
# Rows that no tile divides, longer than a block of queries and of keys, and of one token.
CASES = (
    "matmul-odd", "matmul-one", "matmul-head", "matmul_weight_backward-odd",
    "matmul_weight_backward-head", "rmsnorm-odd", "rmsnorm_backward-odd", "qknorm_rope-wide",
    "qknorm_rope_backward-wide", "attention-wide", "attention_backward-wide", "attention-one",
    "attention_backward-one", "attention-sharp", "attention_backward-sharp", "swiglu-odd",
    "swiglu_backward-odd", "cross_entropy-sharp", "cross_entropy-one", "embedding",
    "embedding_backward", "adamw", "model_loss-tied", "model_gradients-tied", "model_loss-odd",
    "model_gradients-odd", "accumulation",
)  # fmt: skip


def libasan() -> Path | None:
    """The compiler's AddressSanitizer run-time library, if it has one."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    named = subprocess.run(
        [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    )
    path = Path(named.stdout.strip())
    return path.resolve() if path.is_absolute() and path.exists() else None


def library_key() -> str:
    """Digest of what the sanitized library is made from: sources, flags, compiler, Python."""
    compiler = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True)
    state = hashlib.sha256(f"{FLAGS}\0{compiler.stdout}\0{sysconfig.get_platform()}".encode())
    state.update(f"\0{sys.version}".encode())
    for path in [ROOT / "setup.py", *sorted((ROOT / "csrc").glob("*.[chp]*"))]:
        state.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()[:24]


def build() -> Path:
    """The sanitized extension, compiled unless these very sources have been."""
    kept = BUILT / library_key()
    if found := next(kept.glob("_csrc*.so"), None):
        return found
    BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILT) as name:
        folder = Path(name)
        copy_checkout(folder)
        subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
            cwd=folder,
            env=os.environ | {"PROBEGATE_CFLAGS": FLAGS},
            check=True,
            capture_output=True,
            text=True,
        )
        made = next((folder / "engine").glob("_csrc*.so"))
        kept.mkdir(exist_ok=True)
        os.replace(made, kept / made.name)
    return kept / made.name


def copy_checkout(folder: Path) -> None:
    """Copy what the kernels and their checks need."""
    ignored = shutil.ignore_patterns("*.so", "__pycache__", "_csrc*.c")
    for name in ("contracts", "engine", "csrc"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "setup.py", folder)


def build_copy(folder: Path) -> None:
    """A copy of the checkout with the sanitized kernels in place of the ordinary ones."""
    library = build()
    copy_checkout(folder)
    shutil.copy(library, folder / "engine")


def run(folder: Path, library: Path, what: str = "--checks") -> subprocess.CompletedProcess[str]:
    """Run the checks, or the seeded defect, on the copy; stderr holds the sanitizer's report."""
    settings = {
        "LD_PRELOAD": str(library),
        "ASAN_OPTIONS": "detect_leaks=0",  # the interpreter itself leaks at exit
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONPATH": str(folder),
        "OPENBLAS_NUM_THREADS": "1",  # the references' waiting threads would take our cores
    }
    return subprocess.run(
        [sys.executable, str(folder / "csrc" / "sanitize.py"), what],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def checks() -> int:
    """Parity, threads and decoding on every instruction set; the number of red checks."""
    from engine import decode, kernels, parity
    from engine.model import ModelConfig
    from engine.parity_cases import parity_model

    assert "-fsanitize=address" in kernels.build_info(), "this is not the sanitized copy"
    red = 0
    for isa in kernels.available():
        table = kernels.table(isa)
        for case in CASES:
            found = parity.check_parity(case, table)
            if not found.holds:
                print(f"{isa} {case}: {found.where} {found.worst_error:.2e}")
                red += 1
        model = parity_model(ModelConfig(53, layers=1), table)
        made = decode.generate(model, [[1], [2] * 47, [3] * 97], 5, eos=60)
        red += [len(row.tokens) for row in made] != [5, 5, 5]
        print(f"{isa}: {len(CASES)} parity checks and decoding, {red} red", flush=True)
    return red


def defect() -> None:
    """Tell an operation of one row too many: the sanitizer must end the process."""
    import numpy as np

    from engine import kernels

    rows, width = 300, 16  # large enough that NumPy takes the memory from malloc
    x, y = (np.ones((rows, 2 * width), np.float32) for _ in range(2))
    kernels.table().swiglu_forward(kernels.floats(y), kernels.floats(x), rows + 1, width)


def main() -> int:
    """Build, run, report; the exit status of the checks."""
    if "--checks" in sys.argv:
        return int(checks() > 0)
    if "--defect" in sys.argv:
        defect()
        return 0
    library = libasan()
    if library is None:
        print("sanitize: gcc has no libasan here", file=sys.stderr)
        return 2
    if "--build" in sys.argv:
        build()
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_copy(folder)
        done = run(folder, library)
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
