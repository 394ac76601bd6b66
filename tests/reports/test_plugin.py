"""Whole sessions: each way to lose evidence ends in its own exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.reports.toy_suite import PROBES, ROOT, Session, Toy

SIX = {"collected": 6, "deselected": 0, "reported": 6, "written": 6}


def results(session: Session) -> dict[str, dict[str, Any]]:
    found = {}
    for path in (session.out / "allure-results").glob("*-result.json"):
        value = json.loads(path.read_text(encoding="utf-8"))
        found[value["name"]] = value
    return found


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


def test_a_complete_session_whose_gates_hold_is_promotable(promotable: Session) -> None:
    assert promotable.status == 0, promotable.output
    assert promotable.record is not None
    assert promotable.record.title == "toy_r1: PROMOTABLE"
    assert {key: promotable.record.counts[key] for key in SIX} == SIX
    assert promotable.record.runs["toy_r1"].digests == {"contract": "c" * 64, "weights": "e" * 64}
    assert "VERDICT     toy_r1: PROMOTABLE (exit status 0)" in promotable.output
    assert "\x1b[" not in promotable.output


def test_results_carry_spec_gate_and_split(promotable: Session) -> None:
    found = results(promotable)
    about = labels(found["test_case[0]"])
    assert (about["epic"], about["feature"], about["story"]) == ("toy", "probes", "dev")
    assert found["VERDICT toy_r1: PROMOTABLE"]["status"] == "passed"
    sheet = next(
        a
        for a in found["exact: 400 of 400: the lower 95% bound 0.9905 holds >= 0.97"]["attachments"]
        if a["name"] == "verdict probes/exact"
    )
    text = (promotable.out / "allure-results" / sheet["source"]).read_text(encoding="utf-8")
    assert "needs      >= 0.97\n" in text
    assert "n          400\n" in text
    assert "cure       train longer\n" in text


def test_a_missed_case_is_seen_without_turning_the_session_red(promotable: Session) -> None:
    missed = results(promotable)["MISSED test_case[3]"]
    assert missed["status"] == "passed"
    assert ("tag", "missed") in labels(missed).items()
    assert missed["steps"][0]["status"] == "failed"


def test_equal_contents_are_one_file_under_names_of_their_own(promotable: Session) -> None:
    sources = [
        attachment["source"]
        for name, result in results(promotable).items()
        if "test_case" in name
        for attachment in result["attachments"]
        if attachment["name"] == "expected"
    ]
    folder = promotable.out / "allure-results"
    assert len(set(sources)) == 4
    assert len({(folder / source).stat().st_ino for source in sources}) == 1
    assert not list(folder.glob("*-container.json"))


def test_workers_give_the_same_verdict(toy: Toy, promotable: Session) -> None:
    session = toy.run("-n", "2")
    assert session.status == 0, session.output
    assert session.record is not None
    assert promotable.record is not None
    assert session.record.verdicts == promotable.record.verdicts
    assert session.record.counts == promotable.record.counts
    assert set(results(session)) == set(results(promotable))


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_red_goal_is_status_1_with_figures_and_cure(toy: Toy, workers: tuple[str, ...]) -> None:
    toy.write("gates/test_2_probes.py", PROBES.replace("HIT", "346"))
    session = toy.run(*workers)
    assert session.status == 1
    assert session.faults("red").keys() == {"probes/exact"}
    assert "measured 0.865 (needs >= 0.97), n=400, interval 0.8280..0.8950" in session.output
    assert "next        train longer" in session.output
    assert session.output.index("VERDICT     toy_r1: RED") > session.output.index(
        "next        train"
    )


def test_a_red_verdict_that_nobody_asserts_on_is_still_red(toy: Toy) -> None:
    text = PROBES.replace("HIT", "346").replace("    assert verdict", "    # assert verdict")
    toy.write("gates/test_2_probes.py", text)
    session = toy.run()
    assert session.status == 1
    assert session.faults("red").keys() == {"probes/exact"}


def test_a_failed_assertion_without_a_verdict_is_red(toy: Toy) -> None:
    toy.append("gates/test_1_contract.py", "\ndef test_sum():\n    assert 1 + 1 == 3\n")
    session = toy.run()
    assert session.status == 1
    assert session.faults("red").keys() == {"gates/test_1_contract.py::test_sum"}


def test_a_failing_diagnostic_never_gates(toy: Toy) -> None:
    toy.append(
        "gates/test_1_contract.py",
        "\nfrom probes.verdict import failed\n"
        "def test_speed(record_verdict):\n"
        "    record_verdict(failed('contract', 'speed', 'slow', kind='diagnostic'))\n",
    )
    assert toy.run().status == 0


def test_a_killed_worker_is_broken_and_named(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\nimport os, signal\ndef test_crash():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    session = toy.run("-n", "2")
    assert session.status == 11, session.output
    nodeid = "gates/test_2_probes.py::test_crash"
    assert "crashed" in session.faults("broken")[nodeid]
    assert results(session)["test_crash"]["status"] == "broken"
    assert results(session)["VERDICT toy_r1: NO VERDICT (harness broken)"]["status"] == "broken"


def test_a_killed_session_leaves_no_verdict_of_an_earlier_one(toy: Toy) -> None:
    assert toy.run().status == 0
    toy.append(
        "gates/test_2_probes.py",
        "\nimport os, signal\ndef test_crash():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    session = toy.run()
    assert session.status == -9
    assert session.record is None


@pytest.mark.parametrize(
    "selection",
    [
        ("-k", "not exact"),
        ("--deselect", "gates/test_2_probes.py::test_exact"),
        ("-k", "not case", "-n", "2"),
    ],
)
def test_a_deselected_item_is_no_verdict(toy: Toy, selection: tuple[str, ...]) -> None:
    session = toy.run(*selection)
    assert session.status == 10, session.output
    assert session.record is not None
    assert session.record.counts["deselected"] == len(session.record.deselected) > 0
    assert session.record.word == "NO VERDICT"


def test_items_dropped_silently_by_a_plugin_count_as_deselected(toy: Toy) -> None:
    toy.append("toyplan.py", "\ndef pytest_collection_modifyitems(items):\n    del items[1]\n")
    session = toy.run()
    assert session.status == 10
    assert session.faults("no_verdict") == {"gates/test_2_probes.py::test_case[0]": "deselected"}


@pytest.mark.parametrize(
    ("argument", "fault"),
    [
        ("gates/test_1_contract.py", ("probes/exact", "no verdict was recorded")),
        (
            "gates/test_2_probes.py::test_exact",
            ("gates/test_2_probes.py::test_exact", "only a part of a file was asked for"),
        ),
    ],
)
def test_files_that_were_not_asked_for_are_missed(
    toy: Toy, argument: str, fault: tuple[str, str]
) -> None:
    session = toy.run(argument)
    assert session.status == 10
    assert fault in session.faults("no_verdict").items()


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_an_early_stop_is_no_verdict_though_a_gate_is_red(
    toy: Toy, workers: tuple[str, ...]
) -> None:
    slow = "\nimport pytest, time\n@pytest.mark.parametrize('i', range(40))\n"
    toy.append("gates/test_2_probes.py", slow + "def test_more(i):\n    time.sleep(0.02)\n")
    toy.append("gates/test_1_contract.py", "\ndef test_sum():\n    assert 1 + 1 == 3\n")
    session = toy.run("-x", *workers)
    assert session.status == 10, session.output
    assert session.faults("no_verdict")["session"].startswith("stopping after 1 failures")


def test_a_fixture_error_is_broken(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\n@pytest.fixture\ndef rung():\n    assert 1 == 2, 'no rung'\n"
        "def test_more(rung):\n    pass\n",
    )
    session = toy.run()
    assert session.status == 11
    assert "no rung" in session.faults("broken")["gates/test_2_probes.py::test_more"]


def test_results_wiped_during_the_session_are_broken(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\nimport pathlib\ndef test_wipe():\n"
        "    for path in pathlib.Path('out/toy_r1/allure-results').iterdir():\n"
        "        path.unlink()\n",
    )
    session = toy.run()
    assert session.status == 11
    lost = session.faults("broken")
    assert lost["gates/test_1_contract.py::test_contract_is_sound"] == (
        "its Allure result is not on disk"
    )


def test_cases_of_equal_parameter_values_stay_two_results(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\n@pytest.mark.parametrize('v', [pytest.param(1, id='a'), pytest.param(1, id='b')])\n"
        "def test_twin(v, request):\n    assert request.node.name.endswith('[b]')\n",
    )
    session = toy.run()
    assert session.status == 1
    twins = [result for name, result in results(session).items() if "twin" in name]
    assert len({twin["historyId"] for twin in twins}) == 2
    assert sorted(twin["status"] for twin in twins) == ["failed", "passed"]


def test_a_digest_that_is_not_the_plans_is_stale(toy: Toy) -> None:
    text = PROBES.replace("HIT", "400").replace('"c" * 64, "weights"', '"d" * 64, "weights"')
    toy.write("gates/test_2_probes.py", text)
    session = toy.run()
    assert session.status == 12
    assert "contract digest dddddddddddd" in session.faults("stale")["probes/exact"]


def test_two_items_may_not_record_one_verdict(toy: Toy) -> None:
    text = PROBES.replace("HIT", "400").split("def test_exact")[1]
    toy.append("gates/test_2_probes.py", "\ndef test_again" + text)
    session = toy.run()
    assert session.status == 11
    assert "recorded by" in session.faults("broken")["probes/exact"]


def test_what_a_red_gate_blocked_is_skipped_with_the_reason(toy: Toy) -> None:
    toy.write(
        "gates/test_1_contract.py",
        "from probes.verdict import failed\n"
        "def test_contract(record_verdict):\n"
        "    verdict = record_verdict(failed('contract', 'sound', 'unknown key'))\n"
        "    assert verdict.status == 'passed', verdict.line()\n",
    )
    blocked = "    pytest.skip('blocked by contract')\n    verdict = rate"
    text = PROBES.replace("HIT", "400").replace("    verdict = rate", blocked)
    toy.write("gates/test_2_probes.py", text)
    session = toy.run()
    assert session.status == 1
    assert session.record is not None
    assert session.record.counts["skipped"] == 1
    assert {fault.kind for fault in session.record.faults} == {"red"}


def test_a_skip_that_nothing_red_explains_is_no_verdict(toy: Toy) -> None:
    toy.append("gates/test_2_probes.py", "\ndef test_later():\n    pytest.skip('some day')\n")
    session = toy.run()
    assert session.status == 10
    nodeid = "gates/test_2_probes.py::test_later"
    assert session.faults("no_verdict") == {nodeid: "skipped: some day"}


def test_a_raw_answer_with_a_lone_surrogate_is_kept(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\ndef test_raw(evidence):\n"
        "    evidence.title = 'raw \\ud800'\n"
        "    evidence.exhibit('raw', 'text/plain', 'answer \\ud800')\n"
        "    evidence.missed('syntax: \\ud800')\n",
    )
    session = toy.run("-n", "2")
    assert session.status == 0, session.output
    assert "MISSED raw \\ud800" in results(session)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--alluredir", "gates"), "expected an empty folder"),
        (("--clean-alluredir",), "never run with --clean-alluredir"),
        (("-p", "no:allure_pytest"), "gates need allure-pytest"),
        (("--reruns", "2"), "never run with --reruns"),
    ],
)
def test_options_that_thin_the_evidence_are_refused(
    toy: Toy, arguments: tuple[str, ...], words: str
) -> None:
    toy.append(
        "toyplan.py",
        "\ndef pytest_addoption(parser):\n    parser.addoption('--reruns', type=int, default=0)\n",
    )
    session = toy.run(*arguments)
    assert session.status == 4
    assert words in session.output
    assert session.record is None
    assert (toy.folder / "gates/test_1_contract.py").exists()


def test_evidence_files_are_attached_to_the_session(toy: Toy) -> None:
    toy.append(
        "gates/test_1_contract.py",
        "\ndef test_profile(evidence_dir):\n    (evidence_dir / 'profile.json').write_text('{}')\n",
    )
    session = toy.run("-n", "2", "--alluredir", "elsewhere")
    assert session.status == 0, session.output
    assert session.record is not None
    assert list(session.record.evidence) == ["profile.json"]
    (globals_file,) = (toy.folder / "elsewhere").glob("*-globals.json")
    names = [entry["name"] for entry in json.loads(globals_file.read_text())["attachments"]]
    assert names == ["verdict", "gates", "verdict.json", "profile.json"]
    (table,) = (toy.folder / "elsewhere").glob("*-attachment.html")
    assert "probes/exact" in table.read_text(encoding="utf-8")


def test_training_ledgers_are_drawn_and_markers_ignored(toy: Toy) -> None:
    row = {"kind": "update", "stage": "sft", "tokens": 5, "loss": 1.0, "rate": 1e-3}
    row["tokens_per_second"] = 9
    toy.append(
        "gates/test_1_contract.py",
        "\ndef test_profile(evidence_dir):\n"
        f"    (evidence_dir / 'toy_r1.ledger.jsonl').write_text({json.dumps(row)!r})\n"
        "    (evidence_dir / '.toy_r1.done').touch()\n",
    )
    session = toy.run()
    assert session.status == 0, session.output
    assert session.record is not None
    assert list(session.record.evidence) == ["toy_r1.ledger.jsonl", "toy_r1.loss_curve.svg"]


def test_a_damaged_training_ledger_is_broken(toy: Toy) -> None:
    toy.append(
        "gates/test_1_contract.py",
        "\ndef test_profile(evidence_dir):\n"
        "    (evidence_dir / 'ledger.jsonl').write_text('torn')\n",
    )
    session = toy.run()
    assert session.status == 11
    assert "ledger.jsonl:1" in session.faults("broken")["ledger.jsonl"]


def test_a_miss_shows_expected_generated_and_difference(toy: Toy) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="54" viewBox="0 0 96 54" '
        'font-family="IBM Plex Sans">'
    )
    left = f'{svg}<rect x="0" y="0" width="96" height="54" fill="#102030"/></svg>'
    toy.append(
        "gates/test_2_probes.py",
        "\ndef test_miss(evidence):\n    evidence.missed('style: tone')\n"
        f"    evidence.compare({left!r}, {left.replace('#102030', '#ffffff')!r})\n"
        "def test_none(evidence):\n    evidence.missed('syntax: no document')\n"
        f"    evidence.compare({left!r}, None)\n",
    )
    session = toy.run()
    assert session.status == 0, session.output
    found = results(session)
    shown = {a["name"]: a["type"] for a in found["MISSED test_miss"]["attachments"]}
    assert shown == {
        "expected picture": "image/svg+xml",
        "generated picture": "image/svg+xml",
        "difference": "image/png",
    }
    shown = {a["name"]: a["type"] for a in found["MISSED test_none"]["attachments"]}
    assert shown == {"expected picture": "image/svg+xml", "generated picture": "text/plain"}


def test_promotion_is_refused_with_its_own_status(toy: Toy) -> None:
    toy.write("gates/test_2_probes.py", PROBES.replace("HIT", "346"))
    session = toy.run("--promote", "--ledger", "ledger.jsonl")
    assert session.status == 1
    assert "refused    promotion of toy_r1: found toy_r1: RED" in session.output
    text = PROBES.replace("HIT", "400").replace(', "weights": "e" * 64', "")
    toy.write("gates/test_2_probes.py", text)
    session = toy.run("--promote", "--ledger", "ledger.jsonl")
    assert session.status == 10
    assert session.record is not None
    assert session.record.word == "PROMOTABLE"
    assert not (toy.folder / "ledger.jsonl").exists()


def test_sessions_without_a_plan_are_left_alone(toy: Toy) -> None:
    toy.write("toyplan.py", "")
    toy.append("gates/test_1_contract.py", "\ndef test_sum():\n    assert 1 + 1 == 3\n")
    session = toy.run()
    assert session.status == 1
    assert session.record is None
    assert "VERDICT" not in session.output


def test_two_sessions_never_share_an_out_folder(toy: Toy) -> None:
    toy.append(
        "gates/test_1_contract.py",
        "\ndef test_second(evidence):\n"
        "    import os, subprocess, sys\n"
        "    if os.environ.get('INNER'):\n"
        "        return\n"
        "    command = [sys.executable, '-m', 'pytest', '-p', 'toyplan', '-p', 'reports.plugin']\n"
        "    done = subprocess.run([*command, 'gates'], env={**os.environ, 'INNER': '1'},\n"
        "                          capture_output=True, text=True)\n"
        "    assert done.returncode == 4\n"
        "    assert 'another session' in done.stderr\n",
    )
    session = toy.run()
    assert session.status == 0, session.output


def test_ctrl_c_keeps_pytests_status_and_is_no_verdict(toy: Toy) -> None:
    toy.append("gates/test_1_contract.py", "\ndef test_stop():\n    raise KeyboardInterrupt\n")
    session = toy.run()
    assert session.status == 2
    assert session.record is not None
    assert session.record.standing == "no_verdict"


def test_importing_the_plugin_loads_no_plotting_library() -> None:
    code = "import sys, reports.plugin; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
