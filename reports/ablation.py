"""Runs a declared ablation, a matrix of variants and seeds, and says how much of it is seed noise.

    python -m reports.ablation [NAME] [--jobs N] [--again] [--contracts DIR] [--store DIR]

Every cell is a rung like any other (contracts/ablation.py), judged as a climb judges rungs. Before
anything is trained, a matrix whose cells would be asked different cases is refused; a record whose
cells are others than those declared is refused when it is read. The record in reports/ablations
holds the cells, the page beside it the tables that follow from them; without a name, only the page
is written.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.ablation import ABLATIONS_FOLDER, Ablation, Cell, ablation, cells, write_matrix
from contracts.errors import EvidenceError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT
from gates.artifacts import markdown_table
from gates.rung import RungEvidence
from probes.statistics import Interval, Spread, seed_noise, spread
from reports import climb, ladder
from reports.command import Place, count, exit_status, parser, place_of
from reports.files import json_bytes, read_record, write_atomic

SCHEMA = 1
FOLDER = Path(__file__).resolve().parent / "ablations"
PAGE = FOLDER / "README.md"
METRIC = "exact"

_HEAD = """\
# Ablations: one axis, several seeds

Written by `python -m reports.ablation NAME` from the records beside it. A cell is a run like any
other, judged by the same gates over the same held-out cases; its figures are exact answers from raw
greedy decoding. A seed draws the order of the rows and, where a run starts from scratch, its first
weights. Intervals of a mean are Student's over the seeds, at 95 %: they tell how the mean would
move with other seeds, not with other cases.
"""


def run(
    plan: Ablation, place: Place, *, jobs: int = 1, again: bool = False
) -> dict[str, Any]:
    """Judge every cell that has no record of today's contract; the record of the whole matrix."""
    folder = Path(place.store) / "ablations" / plan.id
    write_matrix(plan, place.book(), folder / "contracts")
    own = Place(
        (*place.contracts, str(folder / "contracts")), place.store, str(folder / "records")
    )
    book, store = own.book(), own.kept()
    matrix = cells(plan)
    asked = {cell.run: RungEvidence(book, store, cell.run).held_out_digest for cell in matrix}
    same_cases(plan, asked)
    kept = ladder.read(own.folder)
    order = climb.ordered(book, [cell.run for cell in matrix])
    waiting = [name for name in order if again or not _judged(kept.get(name), book, name)]
    lost, _ = climb.judge_all(order, waiting, own, jobs=jobs)
    found = ladder.read(own.folder)
    if missing := [
        name for name in order if name in lost or not _judged(found.get(name), book, name)
    ]:
        raise EvidenceError(
            f"ablation {plan.id}",
            "; ".join(f"{name}: {lost.get(name, 'no splits')}" for name in missing),
            "answers of every cell",
            "Mend what stopped it and run again: what was judged is kept",
        )
    return {
        "schema": SCHEMA,
        "ablation": plan.id,
        "base": contract_digest(book.contract(plan.base)),
        "cells": [_cell(cell, found[cell.run], asked[cell.run]) for cell in matrix],
    }


def same_cases(plan: Ablation, asked: Mapping[str, str]) -> None:
    """EvidenceError unless every cell is asked the same held-out cases."""
    sets: dict[str, list[str]] = {}
    for name, digest in asked.items():
        sets.setdefault(digest, []).append(name)
    if len(sets) > 1:
        told = " and ".join(f"{digest[:12]} ({', '.join(names)})" for digest, names in sets.items())
        raise EvidenceError(
            f"ablation {plan.id}",
            f"case sets {told}",
            "the same held-out cases for every cell",
            "Vary what is learned, not what is asked: rates of different sets do not compare",
        )


def _judged(record: Mapping[str, Any] | None, book: ContractBook, name: str) -> bool:
    """Whether a run was asked everything, under today's contract; red is a result like green."""
    return (
        record is not None
        and record["contract"] == contract_digest(book.contract(name))
        and bool(record["splits"])
    )


def _cell(cell: Cell, record: Mapping[str, Any], cases: str) -> dict[str, Any]:
    return {
        "variant": cell.variant,
        "seed": cell.seed,
        "contract": record["contract"],
        "weights": record["weights"],
        "cases": cases,
        "red": {gate: sorted(checks) for gate, checks in record["red"].items()},
        "training": record["training"],
        "splits": {
            name: {"n": split["n"], **{m: found["k"] for m, found in split["metrics"].items()}}
            for name, split in record["splits"].items()
        },
    }


