"""Rows of the user's own: taken as they stand, or refused with file, line and cure."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import ContractError, CurriculumError
from contracts.loading import ContractBook, contract_digest
from contracts.models import Contract
from engine.curriculum.dataset import build_dataset, surfaces_of
from engine.curriculum.files import OwnRows

EXAMPLE = Path(__file__).resolve().parents[2] / "gates" / "contracts" / "bookings"
ROW = '{"prompt": "row one, seats two, for ten", "target": "{}"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the worked example, to break."""
    shutil.copytree(EXAMPLE, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def contract(folder: Path) -> Callable[..., Contract]:
    """The example's contract, after edits of its spec."""

    def read(*edits: tuple[str, str]) -> Contract:
        spec = folder / "bookings.toml"
        text = spec.read_text()
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        spec.write_text(text)
        return ContractBook([folder]).contract("bookings_r1")

    return read


def put(path: Path, number: int, line: str) -> None:
    """Replace one line of a file."""
    lines = path.read_text().splitlines()
    lines[number - 1] = line
    path.write_text("\n".join(lines) + "\n")


def test_the_example_s_files_are_what_its_script_writes() -> None:
    made = runpy.run_path(str(EXAMPLE / "make_rows.py"))["files"]()
    for name, records in made.items():
        lines = (EXAMPLE / name).read_text(encoding="utf-8").splitlines()
        assert lines == [json.dumps(record) for record in records], f"run make_rows.py: {name}"


def test_rows_and_cases_are_those_of_the_files(contract: Callable[..., Contract]) -> None:
    found = build_dataset(contract())
    plain = [json.loads(line) for line in (EXAMPLE / "plain.jsonl").read_text().splitlines()]
    assert [row.prompt for row in found.train["plain"]] == [said["prompt"] for said in plain]
    assert [row.form for row in found.train["plain"]] == [said["form"] for said in plain]
    assert {row.family for row in found.train_rows} == {"any"}
    assert list(found.probes) == ["seen", "dev", "test", "hidden_seen", "hidden_test"]
    assert found.probes["dev"][1].id == "dev/turned_new/0001"
    assert {row.prompt for row in found.probes["seen"]} <= {row.prompt for row in found.train_rows}
    assert surfaces_of(contract()) == ("plain", "turned", "plain_new", "turned_new", "strange_new")


def test_a_rung_may_train_on_the_head_of_a_file_and_keeps_its_tokenizer(
    contract: Callable[..., Contract],
) -> None:
    whole = contract()
    less = contract(("plain = 200", "plain = 50"))
    head = build_dataset(less).train["plain"]
    assert head == build_dataset(whole).train["plain"][:50]
    assert OwnRows(less).prose() == OwnRows(whole).prose()


def test_each_split_may_have_a_file(folder: Path, contract: Callable[..., Contract]) -> None:
    together = build_dataset(contract()).probes
    for split in ("dev", "test", "hidden_seen", "hidden_test"):
        lines = [json.loads(line) for line in (folder / "probes.jsonl").read_text().splitlines()]
        mine = [line for line in lines if line.pop("split") == split]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, mine)))
    names = ", ".join(f'{s} = "{s}.jsonl"' for s in ("dev", "test", "hidden_seen", "hidden_test"))
    apart = contract(('probes = "probes.jsonl"', f"probes = {{ {names} }}"))
    assert build_dataset(apart).probes == together
    assert set(apart.beside) == {
        "bookings.py", "plain.jsonl", "turned.jsonl", "dev.jsonl", "test.jsonl",
        "hidden_seen.jsonl", "hidden_test.jsonl",
    }  # fmt: skip


def test_rows_that_are_written_out_come_back_as_they_were(tmp_path: Path) -> None:
    """Of a language of ours, whose pictures need a topic."""
    mini = (EXAMPLE.parent / "mini.toml").read_text().replace('id = "mini"', 'id = "again"', 1)
    drawn = build_dataset(ContractBook([EXAMPLE.parent]).contract("mini_r1"))
    keys = ("prompt", "target", "surface", "family", "form", "topic", "pack", "split")
    for name, rows in {**drawn.train, "probes": drawn.probe_rows}.items():
        asked = [row for row in rows if row.split != "seen"]
        said = [{key: getattr(row, key) for key in keys} for row in asked]
        if name != "probes":
            said = [{**row, "split": None} for row in said]
        kept = [{key: value for key, value in row.items() if value is not None} for row in said]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, kept)))
    files = ", ".join(f'{surface} = "{surface}.jsonl"' for surface in drawn.train)
    own = f'source = "files"\nfiles = {{ rows = {{ {files} }}, probes = "probes.jsonl" }}'
    mini = mini.replace('source = "curriculum"\ncurriculum = "routebook"', own, 1)
    (tmp_path / "again.toml").write_text(mini)
    assert build_dataset(ContractBook([tmp_path]).contract("again_r1")) == drawn


def test_a_repeated_prompt_stays_for_the_audit_to_find(
    folder: Path, contract: Callable[..., Contract]
) -> None:
    lines = (folder / "plain.jsonl").read_text().splitlines()
    put(folder / "plain.jsonl", 2, lines[0])
    rows = build_dataset(contract()).train["plain"]
    assert rows[0].prompt == rows[1].prompt


