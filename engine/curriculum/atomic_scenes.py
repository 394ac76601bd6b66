"""gen1, atomic bindings: every component is listed with its name and bind path, in open words.

    [layout:technical_diagram] ... [topic] vanoki [system_link] bora [to] zelü [bind] kami.nuro
    [graph_node] bora [bind] kami.toto [graph_node] zelü [bind] sora.vi [artifact_panel:no]

The scenes are those of full_scenes.py with other names for everything: as there, lists come in any
order, and the answer wants them in theirs. Words are made of syllables. Dev, test and the hidden
wordings draw them from one lexicon; the surfaces of `open` ask for words that no training row has,
in whatever place, so they can only be carried over. Training has rows of the lexicon, from which
copying is found, and rows of `fresh` words, each made up for its row, from which it is found that
no word need be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.full_scenes import FullScenes, family_atoms, listed, looks
from engine.curriculum.prompts import tag
from engine.curriculum.rows import item_rng
from engine.curriculum.scene_line import (
    STRANGE_WORDINGS,
    WIDE_PROSE,
    Combination,
    SceneLine,
    Shape,
    Told,
)
from engine.dsl.atomic_scene import LAYOUTS, PATH, WORDS_MOST, AtomicScene
from engine.dsl.full_scene import LOOK, SPELLED, full_scene
from engine.dsl.grammar import GRAMMAR
from engine.dsl.scene import Scene
from engine.dsl.wants import wanted_scene

OPEN, FRESH = "open", "fresh"
ONSETS = (*"bdfgklmnprstvz", "bl", "br", "dr", "fl", "gr", "kl", "kr", "pl", "pr", "st", "tr")
VOWELS = "aeiouäéöüå"
SYLLABLES = tuple(onset + vowel for onset in ONSETS for vowel in VOWELS)
WORDS = 6000
"""Words of the lexicon."""


@cache
def owners() -> Combinations:
    """Which words are for the open surfaces alone."""
    return Combinations("gen1_atomic/words", {OPEN: 0.3})


def made_up(part: str, rng: Random) -> str:
    """A word of two or three syllables that the part owns."""
    return owners().drawn(part, lambda: ("".join(rng.choices(SYLLABLES, k=rng.randint(2, 3))),))[0]


@cache
def lexicon() -> tuple[str, ...]:
    """The words of training."""
    return tuple(made_up(TRAIN, item_rng("gen1_atomic/lexicon", n)) for n in range(WORDS))


@dataclass(frozen=True)
class Vocabulary:
    """Words of a part, none twice in a scene; a path has two names, or so many as have room."""

    part: str
    rng: Random
    names: int

    def word(self) -> str:
        """One word."""
        if self.part == TRAIN:
            return self.rng.choice(lexicon())
        return made_up(OPEN if self.part == OPEN else TRAIN, self.rng)

    def path(self) -> str:
        """One bind path."""
        while len(path := ".".join(self.word() for _ in range(self.names))) > WORDS_MOST[PATH]:
            pass
        return path


def opened(scene: Scene, words: Vocabulary) -> Scene:
    """The scene with names and bind paths for its ids and references, and a word for its topic."""
    fixed = {kind.name for kind in GRAMMAR[scene.layout] if kind.shape == "fixed"}
    names: dict[str, str] = {"": ""}
    for part in scene.parts:
        while part.kind not in fixed and part.id not in names:
            name = words.word()
            names |= {part.id: name} if name not in names.values() else {}
    parts = tuple(
        part
        if part.kind in fixed
        else replace(
            part,
            id=names[part.id],
            source=names[part.source],
            target=names[part.target],
            ref=words.path() if part.ref else "",
        )
        for part in scene.parts
    )
    return replace(scene, parts=parts, topic=words.word())


class AtomicScenes:
    """Families of atomic scenes in turn, each in every form and look."""

    def __init__(self, families: FamilyTable, names: int) -> None:
        self.language = AtomicScene(families)
        self.name = self.language.name
        self.families = LAYOUTS
        self._closed = FullScenes(full_scene(families), LAYOUTS)
        self._names = names

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every form in every look."""
        return tuple(looks(self.language.families[family].forms))

    def shapes(self, family: str) -> Sequence[Shape]:
        """Those of the full scenes."""
        return self._closed.shapes(family)

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """A scene in words of the lexicon."""
        return self.tell_in(TRAIN, family, combination, shape, rng)

    def tell_in(
        self, part: str, family: str, combination: Combination, shape: Shape, rng: Random
    ) -> Told:
        """A scene in words that a part owns."""
        form, *look = combination
        asked = {"layout": family, "form": form, **dict(zip(LOOK, look, strict=True))}
        counts, wants = self._closed.components(family, form, shape, rng)
        closed = wanted_scene(self._closed.language, asked, wants)
        scene = opened(closed, Vocabulary(part, rng, self._names))
        said = asked | {"layout": SPELLED[family]}
        head = [tag(name, value) for name, value in said.items()]
        outline = listed(self.language, scene, counts, rng)
        return Told((*head, f"[topic] {scene.topic}"), tuple(outline), scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Header values and what is not there; the rest are tags of the language."""
        looks_ = [tag(name, value) for name, values in LOOK.items() for value in values]
        return (*family_atoms(self.families, self.language.families), *looks_)


class AtomicLine(SceneLine):
    """A scene line with open surfaces: combinations of `hidden`, in words that training lacks.

    Surfaces of `fresh` are training's, in words that are made up anew. Copying is found sooner in
    short rows.
    """

    parts = (*SceneLine.parts, OPEN, FRESH)
    task: AtomicScenes

    def room(self, part: str, family: str) -> tuple[Sequence[Combination], Sequence[Shape]]:
        """Combinations and shapes that a part draws from."""
        return super().room(TRAIN if part == FRESH else part, family)

    def told(
        self, part: str, family: str, combination: Combination, shape: Shape, rng: Random
    ) -> Told:
        """A scene in words of the part."""
        words = part if part in (OPEN, FRESH) else TRAIN
        return self.task.tell_in(words, family, combination, shape, rng)


def _prose() -> tuple[str, ...]:
    """Sentences of training, and every syllable where a word starts and inside one.

    So a word is as many tokens as it has syllables, and none of them is a mere space, which would
    stand between a name and what it follows.
    """
    return (*WIDE_PROSE, *(f".{one} {one}" for one in SYLLABLES for _ in range(8)))


def atomic_scenes(families: FamilyTable) -> SceneLine:
    """The curriculum of gen1_atomic: paths of two names."""
    return AtomicLine(AtomicScenes(families, 2), STRANGE_WORDINGS, _prose())
