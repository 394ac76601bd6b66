"""The ladder: one small record a rung, as data, and the table that is made from the records.

    python -m reports.ladder [NAMES]     print the table of the records (of these runs)

`reports/climb.py` writes the records: what the gates found, tokens and minutes of training, every
metric of every split with its interval, every rule that needs no model. Figures of the article
stand in the contracts, and come to the table from there. Green and red alike: a negative result is
a result. A test fails when a record's digest is no longer its contract's.
"""

from __future__ import annotations

import contextlib
import fnmatch
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import Blocked, EvidenceError, ProbegateError, StoreError
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT, STRETCH, Contract
from gates.artifacts import markdown_table
from gates.expectation import red_gates, surprises
from gates.rung import RungEvidence
from gates.suite import all_checks
from reports.files import json_bytes, read_record, write_atomic

SCHEMA = 1
FOLDER = Path(__file__).resolve().parent / "ladder"
_DIGITS = 4


def record_of(rung: RungEvidence) -> dict[str, Any]:
    """The record of a run: every check asked, and whatever was measured on the way."""
    verdicts = [rung.verdict(check) for check in all_checks(rung.book, rung.run)]
    splits = {}
    # What is blocked has nothing to show: the red gate says why.
    with contextlib.suppress(Blocked, EvidenceError, StoreError):
        splits = {name: split_record(rung, name) for name in rung.contract.dataset.splits}
    trained = rung.stages.find_weights() if splits else None
    return {
        "schema": SCHEMA,
        "run": rung.run,
        "contract": rung.stages.contract_digest,
        "weights": rung.stages.checkpoint_digest if trained else None,
        "red": red_gates(verdicts),
        "surprises": list(surprises(rung.contract, verdicts)),
        "checks": len(verdicts),
        "training": _training(rung) if trained else None,
        **(_seeds(rung) if trained else {}),
        "splits": splits,
    }


def _seeds(rung: RungEvidence) -> dict[str, Any]:
    """What each further seed answered, where the rung asks for several."""
    _, *further = rung.under_every_seed
    if not further:
        return {}
    return {
        "seeds": [
            {
                "seed": run.contract.training.seed,
                "weights": run.stages.checkpoint_digest,
                "exact": {
                    name: run.report.rates(name)["exact"].k for name in run.contract.dataset.splits
                },
            }
            for run in further
        ]
    }


def split_record(rung: RungEvidence, split: str) -> dict[str, Any]:
    """Every metric of a split with its interval, and what each rule answers of it."""
    rates = rung.report.rates(split)
    return {
        "n": rates["exact"].n,
        "claim": rung.contract.dataset.splits[split].claim,  # type: ignore[index]
        "metrics": {
            metric: {
                "k": rates[metric].k,
                "interval": [
                    round(rates[metric].interval.low, _DIGITS),
                    round(rates[metric].interval.high, _DIGITS),
                ],
            }
            for metric in rates
        },
        "rules": {row.baseline: row.exact.k for row in rung.baselines if row.split == split},
    }


def _training(rung: RungEvidence) -> dict[str, Any]:
    """Real tokens and minutes of this run's own updates, as its ledger has them."""
    tokens, seconds = 0, 0.0
    before: dict[str, int] = {}
    for update in (record for record in rung.ledger if record["kind"] == "update"):
        step = update["tokens"] - before.get(update["stage"], 0)
        before[update["stage"]] = update["tokens"]
        tokens += step
        seconds += step / max(update["tokens_per_second"], 1)
    return {
        "tokens": tokens,
        "minutes": round(seconds / 60, 2),
        "starts_from": rung.contract.init_from,
    }


