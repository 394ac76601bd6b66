"""Writes the page of the ladder, and README's table: `python -m reports.ladder_page`.

A section a spec: its lesson, whether the published lesson stood when it was measured honestly
(reports/ladder/findings.toml, by hand), and its rungs beside the published figures. README has one
green rung a spec, and the page of reports/article.py every published figure. A test holds them all
to the records.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from contracts.errors import ProbegateError
from contracts.families import Frozen
from contracts.loading import ContractBook
from contracts.models import Text
from contracts.reading import read_toml, validated
from reports import article, fresh, ladder
from reports.ledger import verify

PAGE = ladder.FOLDER / "README.md"
README = ladder.FOLDER.parents[1] / "README.md"
LEDGER = ladder.FOLDER.parent / "promoted" / "ledger.jsonl"
FINDINGS = ladder.FOLDER / "findings.toml"

_HEAD = """\
# The ladder

Written by `python -m reports.ladder_page` from the records beside it and the contracts. A record is
what one run came to: what the gates found, real tokens and minutes of training (on two cores, or on
one where two runs were climbed at a time), exact answers a split from raw greedy decoding, and the
rule that answers most of those four splits without a model. `make ladder RUNS='spec04_*'` makes the
records of a spec again.

{standing}
"""


class Finding(Frozen):
    """Whether a published lesson stands when measured honestly, and why."""

    stands: Literal["yes", "in part", "no", "not tested"]
    why: Text


def findings(path: Path = FINDINGS) -> dict[str, Finding]:
    """What is said of each spec's published lesson; ContractError names file and key of a fault."""
    return {
        spec: validated(Finding, said, path, f"{spec}.") for spec, said in read_toml(path).items()
    }


def page(
    records: Mapping[str, Mapping[str, Any]],
    book: ContractBook,
    said: Mapping[str, Finding],
    asked: Mapping[str, Mapping[str, Any]],
) -> str:
    """The whole page, specs in the order of the contracts; `asked` are the runs' fresh cases."""
    specs: dict[str, list[str]] = {}
    for run in book.names:
        specs.setdefault(book.contract(run).spec.id, []).append(run)
    parts = [_HEAD.format(standing=_standing(records, book))]
    for spec, runs in specs.items():
        info = book.contract(runs[0]).spec
        parts.append(f"## {spec}: {info.title}\n\n{info.lesson}\n")
        if spec in said:
            answer = f"*Does the published lesson stand? {said[spec].stands}.*"
            parts.append(f"{answer} {said[spec].why}\n")
        if any(run in records for run in runs):
            parts.append(ladder.table(records, book, runs))
        if stretched := ladder.stretch_table(records, book, runs):
            parts.append(stretched)
        if told := [fresh.sentence(asked[run]) for run in runs if run in asked]:
            parts.append(f"[Cases that nobody chose by](../fresh/README.md): {' '.join(told)}\n")
        if waiting := [run for run in runs if run not in records]:
            parts.append(f"Declared, without a record yet: {', '.join(waiting)}.\n")
    return "\n".join(parts)


def quoted(
    readme: str,
    records: Mapping[str, Mapping[str, Any]],
    book: ContractBook,
    promoted: Collection[str],
) -> str:
    """README with its table of one green run a spec; ValueError where it has no such table."""
    table = ladder.table(records, book, ladder.chosen_greens(records, book, promoted))
    head = re.escape(table.split("\n", 1)[0])
    text, found = re.subn(rf"{head}\n(\|.*\n)+", lambda _: table, readme)
    if found != 1:
        raise ValueError(f"found {found} tables of the ladder; expected 1, headed {head}")
    return text


def _standing(records: Mapping[str, Mapping[str, Any]], book: ContractBook) -> str:
    """How many runs are declared, and how many of them were found green and red."""
    green = sum(not record["red"] for record in records.values())
    minutes = sum(r["training"]["minutes"] for r in records.values() if r["training"])
    return (
        f"{len(book.names)} runs are declared, {len(records)} have a record: {green} green, "
        f"{len(records) - green} red as declared. Their training took {minutes:.0f} minutes."
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page."""
    if arguments:
        print("usage: python -m reports.ladder_page", file=sys.stderr)
        return 2
    try:
        book, records = ContractBook(), ladder.read()
        PAGE.write_text(page(records, book, findings(), fresh.read()), encoding="utf-8")
        article.PAGE.write_text(article.page(records, book), encoding="utf-8")
        promoted = {entry.run for entry in verify(LEDGER)}
        text = quoted(README.read_text(encoding="utf-8"), records, book, promoted)
        README.write_text(text, encoding="utf-8")
    except (ProbegateError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"pages {PAGE}, {article.PAGE.name}, and the table of {README.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
