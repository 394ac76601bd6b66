"""spec04 and spec05: a prompt names the parts of a toy scene, the answer spells it as atoms.

What is held out are combinations of parts: of shapes, size, frame and density, and whether the page
is dark. Colours, labels and light pages are left out of a combination on purpose: in a target they
can be exchanged by replacing words, so a case must not be one colour away from a row. Of two
combinations that are one step apart only one may be held out, so all that surrounds a held-out one
can be learned. Label cards and badges of spec04 have too few combinations: they are trained, and
asked for in splits that test wording. The surface of bare tags walks through the trained scenes of
a layout; hidden sentences ask for the first of them, which stand in every training therefore.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, fields, replace
from functools import cached_property
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.prompts import prompt, shuffled, tag
from engine.curriculum.rows import Draft
from engine.curriculum.sentences import among_words
from engine.dsl.atom_scenes import (
    AtomScene,
    FramedAtoms,
    PlainAtoms,
    framed_scenes,
    plain_scenes,
    spelled,
)
from engine.dsl.atoms import AtomsLanguage

# Of the combinations that may be held out, which are half of all.
_SHARES = {"dev": 1 / 6, "test": 1 / 6, "hidden": 1 / 6}
_LEFT_OUT = ("layout", "color", "color2", "bg", "label")
# A part of the trained scenes: one a layout, so that a model can know them by heart.
FEW, _SCENES_OF_FEW = "few", 1
# Trained scenes a layout that bare tags are sure to have gone through.
CORE, _SCENES_OF_CORE = "core", 60
LAYOUTS = ("single", "pair-h", "pair-v", "label-card", "badge")

_TRAINED = (
    "Draw {what} {page}.",
    "{what}, {page}.",
    "Put {what} {page}, please.",
    "Here goes {what} {page}.",
    "{page} I want {what}.",
    "Make a picture of {what} {page}.",
    "It is {what} that I need, {page}.",
    "{page}: {what}.",
    "Show me {what} {page}.",
    "We drew {what} {page} before; again.",
    "For the next sheet, {what} {page}.",
    "Can you place {what} {page} today?",
    "Nothing but {what} {page}, as ever.",
    "{page}, if that is all right, {what}.",
    "The picture has {what} {page} in it.",
    "Let us see {what} {page} first.",
    "Somebody asked for {what} {page} here.",
    "Set {what} {page} and be done.",
    "All I ask is {what} {page}, no more.",
    "{what} belongs {page}, so do that.",
)
_HIDDEN = (
    "Could there be {what} {page}?",
    "My report lacks {what} {page}.",
    "Sketch {what}, if you would, {page}.",
    "Next comes {what} {page}, then lunch.",
    "Would you mind {what} {page}?",
    "Our reader expects {what} {page} now.",
)
_WHAT = {
    "single": "one {size} {color} {shape}",
    "pair-h": "one {color} {shape} left of one {color2} {shape2}, both {size}",
    "pair-v": "one {color} {shape} above one {color2} {shape2}, both {size}",
    "label-card": "one {color} card that says {label}",
    "badge": "one badge with {color} {shape} that says {label}",
}
_FRAME = {
    "": "",
    "plain": ", {density}, without a frame",
    "card": ", {density}, in a frame",
}
_PAGE = {"none": "on nothing"}

_Draw = Callable[[int, Random], tuple[str, AtomScene]]


class AtomPrompts:
    """Draws prompts for the scenes of one spec, the layouts taking turns."""

    def __init__(self, language: AtomsLanguage, scenes: Iterable[AtomScene]) -> None:
        self._language = language
        self._scenes = tuple(scenes)
        self._draws: dict[str, _Draw] = {
            "tags": self._walked(LAYOUTS),
            "pair_tags": self._walked(("pair-h", "pair-v")),
            "shuffled": self._shuffled(TRAIN),
            "worded": self._worded(TRAIN, _TRAINED),
            "varied": self._varied(TRAIN),
            "edited": self._edited(TRAIN),
            "few_shuffled": self._shuffled(FEW),
            "few_worded": self._worded(FEW, _TRAINED),
            "few_edited": self._edited(FEW),
            "hidden_wording": self._worded(CORE, _HIDDEN),
            "hidden_combination": self._worded("hidden", _HIDDEN),
        }
        for part in ("dev", "test"):
            self._draws[f"{part}_shuffled"] = self._shuffled(part)
            self._draws[f"{part}_worded"] = self._worded(part, _TRAINED)
            self._draws[f"{part}_edited"] = self._edited(part)

    @cached_property
    def part_of(self) -> dict[AtomScene, str]:
        """The part of every scene: "train" or the held-out part that owns its combination."""
        found: dict[AtomScene, str] = {}
        for layout in LAYOUTS:
            rule = Combinations(f"{self._language.name}/{layout}", _SHARES)
            steps = {s: self._steps(s) for s in self._scenes if s.layout == layout}
            dealt = rule.dealt({step for step in steps.values() if sum(step) % 2 == 0})
            part = {step: name for name, dealt_steps in dealt.items() for step in dealt_steps}
            found |= {scene: part.get(step, TRAIN) for scene, step in steps.items()}
        return found

    def _steps(self, scene: AtomScene) -> tuple[int, ...]:
        """A combination as whole numbers; one step in one of them changes one of its parts."""
        parts = {name: value for name, value in scene.tags.items() if name not in _LEFT_OUT}
        steps = {name: self._values[name].index(value) for name, value in parts.items()}
        if "shape2" in steps:
            # Pairs that share a shape in one place differ in the turn from first to second alone.
            steps |= {"shape2": (steps["shape2"] - steps["shape"]) % 3, "shape": 2 * steps["shape"]}
        return (*steps.values(), int(scene.bg == "slate"))

    @cached_property
    def _owned(self) -> dict[tuple[str, str], tuple[AtomScene, ...]]:
        """Scenes by (part, layout), in the order of a walk."""
        found: dict[tuple[str, str], list[AtomScene]] = {}
        for values in Combinations(self._language.name, _SHARES).walk(map(astuple, self._scenes)):
            scene = AtomScene(*values)
            found.setdefault((self.part_of[scene], scene.layout), []).append(scene)
        for layout in LAYOUTS:
            found[CORE, layout] = found[TRAIN, layout][:_SCENES_OF_CORE]
            found[FEW, layout] = found[TRAIN, layout][:_SCENES_OF_FEW]
        return {place: tuple(scenes) for place, scenes in found.items()}

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        """Every value of every part, in the order of the scenes."""
        found: dict[str, dict[str, None]] = {field.name: {} for field in fields(AtomScene)}
        for scene in self._scenes:
            for name, value in scene.tags.items():
                found[name][value] = None
        return {name: tuple(values) for name, values in found.items() if values}

    def surfaces(self) -> tuple[str, ...]:
        """Nine training surfaces, then held-out combinations and hidden sentences."""
        return tuple(self._draws)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Task, turn marker, the tags of a prompt and the edits."""
        atoms = [*prompt().split(" ")]
        for name, values in self._values.items():
            atoms += [tag(name, value) for value in values]
            if name != "layout":
                atoms += [_edit(name, value) for value in values]
        return tuple(atoms)

    def prose(self) -> tuple[str, ...]:
        """Every other trained sentence, told of some scenes, and labels as pictures spell them."""
        told = (_told(text, s) for text, s in product(_TRAINED[::2], self._scenes[::37]))
        return (*told, *(s.label.upper() for s in self._scenes if s.label))

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prompt for the layout whose turn it is."""
        text, scene = self._draws[surface](index, rng)
        return Draft(
            prompt=text,
            target=self._language.serialize(spelled(scene)),
            family=scene.layout,
            form=scene.frame or scene.size or "plain",
            topic="",
            pack="default",
        )

    def _drawn(self, part: str, index: int, rng: Random) -> AtomScene:
        owned = [self._owned[part, name] for name in LAYOUTS if (part, name) in self._owned]
        return rng.choice(owned[index % len(owned)])

    def _walked(self, layouts: tuple[str, ...]) -> _Draw:
        """The trained scenes of some layouts, one by one."""

        def draw(index: int, rng: Random) -> tuple[str, AtomScene]:
            scenes = self._owned[TRAIN, layouts[index % len(layouts)]]
            scene = scenes[index // len(layouts) % len(scenes)]
            return prompt(_tags(scene)), scene

        return draw

    def _shuffled(self, part: str) -> _Draw:
        """A scene, its tags in any order."""

        def draw(index: int, rng: Random) -> tuple[str, AtomScene]:
            scene = self._drawn(part, index, rng)
            return prompt(shuffled(rng, _tags(scene))), scene

        return draw

    def _worded(self, part: str, sentences: tuple[str, ...]) -> _Draw:
        def draw(index: int, rng: Random) -> tuple[str, AtomScene]:
            scene = self._drawn(part, index, rng)
            return prompt(_told(rng.choice(sentences), scene)), scene

        return draw

    def _varied(self, part: str) -> _Draw:
        """A scene in a sentence of its own, page first or last."""

        def draw(index: int, rng: Random) -> tuple[str, AtomScene]:
            scene = self._drawn(part, index, rng)
            return prompt(among_words(shuffled(rng, _said(scene)), rng)), scene

        return draw

    def _edited(self, part: str) -> _Draw:
        """A trained scene and one change of it, that gives a scene of `part`.

        The part that changes is drawn before its value: colours are many, and would crowd out the
        changes of shape and size on which held-out edits rest.
        """

        def draw(index: int, rng: Random) -> tuple[str, AtomScene]:
            before: dict[str, list[AtomScene]] = {}
            while not before:
                scene = self._drawn(part, index, rng)
                before = self._before(scene)
            name = rng.choice(list(before))
            source = rng.choice(before[name])
            return prompt(_tags(source), _edit(name, getattr(scene, name))), scene

        return draw

    def _before(self, scene: AtomScene) -> dict[str, list[AtomScene]]:
        """Trained scenes from which one edit leads to a scene, by the part that changes."""
        found: dict[str, list[AtomScene]] = {}
        for name in scene.tags:
            if name == "layout":
                continue
            others = (replace(scene, **{name: value}) for value in self._values[name])
            trained = [o for o in others if o != scene and self.part_of.get(o) == TRAIN]
            if trained:
                found[name] = trained
        return found


def _tags(scene: AtomScene) -> list[str]:
    return [tag(name, value) for name, value in scene.tags.items()]


def _edit(name: str, value: str) -> str:
    return tag("edit", f"{name}={value}")


def _said(scene: AtomScene) -> tuple[str, str]:
    """What is drawn, and on which page."""
    what = (_WHAT[scene.layout] + _FRAME[scene.frame]).format(**vars(scene))
    return what, _PAGE.get(scene.bg, f"on {scene.bg}")


def _told(text: str, scene: AtomScene) -> str:
    what, page = _said(scene)
    told = text.format(what=what, page=page)
    return told[0].upper() + told[1:]


def plain_prompts(families: FamilyTable) -> AtomPrompts:
    """The curriculum of spec04."""
    return AtomPrompts(PlainAtoms(families), plain_scenes())


def framed_prompts(families: FamilyTable) -> AtomPrompts:
    """The curriculum of spec05."""
    return AtomPrompts(FramedAtoms(families), framed_scenes())