def write(record: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Write a record, whole or not at all: a line a key, and a line a cell."""
    path = folder / f"{record['ablation']}.json"
    where = str(path)
    lines = [
        f'"{key}":{json_bytes(where, value).decode()}'
        for key, value in record.items()
        if key != "cells"
    ]
    rows = ",".join(f"\n {json_bytes(where, cell).decode()}" for cell in record["cells"])
    write_atomic(path, ("{" + ",\n".join([*lines, f'"cells":[{rows}]']) + "}\n").encode())


def read(plan: Ablation, folder: Path = FOLDER, contracts: Sequence[Path] = ()) -> dict[str, Any]:
    """The record of an ablation.

    EvidenceError when it is damaged, when its cells are not those declared under today's contracts,
    or when they were asked different cases.
    """
    path = folder / f"{plan.id}.json"
    record = read_record(path, SCHEMA, "Run it again")
    with tempfile.TemporaryDirectory() as matrix:
        write_matrix(plan, ContractBook(contracts), Path(matrix))
        book = ContractBook([*contracts, Path(matrix)])
        wanted = [
            (cell.variant, cell.seed, contract_digest(book.contract(cell.run)))
            for cell in cells(plan)
        ]
    found = [(cell["variant"], cell["seed"], cell["contract"]) for cell in record["cells"]]
    if found != wanted:
        odd = {f"{variant} seed {seed}" for variant, seed, _ in {*wanted} ^ {*found}}
        raise EvidenceError(
            str(path),
            f"other contracts than declared: {', '.join(sorted(odd)) or 'cells out of order'}",
            "one cell a variant and seed, in their order, each of today's contract",
            f"python -m reports.ablation {plan.id}",
        )
    same_cases(plan, {f"{c['variant']} seed {c['seed']}": c["cases"] for c in record["cells"]})
    return record


def table(record: Mapping[str, Any], plan: Ablation) -> str:
    """Markdown, a line a variant: exact answers of every seed, and their spread over the seeds."""
    splits = {name: split["n"] for name, split in record["cells"][0]["splits"].items()}
    held_out = [name for name in HELD_OUT if name in splits]
    asked = sum(splits[name] for name in held_out)
    seeds = ", ".join(str(seed) for seed in plan.seeds)
    head = ["variant", *(f"{name} (n={splits[name]})" for name in held_out)]
    head += [f"held out (n={asked}), seeds {seeds}", "mean", "deviation between seeds"]
    head += ["95 % interval of the mean", "against the base", "goals held"]
    lines = []
    base = _rates(record, "base")
    for variant in _variants(plan):
        mine = [cell for cell in record["cells"] if cell["variant"] == variant]
        over = spread(_rates(record, variant))
        gains = [own - other for own, other in zip(_rates(record, variant), base, strict=True)]
        lines.append(
            [
                f"{variant} ({plan.base})" if variant == "base" else variant,
                *(_counts(cell["splits"][name][METRIC] for cell in mine) for name in held_out),
                _counts(sum(cell["splits"][s][METRIC] for s in held_out) for cell in mine),
                f"{over.mean:.2%}",
                _points(over.deviation),
                _interval(over.interval, "%", least=0.0, most=1.0),
                "" if variant == "base" else _gain(spread(gains)),
                f"{sum(_holds(cell) for cell in mine)} of {len(mine)}",
            ]
        )
    return markdown_table(head, lines)


def verdict(record: Mapping[str, Any], plan: Ablation) -> str:
    """One plain sentence: how much of the difference between the variants is seed noise."""
    over = {variant: _rates(record, variant) for variant in _variants(plan)}
    if not plan.variant:
        deviation = spread(over["base"]).deviation
        return (
            f"Seeds alone move exact answers to the held-out cases by a standard deviation of "
            f"{_points(deviation)}."
        )
    noise = seed_noise(list(over.values()))
    told = (
        f"The means of the variants differ by a standard deviation of "
        f"{_points(noise.between_variants)}, the seeds of one variant by "
        f"{_points(noise.between_seeds)}"
    )
    if noise.share is None:
        return f"{told}: there is no difference between the variants to explain."
    return (
        f"{told}: over {noise.seeds} seeds, {noise.share:.0%} of the variance between the variants "
        "is what seeds alone would make."
    )


def page(records: Mapping[str, Mapping[str, Any]], plans: Mapping[str, Ablation]) -> str:
    """The page of all ablations, a section each."""
    parts = [_HEAD]
    for name, plan in sorted(plans.items()):
        axis = f"axis {plan.axis}" if plan.axis else "seeds alone"
        parts.append(f"## {name}: {axis}, base {plan.base}\n\n{plan.question}\n")
        parts += ["\n".join(f"- {v.id}: {v.says}" for v in plan.variant) + "\n"] * bool(
            plan.variant
        )
        if name in records:
            parts += [table(records[name], plan), f"**{verdict(records[name], plan)}**\n"]
        else:
            parts.append("Declared, without a record yet.\n")
    return "\n".join(parts)


def declared(folder: Path = ABLATIONS_FOLDER) -> dict[str, Ablation]:
    """Every declared ablation by name."""
    return {path.stem: ablation(path.stem, folder) for path in sorted(folder.glob("*.toml"))}


def recorded(plans: Mapping[str, Ablation], folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """The records that there are; EvidenceError as `read`, or for one that nothing declares."""
    names = {path.stem for path in folder.glob("*.json")}
    if stray := sorted(names - plans.keys()):
        raise EvidenceError(str(folder), f"records of {stray}", "records of declared ablations")
    return {name: read(plans[name], folder) for name in sorted(names)}


def _variants(plan: Ablation) -> Iterator[str]:
    yield "base"
    yield from (variant.id for variant in plan.variant)


def _rates(record: Mapping[str, Any], variant: str) -> list[float]:
    """Exactness over the held-out cases, seed by seed."""
    return [
        sum(cell["splits"][name][METRIC] for name in HELD_OUT)
        / sum(cell["splits"][name]["n"] for name in HELD_OUT)
        for cell in record["cells"]
        if cell["variant"] == variant
    ]


def _holds(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is green; that another cell is better is no goal of its own."""
    own = [name for names in cell["red"].values() for name in names]
    return not set(own) - {"no_worse_than_its_parent"}


def _counts(found: Iterator[int]) -> str:
    return ", ".join(str(k) for k in found)


def _points(share: float) -> str:
    return f"{100 * share:.2f} points"


def _interval(bounds: Interval, unit: str, *, least: float = -1.0, most: float = 1.0) -> str:
    """Bounds in hundredths; Student's know nothing of how far a rate or a difference can go."""
    low, high = max(bounds.low, least), min(bounds.high, most)
    return f"{100 * low:.2f} to {100 * high:.2f} {unit}"


def _gain(over: Spread) -> str:
    return f"{100 * over.mean:+.2f} points ({_interval(over.interval, 'points')})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ablation of the command line, print its table, write record and page.

    Without a name, only the page is written, from the records that there are.
    """
    told = parser("reports.ablation", __doc__, FOLDER)
    told.add_argument(
        "name", nargs="?", help="an ablation of contracts/ablations; none: only write the page"
    )
    told.add_argument("--jobs", type=count, default=1, metavar="N", help="cells at a time")
    told.add_argument("--again", action="store_true", help="judge finished cells too")
    options = told.parse_args(arguments)
    place = place_of(options)

    def work() -> int:
        if options.name:
            plan = ablation(options.name, _home(options.name, place.folders))
            record = run(plan, place, jobs=options.jobs, again=options.again)
            write(record, place.folder)
            print(table(record, plan), end="")
            print(verdict(record, plan))
        if place.folder == FOLDER:
            plans = declared()
            PAGE.write_text(page(recorded(plans), plans), encoding="utf-8")
        return 0

    return exit_status(work)


def _home(name: str, folders: Sequence[Path]) -> Path:
    """The folder that declares an ablation: `ablations` in a folder of contracts, else ours."""
    for folder in folders:
        if (folder / "ablations" / f"{name}.toml").is_file():
            return folder / "ablations"
    return ABLATIONS_FOLDER


if __name__ == "__main__":
    sys.exit(main())
