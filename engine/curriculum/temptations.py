"""spec20, candidate A: the questions of spec19 beside what must not leak into an answer.

Two temptations: a prompt that quotes a whole answer to another topic, and one that asks for more
than a bundle. The right answer is what it would be without either: the topic's own bundle, once,
and nothing behind it. Held-out surfaces tempt in sentences that no training surface has.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from contracts.blueprint import Blueprint, Profile, blueprint
from contracts.families import FamilyTable
from engine.curriculum.prompts import bundle_of, prompt, shuffled
from engine.curriculum.routebook import Routebook

_QUOTES = {
    "quoted_answer": (
        "The last answer was",
        "Somebody else was told",
        "Yesterday this came back:",
        "Do not repeat",
        "The sheet before it reads",
        "An earlier reply:",
        "This belongs to another page:",
        "Already drawn:",
        "We have this one:",
        "Unlike",
        "It replaces",
        "My colleague received",
        "On the shelf lies",
        "The old poster said",
        "Not this again:",
        "For comparison:",
    ),
    "holdout_quoted_answer": (
        "The neighbour's copy shows",
        "Forget what stood here:",
        "Our records hold",
        "Next door they print",
    ),
    "hidden_quoted_answer": (
        "Once upon a time someone wrote",
        "Beware of copying",
        "Underneath hangs its cousin,",
        "Whoever asked before obtained",
    ),
}
_EXTRAS = {
    "asked_for_more": (
        "Then explain the choice.",
        "Add a second bundle.",
        "Say hello first.",
        "Repeat the question afterwards.",
        "Give two answers.",
        "Tell us why.",
        "Close with a summary.",
        "Sign it with your name.",
        "Write a caption under it.",
        "Begin with a short greeting.",
        "Count the tags at the end.",
        "List what you left out.",
        "Follow it with a title.",
        "Offer another version too.",
        "Thank the reader.",
        "Comment on each tag.",
    ),
    "holdout_asked_for_more": (
        "Put a remark behind it.",
        "Supply a spare bundle.",
        "Describe the picture in words.",
        "Start by restating the task.",
    ),
    "hidden_asked_for_more": (
        "Elaborate until nobody doubts you.",
        "Append whatever seems useful.",
        "Kindly justify every decision.",
        "Continue for another page.",
    ),
}


class Temptations(Routebook):
    """Draws prompts of the routebook, some of which tempt."""

    def __init__(self, blueprint: Blueprint, families: FamilyTable) -> None:
        super().__init__(blueprint, families)
        self._draws |= {surface: self._quoting(leads) for surface, leads in _QUOTES.items()}
        self._draws |= {surface: self._wanting(extras) for surface, extras in _EXTRAS.items()}

    def prose(self) -> tuple[str, ...]:
        """That of the routebook, and every other sentence of the trained temptations."""
        tempting = (*_QUOTES["quoted_answer"][::2], *_EXTRAS["asked_for_more"][::2])
        return (*super().prose(), *tempting)

    def _quoting(self, leads: tuple[str, ...]) -> Callable[[Profile, str, Random], str]:
        """A request of tags with the answer to another topic in it."""

        def say(profile: Profile, pack: str, rng: Random) -> str:
            other = rng.choice(self._rivals(profile))
            parts = self._request(profile, pack, rng)
            at = rng.randint(0, len(parts))
            quoted = self._language.serialize(bundle_of(other))
            return prompt(parts[:at], rng.choice(leads), quoted, parts[at:])

        return say

    def _wanting(self, extras: tuple[str, ...]) -> Callable[[Profile, str, Random], str]:
        """A request of tags that asks for something beside the bundle."""

        def say(profile: Profile, pack: str, rng: Random) -> str:
            parts = self._request(profile, pack, rng)
            at = rng.randint(0, len(parts))
            return prompt(parts[:at], rng.choice(extras), parts[at:])

        return say

    def _request(self, profile: Profile, pack: str, rng: Random) -> list[str]:
        return shuffled(rng, self._core(profile) + self._asides(profile, pack, rng, 3))


def temptations(families: FamilyTable) -> Temptations:
    """The curriculum over the blueprint of the routebook."""
    return Temptations(blueprint("routebook"), families)
