"""Builds the kernels for 64-bit Arm beside the checkout and runs them in an emulator.

    python csrc/arm64.py                exit status 0: parity is green, and a small model trains to
                                        the bytes that this machine trains it to

The checks are the same Python as everywhere, run by an arm64 interpreter and NumPy under qemu-user.
apt fetches these packages and verifies them; they are unpacked, not installed, under build/arm64,
once. Exit status 2: a tool or the packages cannot be had here.
"""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

CSRC = Path(__file__).resolve().parent
ROOT = CSRC.parent
CACHE = ROOT / "build" / "arm64"
COMPILER = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
PACKAGES = ("python3", "python3-numpy", "python3-cffi-backend", "libgomp1")
_CURE = "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
# Every operation, without the large shapes: emulated arithmetic is slow. AdamW is in the digests.
CASES = (
    "matmul-odd", "matmul-one", "matmul_weight_backward-odd", "rmsnorm-odd", "rmsnorm_backward-odd",
    "qknorm_rope-wide", "qknorm_rope_backward-wide", "attention-wide", "attention_backward-wide",
    "attention-one", "attention-sharp", "attention_backward-sharp", "swiglu-saturated",
    "swiglu_backward-odd", "cross_entropy-sharp", "embedding", "embedding_backward",
    "model_loss-odd", "model_gradients-odd",
)  # fmt: skip


_SANITIZE = runpy.run_path(str(CSRC / "sanitize.py"))
copy_sources, check_table = _SANITIZE["copy_sources"], _SANITIZE["check_table"]


class Unavailable(Exception):
    """What this machine lacks for the emulated checks."""


def emulator() -> str:
    """The qemu-user of this machine. Raises Unavailable without it or another tool."""
    for tool in (COMPILER, "apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Unavailable(f"no {tool} here: {_CURE}")
    for name in EMULATORS:
        if found := shutil.which(name):
            return found
    raise Unavailable(f"no qemu-aarch64 here: {_CURE}")


def sysroot() -> Path:
    """Folder of an unpacked arm64 Python; fetched when it is not there yet."""
    from filelock import FileLock

    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / "sysroot"
    with FileLock(CACHE / "fetch.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as name:
                _fetch(Path(name))
                (Path(name) / "root").rename(folder)
    return folder


def _fetch(folder: Path) -> None:
    """Let apt resolve, download and verify as if for an empty arm64 machine; unpack into root."""
    for part in ("state/lists/partial", "cache/archives/partial", "root/usr/lib"):
        (folder / part).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "root" / "lib").symlink_to("usr/lib")  # as on a machine; packages may use either
    settings = (
        "APT::Architecture=arm64", "APT::Architectures::=arm64", "APT::Install-Recommends=false",
        "APT::Sandbox::User=root", f"Dir::State={folder}/state", f"Dir::Cache={folder}/cache",
        f"Dir::State::status={folder}/status", "Acquire::Languages=none",
    )  # fmt: skip
    apt = ["apt-get", "-qq", *(word for setting in settings for word in ("-o", setting))]
    archives = folder / "cache" / "archives"
    _must([*apt, "update"])
    _must([*apt, "--yes", "--download-only", "install", *PACKAGES])
    _unpack(archives, folder / "root")
    headers = f"lib{interpreter(folder / 'root').name}-dev"  # without what it depends on
    _must([*apt, "download", headers], cwd=archives)
    _unpack(archives, folder / "root")


def _unpack(archives: Path, root: Path) -> None:
    for package in sorted(archives.glob("*.deb")):
        _must(["dpkg", "-x", str(package), str(root)])
        package.unlink()


def _must(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command[:1] + command[-2:])}: {done.stderr[-600:]}")


def interpreter(root: Path) -> Path:
    """The Python of a sysroot, python3.N."""
    return next(p for p in root.glob("usr/bin/python3.*") if re.fullmatch(r"python3\.\d+", p.name))


def build(folder: Path) -> None:
    """Build the copied sources in `folder` for arm64."""
    names = runpy.run_path(str(folder / "csrc" / "build.py"))
    with redirect_stdout(sys.stderr):
        names["ffi"].emit_c_code(str(folder / "engine" / "_csrc.c"))
    root = sysroot()
    include = root / "usr" / "include"
    flags = [*names["FLAGS"], "-fPIC", "-Icsrc", f"-I{include}"]
    flags += [f"-I{include / interpreter(root).name}"]
    flags += [f"-D{name}={value}" for name, value in names["macros"](names["FLAGS"])]
    running = []
    for unit in [*(f"csrc/{unit}" for unit in names["units"]()), "engine/_csrc.c"]:
        # The plain path takes the compiler half a minute at -O3; no level changes a bit of it.
        level = ["-O2"] if "portable" in unit else []
        command = [COMPILER, *flags, *level, "-c", unit, "-o", f"{unit}.o"]
        running.append((f"{unit}.o", subprocess.Popen(command, cwd=folder)))
    for unit, process in running:
        assert process.wait() == 0, f"the compiler refused {unit}"
    objects = [name for name, _ in running]
    link = [COMPILER, "-shared", "-fopenmp", *objects, "-lm", "-o", "engine/_csrc.abi3.so"]
    subprocess.run(link, cwd=folder, check=True)


def run(folder: Path, what: str) -> subprocess.CompletedProcess[str]:
    """Run `--checks` or `--digests` on the copy in the emulator."""
    root = sysroot()
    libraries = root / "usr" / "lib" / "aarch64-linux-gnu"
    # Debian's alternatives are links that only an installation makes.
    path = ":".join(str(libraries / part) for part in ("", "blas", "lapack"))
    guest = [str(interpreter(root)), str(folder / "csrc" / "arm64.py"), what]
    return subprocess.run(
        [emulator(), "-L", str(root), "-E", f"LD_LIBRARY_PATH={path}", *guest],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def digests() -> dict[str, str]:
    """What the small model trains to: by "fused" and "unfused", over this machine's tables."""
    from engine import kernels, parity

    found: dict[str, str] = {}
    for isa in kernels.available():
        table: Any = kernels.table(isa)
        kind = "fused" if table.fused_multiply_add else "unfused"
        digest = parity.training_digest(table)
        print(f"{isa} {kind} {digest}", flush=True)
        assert found.setdefault(kind, digest) == digest, f"{isa} differs from another {kind} path"
    return found


def differences(here: dict[str, str], there: str) -> list[str]:
    """Kinds whose digests differ between this machine and the lines an emulated one printed."""
    told = re.findall(r"^\w+ (fused|unfused) (\w+)$", there, flags=re.MULTILINE)
    assert {kind for kind, _ in told} == {"fused", "unfused"}, there
    return [f"{kind}: {digest[:12]}, here {here[kind][:12]}" for kind, digest in told
            if kind in here and here[kind] != digest]  # fmt: skip


def checks() -> int:
    """Parity, decoding and digests on every table of this machine; the number of red checks."""
    from engine import kernels

    red: int = sum(check_table(isa, CASES) for isa in kernels.available())
    digests()
    return red


def main() -> int:
    """Build, run, compare, report."""
    if "--checks" in sys.argv:
        return int(checks() > 0)
    if "--digests" in sys.argv:
        digests()
        return 0
    sys.path.insert(0, str(ROOT))
    try:
        emulator()
        sysroot()
    except Unavailable as reason:
        print(f"arm64: {reason}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_sources(folder)
        build(folder)
        done = run(folder, "--checks")
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    if done.returncode != 0:
        return 1
    print("this machine:")
    wrong = differences(digests(), done.stdout)
    print("\n".join(wrong) or "the same bytes")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
