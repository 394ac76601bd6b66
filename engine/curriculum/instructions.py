"""spec02: an English sentence asks for one of eighteen figures, the answer is its raw SVG.

A sentence names family, colour, size, finish, page and the family's own choice, so it has one
answer. What is held out are combinations of these (every part of them is trained), and sentences.
Training walks through the figures of a family; hidden sentences ask for the first on that walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.figures import FIGURES, SIZES, Asked, drawn
from engine.curriculum.prompts import shuffled
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.sentences import among_words
from engine.dsl.palette import COLOURS, PAGES
from engine.dsl.raw_svg import RawSvgLanguage

OPEN, CLOSE = "<task>", "</task>"
_RULE = Combinations("instructions", {"dev": 0.08, "test": 0.08, "hidden": 0.08})
_PROSE_DRAWINGS = 360
# Figures a family: fewer than a family's fewest, and passed within a third of the declared rows.
_CORE_FIGURES = 100
CORE = "core"

_TRAINED = (
    "Draw {what} in {colour}, {size} and {finish}, on {page} paper.",
    "Draw a {size} figure on {page}: {what}, {finish}, {colour}.",
    "{what}, {colour}, {finish}, {size}, page {page}.",
    "On a {page} page put {what}; make it {size}, {finish} and {colour}.",
    "I need {what} that is {size} and {colour}, {finish}, with {page} behind it.",
    "Make {what}. Colour {colour}, size {size}, finish {finish}, page {page}.",
    "Please give me {colour} for {what}, {finish} and {size}, over {page}.",
    "A {size} drawing in {colour}: {what}, {finish}. The page is {page}.",
    "Show {what} with a {finish} look, {colour}, {size}, ground {page}.",
    "Page {page}, colour {colour}: draw {what}, {finish}, {size}.",
    "Set {what} in the middle of a {page} page, {size}, {colour}, {finish}.",
    "Use {colour} and draw {what} as a {finish} and {size} figure on {page}.",
    "It should be {finish} and {colour}: {what}, {size}, upon {page}.",
    "The figure is {what}. It is {size}, it is {colour}, it is {finish}. Under it lies {page}.",
    "{size} please, {what}, {colour} on {page}, {finish}.",
    "Let the page be {page} and the figure {colour}. Draw {what}, {size}, {finish}.",
)
_HIDDEN = (
    "Could you sketch {what}? Choose {colour}, keep it {size}, {finish}, and fill the page {page}.",
    "For the manual: {what}, {size}, printed {colour} over {page}, {finish} as agreed.",
    "We want {what} here, {finish}, nothing but {colour}, about {size}, background {page}.",
    "Our {page} sheet lacks {what}: {colour}, {finish}, {size}.",
)
# How a part is said in a sentence that stands in no list.
_PARTS = {
    "what": ("{what}", "{what}", "draw {what}", "it shows {what}", "there is {what}", "as {what}"),
    "colour": ("{colour}", "in {colour}", "coloured {colour}", "all {colour}", "take {colour}"),
    "size": ("{size}", "size {size}", "{size} in size", "rather {size}", "it is {size}"),
    "finish": ("{finish}", "drawn {finish}", "finish {finish}", "kept {finish}", "and {finish}"),
    "page": ("on {page}", "page {page}", "{page} below", "the page in {page}", "a {page} ground"),
}
_NUMBER = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "8": "eight"}
_NOUNS = {
    "line": "a line",
    "rect": "a rectangle",
    "circle": "a circle",
    "ellipse": "an ellipse",
    "triangle": "a triangle",
    "rounded_triangle": "a triangle with round corners",
    "polygon": "a polygon with {number} sides",
    "polyline": "a zigzag with {number} strokes",
    "path": "a wave with {number} bends",
    "arrow": "an arrow",
    "double_arrow": "an arrow with two heads",
    "bar_chart": "a bar chart with {number} bars",
    "scatter": "a scatter plot with {number} points",
    "comparison_table": "a comparison table with {number} rows",
    "text": "a label that says {more}",
    "rect_circle": "a rectangle beside a circle in {more}",
    "gradient_square": "a square that turns to {more}",
    "infographic_layout": "an infographic with {number} cards",
}
# Figures of which a sentence names two colours, and has to say which is which.
_TWO_COLOURED = tuple(name for name, figure in FIGURES.items() if set(figure.more) <= set(COLOURS))
# Surface to the part whose combinations it asks for, and its sentences; "" is one that is built.
_SURFACES = {
    "instruction": (TRAIN, _TRAINED),
    "varied": (TRAIN, ("",)),
    "two_coloured": (TRAIN, (*_TRAINED, *("" for _ in _TRAINED))),
    "dev_combination": ("dev", _TRAINED),
    "test_combination": ("test", _TRAINED),
    "hidden_wording": (CORE, _HIDDEN),
    "hidden_combination": ("hidden", _HIDDEN),
}


def all_asked() -> Iterator[Asked]:
    """Everything that a sentence can ask for: 7,056 figures."""
    for family, figure in FIGURES.items():
        choices = product(COLOURS, SIZES, figure.finishes, PAGES, figure.more)
        for colour, size, finish, page, more in choices:
            if more != colour:
                yield Asked(family, colour, size, finish, page, more)


class Instructions:
    """Draws sentences for figures, the families taking turns."""

    def __init__(self, families: FamilyTable) -> None:
        self._language = RawSvgLanguage(families)

    @cached_property
    def _figures(self) -> dict[tuple[str, str], tuple[Asked, ...]]:
        """Figures by (part, family), in the order of the rule's walk."""
        found: dict[tuple[str, str], list[Asked]] = {}
        for values in _RULE.walk(tuple(vars(asked).values()) for asked in all_asked()):
            asked = Asked(*values)
            found.setdefault((_RULE.part(*values), asked.family), []).append(asked)
        for family in FIGURES:
            found[CORE, family] = found[TRAIN, family][:_CORE_FIGURES]
        return {place: tuple(figures) for place, figures in found.items()}

    def surfaces(self) -> tuple[str, ...]:
        """Three training surfaces, two visible holdouts, two hidden."""
        return tuple(_SURFACES)

    def prompt_atoms(self) -> tuple[str, ...]:
        """The brackets of a sentence."""
        return (OPEN, CLOSE)

    def prose(self) -> tuple[str, ...]:
        """Half of the trained sentences, and drawings, for merges to be learned from."""
        drafts = [
            self.draw("instruction", index, item_rng("instructions/prose", index))
            for index in range(_PROSE_DRAWINGS)
        ]
        told = [text.format(**_words(asked)) for text, asked in self._told()]
        return (*told, *(draft.target for draft in drafts))

    def _told(self) -> Iterator[tuple[str, Asked]]:
        for text, family in product(_TRAINED[::2], FIGURES):
            yield text, self._figures[TRAIN, family][0]

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One sentence for the family whose turn it is."""
        part, sentences = _SURFACES[surface]
        families = _TWO_COLOURED if surface == "two_coloured" else tuple(FIGURES)
        family = families[index % len(families)]
        figures = self._figures[part, family]
        walks = part == TRAIN
        asked = figures[index // len(families) % len(figures)] if walks else rng.choice(figures)
        text = (rng.choice(sentences) or _varied(rng)).format(**_words(asked))
        return Draft(
            prompt=f"{OPEN}{text[0].upper()}{text[1:]}{CLOSE}",
            target=self._language.serialize(drawn(asked)),
            family=family,
            form=asked.finish,
            topic="",
            pack="default",
        )


def _varied(rng: Random) -> str:
    """A sentence of its own, its parts in any order."""
    return among_words(shuffled(rng, (rng.choice(said) for said in _PARTS.values())), rng)


def _words(asked: Asked) -> dict[str, str]:
    noun = _NOUNS[asked.family].format(number=_NUMBER.get(asked.more, ""), more=asked.more)
    return {**vars(asked), "what": noun}


def instructions(families: FamilyTable) -> Instructions:
    """The curriculum of spec02."""
    return Instructions(families)
