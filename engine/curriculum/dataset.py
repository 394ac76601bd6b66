"""Builds a dataset: held-out probes first, then training rows that contain none of them.

Rows of the user's own are taken as they stand instead; the audits look at either kind alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

from contracts.errors import CurriculumError
from contracts.models import HELD_OUT, STRETCH, Contract, SplitName
from engine.curriculum import curriculum_for
from engine.curriculum.faults import FAULTS
from engine.curriculum.files import OwnRows
from engine.curriculum.instruction import instructed
from engine.curriculum.rows import Curriculum, Draft, Row, item_rng
from engine.pool import mapped

# A surface that gives only repeats this many times in a row is taken to be exhausted.
_DRAWS_PER_NEW_ROW_MAX = 400


@dataclass(frozen=True)
class Dataset:
    """Training rows by surface and probe rows by split, in a fixed order."""

    train: dict[str, tuple[Row, ...]]
    probes: dict[str, tuple[Row, ...]]

    @property
    def train_rows(self) -> tuple[Row, ...]:
        """All training rows, surface by surface."""
        return tuple(row for rows in self.train.values() for row in rows)

    @property
    def probe_rows(self) -> tuple[Row, ...]:
        """All probe rows, split by split."""
        return tuple(row for rows in self.probes.values() for row in rows)


def build_dataset(contract: Contract) -> Dataset:
    """The dataset that a contract declares; CurriculumError when a surface is too small for it.

    Held-out probes are a function of the spec's stream alone, so every rung of a spec is asked
    the same cases and no rung's data can move them.
    """
    plan = contract.dataset
    if plan.source == "files":
        own = OwnRows(contract)
        train, probes = own.train(), own.probes()
    else:
        train, probes = _drawn(contract)
    train = instructed(train, plan.instruction)
    if "seen" in plan.splits:
        probes = {"seen": _seen(train, contract), **probes}
    return Dataset(train=FAULTS[plan.fault](train, probes), probes=probes)


def surfaces_of(contract: Contract) -> tuple[str, ...]:
    """Every surface that the rows and cases of a contract can be of."""
    if contract.dataset.source == "files":
        return OwnRows(contract).surfaces()
    return _curriculum(contract).surfaces()


def room(contract: Contract, surface: str, most: int, used: Iterable[str]) -> int:
    """How many rows a training surface can give, up to `most`, none with a prompt of `used`."""
    if contract.dataset.source == "files":
        return min(most, OwnRows(contract).room(surface))
    stream = f"{contract.dataset.stream}/train/{surface}"
    drafts = _distinct(_drafts(contract, surface, stream), set(used))
    return sum(1 for _ in islice(drafts, most))


def fresh_probes(contract: Contract, used: Iterable[str], draw: int) -> tuple[Row, ...]:
    """Cases of the held-out and stretch splits from draw number `draw`, none with a used prompt.

    As many as the contract asks, of the same surfaces in the same shares; fewer, down to none,
    where a surface has no more prompts. CurriculumError for rows of the user's own, which no
    stream draws.
    """
    plan = contract.dataset
    if plan.source == "files":
        raise CurriculumError(
            f"{contract.run}, fresh cases",
            "cases from files",
            "a curriculum, which can draw others",
            "Put other cases into a probes file of a rung of their own",
        )
    asked = set(used)
    rows: list[Row] = []
    for name in _judged_or_stretched(contract):
        split = plan.splits[name]
        for at, surface in enumerate(split.surfaces):
            stream = f"{plan.stream}/fresh {draw}/{name}/{surface}"
            numbers = range(at, split.cases, len(split.surfaces))
            drafts = _distinct(_drafts(contract, surface, stream), asked)
            rows += (
                _row(draft, name, surface, number)
                for number, draft in zip(numbers, drafts, strict=False)
            )
    return tuple(rows)


def _judged_or_stretched(contract: Contract) -> Iterator[SplitName]:
    """The splits that are drawn before any row, in the order in which they are."""
    return (name for name in (*HELD_OUT, *STRETCH) if name in contract.dataset.splits)


def _curriculum(contract: Contract) -> Curriculum:
    assert contract.dataset.curriculum is not None  # the model refuses a source without its key
    return curriculum_for(contract.dataset.curriculum, contract.dataset.families)


def _drawn(
    contract: Contract,
) -> tuple[dict[str, tuple[Row, ...]], dict[str, tuple[Row, ...]]]:
    """Training rows and probes of a curriculum, no prompt of which stands in two places."""
    plan = contract.dataset
    asked: set[str] = set()
    probes: dict[str, tuple[Row, ...]] = {}
    for name in _judged_or_stretched(contract):
        split = plan.splits[name]
        drafts = {
            surface: _distinct(_drafts(contract, surface, f"{plan.stream}/{name}/{surface}"), asked)
            for surface in split.surfaces
        }
        rows = []
        for number in range(split.cases):
            surface = split.surfaces[number % len(split.surfaces)]
            draft = _next(drafts[surface], surface, name, number)
            rows.append(_row(draft, name, surface, number))
        probes[name] = tuple(rows)
    train: dict[str, tuple[Row, ...]] = {}
    # By name: the order of keys in a contract is no promise, so no row may depend on it.
    for surface, many in sorted(plan.rows.items()):
        ahead = _drafts(contract, surface, f"{plan.stream}/train/{surface}", many)
        with closing(ahead):
            stream = _distinct(ahead, asked)
            train[surface] = tuple(
                _row(_next(stream, surface, "train", number), "train", surface, number)
                for number in range(many)
            )
    return train, probes


def _seen(train: dict[str, tuple[Row, ...]], contract: Contract) -> tuple[Row, ...]:
    split = contract.dataset.splits["seen"]
    pool = [row for surface in split.surfaces for row in train.get(surface, ())]
    if len(pool) < split.cases:
        raise CurriculumError(
            f"{contract.run}, split seen",
            f"{len(pool)} training rows on its surfaces",
            f"at least {split.cases}",
            "Ask fewer cases, or name more surfaces",
        )
    order = item_rng(f"{contract.dataset.stream}/seen", 0).sample(range(len(pool)), split.cases)
    return tuple(
        Row(**{**vars(pool[at]), "id": f"seen/{pool[at].surface}/{number:04d}", "split": "seen"})
        for number, at in enumerate(sorted(order))
    )


def _drafts(
    contract: Contract, surface: str, stream: str, many: int = 0
) -> Generator[Draft, None, None]:
    """All drafts of one stream, by number; very many are drawn in more than one process."""
    plan = contract.dataset
    assert plan.curriculum is not None  # the model refuses a source without its key
    known = _curriculum(contract).surfaces()
    if surface not in known:
        raise CurriculumError(
            f"{contract.run}, dataset of {plan.curriculum}",
            f"surface {surface!r}",
            f"one of {', '.join(known)}",
            "Mend the rows or the split that names it",
        )
    draw = partial(_drawn_drafts, plan.curriculum, plan.families, surface, stream)
    return mapped(draw, count(), many)


def _drawn_drafts(
    name: str, table: str, surface: str, stream: str, numbers: Sequence[int]
) -> list[Draft]:
    curriculum = curriculum_for(name, table)
    return [curriculum.draw(surface, number, item_rng(stream, number)) for number in numbers]


def _distinct(drafts: Iterator[Draft], used: set[str]) -> Iterator[Draft]:
    """Drafts whose prompts nobody has used; marks each as used."""
    barren = 0
    for draft in drafts:
        if draft.prompt in used:
            barren += 1
            if barren == _DRAWS_PER_NEW_ROW_MAX:
                return
            continue
        barren = 0
        used.add(draft.prompt)
        yield draft


def _next(drafts: Iterator[Draft], surface: str, split: str, number: int) -> Draft:
    try:
        return next(drafts)
    except StopIteration:
        raise CurriculumError(
            f"split {split}, surface {surface}",
            f"only {number} distinct prompts",
            "more prompts, each different",
            "Ask fewer rows of this surface, or widen it",
        ) from None


def _row(draft: Draft, split: str, surface: str, number: int) -> Row:
    return Row(id=f"{split}/{surface}/{number:04d}", split=split, surface=surface, **vars(draft))


def shares(rows: tuple[Row, ...], field: str) -> dict[str, int]:
    """How many rows have each value of a row field, most first."""
    return dict(Counter(str(getattr(row, field)) for row in rows).most_common())
