"""Scene tasks that choose a header freely: what a kind of scene fixes, and a look around it.

Kinds take turns; they are the families, forms or topics that a line keeps apart. A prompt says the
whole choice, and outlines what is to be shown with numbered marks and bare words:

    [layout:timeline] [form:milestone_chain] [theme:infra_dark] ... [stage:4] [stage:9] [then]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import Combination, Shape, Told
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import SLOTS
from engine.dsl.wants import Want, wanted_scene

Asked = Mapping[str, str]
Values = Mapping[str, Sequence[str]]
Ranges = Sequence[tuple[int, int]]
Outlined = tuple[list[str], list[Want]]
"""Tags of an outline, and the components that they ask for."""


def numbers(slot: str, count: int, rng: Random) -> list[int]:
    """So many items of a slot, none twice, in a drawn order."""
    return rng.sample(range(1, SLOTS[slot] + 1), count)


class HeadedScenes(ABC):
    """A scene task over kinds.

    kinds    header values that each kind fixes; the layout is one of them
    look     header values that a kind leaves open
    ranges   least and most of all that is counted, by layout
    marks    numbered tags of outlines, with the slots that they count in
    words    bare tags of outlines
    turns    the kinds in the order of their turns, where some come oftener than others
    """

    def __init__(
        self,
        language: Dialect,
        kinds: Mapping[str, Asked],
        look: Values,
        ranges: Mapping[str, Ranges],
        marks: Mapping[str, str] | None = None,
        words: Sequence[str] = (),
        turns: Sequence[str] = (),
    ) -> None:
        self.language = language
        self.name = language.name
        self.families = tuple(turns or kinds)
        self._kinds = kinds
        self._look = look
        self._ranges = ranges
        self._marks = marks or {}
        self._words = words

    def choices(self, family: str) -> Values:
        """Header values that a kind leaves open."""
        return self._look

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every choice of header values with every other."""
        return tuple(product(*self.choices(family).values()))

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of each thing that is counted."""
        ranges = self._ranges[self._kinds[family]["layout"]]
        return tuple(product(*(range(least, most + 1) for least, most in ranges)))

    @abstractmethod
    def outlined(self, asked: Asked, shape: Shape, rng: Random) -> Outlined:
        """An outline of a shape, and what it asks for."""

    def header(self, asked: Asked, shape: Shape) -> Asked:
        """The header of the answer; a line that asks for less than it says adds the rest."""
        return asked

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """An outline of a shape, under a header of the combination."""
        asked = {**self._kinds[family], **dict(zip(self.choices(family), combination, strict=True))}
        outline, wants = self.outlined(asked, shape, rng)
        scene = wanted_scene(self.language, self.header(asked, shape), wants)
        return Told(tuple(tag(name, value) for name, value in asked.items()), tuple(outline), scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Header values, then marks and words of outlines."""
        fields: dict[str, list[str]] = {}
        for family, fixed in self._kinds.items():
            for name, value in fixed.items():
                fields.setdefault(name, []).append(value)
            for name, values in self.choices(family).items():
                fields.setdefault(name, []).extend(values)
        atoms = [tag(name, value) for name, values in fields.items() for value in values]
        atoms += [tag(n, i) for n, slot in self._marks.items() for i in range(1, SLOTS[slot] + 1)]
        return tuple(dict.fromkeys([*atoms, *(f"[{word}]" for word in self._words)]))
