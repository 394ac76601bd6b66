"""The arrows of the house: rooms import one way, and inside engine the compiler sees no model."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("contracts", "engine", "probes", "gates", "reports")
BESIDE = ("tests", "bench")
# Every module of engine is on one side or on neither; a new one must be placed here.
MODEL_SIDE = {
    "engine.batch", "engine.checkpoint", "engine.decode", "engine.executor", "engine.kernels",
    "engine.model", "engine.operations", "engine.optimizer", "engine.parity", "engine.stages",
    "engine.rounded", "engine.sampling", "engine.train", "engine.workspace",
}  # fmt: skip
PICTURE_SIDE = {
    "engine.compiler", "engine.dsl", "engine.representation", "engine.representations",
}  # fmt: skip
NEITHER_SIDE = {
    "engine.curriculum", "engine.parity_cases", "engine.pool", "engine.reference",
    "engine.store", "engine.tokenizer",
}  # fmt: skip
LINES_MOST = 450


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Modules that a file imports, in full."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: rooms are imported by name"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module(path: Path) -> str:
    """Dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def reached(start: set[str]) -> set[str]:
    """Modules of ours that importing those of `start` imports, by whatever way."""
    files = {module(path): path for room in ROOMS for path in sources(room)}
    reached, left = set(), {name for name in start if name in files}
    while left:
        name = left.pop()
        reached.add(name)
        parents = {name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)}
        left |= ((imports(files[name]) | parents) & files.keys()) - reached
    return reached


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git checkout to list files of")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_one_way(room: str) -> None:
    forbidden = set(ROOMS[ROOMS.index(room) + 1 :])
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in sources(room)
        for name in imports(path)
        if name.split(".")[0] in forbidden
    }
    assert len(sources(room)) > 3
    assert not wrong


def test_rooms_import_no_tool_that_stands_beside_them() -> None:
    for room in ROOMS:
        for path in sources(room):
            assert not {i for i in imports(path) if i.split(".")[0] in BESIDE}, path


def test_every_module_of_engine_has_its_side() -> None:
    found = {".".join(module(path).split(".")[:2]) for path in sources("engine")} - {"engine"}
    assert found == MODEL_SIDE | PICTURE_SIDE | NEITHER_SIDE


def test_the_compiler_sees_no_model() -> None:
    for place in ("engine/compiler", "engine/dsl", "engine/representations"):
        start = {module(path) for path in sources(place)}
        assert not reached(start) & MODEL_SIDE, place


def test_the_model_sees_no_picture() -> None:
    seen = reached(MODEL_SIDE)
    assert "engine.dsl.lexer" in seen  # by way of the stages: the walk does follow imports
    assert not {name for name in seen if name.startswith("engine.compiler")}


def test_probes_see_no_weights() -> None:
    assert not reached({module(path) for path in sources("probes")}) & MODEL_SIDE


def test_every_public_name_says_what_it_does() -> None:
    silent = []
    for room in ROOMS:
        for path in sources(room):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if path.name != "__init__.py" and ast.get_docstring(tree) is None:
                silent.append(str(path.relative_to(ROOT)))
            silent += [
                f"{path.relative_to(ROOT)}: {node.name}"
                for node in tree.body
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith(("_", "pytest_"))
                and ast.get_docstring(node) is None
            ]
    assert not silent


def test_no_file_has_outgrown_one_story() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in (".py", ".c", ".h")
        and (lines := path.read_text(encoding="utf-8").count("\n")) > LINES_MOST
    }
    assert not long


def test_nothing_speaks_of_the_machine_it_was_written_on() -> None:
    path = re.compile(r"(?:^|[^a-zA-Z.\w])/(?:home|root|work|mnt|tmp|Users)/\w")
    host = re.compile(r"https?://(?:registry|pypi|files\.pythonhosted|deb\.)", re.IGNORECASE)
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in tracked()
        if file != Path(__file__).resolve()
        for pattern in (path, host)
        for match in pattern.finditer(file.read_bytes().decode("utf-8", "replace"))
    ]
    assert not found


def test_generated_output_is_not_tracked() -> None:
    kinds = ("runs", "out", "allure-results", "allure-report", "node_modules", ".venv", "build")
    assert not [f for f in tracked() if set(f.relative_to(ROOT).parts) & set(kinds)]
