"""spec13a: plain words say topic, goal, audience and what is to be shown; the answer is a scene.

    topic failure triage goal route debug audience operator shows outcome two nine node four seven
    from node four to node seven from node four to outcome two from node seven to outcome nine

The goal decides layout and form, the audience the look: neither is named in a prompt. What is shown
is the outline of spec12 in words, so that count, ids and topology vary from prompt to prompt and no
table of goals can answer.

    stated     topic, goal and audience, each after its noun, in four orders
    said       the same three in sentences
    foreign_*  in the two orders, and in sentences, that training does not have
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.compact_scenes import ANSWERS, CompactScenes
from engine.curriculum.scene_line import Combination, SceneLine, Shape, Told, Wording
from engine.dsl import compact_scene


@dataclass(frozen=True)
class Goal:
    """What a picture is for: the arrangement that serves it, and how sentences call it."""

    layout: str
    form: str
    background: str
    called: tuple[str, ...]


GOALS = {
    "route_debug": Goal(
        "decision_tree", "tree_down", "grid", ("route a fault", "find where it broke")
    ),
    "choose_next": Goal(
        "decision_tree", "tree_right", "none", ("choose the next step", "see what comes next")
    ),
    "compare_options": Goal(
        "table_matrix", "block_matrix", "none", ("compare options", "weigh the options")
    ),
    "compare_edge_cases": Goal(
        "table_matrix", "block_matrix", "mesh", ("compare edge cases", "check the odd cases")
    ),
    "explain_structure": Goal(
        "memory_map", "typed_regions", "grid", ("explain the structure", "see how it is laid out")
    ),
    "diagnose_training": Goal(
        "memory_map", "arena_sections", "rings", ("diagnose training", "see what training holds")
    ),
}
"""Five goals of the published line, and `choose_next`, so that each layout serves two."""
AUDIENCES = {
    "technical": ("paper_editorial", "blue", "balanced"),
    "operator": ("infra_dark", "amber", "balanced"),
    "engineer": ("infra_dark", "green", "airy"),
    "student": ("signal_glow", "purple", "airy"),
    "reviewer": ("paper_editorial", "mixed", "compact"),
}
"""Theme, tone and density of each audience; the first three are those of the published line."""
NUMBERS = (
    "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip

NOUNS = {
    "memory_segment": "segment",
    "region_bracket": "bracket",
    "info_card": "card",
    "table_column": "column",
    "table_block": "block",
    "table_row": "row",
    "table_cell": "mark",
    "note_band": "note",
    "decision_node": "node",
    "outcome_panel": "outcome",
    "decision_edge": "from",
    "over_ref": "from",
    "in_ref": "in",
    "legend_block": "legend",
    "entry_badge": "entry",
    "footer_note": "footer",
}
"""What the tags of an outline are called in words."""

_ORDERS = tuple(permutations(range(3)))
_TRAINED_ORDERS, _FOREIGN_ORDERS = _ORDERS[:4], _ORDERS[4:]
_SENTENCES = (
    "a picture about {topic} with which {audience} can {goal} it shows",
    "so that {audience} can {goal} draw {topic} with",
    "{audience} wants to {goal} and the topic is {topic} use",
    "help {audience} to {goal} with a figure of {topic} made of",
    "our {audience} has to {goal} about {topic} so show",
    "draw {topic} for {audience} who would like to {goal} there are",
    "to {goal} is what {audience} needs the words are those of {topic} with",
    "{topic} in one figure made for {audience} to {goal} holding",
    "on {topic} please and for {audience} whose aim is to {goal} with",
    "the aim is to {goal} the reader is {audience} the topic {topic} and in it",
    "we wish to {goal} in {topic} and {audience} will read it with",
    "for {audience} draw {topic} to {goal} and show",
)
_FOREIGN_SENTENCES = (
    "could you sketch {topic} because {audience} must {goal} including",
    "{audience} asked me how to {goal} when it comes to {topic} put in",
    "i need {topic} as a drawing that lets {audience} {goal} containing",
    "what would let {audience} {goal} is a view of {topic} having",
)


def _nouns(name: str) -> str:
    return name.replace("_", " ")


def _stated(orders: Sequence[tuple[int, ...]]) -> Wording:
    """Each of the three after its noun, in a drawn order."""

    def say(told: Told, rng: Random) -> list[str]:
        named = [f"{noun} {_nouns(value)}" for noun, value in zip(_NOUNS, told.head, strict=True)]
        return [*(named[at] for at in rng.choice(orders)), "shows", *told.outline]

    return say


def _said(sentences: Sequence[str]) -> Wording:
    """All three in a drawn sentence, the goal as sentences call it."""

    def say(told: Told, rng: Random) -> list[str]:
        topic, goal, audience = told.head
        said = rng.choice(sentences).format(
            topic=_nouns(topic), goal=rng.choice(GOALS[goal].called), audience=_nouns(audience)
        )
        return [said, *told.outline]

    return say


_NOUNS = ("topic", "goal", "audience")
WORDINGS: dict[str, Wording] = {
    "stated": _stated(_TRAINED_ORDERS),
    "said": _said(_SENTENCES),
    "foreign_stated": _stated(_FOREIGN_ORDERS),
    "foreign_said": _said(_FOREIGN_SENTENCES),
}


class Intents:
    """The scenes of spec12, asked for by topic, goal and audience."""

    families = compact_scene.LAYOUTS

    def __init__(self, scenes: CompactScenes) -> None:
        self.name = "intents"
        self.language = scenes.language
        self._scenes = scenes

    def combinations(self, family: str) -> tuple[Combination, ...]:
        """Every topic with every audience and every goal that the family serves."""
        goals = [name for name, goal in GOALS.items() if goal.layout == family]
        return tuple(product(compact_scene.TOPICS, goals, AUDIENCES))

    def shapes(self, family: str) -> Sequence[Shape]:
        """The shapes of spec12."""
        return self._scenes.shapes(family)

    def tell(self, family: str, combination: Combination, shape: Shape, rng: Random) -> Told:
        """The scene that goal and audience make of an outline, and the outline in words."""
        topic, name, audience = combination
        goal = GOALS[name]
        asked = (goal.form, topic, *AUDIENCES[audience], goal.background)
        told = self._scenes.tell(family, asked, shape, rng)
        return Told(combination, tuple(in_words(told.outline)), told.scene)

    def prompt_atoms(self) -> tuple[str, ...]:
        """None: a prompt is words between its two tags."""
        return ()


def in_words(outline: Iterable[str]) -> Iterator[str]:
    """The tags of an outline as words: a noun once for all numbers that follow it."""
    last = ""
    for mark in outline:
        name, _, value = mark.strip("[]").partition(":")
        if value in ANSWERS:
            yield f"{NOUNS[name]} {value}"
            continue
        if "->" in value:
            source, target = (end.split("_") for end in value.split("->"))
            yield " ".join([NOUNS[name], _thing(*source), "to", _thing(*target)])
            last = ""
            continue
        thing, _, number = value.rpartition("_")
        noun = " ".join(filter(None, (NOUNS[name], thing)))
        said = [] if noun == last and not thing else [noun]
        yield " ".join([*said, NUMBERS[int(number) - 1]])
        last = noun


def _thing(name: str, number: str) -> str:
    return f"{name} {NUMBERS[int(number) - 1]}"


def _prose() -> tuple[str, ...]:
    """Every noun and number, and half of what sentences say; each twice, or no word is learned."""
    words = (*NOUNS.values(), *NUMBERS, *ANSWERS, "to", "shows")
    names = (*compact_scene.TOPICS, *GOALS, *AUDIENCES)
    stated = (f"{noun} {_nouns(name)}" for noun, name in product(_NOUNS, names))
    sentences = (sentence.replace("{", " ").replace("}", " ") for sentence in _SENTENCES[::2])
    called = (goal.called[0] for goal in GOALS.values())
    return (" ".join(["", *words]), *stated, *sentences, *(f" {name}" for name in called)) * 2


def intents(families: FamilyTable) -> SceneLine:
    """The curriculum of spec13a."""
    scenes = CompactScenes(compact_scene.compact_scene(families))
    return SceneLine(Intents(scenes), WORDINGS, _prose())