def write(record: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Write a record, whole or not at all: a line a key, and a line a split."""
    path = folder / f"{record['run']}.json"
    where = str(path)
    splits = [
        f'"{name}":{json_bytes(where, split).decode()}' for name, split in record["splits"].items()
    ]
    lines = [
        f'"{key}":{json_bytes(where, value).decode()}'
        for key, value in record.items()
        if key != "splits"
    ]
    lines.append('"splits":{' + ",".join(f"\n {split}" for split in splits) + "}")
    write_atomic(path, ("{" + ",\n".join(lines) + "}\n").encode())


def read(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Every record by run; EvidenceError for one that is damaged or of another schema."""
    records: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        found = read_record(path, SCHEMA, "Climb again")
        if found["run"] != path.stem:
            raise EvidenceError(str(path), f"a record of {found['run']}", path.stem)
        records[path.stem] = found
    return records


def stale(records: Mapping[str, Mapping[str, Any]], book: ContractBook) -> tuple[str, ...]:
    """Runs whose record belongs to another contract than today's, or to none."""
    return tuple(
        run
        for run, record in records.items()
        if run not in book.names or record["contract"] != contract_digest(book.contract(run))
    )


def standing(record: Mapping[str, Any]) -> str:
    """ "green", or the red gates with their failed checks."""
    red = record["red"]
    return "; ".join(f"{gate}: {', '.join(checks)}" for gate, checks in red.items()) or "green"


def declared(contract: Contract) -> str:
    """What a contract says it will be: "green" or "red at <gate>"."""
    expects = contract.rung.expects
    return "green" if expects is None else f"red at {expects.gate}"


def table(
    records: Mapping[str, Mapping[str, Any]], book: ContractBook, names: Sequence[str] = ("*",)
) -> str:
    """Markdown, a line a record, beside the article's figures; in the order of the contracts."""
    head = ["run", "found", "tokens", "minutes", *HELD_OUT, "best rule", "published exact (cases)"]
    chosen = [run for run in book.names if run in records and _named(run, names)]
    return markdown_table(head, [_line(records[run], book.contract(run)) for run in chosen])


def stretch_table(
    records: Mapping[str, Mapping[str, Any]], book: ContractBook, names: Sequence[str] = ("*",)
) -> str:
    """Markdown, a line a record: exact answers beyond what training shows; "" where none is asked.

    These splits are measured and never judged: they are there to be missed.
    """
    asked = {run: book.contract(run) for run in book.names if run in records and _named(run, names)}
    splits = [s for s in STRETCH if any(s in c.dataset.splits for c in asked.values())]
    head = ["beyond training", *splits]
    lines = [
        [
            run,
            *(_exact(records[run], split) if split in c.dataset.splits else "" for split in splits),
        ]
        for run, c in asked.items()
        if records[run]["splits"]
    ]
    return markdown_table(head, lines) if splits and lines else ""


def _named(run: str, names: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(run, name) for name in names)


def _exact(record: Mapping[str, Any], split: str) -> str:
    found = record["splits"][split]
    return f"{found['metrics']['exact']['k']}/{found['n']}"


def chosen_greens(
    records: Mapping[str, Mapping[str, Any]], book: ContractBook, promoted: Collection[str]
) -> tuple[str, ...]:
    """One green run of each spec: its promoted one, else its first one, in contract order."""
    found: dict[str, str] = {}
    for run in book.names:
        spec = book.contract(run).spec.id
        if run in records and not records[run]["red"] and (spec not in found or run in promoted):
            found[spec] = run
    return tuple(found.values())


def _line(record: Mapping[str, Any], contract: Contract) -> list[str]:
    red = ", ".join(record["red"])
    found = f"red at {red}" if red else "green"
    if record["surprises"]:
        found += f" (declared {declared(contract)})"
    training, splits = record["training"], record["splits"]
    spent = ["none", "none"]
    if training:
        spent = [f"{training['tokens']:,}", f"{training['minutes']:.1f}"]
    exact = ["none"] * len(HELD_OUT)
    best = "none"
    if splits:
        exact = [_exact(record, split) for split in HELD_OUT]
        best = best_rule(splits)
    return [record["run"], found, *spent, *exact, best, _published(contract)]


def best_rule(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """The rule that answers most of the held-out splits, and its share of them."""
    held_out = [splits[name] for name in HELD_OUT if name in splits]
    rules = {rule: sum(split["rules"][rule] for split in held_out) for rule in held_out[0]["rules"]}
    rule = max(rules, key=lambda name: (rules[name], name))
    asked = sum(split["n"] for split in held_out)
    return f"{rule} {rules[rule] / asked:.1%}" if rules[rule] else "0.0%"


def _published(contract: Contract) -> str:
    figures = contract.rung.published
    if figures is None or figures.exact is None:
        return "none"
    return f"{figures.exact:.1%} ({figures.cases})" if figures.cases else f"{figures.exact:.1%}"


def main(arguments: Sequence[str]) -> int:
    """Print the table of the records that stand, the stale ones named."""
    try:
        book = ContractBook()
        records = read()
        names = [name for word in arguments for name in word.split(",")]
        print(table(records, book, names or ("*",)), end="")
        old = stale(records, book)
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    for run in old:
        print(f"{run}: stale, its contract has changed; climb it again", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
