"""The store builds a stage once, seals it last, and never passes off a cut or edited one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import StoreError
from engine.store import MANIFEST, ROOT, Store, source_digest, write_json

INPUTS = {"rows": 3, "names": ("a", "b"), "nested": {"x": 1, "y": None}}


def write_two(folder: Path) -> None:
    """A stage of two files, one of them in a folder below."""
    (folder / "below").mkdir(exist_ok=True)
    (folder / "one.txt").write_text("one", encoding="utf-8")
    (folder / "below" / "two.txt").write_text("two", encoding="utf-8")


def never(folder: Path) -> None:
    """A maker that must not be asked."""
    raise AssertionError(f"built again in {folder}")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


# --- keys -----------------------------------------------------------------------------------


def test_a_key_rests_on_kind_and_every_input(store: Store, tmp_path: Path) -> None:
    key = store.key("stage", INPUTS)
    assert store.key("stage", dict(reversed(INPUTS.items()))) == key
    assert Store(tmp_path / "elsewhere").key("stage", INPUTS) == key
    others = [
        store.key("other", INPUTS),
        *(store.key("stage", {**INPUTS, name: "changed"}) for name in INPUTS),
        store.key("stage", {**INPUTS, "more": 1}),
        store.key("stage", {**INPUTS, "nested": {"x": 1, "y": 0}}),
        store.key("stage", {**INPUTS, "names": ("b", "a")}),
    ]
    assert len({key, *others}) == len(others) + 1


def test_other_inputs_are_another_stage(store: Store) -> None:
    one = store.build("stage", {"n": 1}, write_two)
    assert store.find("stage", {"n": 2}) is None
    assert store.find("other", {"n": 1}) is None
    two = store.build("stage", {"n": 2}, write_two)
    assert two.built
    assert two.path != one.path
    assert two.content_digest == one.content_digest


# --- building -------------------------------------------------------------------------------


def test_a_stage_is_built_once(store: Store) -> None:
    assert store.find("stage", INPUTS) is None
    made = store.build("stage", INPUTS, write_two)
    assert made.built
    assert made.file("one.txt").read_text(encoding="utf-8") == "one"
    again = store.build("stage", INPUTS, never)
    assert not again.built
    assert again.path == made.path
    assert store.find("stage", INPUTS) == again
    assert not store.building_folder("stage", INPUTS).exists()


def test_the_manifest_comes_last_and_says_what_it_seals(store: Store) -> None:
    def make(folder: Path) -> None:
        write_two(folder)
        assert not (folder / MANIFEST).exists()
        assert store.find("stage", INPUTS) is None

    manifest = store.build("stage", INPUTS, make).manifest()
    assert set(manifest["files"]) == {"one.txt", "below/two.txt"}
    assert manifest["kind"] == "stage"
    assert manifest["key"] == store.key("stage", INPUTS)
    assert manifest["inputs"] == json.loads(json.dumps(INPUTS))
    # sha256 of "one"
    assert manifest["files"]["one.txt"].startswith("7692c3ad3540bb80")


def test_a_folder_without_manifest_is_no_stage(store: Store) -> None:
    unfinished = store.root / "stage" / store.key("stage", INPUTS)
    unfinished.mkdir(parents=True)
    (unfinished / "stray.txt").write_text("half", encoding="utf-8")
    assert store.find("stage", INPUTS) is None
    made = store.build("stage", INPUTS, write_two)
    assert made.built
    assert not made.file("stray.txt").exists()
    assert made.damage() == []


@pytest.mark.parametrize("resumable", [False, True])
def test_a_crash_leaves_no_stage_and_only_resumable_work(store: Store, resumable: bool) -> None:
    def crash(folder: Path) -> None:
        (folder / "saved.bin").write_bytes(b"work")
        (folder / ".torn.bin.123").write_bytes(b"wo")
        raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        store.build("stage", INPUTS, crash, resumable=resumable)
    assert store.find("stage", INPUTS) is None
    assert store.building_folder("stage", INPUTS).is_dir()
    found: list[list[str]] = []

    def resume(folder: Path) -> None:
        found.append(sorted(path.name for path in folder.iterdir()))
        write_two(folder)

    made = store.build("stage", INPUTS, resume, resumable=resumable)
    assert made.built
    assert found == [["saved.bin"] if resumable else []]
    assert ("saved.bin" in made.manifest()["files"]) == resumable
    assert not any(".torn" in name for name in made.manifest()["files"])


def test_an_interrupt_releases_the_lock(store: Store) -> None:
    def interrupt(folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.build("stage", INPUTS, interrupt)
    assert store.build("stage", INPUTS, write_two).built


BUILDER = """
import sys, time
from pathlib import Path
from engine.store import Store

