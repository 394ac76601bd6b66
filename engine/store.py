"""The run store: content-addressed stage folders, built aside, sealed by a manifest, then renamed.

    <root>/<kind>/<key>/            a finished stage: its files and manifest.json, written last
    <root>/building/<kind>-<key>/   a stage being made; survives a crash, so work can resume
    <root>/locks/<kind>-<key>.lock  held by whoever builds

A key is the hash of a stage's inputs and of the sources that make it: a changed kernel
retrains, a changed report does not.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from contracts.errors import StoreError
from contracts.loading import digest

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "manifest.json"
SCHEMA = "probegate.stage.v1"


@dataclass(frozen=True)
class Artifact:
    """One finished stage; `built` tells whether this call made it."""

    kind: str
    key: str
    path: Path
    built: bool

    def file(self, name: str) -> Path:
        """Path of one of its files."""
        return self.path / name

    def manifest(self) -> dict[str, Any]:
        """The sealed manifest."""
        return _read_manifest(self.path)

    @property
    def content_digest(self) -> str:
        """One digest over the checksums of all files, as sealed."""
        return digest(self.manifest()["files"])

    def damage(self) -> list[str]:
        """What no longer matches the manifest, one sentence a file; empty when intact."""
        sealed: dict[str, str] = self.manifest()["files"]
        found = _checksums(self.path)
        faults = [f"{name} is missing" for name in sealed if name not in found]
        faults += [f"{name} was added" for name in found if name not in sealed]
        faults += [
            f"{name} has sha256 {found[name][:12]}…, sealed as {sealed[name][:12]}…"
            for name in sealed
            if name in found and found[name] != sealed[name]
        ]
        return faults

    def intact(self) -> Artifact:
        """Itself, or StoreError that names the damaged files."""
        if faults := self.damage():
            raise StoreError(
                str(self.path),
                "; ".join(faults),
                "the files as sealed",
                "Delete the folder to rebuild it",
            )
        return self


class Store:
    """All stages under one root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key(self, kind: str, inputs: Mapping[str, Any]) -> str:
        """Content address of a stage."""
        return digest({"kind": kind, "inputs": dict(inputs)})[:24]

    def find(self, kind: str, inputs: Mapping[str, Any]) -> Artifact | None:
        """The finished stage, or None when it has not been built."""
        key = self.key(kind, inputs)
        path = self.root / kind / key
        return Artifact(kind, key, path, built=False) if (path / MANIFEST).is_file() else None

    def building_folder(self, kind: str, inputs: Mapping[str, Any]) -> Path:
        """Where the stage is, or would be, under construction."""
        return self.root / "building" / f"{kind}-{self.key(kind, inputs)}"

    def build(
        self,
        kind: str,
        inputs: Mapping[str, Any],
        make: Callable[[Path], None],
        *,
        resumable: bool = False,
    ) -> Artifact:
        """The stage, made by `make(folder)` unless it exists; one builder at a time.

        A resumable stage finds in `folder` the whole files that an interrupted build left there.
        """
        if found := self.find(kind, inputs):
            return found
        key = self.key(kind, inputs)
        locks = self.root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{kind}-{key}.lock"):
            if found := self.find(kind, inputs):
                return found
            folder = self.building_folder(kind, inputs)
            if not resumable:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            make(folder)
            seal = {"schema": SCHEMA, "kind": kind, "key": key, "inputs": dict(inputs)}
            write_json(folder / MANIFEST, {**seal, "files": _checksums(folder)})
            final = self.root / kind / key
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():  # a folder without manifest: not one of ours, or cut short
                shutil.rmtree(final)
            os.replace(folder, final)
        return Artifact(kind, key, final, built=True)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file as a whole: written aside, flushed, renamed. ValueError for NaN."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


@cache
def source_digest(*places: str) -> str:
    """sha256 over the Python and C sources under `places`, paths relative to the checkout."""
    state = hashlib.sha256()
    for path in _sources(places):
        state.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        state.update(path.read_bytes() + b"\0")
    return state.hexdigest()


def _sources(places: Iterable[str]) -> list[Path]:
    found: set[Path] = set()
    for place in places:
        path = ROOT / place
        if path.is_file():
            found.add(path)
        elif path.is_dir():
            found |= {p for p in path.rglob("*") if p.suffix in (".py", ".c", ".h", ".toml")}
        else:
            raise StoreError("source digest", f"no {place}", "a file or folder of the checkout")
    return sorted(found)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        manifest["files"].items()
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StoreError(
            str(path / MANIFEST), repr(error), "a stage manifest", "Delete the folder to rebuild it"
        ) from error
    return manifest


def _sweep(folder: Path) -> None:
    """Remove what a killed builder left half-written: files are replaced from hidden neighbours."""
    for path in folder.rglob(".*"):
        if path.is_file():
            path.unlink()


def _checksums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