# --- digests --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain.jsonl", "turned.jsonl", "probes.jsonl", "bookings.py"])
def test_a_changed_file_is_another_contract(
    folder: Path, contract: Callable[..., Contract], name: str
) -> None:
    before = contract_digest(contract())
    with (folder / name).open("a") as file:
        file.write("\n")
    assert contract_digest(contract()) != before


def test_a_digest_does_not_know_where_the_files_stand(
    folder: Path, contract: Callable[..., Contract]
) -> None:
    here = contract()
    moved = ContractBook([folder.rename(folder.with_name("elsewhere"))]).contract("bookings_r1")
    assert moved.folder != here.folder
    assert contract_digest(moved) == contract_digest(here)
    assert "folder" not in moved.model_dump()


def test_a_file_that_changes_under_a_session_is_refused(
    folder: Path, contract: Callable[..., Contract]
) -> None:
    read = contract()
    put(folder / "turned.jsonl", 1, ROW)
    with pytest.raises(CurriculumError, match=r"turned\.jsonl: found other bytes than"):
        build_dataset(read)


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ('{"prompt": "a", "target": "b"', "(Expecting ',' delimiter", "one whole JSON object"),
        ("", "an empty line", "one whole JSON object"),
        ('["a", "b"]', "a list", "a JSON object"),
        ('{"prompt": "a"}', "no key 'target'", "the keys prompt, target"),
        ('{"prompt": "a", "target": "b", "targets": "c"}', "the key 'targets'", "only prompt, tar"),
        ('{"prompt": "a", "prompt": "b", "target": "c"}', "a key stands twice", "one whole JSON"),
        ('{"prompt": "a", "target": {"row": 1}}', "key target: found {'row': 1}", "text"),
        ('{"prompt": "", "target": "b"}', "key prompt: found ''", "text that is not empty"),
        ('{"prompt": "a", "target": "b", "form": 3}', "key form: found 3", "text"),
        ('{"prompt": "\\ud800", "target": "b"}', "half a surrogate pair", "whole characters"),
        ('{"prompt": "a", "target": "b", "surface": "turned"}', "'turned'", "'plain', whose file"),
        ('{"prompt": "a", "target": "b", "split": "dev"}', "the key 'split'", "only prompt"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(
    folder: Path, contract: Callable[..., Contract], line: str, found: str, expected: str
) -> None:
    put(folder / "plain.jsonl", 7, line)
    with pytest.raises(CurriculumError) as caught:
        build_dataset(contract())
    assert caught.value.where.startswith("plain.jsonl, line 7")
    assert found in str(caught.value)
    assert expected in caught.value.expected
    assert caught.value.cure


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (ROW, "line 3: found no key 'split'; expected the keys prompt, target, split"),
        (ROW[:-1] + ', "split": "seen"}', "line 3, key split: found 'seen'; expected one of dev"),
        (ROW[:-1] + ', "split": "dev"}', "line 3, key surface: found nothing; expected one of pl"),
        (ROW[:-1] + ', "split": "hidden_test"}', "found 199 cases of split dev; expected the 200"),
    ],
)
def test_a_case_without_its_place_is_refused(
    folder: Path, contract: Callable[..., Contract], line: str, message: str
) -> None:
    put(folder / "probes.jsonl", 3, line)
    with pytest.raises(CurriculumError) as caught:
        build_dataset(contract())
    assert message in str(caught.value)


def test_too_few_rows_and_text_of_another_encoding_are_refused(
    folder: Path, contract: Callable[..., Contract]
) -> None:
    with pytest.raises(CurriculumError, match=r"plain\.jsonl: found 200 rows; expected the 999 of"):
        build_dataset(contract(("plain = 200", "plain = 999")))
    (folder / "turned.jsonl").write_bytes(ROW.encode() + b"\n\xe9")
    with pytest.raises(CurriculumError, match=r"turned\.jsonl, line 2: found byte 0xe9; expected"):
        build_dataset(contract(("plain = 999", "plain = 200")))
    (folder / "plain.jsonl").write_text("")
    with pytest.raises(CurriculumError, match=r"plain\.jsonl: found an empty file"):
        build_dataset(contract())


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            ('turned = "turned.jsonl"', 'turned = "lost.jsonl"'),
            "bookings.toml, key dataset.files.rows.turned: found no file lost.jsonl",
        ),
        (('"probes.jsonl"', '"../probes.jsonl"'), "found '../probes.jsonl'; expected"),
        (('module = "bookings.py"', 'module = "lost.py"'), "key spec.module: found no file lost"),
        (("turned = 400", ""), "found rows of ['plain'], files.rows of ['plain', 'turned']"),
        (('source = "files"', 'source = "curriculum"'), "found source = 'curriculum' beside files"),
        (
            ('probes = "probes.jsonl"', 'probes = { dev = "probes.jsonl" }'),
            "'test'], files.probes of ['dev']; expected a file for each split, but none for seen",
        ),
        (('metric = "parsed"', 'metric = "renderable"'), "'renderable' with pictures = false"),
        (("pictures = false", ""), "'parsed' with pictures = true; expected none of parsed"),
        (('module = "bookings.py"', ""), "found pictures = false without a module"),
    ],
)
def test_a_contract_that_misses_its_files_is_refused(
    contract: Callable[..., Contract], edit: tuple[str, str], message: str
) -> None:
    with pytest.raises(ContractError) as caught:
        contract(edit)
    assert message in str(caught.value)
