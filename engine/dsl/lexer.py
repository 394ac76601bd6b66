"""One lexer for every bracket-tag language: `[name]`, `[/name]`, `[name:value]`.

    text = tag { ' ' tag }
    tag  = '[' [ '/' ] name [ ':' value ] ']'
    name = letters, digits, '_', starting with a letter
    value = any characters but '[', ']' and white space

A language whose texts carry literal words says what a word is: one then stands where a tag may.

Exactly one space stands between tags: what is not canonical white space is refused, never
repaired.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from contracts.errors import LanguageError

TAG = re.compile(r"\[(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9_]*)(?::(?P<value>[^\[\]\s]+))?\]")
"""A tag of any language."""
WORD = r"[A-Za-z0-9_.,:%+-]+"
"""A literal word of a picture: letters, digits and marks that mean nothing to any language."""
_EXCERPT_CHARS = 24


class Tag(NamedTuple):
    """One tag with its character offset; `text` is its exact spelling. A word has no name."""

    name: str
    value: str | None
    closing: bool
    position: int
    text: str


def excerpt(text: str, position: int) -> str:
    """What stands at `position`, quoted and cut to a line's width."""
    if position >= len(text):
        return "the end of the text"
    rest = text[position : position + _EXCERPT_CHARS]
    return repr(rest + ("…" if position + _EXCERPT_CHARS < len(text) else ""))


def refuse(language: str, text: str, position: int, expected: str, cure: str = "") -> LanguageError:
    """The error of a language at one position of a text."""
    where = f"{language}, character {position}"
    return LanguageError(where, excerpt(text, position), expected, cure, position=position)


def lex(text: str, language: str, *, words: str = "") -> list[Tag]:
    """All tags of a canonical text, and words of that pattern; LanguageError for anything else."""
    expected = "a tag such as [name:value]" + (" or a word" if words else "")
    tags: list[Tag] = []
    position = 0
    while position < len(text):
        if tags:
            if text[position] != " ":
                raise refuse(language, text, position, "one space between tags")
            position += 1
        match = TAG.match(text, position)
        if match is not None:
            tags.append(_tag(match))
        elif words and (match := re.compile(words).match(text, position)):
            tags.append(Tag("", match.group(), False, position, match.group()))
        else:
            raise refuse(language, text, position, expected)
        position = match.end()
    if not tags:
        raise refuse(language, text, 0, expected)
    return tags


@lru_cache(maxsize=2**12)  # diagnosis meets the same few documents thousands of times
def scan(text: str) -> tuple[Tag, ...]:
    """Every tag found anywhere in a text, whatever stands between: for diagnosis, never scoring."""
    return tuple(_tag(match) for match in TAG.finditer(text))


def _tag(match: re.Match[str]) -> Tag:
    return Tag(
        name=match["name"],
        value=match["value"],
        closing=bool(match["close"]),
        position=match.start(),
        text=match.group(),
    )
