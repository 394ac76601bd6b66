"""pytest plugin of the gates: `--run`, an item a check and a probe case, the session's plan."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError, ProbegateError
from contracts.loading import ContractBook, contract_digest
from engine import kernels
from engine.store import Store
from gates import artifacts, kernel_report
from gates.progress import TrainingBar
from gates.registry import GATES, Check
from gates.rung import RungEvidence
from gates.suite import all_checks, checks_of
from probes.verdict import Verdict

HERE = Path(__file__).resolve().parent
_SESSION = pytest.StashKey["Session"]()


class Session:
    """What the options ask for: a book of contracts, a store, and the chosen runs."""

    def __init__(self, config: pytest.Config) -> None:
        base = config.invocation_params.dir
        self.folders = tuple(str(base / folder) for folder in config.getoption("--contracts"))
        self.book = ContractBook(Path(folder) for folder in self.folders)
        self.store = Store(base / (config.getoption("--store") or HERE.parent / "runs"))
        wanted = config.getoption("--run")
        self.runs = self.book.select(wanted) if wanted else ("",)
        answers = config.getoption("--responses")
        self.responses = base / answers if answers else None
        if self.responses and (len(self.runs) != 1 or self.runs == ("",)):
            raise EvidenceError("--responses", f"runs {list(self.runs)}", "exactly one --run")
        self._watch = TrainingBar(config)
        self._rungs: dict[str, RungEvidence] = {}

    @property
    def foreign(self) -> bool:
        """Whether the answers are another model's."""
        return self.responses is not None

    def rung(self, run: str) -> RungEvidence:
        """Evidence of a run, gathered once a session."""
        if run not in self._rungs:
            self._rungs[run] = RungEvidence(
                self.book,
                self.store,
                run,
                contract_folders=self.folders,
                responses_file=self.responses,
                watch=self._watch,
            )
        return self._rungs[run]

    def checks(self, run: str, gate: str) -> tuple[Check, ...]:
        """Checks of one gate of a run."""
        return checks_of(self.book, run, gate, foreign=self.foreign)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("probegate")
    group.addoption(
        "--run",
        metavar="NAMES",
        default=None,
        help="runs to judge: <spec>_<rung>, globs and comma lists (spec19_r3d, 'spec19_*')",
    )
    group.addoption(
        "--contracts",
        metavar="DIR",
        action="append",
        default=[],
        help="a further folder of spec files; may be given more than once",
    )
    group.addoption(
        "--responses",
        metavar="FILE",
        default=None,
        help="judge the answers of a JSONL file ({id, text} a line) instead of training the run",
    )
    group.addoption(
        "--store", metavar="DIR", default=None, help="where runs are kept (default: runs/)"
    )


def pytest_configure(config: pytest.Config) -> None:
    _session_of(config)


def _session_of(config: pytest.Config) -> Session | None:
    """The session, made when it is first asked for; None when no gate is asked."""
    if _SESSION not in config.stash and _asks_for_gates(config):
        try:
            config.stash[_SESSION] = Session(config)
            _read_own_files(config.stash[_SESSION])
        except ProbegateError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash.get(_SESSION, None)


def _read_own_files(session: Session) -> None:
    """Refuse files of the user's own that cannot be read, or a module without the protocol.

    No gate could say anything of such a run, so it is a fault of the call, like an unknown name.
    """
    for rung in (session.rung(run) for run in session.runs if run):
        if rung.contract.beside:
            _ = rung.representation, rung.stages.dataset


def _asks_for_gates(config: pytest.Config) -> bool:
    """A session is a gate session when it names a run or is pointed at this folder."""
    if config.getoption("--run"):
        return True
    places = [config.invocation_params.dir / arg.split("::")[0] for arg in config.args]
    return any(place.resolve() == HERE or HERE in place.resolve().parents for place in places)


