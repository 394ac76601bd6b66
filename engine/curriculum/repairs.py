"""Repair rows: the prompt holds a broken answer and nothing else, the answer is the whole one.

What is broken can always be told from what is left, so a repair row has one answer, and a model
learns it by copying: it never has to read an outline. A mixture that such rows drown is the
over-repair of spec12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from engine.curriculum.scene_line import Told, Wording
from engine.dsl.protocol import Language

Tags = list[str]

_HEADER_LEAST = 5
"""Tags that every scene has behind its opening tag, before the first that may stand elsewhere."""
LEADS = ("This answer is broken:", "Mend what follows.", "Close what stands open here:")


def _headless(tags: Tags, rng: Random) -> Tags:
    """The opening tag is left out."""
    return tags[1:]


def _doubled(tags: Tags, rng: Random) -> Tags:
    """A tag stands twice."""
    at = rng.randrange(len(tags))
    return tags[: at + 1] + tags[at:]


def _swapped(tags: Tags, rng: Random) -> Tags:
    """Two neighbours of the header have changed places."""
    at = rng.randrange(_HEADER_LEAST)
    return [*tags[:at], tags[at + 1], tags[at], *tags[at + 2 :]]


def _cut(tags: Tags, rng: Random) -> Tags:
    """The end is missing."""
    return tags[:-1]


BREAKS: Sequence[Callable[[Tags, Random], Tags]] = (_headless, _doubled, _swapped, _cut)


def mending(language: Language[Any]) -> Wording:
    """A wording that shows the answer itself, broken in a drawn way."""

    def say(told: Told, rng: Random) -> list[str]:
        whole = language.serialize(told.scene).split(" ")
        return [rng.choice(LEADS), *rng.choice(BREAKS)(whole, rng)]

    return say
