"""Names the failure of one answer: a class, the fields that differ, and flags.

Classes are exclusive, tested in this order:

    none         the expected document, ended cleanly
    truncated    no closing tag, and budget or context ended the answer
    closure      opened, not closed, and ended by the model itself
    syntax       no document, and no set of wrong fields explains why
    family, form, style, topology, content     the first of these groups in which a field differs
    dirty_tail   the expected document, then more text or no end-of-sequence

A text that its language refuses is still a field miss when fields alone explain the refusal: its
tags are canonical, of the vocabulary, unrepeated and in order, but a value is wrong, a field is
missing, or a count of another family stands there. So a hybrid of two families is a `family`
miss, and a missing tone a `style` miss, though neither parses. An unknown or repeated tag, a
swap or stray text is `syntax`. A wrong document with a tail keeps its class; the tail is a flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from contracts.errors import LanguageError
from engine.dsl.lexer import Tag, lex, scan
from engine.dsl.protocol import Language

Failure = Literal[
    "none",
    "truncated",
    "closure",
    "syntax",
    "family",
    "form",
    "style",
    "topology",
    "content",
    "dirty_tail",
]
FAILURES: tuple[Failure, ...] = get_args(Failure)
GROUPS: tuple[Failure, ...] = ("family", "form", "style", "topology", "content")
FLAGS = (
    "empty",
    "missing_stop",
    "runaway",
    "context_full",
    "dirty_tail",
    "no_end_token",
    "special_tokens",
    "prompt_markers",
    "duplicated_opener",
    "missing_singleton",
    "wrong_family_counts",
    "mixed_family",
    "text_before_opener",
)
_SPECIAL = re.compile(r"<\|[^|<>\s]+\|>")


@dataclass(frozen=True)
class Mismatch:
    """One field that differs; None on a side that does not have the field."""

    field: str
    group: str
    expected: str | None
    found: str | None


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong with one answer; `mismatches` and `flags` inform also beside syntax."""

    failure: Failure
    mismatches: tuple[Mismatch, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """What is known of one answer when its failure is named.

    `fields` are those of the parsed document; None when the language refused it or none closed.
    """

    prompt: str
    expected: str
    expected_fields: Mapping[str, str]
    text: str
    document: str | None
    tail: str
    stop: str
    fields: Mapping[str, str] | None


class Diagnostician:
    """Names failures of one language; its vocabulary is read once."""

    def __init__(self, language: Language[Any]) -> None:
        self._language = language
        tags = [tag for atom in language.control_atoms() for tag in scan(atom)]
        self._names = {tag.name for tag in tags}
        self._valued = {tag.name for tag in tags if tag.value is not None}

    def diagnose(self, seen: Evidence) -> Diagnosis:
        """Failure class, differing fields and flags of one answer."""
        body = seen.text if seen.document is None else seen.document
        tags = list(scan(body))
        names = self._field_names(seen)
        found, wanted = seen.fields, seen.expected_fields
        if found is None:
            # Nothing of a refused text can be compared but the fields that are tags.
            found = _values(tags, names)
            wanted = {name: value for name, value in wanted.items() if name in names}
        mismatches = self._compare(wanted, found, closed=seen.document is not None)
        failure = self._classify(seen, mismatches, names)
        flags = self._flags(seen, tags)
        if seen.fields is None:
            flags |= self._shape_flags(seen, tags, mismatches, names)
        return Diagnosis(failure, mismatches, tuple(flag for flag in FLAGS if flag in flags))

    def _classify(
        self, seen: Evidence, mismatches: tuple[Mismatch, ...], names: set[str]
    ) -> Failure:
        if seen.document is None:
            if seen.stop != "eos":
                return "truncated"
            opened = seen.text.startswith(self._language.opening_tag)
            return "closure" if opened else "syntax"
        if seen.document == seen.expected:
            return "none" if seen.tail == "" and seen.stop == "eos" else "dirty_tail"
        if seen.fields is None and not self._fields_explain(seen.document, seen.expected, names):
            return "syntax"
        groups = {mismatch.group for mismatch in mismatches}
        for group in GROUPS:
            if group in groups:
                return group
        # Every field agrees: a parsed text differs in what is no field, a refused one in form.
        return "syntax" if seen.fields is None else "content"

    def _field_names(self, seen: Evidence) -> set[str]:
        """Tags that are fields by themselves; a component that the expected text has is none."""
        components = {tag.name for tag in scan(seen.expected)} - seen.expected_fields.keys()
        return self._valued - components

    def _group(self, field: str) -> str:
        group = self._language.field_group(field)
        return group if group in GROUPS else "content"

    def _compare(
        self, expected: Mapping[str, str], found: Mapping[str, str], *, closed: bool
    ) -> tuple[Mismatch, ...]:
        """Fields that differ. In an unclosed text an absent field is no evidence, only cut off."""
        mismatches = []
        for field in dict.fromkeys([*expected, *found]):
            wanted, got = expected.get(field), found.get(field)
            if wanted != got and (got is not None or closed):
                mismatches.append(Mismatch(field, self._group(field), wanted, got))
        if not any(miss.group == "family" and miss.expected and miss.found for miss in mismatches):
            return tuple(mismatches)
        # What only one of two families has follows from the family; it is no second miss.
        return tuple(
            miss
            for miss in mismatches
            if miss.group not in ("topology", "content") or (miss.expected and miss.found)
        )

    def _fields_explain(self, document: str, expected: str, names: set[str]) -> bool:
        """Whether a refused document is canonical but for values, missing or foreign fields."""
        try:
            tags, wanted_tags = (lex(text, self._language.name) for text in (document, expected))
        except LanguageError:
            return False
        found, wanted = ([_spelling(tag, names) for tag in t] for t in (tags, wanted_tags))
        fields = [name for name in found if name in names]
        if len(set(fields)) < len(fields):
            return False
        missing, foreign = set(wanted) - set(found), set(found) - set(wanted)
        if not missing | foreign <= names:
            return False
        return [n for n in found if n not in foreign] == [n for n in wanted if n not in missing]

    def _flags(self, seen: Evidence, tags: list[Tag]) -> set[str]:
        flags = set()
        opener = self._language.opening_tag
        if not seen.text:
            flags.add("empty")
        if seen.document is None:
            flags.add("missing_stop")
            if seen.stop != "eos" and len(seen.text) > len(seen.expected):
                flags.add("runaway")
            if seen.stop == "context":
                flags.add("context_full")
        else:
            if seen.tail:
                flags.add("dirty_tail")
            elif seen.stop != "eos":
                flags.add("no_end_token")
        if _SPECIAL.search(seen.text):
            flags.add("special_tokens")
        markers = {tag.name for tag in scan(seen.prompt)} - self._names
        if any(tag.name in markers for tag in scan(seen.text)):
            flags.add("prompt_markers")
        if sum(tag.text == opener for tag in tags) > 1:
            flags.add("duplicated_opener")
        if opener in seen.text and not seen.text.startswith(opener):
            flags.add("text_before_opener")
        return flags

    def _shape_flags(
        self, seen: Evidence, tags: list[Tag], mismatches: tuple[Mismatch, ...], names: set[str]
    ) -> set[str]:
        """Flags that only a refused text can have."""
        flags = set()
        if any(mismatch.found is None for mismatch in mismatches):
            flags.add("missing_singleton")
        families = {t.value for t in tags if t.name in names and self._group(t.name) == "family"}
        wanted = {v for f, v in seen.expected_fields.items() if self._group(f) == "family"}
        counts = {name for name in _values(tags, names) if self._group(name) == "topology"}
        own = {name for name in seen.expected_fields if self._group(name) == "topology"}
        if families and families == wanted and counts - own:
            flags.add("wrong_family_counts")
        hybrid = families and not families & wanted and own and own <= counts
        if len(families) > 1 or "wrong_family_counts" in flags or hybrid:
            flags.add("mixed_family")
        return flags


def _values(tags: Iterable[Tag], names: set[str]) -> dict[str, str]:
    """First value of each of these fields that occurs."""
    found: dict[str, str] = {}
    for tag in tags:
        if tag.value is not None and not tag.closing and tag.name in names:
            found.setdefault(tag.name, tag.value)
    return found


def _spelling(tag: Tag, names: set[str]) -> str:
    """A field tag by its name, whatever the value; any other tag as it stands."""
    return tag.name if tag.name in names and tag.value and not tag.closing else tag.text
