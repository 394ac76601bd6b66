"""Sentences that no list holds: what is asked for, among words that say nothing.

A list of sentences, however long, teaches where the parts of its sentences stand. Here they stand
in any order, interrupted by phrases of no account, some of them made up, so that a model learns to
read the parts and to pass over the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_OPENINGS = (
    "",
    "",
    "draw",
    "please",
    "I would like",
    "give me",
    "now for",
    "well then,",
    "add",
    "prepare",
    "we could use",
    "he asked for",
    "time for",
    "bring",
    "paint",
    "they hope for",
    "this time",
    "start with",
    "if it suits you:",
    "as for the drawing,",
    "good morning,",
    "to begin with,",
    "have you got",
    "what about",
    "let us try",
    "my friend wants",
    "the plan says",
    "it is time to see",
    "another day,",
    "a small wish:",
    "there has to be",
    "the team waits for",
    "do make",
    "when you can,",
)
_BETWEEN = (
    " ",
    " ",
    " ",
    ", ",
    ", ",
    "; ",
    ", please, ",
    ", I think, ",
    ", as always, ",
    ", thank you, ",
    ", mind you, ",
    ", of course, ",
    ", by the way, ",
    ", and do keep it ",
    ", it seems, ",
    ", so we hear, ",
    " (no hurry) ",
    ", in short ",
    ", they say, ",
    ", to be clear, ",
    " - as before - ",
    ". This is all ",
    ", for once ",
    ", no doubt ",
)
_ENDINGS = (
    ".",
    ".",
    ".",
    "!",
    "?",
    ", please.",
    " today.",
    ", and that is all.",
    ", as soon as you can.",
    " once more.",
    ", thanks.",
    ", for whoever comes.",
    ", or so we thought.",
    ". Good luck!",
    ", will that do?",
    ", we open at nine.",
    " in the end.",
    ", not later.",
    ", everyone agrees.",
    " as it was.",
)
_SOUNDS = ("bcdfghjklmnprstvwy", "aeiou")
_MADE_UP_SHARE = 0.3


def made_up(rng: Random, most: int = 2) -> str:
    """One or more words that mean nothing."""
    words = (
        "".join(rng.choice(_SOUNDS[at % 2]) for at in range(rng.randint(2, 6)))
        for _ in range(rng.randint(1, most))
    )
    return " ".join(words)


def among_words(parts: Sequence[str], rng: Random) -> str:
    """The parts in this order, with an opening, an ending, and something between any two."""
    text = _or_made_up(rng, _OPENINGS, "{}").strip()
    for number, part in enumerate(parts):
        between = _or_made_up(rng, _BETWEEN, ", {}, ") if number else " " if text else ""
        text += between + part
    text += _or_made_up(rng, _ENDINGS, " {}.")
    return text[0].upper() + text[1:]


def _or_made_up(rng: Random, phrases: Sequence[str], around: str) -> str:
    """One of the phrases, or made-up words in their place."""
    return around.format(made_up(rng)) if rng.random() < _MADE_UP_SHARE else rng.choice(phrases)
