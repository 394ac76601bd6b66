"""The lines that end a session: one next step a run, its draft, the verdict last."""

from __future__ import annotations

from probes.verdict import failed
from reports.record import RunRecord, SessionRecord
from reports.summary import summary_lines


def record(*runs: str, evidence: tuple[str, ...] = ()) -> SessionRecord:
    """A red session: a preflight and two promotion verdicts with a cure each, in every run."""
    verdicts = [
        {
            **failed(gate, name, "found", cure=f"{gate}: mend {name}").record(),
            "run": run,
            "item": "",
        }
        for run in runs
        for gate, name in (("dataset", "leak"), ("promotion", "dev"), ("promotion", "test"))
    ]
    return SessionRecord(
        label=",".join(runs), standing="red", exit_status=1, pytest_exit_status=1,
        started="", finished="", commit="0" * 40, dirty=False, versions={},
        counts=dict.fromkeys(
            ("collected", "deselected", "reported", "written", "passed", "failed", "broken",
             "skipped"), 0,
        ),
        deselected=(), runs={run: RunRecord("s", "red", True, {}) for run in runs},
        verdicts=tuple(verdicts), faults=(), allure_results="allure-results",
        evidence=dict.fromkeys(evidence, "ab"),
    )  # fmt: skip


def test_the_first_red_gate_says_the_one_next_step_and_the_verdict_comes_last() -> None:
    lines = list(summary_lines(record("s_r1", evidence=("s_r1.next_rung.toml",)), "out"))
    assert [line for line in lines if line.startswith("next")] == ["next        dataset: mend leak"]
    assert lines[-2] == "draft       out/evidence/s_r1.next_rung.toml"
    assert lines[-1].startswith("VERDICT")


def test_each_of_several_runs_has_its_own_next_step() -> None:
    lines = list(summary_lines(record("s_r1", "s_r2"), "out"))
    assert [line for line in lines if line.startswith("next")] == [
        "next        s_r1: dataset: mend leak",
        "next        s_r2: dataset: mend leak",
    ]
    assert not any(line.startswith("draft") for line in lines)