def pytest_probegate_plan(config: pytest.Config) -> dict[str, Any] | None:
    """What the session must decide before it may call anything promotable."""
    session = _session_of(config)
    if session is None:
        return None
    runs = {}
    for run in session.runs:
        contract = session.book.contract(run) if run else None
        digests = {"kernels": kernels.source_digest()}
        if contract:
            digests["contract"] = contract_digest(contract)
        runs[run] = {
            "spec": contract.spec.id if contract else "",
            "expected": [c.id for c in all_checks(session.book, run, foreign=session.foreign)],
            "digests": digests,
            "promotes": bool(contract and contract.trains) and not session.foreign,
        }
    return {"label": config.getoption("--run") or "kernels", "runs": runs}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without a run, only the gates that need none are collected."""
    session = config.stash.get(_SESSION, None)
    if session is None or collection_path.parent != HERE or collection_path.suffix != ".py":
        return None
    gate = collection_path.stem.removeprefix("test_")
    if gate in GATES and not any(session.checks(run, gate) for run in session.runs):
        return True
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    session = metafunc.config.stash.get(_SESSION, None)
    if session is None:
        return
    gate = metafunc.module.__name__.rpartition("test_")[2]
    if "claim" in metafunc.fixturenames:
        pairs = [(run, check) for run in session.runs for check in session.checks(run, gate)]
        metafunc.parametrize(
            ("run", "claim"),
            [(run, check.name) for run, check in pairs],
            ids=[f"{run}-{check.name}" if run else check.name for run, check in pairs],
        )
    elif "case_id" in metafunc.fixturenames:
        cases = [
            (run, case.split, case.id) for run in session.runs for case in session.rung(run).cases
        ]
        metafunc.parametrize(
            ("run", "split", "case_id"),
            cases,
            ids=[f"{run}-{case_id}" for run, _, case_id in cases],
        )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run after run, gates in their order: what blocks stands before what it blocks."""
    order = {item: at for at, item in enumerate(items)}

    def place(item: pytest.Item) -> tuple[int, int]:
        gate = item.path.stem.removeprefix("test_")
        known = item.path.parent == HERE and gate in GATES
        return (GATES.index(gate) if known else len(GATES), order[item])

    items.sort(key=place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """The kernels are measured while the gates before theirs are asked."""
    gates = {i.path.stem.removeprefix("test_") for i in session.items if i.path.parent == HERE}
    mine = session.config.stash.get(_SESSION, None)
    if mine and "kernels" in gates and not session.config.option.collectonly:
        session.config.add_cleanup(kernel_report.ahead(mine.store).join)


@pytest.fixture
def rung(request: pytest.FixtureRequest, run: str) -> RungEvidence:
    """The rung that this item judges."""
    return request.config.stash[_SESSION].rung(run)


@pytest.fixture
def decide(
    request: pytest.FixtureRequest, rung: RungEvidence, evidence: Any, evidence_dir: Path
) -> Callable[[str], None]:
    """Measures a claim of this file's gate, records the verdict and asserts it."""
    session: Session = request.config.stash[_SESSION]

    def judge(claim: str) -> None:
        gate = evidence.feature
        check = next(c for c in session.checks(rung.run, gate) if c.name == claim)
        evidence.title = claim.replace("_", " ")
        evidence.story = gate
        verdict = rung.verdict(check)
        artifacts.write(gate, rung, evidence_dir)
        if verdict.status == "failed" and verdict.kind != "diagnostic":
            artifacts.write_next_rung(rung, evidence_dir)
        if verdict.evidence is not None:
            path = evidence_dir / artifacts.named(rung, verdict.evidence)
            verdict = replace(verdict, evidence=os.path.relpath(path, request.config.rootpath))
        evidence.verdict(verdict, run=rung.run, digests=_digests(rung))
        _assert(verdict)

    return judge


def _digests(rung: RungEvidence) -> dict[str, str]:
    """What a verdict rests on, as far as it is known by now."""
    found = {"kernels": kernels.source_digest()}
    if rung.run:
        found["contract"] = rung.stages.contract_digest
        if rung.responses_file is None and rung.stages.find_weights():
            found["weights"] = rung.stages.checkpoint_digest
    return found


def _assert(verdict: Verdict) -> None:
    if verdict.status == "skipped":
        pytest.skip(verdict.message)
    if verdict.status == "broken":
        raise EvidenceError(f"{verdict.gate}/{verdict.name}", verdict.message, "a measurement")
    if verdict.status == "failed":
        pytest.fail(f"{verdict.line()}. {verdict.cure}", pytrace=False)