def make(folder):
    with open(sys.argv[2], "a") as log:
        log.write("built\\n")
    time.sleep(0.5)  # so that the other is sure to come while this one builds
    (folder / "one.txt").write_text("one")

made = Store(Path(sys.argv[1])).build("stage", {"n": 1}, make)
print(made.built, made.damage())
"""


def test_builders_at_the_same_time_build_once(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    arguments = [sys.executable, "-c", BUILDER, str(tmp_path / "runs"), str(log)]
    workers = [
        subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = sorted(worker.communicate()[0].strip() for worker in workers)
    assert said == ["False []", "True []"]
    assert log.read_text(encoding="utf-8") == "built\n"


# --- damage ---------------------------------------------------------------------------------


def edit(path: Path) -> None:
    (path / "one.txt").write_text("ONE", encoding="utf-8")


def remove(path: Path) -> None:
    (path / "below" / "two.txt").unlink()


def add(path: Path) -> None:
    (path / "below" / "three.txt").write_text("three", encoding="utf-8")


def add_a_second_manifest(path: Path) -> None:
    (path / "below" / MANIFEST).write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (edit, r"^one\.txt has sha256 [0-9a-f]{12}…, sealed as 7692c3ad3540…$"),
        (remove, r"^below/two\.txt is missing$"),
        (add, r"^below/three\.txt was added$"),
        (add_a_second_manifest, r"^below/manifest\.json was added$"),
    ],
)
def test_damage_is_told_file_by_file(store: Store, harm: Any, fault: str) -> None:
    made = store.build("stage", INPUTS, write_two)
    assert made.damage() == []
    assert made.intact() is made
    harm(made.path)
    faults = made.damage()
    assert len(faults) == 1
    with pytest.raises(StoreError, match="Delete the folder to rebuild it") as caught:
        made.intact()
    assert caught.value.found == faults[0]
    assert re.search(fault, faults[0])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', '{"files"'])
def test_a_broken_manifest_is_refused(store: Store, text: str) -> None:
    made = store.build("stage", INPUTS, write_two)
    made.file(MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest\.json: found .*; expected a stage manifest"):
        made.damage()


# --- files ----------------------------------------------------------------------------------


def test_json_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "value.json"
    write_json(path, {"b": 1, "a": "ü"})
    assert path.read_text(encoding="utf-8") == '{\n "a": "ü",\n "b": 1\n}\n'

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_json(path, {"a": 2})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "ü", "b": 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [float("-inf")]}])
def test_a_number_that_is_none_leaves_the_file_alone(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "value.json"
    write_json(path, 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, value)
    assert path.read_text(encoding="utf-8") == "1\n"
    assert [each.name for each in tmp_path.iterdir()] == ["value.json"]


def test_sources_have_a_digest_by_place_and_content(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.store.ROOT", tmp_path)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "a.py").write_text("a = 1\n", encoding="utf-8")
    (tmp_path / "room" / "b.c").write_text("int b;\n", encoding="utf-8")

    def fresh(*places: str) -> str:
        return source_digest.__wrapped__(*places)

    first = fresh("room")
    assert fresh("room") == first
    assert fresh("room", "room/a.py") == first
    assert fresh("room/a.py") != first
    (tmp_path / "room" / "notes.txt").write_text("no source", encoding="utf-8")
    assert fresh("room") == first
    (tmp_path / "room" / "b.c").write_text("long b;\n", encoding="utf-8")
    second = fresh("room")
    assert second != first
    (tmp_path / "room" / "b.c").rename(tmp_path / "room" / "c.c")
    assert fresh("room") not in (first, second)
    with pytest.raises(StoreError, match="found no elsewhere"):
        fresh("elsewhere")
