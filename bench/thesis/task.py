"""The shared task: a prompt outlines a panel of two to five points, the answer spells the panel.

    [task:svg] [density:airy] [topic:capacity_math] [tone:blue] [theme:infra_dark]
    [point:4] [mark:bad] [point:7] [point:2] [mark:key] [OUT]

Header tags come in any order, points in the order in which they are drawn. Rows and cases are one
set for all representations: they differ in the text of the answer alone. A case asks for a topic in
a look (theme, tone, density) that no row has together, with points of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.outlines import STATES
from engine.curriculum.prompts import OUT, TASK, prompt, shuffled, tag
from engine.curriculum.rows import item_rng
from engine.dsl.first_scene import TOPICS

STREAM = "thesis"
FIELDS = {
    "topic": TOPICS,
    "theme": ("paper_editorial", "infra_dark", "signal_glow"),
    "tone": ("amber", "green", "blue", "purple"),
    "density": ("compact", "airy"),
}
NUMBERS = range(1, 9)
"""Points that a topic has to offer."""
POINTS_LEAST, POINTS_MOST = 2, 5
MARKS = ("", *STATES)
_MARKED_SHARE = 0.4
ROWS, CASES = 8000, 300
_RULE = Combinations(STREAM, {"held_out": 0.2})


@dataclass(frozen=True)
class Point:
    """One point: the number of its words in the topic, and its mark, "" for none."""

    number: int
    mark: str


@dataclass(frozen=True)
class Panel:
    """What is drawn: a topic in a look, and points from top to bottom."""

    topic: str
    theme: str
    tone: str
    density: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Asked:
    """A panel with the prompt that asks for it."""

    prompt: str
    panel: Panel


def asked(part: str, count: int) -> tuple[Asked, ...]:
    """So many different prompts for panels whose topic and look `part` owns."""
    looks = _RULE.split(product(*FIELDS.values()))[part]
    found: dict[str, Asked] = {}
    index = 0
    while len(found) < count:
        drawn = _drawn(looks, item_rng(f"{STREAM}/{part}", index))
        found.setdefault(drawn.prompt, drawn)
        index += 1
    return tuple(found.values())


def rows() -> tuple[Asked, ...]:
    """What is trained."""
    return asked(TRAIN, ROWS)


def cases() -> tuple[Asked, ...]:
    """What is asked at every point of evaluation."""
    return asked("held_out", CASES)


def _drawn(looks: list[tuple[str, ...]], rng: Random) -> Asked:
    look = rng.choice(looks)
    numbers = rng.sample(NUMBERS, rng.randint(POINTS_LEAST, POINTS_MOST))
    marks = [rng.choice(MARKS[1:]) if rng.random() < _MARKED_SHARE else "" for _ in numbers]
    points = tuple(Point(number, mark) for number, mark in zip(numbers, marks, strict=True))
    said = dict(zip(FIELDS, look, strict=True))
    head = [tag(name, value) for name, value in said.items()]
    return Asked(prompt(shuffled(rng, head), list(_outline(points))), Panel(**said, points=points))


def _outline(points: tuple[Point, ...]) -> Iterator[str]:
    for point in points:
        yield tag("point", point.number)
        if point.mark:
            yield tag("mark", point.mark)


def prompt_atoms() -> tuple[str, ...]:
    """Every tag that a prompt may hold."""
    atoms = [tag(name, value) for name, values in FIELDS.items() for value in values]
    atoms += [tag("point", number) for number in NUMBERS]
    return (TASK, *atoms, *(tag("mark", mark) for mark in STATES), OUT)
