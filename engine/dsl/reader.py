"""Takes the tags of a text one by one, each against what a grammar expects there."""

from __future__ import annotations

from engine.dsl.lexer import Tag, refuse


class TagReader:
    """Takes tags one by one, each against what the grammar expects there."""

    def __init__(self, tags: list[Tag], text: str, language: str) -> None:
        self._tags = tags
        self._text = text
        self._language = language
        self._next = 0

    def _take(self, expected: str) -> Tag:
        if self._next == len(self._tags):
            raise refuse(self._language, self._text, len(self._text), expected)
        tag = self._tags[self._next]
        self._next += 1
        return tag

    def bare(self, spelling: str) -> None:
        """Take exactly this tag."""
        tag = self._take(spelling)
        if tag.text != spelling:
            raise refuse(self._language, self._text, tag.position, spelling)

    def value(self, field: str, allowed: tuple[str, ...]) -> str:
        """Take `[field:value]` with an allowed value, and give the value."""
        expected = f"[{field}:…] with one of {', '.join(allowed)}"
        tag = self._take(expected)
        if tag.closing or tag.name != field or tag.value not in allowed:
            raise refuse(self._language, self._text, tag.position, expected)
        return tag.value

    def one_of(self, spellings: tuple[str, ...]) -> str:
        """Take one of these tags, and give it."""
        expected = f"one of {', '.join(spellings)}"
        tag = self._take(expected)
        if tag.text not in spellings:
            raise refuse(self._language, self._text, tag.position, expected)
        return tag.text

    def ahead(self, *spellings: str) -> bool:
        """Whether one of these tags stands next."""
        return self._next < len(self._tags) and self._tags[self._next].text in spellings

    def word(self) -> str:
        """Take a literal word, and give it."""
        tag = self._take("a word")
        if tag.name:
            raise refuse(self._language, self._text, tag.position, "a word")
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
            raise refuse(self._language, self._text, position, "nothing after the closing tag")
