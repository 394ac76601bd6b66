"""Spec files of the tests' own: a copy of a shipped one under another id, edited as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.loading import SPECS_FOLDER, ContractBook

Edited = Callable[..., ContractBook]
SHIPPED = (SPECS_FOLDER / "spec19.toml").read_text(encoding="utf-8")


def write_spec(folder: Path, name: str, *edits: tuple[str, str], more: str = "") -> Path:
    """spec19 as `<name>.toml` with id `name`; every edit must find its place."""
    text = SHIPPED.replace('id = "spec19"', f'id = "{name}"', 1)
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / f"{name}.toml"
    path.write_text(text + more, encoding="utf-8")
    return path


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """A book of the shipped specs and of an edited copy called `mine`."""

    def book(*edits: tuple[str, str], more: str = "") -> ContractBook:
        write_spec(tmp_path, "mine", *edits, more=more)
        return ContractBook([tmp_path])

    return book
