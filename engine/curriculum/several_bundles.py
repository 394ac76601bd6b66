"""spec21_several: one topic and pack, several views of it, and a bundle for each in their order.

    [topic:rope] [content_pack:brief] [view] [goal:explain] ... [view] [mood:calm] ...

Topic and pack are said once and count for every view; goal, audience, mood and constraint are each
view's own. In plain words a view is a sentence with an opening; what is shared stands in sentences
without one, before, between or behind them.

What is held out is held out as in spec21: every bundle of a held-out answer is one that its part
owns, so none of them stands in a training row, alone or beside another.

    single_*     one view
    tags, told   two views, in tags or in clauses of plain words
    wide         two views, half of what stands around the values made up
    three        three views, where training has two at most
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count
from random import Random

from contracts.families import FamilyTable
from contracts.routebook import Routebook, routebook
from engine.curriculum.combinations import TRAIN
from engine.curriculum.compositional import (
    CLAUSES,
    FIELDS,
    FOREIGN,
    HELD_OUT,
    Clauses,
    CompositionalRouting,
    Request,
    partly_made_up,
    wide_clauses,
)
from engine.curriculum.prompts import prompt, shuffled
from engine.curriculum.rows import Draft
from engine.dsl.bundles import BundlesLanguage

VIEW = "[view]"
SHARED = ("topic", "pack")
OWN = tuple(name for name in FIELDS if name not in SHARED)
_DRAWS_MOST = 2000
_OPENINGS = (
    "One view:", "A figure:", "Once,", "Drawn so:", "Show it thus:", "A picture of it:",
    "On a sheet of its own:", "We would see it so:", "Here", "Make one like this:", "Part of it:",
    "What we need:",
)  # fmt: skip
_FOREIGN_OPENINGS = ("We picture it thus:", "A further sheet:")
Words = tuple[Clauses, Sequence[str]]
"""Clauses of each field, and openings of a view."""


def _known(_: Random) -> Words:
    return CLAUSES, _OPENINGS


def _foreign(_: Random) -> Words:
    return FOREIGN, _FOREIGN_OPENINGS


def _wide(rng: Random) -> Words:
    return wide_clauses(rng), partly_made_up(_OPENINGS, ("{}:", "{},", "{}"), rng)


@dataclass(frozen=True)
class _Surface:
    """Who owns what it asks for, how many views it has, and its words; tags where it has none."""

    part: str
    views: int
    words: Callable[[Random], Words] | None = None


class SeveralBundles(CompositionalRouting):
    """Draws a request, then others of its topic and pack, and words them one after the other."""

    def __init__(self, book: Routebook, families: FamilyTable) -> None:
        super().__init__(book, families)
        self._bundles = BundlesLanguage(families)
        told = partial(_Surface, words=_known)
        self._several = {
            "single_tags": _Surface(TRAIN, 1),
            "single_told": told(TRAIN, 1),
            "tags": _Surface(TRAIN, 2),
            "told": told(TRAIN, 2),
            "wide": _Surface(TRAIN, 2, _wide),
            **{f"{part}_tags": _Surface(part, 2) for part in HELD_OUT},
            **{f"{part}_told": told(part, 2) for part in HELD_OUT},
            "hidden_foreign": _Surface("hidden", 2, _foreign),
            "three": _Surface(TRAIN, 3),
        }

    def surfaces(self) -> tuple[str, ...]:
        """Training surfaces, then those of the held-out splits, then that of three views."""
        return tuple(self._several)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Those of spec21, and what opens a view."""
        return (*super().prompt_atoms(), VIEW)

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """Requests of the surface's part about one topic, with the right bundle for each."""
        asked = self._several[surface]
        views = self._views(asked, index, rng)
        bundles = tuple(map(self.right, views))
        if asked.words:
            words = self._worded(views, *asked.words(rng), rng)
        else:
            words = self._listed(views, rng)
        return Draft(
            prompt=prompt(words),
            target=self._bundles.serialize(bundles),
            family=bundles[0].family,
            form=bundles[0].form,
            topic=views[0].topic,
            pack=views[0].pack,
        )

    def _views(self, asked: _Surface, index: int, rng: Random) -> list[Request]:
        """Requests that share topic and pack, all of one part, no two of them with one answer."""
        owner = "stretch" if asked.views > 2 else asked.part
        views: dict[str, Request] = {}
        for turn in count():
            if turn % _DRAWS_MOST == 0:  # some topic and pack have no second view of the part
                views = {}
            if views:
                first = next(iter(views.values()))
                own = {name: rng.choice(list(self._values[name])) for name in OWN}
                view = replace(first, **own)
            else:
                view = self._request(asked.part, index, rng)
            answer = self._language.serialize(self.right(view))
            if self.part(view) == asked.part and self._owner(answer) == owner:
                views[answer] = view
            if len(views) == asked.views:
                break
        return list(views.values())

    def _listed(self, views: Sequence[Request], rng: Random) -> list[str]:
        """The shared tags, then each view's own behind its mark, in any order."""
        own = [(VIEW, *shuffled(rng, self._said(view, OWN))) for view in views]
        return [*shuffled(rng, self._said(views[0], SHARED)), *chain.from_iterable(own)]

    def _worded(
        self, views: Sequence[Request], clauses: Clauses, openings: Sequence[str], rng: Random
    ) -> list[str]:
        """A sentence a view; what is shared stands in one or two of its own, anywhere."""

        def said(view: Request, names: Sequence[str]) -> str:
            return ", ".join(shuffled(rng, self._clauses_of(view, names, clauses, rng))) + "."

        words = [f"{rng.choice(openings)} {said(view, OWN)}" for view in views]
        for names in rng.choice([(SHARED,), tuple((name,) for name in SHARED)]):
            words.insert(rng.randint(0, len(words)), said(views[0], names))
        return words


def several_bundles(families: FamilyTable) -> SeveralBundles:
    """The curriculum over spec21's routebook."""
    return SeveralBundles(routebook("compositional"), families)
