"""A stranger's task, start to end: rows in files, a language in a module, another's answers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.families import family_table
from contracts.loading import ContractBook
from engine.dsl.own import Own
from engine.representation import representation_for
from engine.store import ROOT, Store
from gates import smoke
from gates.rung import RungEvidence
from probes.cases import Case
from reports.record import read_record

from .conftest import CONTRACTS, red_gates

EXAMPLE = CONTRACTS / "bookings"
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
# A seating plan: a square a seat, a bar for the price, a mark a child.
PICTURES = """
from engine.representation import Representation

INK = "#204060"

class Plan(Representation):
    def __init__(self, language, families):
        pass

    def picture(self, document, topic, pack):
        shapes = [("seat", 30 * seat, 30 * document.row, 20) for seat in document.seats]
        shapes += [("child", 30 * n, 320, 10) for n in range(1, document.children + 1)]
        shapes += [("price", 30, 350, document.price)]
        drawn = "".join(
            f'<g data-component="{name}"><rect x="{x}" y="{y}" width="{width}" height="20" '
            f'fill="{INK}"/></g>'
            for name, x, y, width in shapes
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" '
            f'viewBox="0 0 400 400" font-family="IBM Plex Sans">{drawn}</svg>'
        )

    def counts(self, document):
        return {"seat": len(document.seats), "child": document.children, "price": 1}

    def neighbours(self, document):
        yield type(document)(document.row + 1, document.seats, document.children, document.price)
        yield type(document)(document.row, document.seats[:1], 0, document.price)

    def payloads(self, topic):
        return ()

represent = Plan
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, to break."""
    shutil.copytree(EXAMPLE, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def store(trained_store: Path, tmp_path: Path) -> Path:
    """A store of its own that knows of the kernels what another session found."""
    shutil.copytree(trained_store / "kernels", tmp_path / "store" / "kernels")
    return tmp_path / "store"


@pytest.fixture
def session(store: Path, tmp_path: Path) -> Callable[..., Any]:
    """`pytest gates/ --run bookings_r1 --contracts DIR`, as a user would."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable, "-m", "pytest", str(ROOT / "gates"), "-q", "-p", "no:cacheprovider",
            "--run", "bookings_r1", "--contracts", str(folder), "--store", str(store),
            "--out", str(tmp_path / "out"), *arguments,
        ]  # fmt: skip
        return subprocess.run(command, cwd=tmp_path, env=CLEAN, capture_output=True, text=True)

    return run


def test_a_stranger_s_task_is_promotable(session: Callable[..., Any], tmp_path: Path) -> None:
    """Trained in a child process that finds module and rows; then another's answers are judged."""
    done = session(EXAMPLE)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "bookings_r1: PROMOTABLE (exit status 0)" in done.stdout
    assert "compiler: 2 of 2 held" in done.stdout
    record = read_record(tmp_path / "out" / "verdict.json")
    said = {v["name"]: v["message"] for v in record.verdicts}
    assert "no pictures are declared" in said["same_document_gives_same_bytes"]
    assert "parsed_of_every_case" in said
    assert "renderable_of_every_case" not in said
    contract = json.loads((tmp_path / "out/evidence/bookings_r1.contract.json").read_text())
    own = ("bookings.py", "plain.jsonl", "probes.jsonl", "turned.jsonl")
    digests = {name: hashlib.sha256((EXAMPLE / name).read_bytes()).hexdigest() for name in own}
    assert contract["beside"] == digests

    asked = [sys.executable, "-m", "gates.prompts", "bookings_r1", "--contracts", str(EXAMPLE)]
    prompts = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "target" not in prompts
    model = [sys.executable, str(EXAMPLE / "answer.py")]
    answers = subprocess.run(model, input=prompts, check=True, capture_output=True, text=True)
    (tmp_path / "answers.jsonl").write_text(answers.stdout)
    judged = session(EXAMPLE, "--responses", "answers.jsonl")
    assert judged.returncode == 0, judged.stdout[-3000:]
    assert "bookings_r1: GREEN" in judged.stdout
    assert "training:" not in judged.stdout


