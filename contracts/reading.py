"""Reads TOML into models; every fault names file, key, what was found and what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from contracts.errors import ContractError

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "extra_forbidden": "no such key",
    "missing": "this key",
}
_CURE = {
    "extra_forbidden": "Remove the key or correct its spelling",
    "missing": "Add the key",
}


def misfit(found: str, expected: str) -> PydanticCustomError:
    """The error of a validator that sees several keys: it says itself which of them do not fit."""
    return PydanticCustomError("misfit", "{expected}", {"found": found, "expected": expected})


def read_toml(path: Path) -> dict[str, Any]:
    """Parsed TOML of one file; ContractError when it is absent or not TOML."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise ContractError(path.name, "no such file", f"a TOML file at {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(path.name, str(error), "valid TOML", "Mend the syntax") from error


def validated(model: type[Model], data: dict[str, Any], path: Path, within: str = "") -> Model:
    """`data` as a model; the first fault becomes one ContractError, the rest are counted.

    `within` is the key under which the file holds `data`, with a dot; empty for a whole file.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors()
        first = faults[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]") or "(whole file)"
        kind = first["type"]
        found = "the key" if kind == "extra_forbidden" else repr(first["input"])
        if kind == "missing":
            found = "nothing"
        if kind == "misfit":
            found = first["ctx"]["found"]
        cure = _CURE.get(kind, "Correct the value")
        if len(faults) > 1:
            cure += f" ({len(faults) - 1} more faults in this file)"
        raise ContractError(
            f"{path.name}, key {within}{key}", found, _EXPECTED.get(kind, first["msg"]), cure
        ) from error
