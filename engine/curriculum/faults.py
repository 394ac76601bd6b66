"""Published defects of the data, which a rung may declare to show the gate that says no.

    leak         spec15b: held-out prompts stood in training
    fragments    spec14b: targets of several lines became a row a line
    impossible   spec13b: one prompt, two right answers
    unmapped     spec09: an asset stands for no scene
    dangling     spec11: answers refer to words that no topic has

A contract declares one as `dataset.fault`, only beside `expects`; training rows alone change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from contracts.models import HELD_OUT
from engine.curriculum.rows import Row
from engine.dsl.spelling import SLOTS

Rows = Mapping[str, tuple[Row, ...]]
# Enough that no audit can miss it, and most of the data is still sound.
_ONE_IN = 20
_WORDS_A_LINE = 4
_NOTE = re.compile(r"\[(callout_card|annotation|badge_pill|thesis_box|conclusion_strip):[0-9]+\]")


def _leak(train: Rows, probes: Rows) -> dict[str, tuple[Row, ...]]:
    """One held-out case in so many joins the first surface, with its answer."""
    surface = min(train)
    secret = [row for name in HELD_OUT for row in probes[name][::_ONE_IN]]
    leaked = tuple(
        replace(row, id=f"train/{surface}/leak/{row.id}", split="train", surface=surface)
        for row in secret
    )
    return {**train, surface: (*train[surface], *leaked)}


def _fragments(train: Rows, probes: Rows) -> dict[str, tuple[Row, ...]]:
    """Each row becomes a row a line of its target: each line after the first answers the last."""
    return {
        surface: tuple(line for row in rows for line in _lines(row))
        for surface, rows in train.items()
    }


def _lines(row: Row) -> Iterator[Row]:
    words = row.target.split(" ")
    prompt = row.prompt
    for number, at in enumerate(range(0, len(words), _WORDS_A_LINE)):
        line = " ".join(words[at : at + _WORDS_A_LINE])
        yield replace(row, id=f"{row.id}/{number}", prompt=prompt, target=line)
        prompt = line


def _impossible(train: Rows, probes: Rows) -> dict[str, tuple[Row, ...]]:
    """One prompt in so many is asked again and answered with another row's target."""
    torn = {}
    for surface, rows in train.items():
        twins = []
        for row in rows[::_ONE_IN]:
            other = next((o for o in rows if o.target != row.target), None)
            if other is not None:
                twins.append(replace(other, id=f"{row.id}/again", prompt=row.prompt))
        torn[surface] = (*rows, *twins)
    return torn


def _unmapped(train: Rows, probes: Rows) -> dict[str, tuple[Row, ...]]:
    """The first row of each surface has no target."""
    return {s: (replace(rows[0], target=""), *rows[1:]) for s, rows in train.items()}


def _dangling(train: Rows, probes: Rows) -> dict[str, tuple[Row, ...]]:
    """The first note of one target in so many has the key right behind the last that there is.

    Nothing refers to notes, so the text stays a document; a target that is asked for is left whole.
    """
    targets = dict.fromkeys(row.target for rows in train.values() for row in rows)
    torn = {*list(targets)[::_ONE_IN]} - {row.target for row in probes["seen"]}
    beyond = rf"[\1:{SLOTS['notes'] + 1}]"

    def told(row: Row) -> Row:
        if row.target not in torn:
            return row
        return replace(row, target=_NOTE.sub(beyond, row.target, count=1))

    return {surface: tuple(map(told, rows)) for surface, rows in train.items()}


FAULTS: dict[str, Callable[[Rows, Rows], dict[str, tuple[Row, ...]]]] = {
    "none": lambda train, probes: dict(train),
    "leak": _leak,
    "fragments": _fragments,
    "impossible": _impossible,
    "unmapped": _unmapped,
    "dangling": _dangling,
}
