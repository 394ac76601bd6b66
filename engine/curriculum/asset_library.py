"""spec09: the assets of a library as rows, each asked for by name and answered by its scene.

Nothing is trained on them. They are judged as rows are: mapped, canonical, drawn, all covered.
"""

from __future__ import annotations

from random import Random

from contracts.families import FamilyTable
from contracts.library import library
from engine.curriculum.prompts import prompt, tag
from engine.curriculum.rows import Draft
from engine.dsl.scene import SceneLanguage

NAME = "gallery"
SURFACE = "assets"


class AssetLibrary:
    """The library as a curriculum of one surface, an asset a row."""

    def __init__(self, families: FamilyTable) -> None:
        self._language = SceneLanguage(families)
        self._assets = library(NAME).asset

    def surfaces(self) -> tuple[str, ...]:
        """The one surface."""
        return (SURFACE,)

    def prompt_atoms(self) -> tuple[str, ...]:
        """The name of every asset."""
        return tuple(tag("asset", asset.id) for asset in self._assets)

    def prose(self) -> tuple[str, ...]:
        """Nothing: assets are asked for by name."""
        return ()

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """The asset whose turn it is."""
        asset = self._assets[index % len(self._assets)]
        scene = self._language.parse(asset.scene)
        asked = prompt(tag("asset", asset.id))
        return Draft(asked, asset.scene, scene.layout, scene.form, asset.topic, "default")
