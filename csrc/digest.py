"""Digest of the kernel sources, shared by the build and by the binding that distrusts it."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def source_files(folder: Path = FOLDER) -> list[Path]:
    """Everything that determines the built library, in a fixed order."""
    names = [*folder.glob("*.c"), *folder.glob("*.h"), folder / "build.py"]
    return sorted(names, key=lambda path: path.name)


def source_digest(folder: Path = FOLDER) -> str:
    """Hexadecimal sha256 over names and contents of the kernel sources."""
    digest = hashlib.sha256()
    for path in source_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
