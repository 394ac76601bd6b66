"""What all lines of scenes share: a prompt tells a scene, the answer spells it.

A line is a SceneTask: which combinations of header values and which shapes (counts) it has, and how
one scene is told. The base deals combinations and shapes to training and to the held-out splits, so
that a held-out prompt asks for what no training row shows, and words the prompts:

    tags       header tags in canonical order, then the outline
    shuffled   header tags in any order, then the outline
    worded     every header tag in a phrase, a sentence before the outline
    foreign    the same in phrases and sentences that training does not have

A surface is a wording and a part: `tags` draws from training's part, `dev_tags`, `test_tags` and
`hidden_tags` from combinations that they own, `shape_tags` from shapes that no training row has (in
combinations of `hidden`).

In a line of one family, whose kinds are its forms or topics, each kind has surfaces too: its own
rows alone, in any of training's wordings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from random import Random
from typing import Any, Protocol, TypeVar

from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.prompts import OUT, TASK, prompt, shuffled
from engine.curriculum.rows import Draft
from engine.curriculum.sentences import made_up
from engine.dsl.protocol import Language

Combination = tuple[str, ...]
Shape = tuple[int, ...]
Values = TypeVar("Values", Combination, Shape)

COMBINATION_SHARES = {"dev": 0.15, "test": 0.15, "hidden": 0.1}
SHAPE_SHARES = {"shape": 0.2}
PARTS = (TRAIN, *COMBINATION_SHARES, *SHAPE_SHARES)
SHORT = "short"
SHORT_PART = 4
"""Of the trained shapes of a family the smallest quarter is short."""

_PHRASES = (
    "with {}",
    "use {}",
    "and {}",
    "take {},",
    "{} it is,",
    "set {},",
    "make it {},",
    "{} is wanted,",
    "in {}",
    "{} as agreed,",
    "for this {}",
    "we chose {},",
)
_FOREIGN_PHRASES = (
    "go for {}",
    "let it have {},",
    "{} would be best,",
    "my wish is {},",
    "{} was decided,",
    "please keep to {},",
)
_LEADS = (
    "It shows this:",
    "These are its parts:",
    "Put this into it:",
    "What it has to say:",
    "Here is the outline.",
    "The order is as given.",
    "This is what belongs to it:",
    "Draw these in turn:",
    "Nothing but the following:",
    "The parts come next.",
)
_FOREIGN_LEADS = (
    "Readers should find this:",
    "I noted down what follows.",
    "My list runs so:",
    "Below you see all of it.",
)


class Filed(Protocol):
    """A document that says under what its rows are filed, whatever its language."""

    @property
    def layout(self) -> str:
        """Its family."""

    @property
    def form(self) -> str:
        """Its form."""

    @property
    def topic(self) -> str:
        """Whose words it shows."""


@dataclass(frozen=True)
class Told:
    """A scene, and what a prompt says of it: header tags, and an outline whose order matters."""

    head: tuple[str, ...]
    outline: tuple[str, ...]
    scene: Filed


Wording = Callable[[Told, Random], list[str]]


class SceneTask(Protocol):
    """What one line of scenes says that no other does."""

    @property
    def name(self) -> str:
        """Name of the line; combinations are dealt by it."""

    @property
    def language(self) -> Language[Any]:
        """The language of the answers."""

    @property
    def families(self) -> tuple[str, ...]:
        """Families that take turns."""

    def combinations(self, family: str) -> Sequence[Combination]:
        """Header values that a prompt of the family can ask for; each is held out as a whole."""

    def shapes(self, family: str) -> Sequence[Shape]:
        """Counts that a scene of the family can have; each is held out as a whole."""

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """One scene of that combination and shape; what is left is drawn."""

    def prompt_atoms(self) -> tuple[str, ...]:
        """Every tag of header and outline."""


def tags(told: Told, rng: Random) -> list[str]:
    """Header in canonical order, then the outline."""
    return [*told.head, *told.outline]


def in_any_order(told: Told, rng: Random) -> list[str]:
    """Header in a drawn order, then the outline."""
    return [*shuffled(rng, told.head), *told.outline]


def phrased(phrases: Sequence[str], leads: Sequence[str]) -> Wording:
    """Header tags in drawn order and in drawn phrases; a lead before the outline."""

    def say(told: Told, rng: Random) -> list[str]:
        head = [rng.choice(phrases).format(tag) for tag in shuffled(rng, told.head)]
        return [*head, rng.choice(leads), *told.outline]

    return say


WORDINGS: dict[str, Wording] = {
    "tags": tags,
    "shuffled": in_any_order,
    "worded": phrased(_PHRASES, _LEADS),
    "foreign": phrased(_FOREIGN_PHRASES, _FOREIGN_LEADS),
}
FOREIGN = "foreign"
PROSE = (*_PHRASES[::2], *_LEADS[::2])

_MORE_PHRASES = (
    "it needs {}",
    "by all means {},",
    "{} will do,",
    "I prefer {},",
    "{} suits us,",
    "keep it {},",
    "they asked for {},",
    "nothing other than {},",
    "{} as last time,",
    "you may choose {},",
    "{} fits here,",
    "our rule says {},",
    "somebody wants {},",
    "leave it at {},",
    "{} of course,",
    "the office likes {},",
    "{} has been settled,",
    "better with {},",
)
_MORE_LEADS = (
    "Everything else is below.",
    "Now for the parts:",
    "What follows is complete.",
    "Please show these things:",
    "Let me name them:",
    "All of this must be seen:",
    "So much is to be drawn:",
    "From here on the contents:",
    "You will need these:",
    "That is what we agreed on:",
    "Have these in the picture:",
    "Next, what it is about:",
)
_MADE_UP_SHARE = 0.3


def wide(told: Told, rng: Random) -> list[str]:
    """Header tags in many phrases, some of them made up, so that strange words confuse less."""
    head = []
    for tag in shuffled(rng, told.head):
        phrase = rng.choice((*_PHRASES, *_MORE_PHRASES))
        if rng.random() < _MADE_UP_SHARE:
            phrase = rng.choice(("{words} {{}}", "{{}} {words},")).format(words=made_up(rng))
        head.append(phrase.format(tag))
    return [*head, rng.choice((*_LEADS, *_MORE_LEADS)), *told.outline]


def strange(told: Told, rng: Random) -> list[str]:
    """Header tags among made-up words alone, so that length and words of a phrase say nothing."""
    head = []
    for tag in shuffled(rng, told.head):
        before, after = made_up(rng, 3), made_up(rng)
        head.append(rng.choice((f"{before} {tag}", f"{tag} {after},", f"{before} {tag} {after},")))
    return [*head, made_up(rng, 5) + rng.choice(".:"), *told.outline]


WIDE_WORDINGS: dict[str, Wording] = {**WORDINGS, "worded": wide}
STRANGE_WORDINGS: dict[str, Wording] = {**WIDE_WORDINGS, "strange": strange}
WIDE_PROSE = (*PROSE, *_MORE_PHRASES[::2], *_MORE_LEADS[::2])


class SceneLine:
    """The curriculum of one scene task; `wordings` replaces or adds ways to ask.

    A part that owns no combinations of its own asks for those of `hidden`. Surfaces of `short` are
    training's: trained combinations with few components.

    `apart`: the task has one family, and what takes turns are its kinds. Each has a surface of its
    own, and a shape that is held out is held out of all of them.

    `pairs`: what is held out of a family is the first value of a combination, with whatever else:
    training shows that value in other families only.
    """

    parts: tuple[str, ...] = (*PARTS, SHORT)

    def __init__(
        self,
        task: SceneTask,
        wordings: Mapping[str, Wording] = WORDINGS,
        prose: Sequence[str] = PROSE,
        *,
        apart: bool = False,
        pairs: bool = False,
    ) -> None:
        self.task = task
        self.pairs = pairs
        self._wordings = dict(wordings)
        self._prose = tuple(prose)
        self._kinds = tuple(dict.fromkeys(task.families)) if apart else ()

    @cached_property
    def combinations(self) -> dict[tuple[str, str], tuple[Combination, ...]]:
        """Combinations of each part and family."""
        if not self.pairs:
            return self._dealt("combinations", COMBINATION_SHARES, self.task.combinations)
        firsts = self._dealt("pairs", COMBINATION_SHARES, self._first_values)
        return {
            (part, family): tuple(
                values for values in self.task.combinations(family) if values[:1] in owned
            )
            for (part, family), owned in firsts.items()
        }

    def _first_values(self, family: str) -> tuple[Combination, ...]:
        return tuple(dict.fromkeys(values[:1] for values in self.task.combinations(family)))

    @cached_property
    def shapes(self) -> dict[tuple[str, str], tuple[Shape, ...]]:
        """Shapes of each part ("train" or "shape") and family."""
        return self._dealt("shapes", SHAPE_SHARES, self.task.shapes, together=bool(self._kinds))

    def _dealt(
        self,
        what: str,
        shares: Mapping[str, float],
        of: Callable[[str], Sequence[Values]],
        *,
        together: bool = False,
    ) -> dict[tuple[str, str], tuple[Values, ...]]:
        """What a family has, by the part and family that own it; families are dealt by themselves.

        `together`, what several have goes to the same part in all of them.
        """
        dealt: dict[tuple[str, str], tuple[Values, ...]] = {}
        for family in dict.fromkeys(self.task.families):
            name = f"{self.task.name}/{what}" if together else f"{self.task.name}/{family}/{what}"
            parts = Combinations(name, shares).dealt(of(family))
            dealt |= {(part, family): tuple(owned) for part, owned in parts.items()}
        return dealt

    @cached_property
    def _surfaces(self) -> dict[str, tuple[str, str]]:
        """Part and wording of every surface; no training surface is worded like a foreign one.

        That of a kind is worded in any of training's ways.
        """
        return {
            name if part == TRAIN else f"{part}_{name}": (part, name)
            for part, name in product(self.parts, (*self._kinds, *self._wordings))
            if not (part in (TRAIN, SHORT) and name.startswith(FOREIGN))
        }

    @property
    def _trained_wordings(self) -> list[str]:
        return [wording for wording in self._wordings if not wording.startswith(FOREIGN)]

    def surfaces(self) -> tuple[str, ...]:
        """Training surfaces, then the held-out ones."""
        return tuple(self._surfaces)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Task, turn marker, and the tags of the task."""
        return tuple(dict.fromkeys((TASK, OUT, *self.task.prompt_atoms())))

    def prose(self) -> tuple[str, ...]:
        """Every other phrase and sentence of training."""
        return self._prose

    def room(self, part: str, family: str) -> tuple[Sequence[Combination], Sequence[Shape]]:
        """Combinations and shapes that a part draws from."""
        trained = TRAIN if part == SHORT else part
        owner = trained if (trained, family) in self.combinations else "hidden"
        shapes = self.shapes[trained if trained in SHAPE_SHARES else TRAIN, family]
        if part == SHORT:
            shapes = tuple(sorted(shapes, key=sum)[: -(-len(shapes) // SHORT_PART)])
        return self.combinations[owner, family], shapes

    def told(
        self, part: str, family: str, combination: Combination, shape: Shape, rng: Random
    ) -> Told:
        """One scene that a part asks for."""
        return self.task.tell(family, combination, shape, rng)

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prompt for the family whose turn it is."""
        part, wording = self._surfaces[surface]
        turns = (wording,) if wording in self._kinds else self.task.families
        family = turns[index % len(turns)]
        if wording in self._kinds:
            wording = rng.choice(self._trained_wordings)
        combinations, shapes = self.room(part, family)
        told = self.told(part, family, rng.choice(combinations), rng.choice(shapes), rng)
        return Draft(
            prompt=prompt(self._wordings[wording](told, rng)),
            target=self.task.language.serialize(told.scene),
            family=told.scene.layout,
            form=told.scene.form,
            topic=told.scene.topic,
            pack="default",
        )
