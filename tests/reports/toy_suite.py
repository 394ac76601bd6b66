"""A toy gate suite in a folder of its own, run by a real pytest in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.record import SessionRecord, read_record

ROOT = Path(__file__).parents[2]

PLAN = """
def pytest_probegate_plan(config):
    return {
        "label": "toy_r1",
        "runs": {
            "toy_r1": {
                "spec": "toy",
                "expected": ["contract", "probes/exact"],
                "digests": {"contract": "c" * 64},
                "promotes": True,
            }
        },
    }
"""

CONTRACT = """
from probes.verdict import passed

def test_contract_is_sound(record_verdict):
    found = passed("contract", "sound", "every key is known")
    assert record_verdict(found, digests={"contract": "c" * 64}).status == "passed"
"""

PROBES = """
import pytest
from probes.verdict import rate_verdict

@pytest.mark.parametrize("case", range(4))
def test_case(case, evidence):
    evidence.story = "dev"
    evidence.exhibit("prompt", "text/plain", f"prompt {case}")
    evidence.exhibit("expected", "text/plain", "one document for all")
    if case == 3:
        evidence.missed("form: expected milestone_chain, answered stage_sequence")

def test_exact(record_verdict):
    verdict = rate_verdict("probes", "exact", HIT, 400, 0.97, cure="train longer")
    record_verdict(verdict, digests={"contract": "c" * 64, "weights": "e" * 64})
    assert verdict.status == "passed", verdict.line()
"""


@dataclass(frozen=True)
class Session:
    """One finished child session; `record` is None when it left none."""

    status: int
    output: str
    out: Path
    record: SessionRecord | None

    def faults(self, kind: str) -> dict[str, str]:
        """Reasons of one kind by place."""
        assert self.record is not None, self.output
        return {fault.where: fault.why for fault in self.record.faults if fault.kind == kind}


class Toy:
    """A gate suite of two files; `write` replaces or adds some."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out" / "toy_r1"
        self.write("toyplan.py", PLAN)
        self.write("pytest.ini", "[pytest]\naddopts = --import-mode=importlib\n")
        self.write("gates/test_1_contract.py", CONTRACT)
        self.write("gates/test_2_probes.py", PROBES.replace("HIT", "400"))

    def write(self, name: str, text: str) -> None:
        """Writes a file of the suite."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        """Adds lines to a file of the suite."""
        self.write(name, (self.folder / name).read_text(encoding="utf-8") + text)

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Session:
        """Runs the suite as a user would, `gates` first unless other arguments name files."""
        files = () if any(argument.startswith("gates") for argument in arguments) else ("gates",)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "no:hypothesispytest", "-p", "no:anyio"]  # slow to load, not needed
        command += ["-p", "toyplan", "-p", "reports.plugin", *files, *arguments]
        path = os.pathsep.join((str(ROOT), str(self.folder)))
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        file = self.out / "verdict.json"
        record = read_record(file) if file.exists() else None
        return Session(done.returncode, done.stdout + done.stderr, self.out, record)
