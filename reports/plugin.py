"""pytest plugin: hears a gate session out, reconciles it, writes its verdict, sets its exit status.

Inert unless some plugin answers `pytest_probegate_plan`. Tests run in worker processes under
pytest-xdist, so each side has its part: where tests run, evidence goes into Allure results and
onto the reports; the controller hears the reports and decides. Nothing is shared but reports,
`workerinput`, `workeroutput` and the out folder.

    OUT/allure-results/   emptied at the start, one result for each test
    OUT/evidence/         emptied at the start; files put there are attached to the session
    OUT/verdict.json      removed at the start, so a session that dies leaves none
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from contracts.errors import ProbegateError
from probes.verdict import Verdict
from reports import hooks
from reports.allure_results import fresh_directory, use_lean_logger
from reports.attachments import AttachmentStore
from reports.controller import Controller
from reports.differences import Differences
from reports.evidence import Evidence, fill_result, new_evidence
from reports.plan import SessionPlan, plan_of

PLAN = pytest.StashKey[SessionPlan]()
OUT = pytest.StashKey[Path]()
EVIDENCE = pytest.StashKey[Evidence]()
_INPUT = "probegate"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("probegate")
    group.addoption(
        "--out",
        metavar="DIR",
        default=None,
        help="where verdict.json, allure-results and the page go (default: out/<run>)",
    )
    group.addoption(
        "--promote",
        action="store_true",
        help="append a promotable session to the promotion ledger; status 10 when it is refused",
    )
    group.addoption(
        "--ledger",
        metavar="FILE",
        default=None,
        help="the promotion ledger (default: reports/promoted/ledger.jsonl)",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)  # before allure-pytest, which reads its folder at this moment
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gate(name): the gate a test belongs to")
    if config.option.collectonly:
        return
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        if _INPUT in worker_input:
            told = worker_input[_INPUT]
            config.stash[PLAN], config.stash[OUT] = plan_of(told["plan"]), Path(told["out"])
            config.option.allure_report_dir = told["results"]
        return
    try:
        value = config.hook.pytest_probegate_plan(config=config)
        if value is None:
            return
        plan = plan_of(value)
        config.stash[PLAN] = plan
        config.stash[OUT] = _prepare(config, plan)
    except ProbegateError as error:
        raise pytest.UsageError(str(error)) from error
    controller = Controller(config, plan, config.stash[OUT])
    config.pluginmanager.register(controller, "probegate_controller")


def _prepare(config: pytest.Config, plan: SessionPlan) -> Path:
    """The out folder, locked and free of an earlier session's results and verdict."""
    _refuse(config, "reruns", "--reruns", "A repeated measurement hides the first")
    _refuse(config, "clean_alluredir", "--clean-alluredir", "The session empties its own folder")
    if not config.pluginmanager.hasplugin("allure_pytest"):
        raise pytest.UsageError("gates need allure-pytest: leave out `-p no:allure_pytest`")
    named = config.getoption("--out")
    label = "".join(c if c.isalnum() or c in "._-" else "_" for c in plan.label)
    out = config.invocation_params.dir / named if named else config.rootpath / "out" / label
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise pytest.UsageError(
            f"{out}: found another session writing there; expected to be alone. "
            "Wait for it, or name another folder with --out"
        ) from error
    config.add_cleanup(lock.release)
    (out / "verdict.json").unlink(missing_ok=True)
    shutil.rmtree(out / "evidence", ignore_errors=True)
    (out / "evidence").mkdir()
    given = config.option.allure_report_dir
    results = Path(given).absolute() if given else out / "allure-results"
    fresh_directory(results, given=given is not None)
    config.option.allure_report_dir = str(results)
    return out


def _refuse(config: pytest.Config, option: str, flag: str, why: str) -> None:
    if getattr(config.option, option, None):
        raise pytest.UsageError(f"gates are never run with {flag}: {why}")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if PLAN in config.stash:
        use_lean_logger(config)
        config.pluginmanager.register(_Bench(config), "probegate_bench")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist the plan; it parses the command line anew, so the rest too."""
    config: pytest.Config = node.config
    if PLAN in config.stash:
        node.workerinput[_INPUT] = {
            "plan": config.stash[PLAN].as_dict(),
            "out": str(config.stash[OUT]),
            "results": config.option.allure_report_dir,
        }


class _Bench:
    """The side on which tests run: labels them and writes their evidence."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.plan = config.stash[PLAN]
        self.store = AttachmentStore(Path(config.option.allure_report_dir))
        self.differences = Differences()
        self.collected: set[str] = set()
        self.deselected: set[str] = set()

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.collected.add(item.nodeid)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Compared with what is left, so that a plugin which drops items silently is seen too.
        self.deselected = self.collected - {item.nodeid for item in session.items}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self.differences.close()
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_INPUT] = sorted(self.deselected)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        evidence = evidence_of(item)
        about = {"gate": evidence.feature, "run": evidence.run, "story": evidence.story}
        if call.excinfo is not None and report.failed:
            about["message"] = call.excinfo.exconly().splitlines()[0][:500]
            kept = (AssertionError, pytest.fail.Exception)
            if report.when != "call" or not isinstance(call.excinfo.value, kept):
                about["broken"] = "yes"
        # An attribute of the report travels from worker to controller if it is plain ASCII.
        report.__dict__["probegate"] = {
            key: value.encode("ascii", "backslashreplace").decode() for key, value in about.items()
        }
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # around allure-pytest's own teardown
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            listener = self.config.pluginmanager.get_plugin("allure_listener")
            result = listener.allure_logger.get_test(None) if listener else None
            if result is not None:
                fill_result(result, evidence_of(item), self.store, self.differences)


def evidence_of(item: pytest.Item) -> Evidence:
    """The evidence of a test, made empty when it is first asked for."""
    if EVIDENCE not in item.stash:
        item.stash[EVIDENCE] = new_evidence(item, item.config.stash.get(PLAN, None))
    return item.stash[EVIDENCE]


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """What this test hands over: verdicts, exhibits, its title and place on the page."""
    return evidence_of(request.node)


@pytest.fixture
def record_verdict(request: pytest.FixtureRequest) -> Callable[..., Verdict]:
    """Records a Verdict of this test and returns it: `Evidence.verdict`."""
    return evidence_of(request.node).verdict


@pytest.fixture(scope="session")
def evidence_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder whose files are attached to the session; a throw-away one outside gate sessions."""
    out = request.config.stash.get(OUT, None)
    return out / "evidence" if out is not None else tmp_path_factory.mktemp("evidence")
