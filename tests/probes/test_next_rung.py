"""Drafts of the next rung stand: every axis, appended to every spec, resolves and keeps to it."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from contracts import loading
from contracts.loading import ContractBook
from contracts.models import Axis
from engine.curriculum.dataset import build_dataset
from probes.decide import NextStep
from probes.next_rung import next_rung

BOOK = ContractBook()
# The last run of each spec.
SPECS = {c.spec.id: c.run for c in map(BOOK.contract, BOOK.names) if c.trains and not c.faults}
ROWS_MOST = 800


def step(axis: Axis | None, *surfaces: str, number: int = 6) -> NextStep:
    """Advice on one axis."""
    why = "3 of 3 misses have the right family"
    return NextStep(number, "A title", why, axis, ("something",), ("dev/x/0001",), surfaces)


def appended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]
) -> ContractBook:
    """The book of all specs, each text appended to its file as a user would."""
    folder = tmp_path / "specs"
    shutil.copytree(loading.SPECS_FOLDER, folder)
    for source, text in texts.items():
        path = folder / source
        path.write_text(path.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
    monkeypatch.setattr(loading, "SPECS_FOLDER", folder)
    return ContractBook()


@pytest.mark.parametrize("axis", ["budget", "data", "context", "capacity", "decode"])
def test_a_draft_appended_to_its_spec_validates_and_keeps_to_its_axis(
    axis: Axis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole book resolves with a draft in every spec that declares no defect."""
    texts, drafts = {}, {}
    for run in SPECS.values():
        contract = BOOK.contract(run)
        surface, rows = min(contract.dataset.rows.items(), key=lambda pair: pair[1])
        if axis == "data" and rows > ROWS_MOST:
            continue  # rows are really drawn, and drawing takes time
        advice = step(axis, surface, number=5 if axis == "decode" else 6)
        draft = next_rung(contract, advice, (), BOOK.names, answer_room=10_000)
        assert draft is not None, run
        texts[contract.source] = draft.text
        drafts[draft.run] = run
    book = appended(tmp_path, monkeypatch, texts)
    assert len(drafts) >= 5
    for drafted, run in drafts.items():
        contract = book.contract(drafted)
        book.hold_to_axis(drafted)
        assert (contract.parent, contract.rung.axis) == (run, axis)
        assert book.init_from(drafted) == (None if axis == "capacity" else BOOK.init_from(run))
        assert set(book.names) - set(BOOK.names) == set(drafts)
        if axis == "data":
            assert {sum(stage.mixture.values()) for stage in contract.training.stages.values()} == {
                100
            }


def test_more_rows_are_asked_only_where_the_surface_has_prompts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """explicit_bundle_anchor has nine prompts in all; the others double, and the dataset builds."""
    contract = BOOK.contract("spec19_r2")
    data = build_dataset(contract)
    rows = (*data.train_rows, *data.probe_rows)
    advice = step("data", "explicit_bundle_anchor", "form_minimal_pair", "style_topology_bridge")
    draft = next_rung(contract, advice, rows, BOOK.names, answer_room=64)
    assert draft is not None
    overrides = tomllib.loads(draft.text)["rung"][0]["overrides"]
    assert overrides["dataset"]["rows"] == {"form_minimal_pair": 90, "style_topology_bridge": 90}
    mixture = overrides["training"]["stages"]["midtrain"]["mixture"]
    before = contract.training.stages["midtrain"].mixture
    assert sum(mixture.values()) == 100
    assert mixture["style_topology_bridge"] > before["style_topology_bridge"]
    assert mixture["routebook_direct"] < before["routebook_direct"]
    book = appended(tmp_path, monkeypatch, {contract.source: draft.text})
    longer = build_dataset(book.contract(draft.run))
    assert len(longer.train["form_minimal_pair"]) == 90
    held_out = [row for row in data.probe_rows if row.split != "seen"]
    assert [row for row in longer.probe_rows if row.split != "seen"] == held_out


@pytest.mark.parametrize("run", [run for run in BOOK.names if BOOK.contract(run).faults])
def test_a_declared_defect_is_mended_before_anything_else(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = BOOK.contract(run)
    draft = next_rung(contract, step("capacity"), (), BOOK.names, answer_room=64)
    assert draft is not None
    book = appended(tmp_path, monkeypatch, {contract.source: draft.text})
    assert book.contract(draft.run).faults == {}
    book.hold_to_axis(draft.run)


def test_what_no_key_says_is_not_drafted() -> None:
    contract = BOOK.contract("spec19_r2")
    leaking = step("decode", number=4)  # stop handling: code, no key of a contract
    full = step("decode", number=5)
    for advice, room in ((None, 64), (step(None), 64), (leaking, 640), (full, 64)):
        assert next_rung(contract, advice, (), BOOK.names, answer_room=room) is None
    draft = next_rung(contract, full, (), BOOK.names, answer_room=100)
    assert draft is not None
    assert "overrides.eval.max_new_tokens = 100" in draft.text


def test_a_draft_takes_a_name_that_nobody_has() -> None:
    contract = BOOK.contract("spec19_r2")
    names = (*BOOK.names, "spec19_r2_next")
    draft = next_rung(contract, step("budget"), (), names, answer_room=64)
    assert draft is not None
    assert draft.run == "spec19_r2_next_next"
    assert "# missed: dev/x/0001" in draft.text
    assert "climb spec19_r2_next_next" in draft.text


def test_rows_of_files_are_taken_as_far_as_the_file_goes(tmp_path: Path) -> None:
    """A stranger's spec: 200 rows of 200 stay, 100 of 400 become 200."""
    source = Path(__file__).resolve().parents[1] / "gates" / "contracts" / "bookings"
    folder = tmp_path / "bookings"
    shutil.copytree(source, folder)
    spec = folder / "bookings.toml"
    spec.write_text(spec.read_text().replace("turned = 400", "turned = 100", 1))
    book = ContractBook([folder])
    contract = book.contract("bookings_r1")
    advice = step("data", "plain", "turned")
    draft = next_rung(contract, advice, (), book.names, answer_room=64)
    assert draft is not None
    assert "overrides.dataset.rows = { turned = 200 }" in draft.text
    spec.write_text(spec.read_text() + draft.text)
    appended = ContractBook([folder])
    appended.hold_to_axis("bookings_r1_next")
    assert len(build_dataset(appended.contract("bookings_r1_next")).train["turned"]) == 200