def test_a_file_that_leaks_is_red_and_trains_nothing(folder: Path, store: Path) -> None:
    case = json.loads((folder / "probes.jsonl").read_text().splitlines()[-1])
    row = {key: case[key] for key in ("prompt", "target")}
    lines = (folder / "turned.jsonl").read_text().splitlines()
    (folder / "turned.jsonl").write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n")
    rung = RungEvidence(
        ContractBook([folder]),
        Store(store),
        "bookings_r1",
        contract_folders=(str(folder),),
    )
    red = red_gates(rung)
    assert list(red) == ["dataset"]
    assert red["dataset"][0].startswith("no_probe_prompt_stands_in_training: split hidden_test")
    assert rung.stages.find_weights() is None


def test_a_closing_tag_within_a_document_is_told_before_training(
    folder: Path, store: Path
) -> None:
    """Answers are read up to the first one, so every answer would be cut."""
    source = (folder / "bookings.py").read_text()
    (folder / "bookings.py").write_text(source.replace('tag = "}"', 'tag = "]"', 1))
    rung = RungEvidence(ContractBook([folder]), Store(store), "bookings_r1")
    red = red_gates(rung)
    assert "the closing tag ']' stands before its end" in str(red["dataset"])


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("plain.jsonl", '"prompt"', '"promt"', "ERROR: plain.jsonl, line 1: found no key 'prompt'"),
        ("bookings.py", "def parse", "def read", "bookings.py, parse: found no method parse; expe"),
        ("bookings.toml", "turned.jsonl", "t.jsonl", "found no file t.jsonl (No such file"),
    ],
)
def test_what_cannot_be_read_is_no_session(
    session: Callable[..., Any], folder: Path, name: str, old: str, new: str, message: str
) -> None:
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace(old, new, 1))
    done = session(folder)
    assert done.returncode == 4, done.stdout[-2000:]
    assert message in done.stderr


# --- smoke ----------------------------------------------------------------------------------


def looked_at(folder: Path, *edits: tuple[str, str], pictures: bool) -> smoke.Smoke:
    """The smoke report of a few bookings, by a module with pictures or without."""
    path = folder / "bookings.py"
    source = path.read_text() + (PICTURES if pictures else "")
    for old, new in edits:
        assert old in source
        source = source.replace(old, new, 1)
    path.write_text(source)
    own = Own(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), pictures)
    form = representation_for("bookings", family_table(), own)
    texts = ['{"row": 3, "seats": [2, 5], "price": 40}', '{"row": 1, "seats": [9], "price": 10}']
    cases = [
        Case(f"dev/a/{n}", "dev", "a", "any", "any", "p", text) for n, text in enumerate(texts)
    ]
    table = family_table().model_dump(mode="json")
    return smoke.measure(Store(folder / "store"), form, table, cases, [], own)


def test_pictures_of_a_stranger_s_language_are_looked_at_like_ours(folder: Path) -> None:
    report = looked_at(folder, pictures=True)
    assert (report.pictures, report.neighbours) == (2, 6)
    assert report.mutations > 8
    faults = report.unclean + report.miscounted + report.confused + report.unstable
    assert (*faults, *report.swallowed) == ()


def test_a_parser_that_falls_over_is_told_where(folder: Path) -> None:
    lax = ('not {"row", "seats", "price"} <= said.keys()', "not said")
    report = looked_at(folder, lax, pictures=False)
    told = "parse('{\"row\": 1}') raises KeyError('seats'); expected LanguageError"
    assert report.swallowed[0] == told


def test_a_picture_that_depends_on_its_process_is_unstable(folder: Path) -> None:
    by_hash = ('INK = "#204060"', "INK = f'#{hash(__doc__) & 0xFFFFFF:06x}'")
    report = looked_at(folder, by_hash, pictures=True)
    assert "another SVG the second time" in report.unstable[0]


def test_a_text_that_depends_on_its_process_is_unstable(folder: Path) -> None:
    lax = ("if (canonical := self.serialize(booking)) != text:", "if (canonical := text) != text:")
    by_hash = ("said |", "{'by': hash(self.name)} | said |")
    report = looked_at(folder, lax, by_hash, pictures=False)
    assert report.pictures == 0
    assert "another text the second time" in report.unstable[0]
