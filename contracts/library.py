"""Asset libraries as validated data: drawings, each mapped to the scene that it stands for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from contracts.families import Frozen, Identifier, Sentence
from contracts.reading import read_toml, validated

LIBRARIES_FOLDER = Path(__file__).resolve().parent / "libraries"


class Asset(Frozen):
    """One drawing: what it shows, whose words it has, and its scene."""

    id: Identifier
    shows: Sentence
    topic: Identifier
    scene: Annotated[str, StringConstraints(min_length=1)]


class Library(Frozen):
    """The assets of a library, in order."""

    asset: tuple[Asset, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Library:
        ids = [asset.id for asset in self.asset]
        if len(set(ids)) != len(ids):
            raise ValueError(f"asset ids repeat: {sorted(ids)}")
        return self


@cache
def library(name: str) -> Library:
    """A library by file name; ContractError names file and key of any fault."""
    path = LIBRARIES_FOLDER / f"{name}.toml"
    return validated(Library, read_toml(path), path)
