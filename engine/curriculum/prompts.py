"""Pieces of prompts that every bundle curriculum shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

from contracts.blueprint import Profile
from contracts.families import STYLE_FIELDS
from engine.dsl.bundle import Bundle

Part = TypeVar("Part")

TASK = "[task:svg]"
OUT = "[OUT]"


def bundle_of(profile: Profile) -> Bundle:
    """The bundle that a profile asks for."""
    style = {field: getattr(profile, field) for field in STYLE_FIELDS}
    return Bundle(
        family=profile.family, form=profile.form, counts=tuple(profile.counts.items()), **style
    )


def tag(name: str, value: object) -> str:
    """One prompt tag."""
    return f"[{name}:{value}]"


def explicit_tags(bundle: Bundle) -> list[str]:
    """Every value of a bundle as prompt tags in canonical order; the family is called layout."""
    tags = [tag("layout", bundle.family), tag("form", bundle.form)]
    tags += [tag(field, getattr(bundle, field)) for field in STYLE_FIELDS]
    return tags + [tag(name, value) for name, value in bundle.counts]


def shuffled(rng: Random, parts: Iterable[Part]) -> list[Part]:
    """The parts in a drawn order."""
    order = list(parts)
    rng.shuffle(order)
    return order


def prompt(*parts: str | Sequence[str]) -> str:
    """A prompt from tags and sentences: the task first, the turn marker last."""
    words = [TASK]
    for part in parts:
        words += [part] if isinstance(part, str) else part
    return " ".join([*filter(None, words), OUT])
