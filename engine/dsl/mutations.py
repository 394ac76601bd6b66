"""Ways in which an almost right answer is wrong: each must be refused or be another document.

A mutation maps the canonical text of a document to a text, or to None where it has no meaning in
the language. Source: the mutation matrix of the published lineage, where several of these went
unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from engine.dsl.protocol import Language

_REFERENCE = re.compile(r"\|([a-z_]+)\.[a-z0-9_]+")
_COUNT = re.compile(r"^\[([a-z_]+):(\d+)\]$")
_NUMBERED = re.compile(r"^\[([a-z_]+):[a-z_]*?_(\d+)\|")

Tokens = list[str]


def mutate(name: str, language: Language[Any], text: str) -> str | None:
    """`text` with one mutation of MUTATIONS; None where the language has nothing to mutate so."""
    return MUTATIONS[name](language, text.split(" "))


def _next_value(field: str) -> Callable[[Language[Any], Tokens], str | None]:
    def change(language: Language[Any], tokens: Tokens) -> str | None:
        prefix = f"[{field}:"
        values = [atom for atom in language.control_atoms() if atom.startswith(prefix)]
        place = next((i for i, token in enumerate(tokens) if token.startswith(prefix)), None)
        if place is None or len(values) < 2:
            return None
        other = values[(values.index(tokens[place]) + 1) % len(values)]
        return " ".join([*tokens[:place], other, *tokens[place + 1 :]])

    return change


def _count(value: Callable[[int], int]) -> Callable[[Language[Any], Tokens], str | None]:
    """Another count in the first counted field; in a scene, another number in the last of a kind.

    A higher number by one makes one component more, any other renames the component.
    """

    def change(language: Language[Any], tokens: Tokens) -> str | None:
        for i, token in enumerate(tokens):
            if match := _COUNT.match(token):
                changed = f"[{match[1]}:{value(int(match[2]))}]"
                return " ".join([*tokens[:i], changed, *tokens[i + 1 :]])
        first = next((match for token in tokens if (match := _NUMBERED.match(token))), None)
        if first is None:
            return None
        kind = f"[{first[1]}:"
        place = max(i for i, token in enumerate(tokens) if token.startswith(kind))
        number = re.search(r"_(\d+)\|", tokens[place])
        if number is None:
            return None
        old, new = int(number[1]), value(int(number[1]))
        changed = re.sub(rf"_{old}\b", f"_{new}", tokens[place])
        kept = tokens[: place + 1] if new == old + 1 else tokens[:place]
        return " ".join([*kept, changed, *tokens[place + 1 :]])

    return change


def _middle(edit: Callable[[Tokens, int], Tokens]) -> Callable[[Language[Any], Tokens], str | None]:
    return lambda language, tokens: " ".join(edit(tokens, len(tokens) // 2))


def _swapped(tokens: Tokens, i: int, j: int) -> Tokens:
    if j >= len(tokens):  # a language may write without spaces
        return tokens
    swapped = list(tokens)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    return swapped


def _header_reordered(language: Language[Any], tokens: Tokens) -> str | None:
    names = [token.partition(":")[0] for token in tokens]
    if "[theme" not in names or "[tone" not in names:
        return None
    return " ".join(_swapped(tokens, names.index("[theme"), names.index("[tone")))


def _missing_reference(language: Language[Any], tokens: Tokens) -> str | None:
    text = " ".join(tokens)
    changed = _REFERENCE.sub(r"|\1.nowhere", text, count=1)
    return changed if changed != text else None


MUTATIONS: dict[str, Callable[[Language[Any], Tokens], str | None]] = {
    "theme_changed": _next_value("theme"),
    "tone_changed": _next_value("tone"),
    "count_plus1": _count(lambda n: n + 1),
    "count_99": _count(lambda n: 99),
    "drop_middle_token": _middle(lambda tokens, m: [*tokens[:m], *tokens[m + 1 :]]),
    "swap_adjacent_middle": _middle(lambda tokens, m: _swapped(tokens, m, m + 1)),
    "dup_middle_token": _middle(lambda tokens, m: [*tokens[: m + 1], *tokens[m:]]),
    "unknown_attr_inserted": _middle(lambda tokens, m: [*tokens[:m], "[sparkle:yes]", *tokens[m:]]),
    "no_whitespace": lambda language, tokens: "".join(tokens),
    "text_before_opener": lambda language, tokens: "Here it is: " + " ".join(tokens),
    "output_twice": lambda language, tokens: " ".join([*tokens, *tokens]),
    "header_reordered": _header_reordered,
    "ref_missing_path": _missing_reference,
}
