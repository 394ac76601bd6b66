"""The results that the docs quote, kept as data beside the digest of the contract they belong to.

    python -m reports.results OUT [OUT ...]     take over these sessions' runs, print the table

Green and red runs alike: a negative result is a result. A test fails when a digest no longer
matches its contract, or README's table does not follow from the data.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError, ProbegateError
from contracts.loading import ContractBook
from contracts.models import HELD_OUT
from engine.store import write_json
from reports.files import read_json
from reports.record import SessionRecord, read_record

RESULTS = Path(__file__).resolve().parent / "promoted" / "results.json"
_GOAL = "exact_on_"


def results_of(record: SessionRecord) -> dict[str, dict[str, Any]]:
    """Standing, digests and held-out exactness of each run of a session.

    Raises EvidenceError for a session that is neither green nor red: it decided nothing.
    """
    if record.standing not in ("green", "red"):
        raise EvidenceError(record.label, record.title, "a session that is green or red")
    found: dict[str, dict[str, Any]] = {}
    for name, run in record.runs.items():
        exact = {
            v["name"].removeprefix(_GOAL): {
                "exact": round(v["measured"] * v["n"]),
                "n": v["n"],
                "interval": [round(bound, 4) for bound in v["interval"]],
            }
            for v in record.verdicts
            if v["run"] == name and v["gate"] == "promotion" and v["name"].startswith(_GOAL)
        }
        if exact:
            digests = {key: run.digests[key] for key in ("contract", "weights")}
            found[name] = {"standing": run.standing, **digests, "splits": exact}
    return found


def table(results: Mapping[str, Mapping[str, Any]], book: ContractBook) -> str:
    """Markdown: each run's held-out exactness beside the published figure."""
    head = ["run", "verdict", *HELD_OUT, "published exact (cases)"]
    lines = [head, ["---"] * len(head)]
    for name in book.names:
        if name not in results:
            continue
        row = results[name]
        published = book.contract(name).rung.published
        told = "none"
        if published is not None and published.exact is not None:
            told = f"{published.exact:.1%} ({published.cases})"
        splits = [f"{row['splits'][s]['exact']}/{row['splits'][s]['n']}" for s in HELD_OUT]
        lines.append([name, row["standing"], *splits, told])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Merge the sessions of the given out folders into results.json."""
    try:
        results = dict(read_json(RESULTS)) if RESULTS.is_file() else {}
        for folder in arguments:
            results |= results_of(read_record(Path(folder) / "verdict.json"))
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    write_json(RESULTS, results)
    print(table(results, ContractBook()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
