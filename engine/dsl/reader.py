"""Takes the tags of a text one by one, each against what a grammar expects there."""

from __future__ import annotations

from collections.abc import Collection

from contracts.errors import LanguageError
from engine.dsl.lexer import Tag, refuse


class TagReader:
    """Takes tags one by one, each against what the grammar expects there."""

    def __init__(self, tags: list[Tag], text: str, language: str) -> None:
        self._tags = tags
        self._text = text
        self._language = language
        self._next = 0

    def take(self, expected: str) -> Tag:
        """The next tag, whatever it is; LanguageError at the end of the text."""
        if self._next == len(self._tags):
            raise self.refusal(len(self._text), expected)
        tag = self._tags[self._next]
        self._next += 1
        return tag

    def refusal(self, position: int, expected: str) -> LanguageError:
        """The error of one position."""
        return refuse(self._language, self._text, position, expected)

    def holds(self, name: str) -> bool:
        """Whether a tag of this name stands anywhere in the text."""
        return any(tag.name == name for tag in self._tags)

    @property
    def next_name(self) -> str:
        """Name of the tag that stands next, closing or not; "" at the end."""
        left = self._tags[self._next : self._next + 1]
        return left[0].name if left else ""

    def opens(self, name: str) -> bool:
        """Whether a tag of this name, not a closing one, stands next."""
        return self.next_name == name and not self._tags[self._next].closing

    def bare(self, spelling: str) -> None:
        """Take exactly this tag."""
        tag = self.take(spelling)
        if tag.text != spelling:
            raise self.refusal(tag.position, spelling)

    def value(self, field: str, allowed: Collection[str]) -> str:
        """Take `[field:value]` with an allowed value, and give the value."""
        tag = self._tags[self._next] if self._next < len(self._tags) else None
        value = None if tag is None or tag.closing or tag.name != field else tag.value
        if value is None or value not in allowed:
            # Written for a fault only: most tags are right, and the lists are long.
            expected = f"[{field}:…] with one of {', '.join(allowed)}"
            raise self.refusal(self.take(expected).position, expected)
        self._next += 1
        return value

    def one_of(self, spellings: tuple[str, ...]) -> str:
        """Take one of these tags, and give it."""
        expected = f"one of {', '.join(spellings)}"
        tag = self.take(expected)
        if tag.text not in spellings:
            raise self.refusal(tag.position, expected)
        return tag.text

    def ahead(self, *spellings: str) -> bool:
        """Whether one of these tags stands next."""
        return self._next < len(self._tags) and self._tags[self._next].text in spellings

    def word(self) -> str:
        """Take a literal word, and give it."""
        tag = self.take("a word")
        if tag.name:
            raise self.refusal(tag.position, "a word")
        return tag.text

    @property
    def position(self) -> int:
        """Where the next tag stands, or the text ends."""
        left = self._tags[self._next :]
        return left[0].position if left else len(self._text)

    def end(self) -> None:
        """Nothing may follow."""
        if self._next < len(self._tags):
            position = self._tags[self._next].position
            raise self.refusal(position, "nothing after the closing tag")
