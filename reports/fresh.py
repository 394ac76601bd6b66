"""Asks judged runs fresh cases: what their held-out rates are where nobody has looked.

    python -m reports.fresh [NAMES] [--draw N] [--again] [--judged DIR] [--contracts DIR]
                            [--store DIR] [--records DIR]

Whoever reads the misses of a split and chooses the next rung by them has used that split up, held
out from training or not. So the weights of a run are asked as many cases again, of the same splits
and surfaces, drawn by a stream that no rung was chosen by; none has a prompt of any row or judged
case. Without names, every run whose record is green is asked. Nothing is trained, and nothing is
promoted or blocked: a rung that is chosen by looking at a draw asks the next one (`--draw`). The
records stand in reports/fresh, the page beside them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError
from contracts.models import HELD_OUT
from engine.store import ROOT
from gates import suite  # noqa: F401  importing it registers the checks that a report rests on
from gates.artifacts import markdown_table
from gates.fresh import FreshEvidence
from probes.cases import case_digest
from probes.statistics import Rate, fisher, rate
from reports import ladder
from reports.command import count, exit_status, parser, place_of
from reports.files import read_records, write_record

SCHEMA = 1
FOLDER = Path(__file__).resolve().parent / "fresh"
PAGE = FOLDER / "README.md"
README = ROOT / "README.md"
COMMAND = "python -m reports.fresh"

_HEAD = """\
# Green runs, asked fresh cases

Written by `{command}` from the records beside it. Rungs are chosen by looking at
what earlier ones missed, so a split that was never trained on can still be fitted by choice. Here
the weights of a green run are asked as many cases again, of the same splits and surfaces, from a
stream that no rung was chosen by; none has a prompt of a training row or of a judged case. Goals
and guardrails are the contract's own: a goal is a rate, judged by the lower end of its interval; a
guardrail allows no case at all, so a run may break it over one set of cases and not over another.
Where a surface has fewer prompts left, fewer are asked; a goal that not even a right answer to each
of them would hold is no red, and is told.

`p` is Fisher's, one-sided: how often the fresh rate would be as low as this, were nothing fitted.

{standing}

"""


def measure(rung: FreshEvidence) -> dict[str, Any]:
    """The record of a run; EvidenceError where it has no weights, or no fresh case is left."""
    if not rung.probe_rows:
        raise EvidenceError(
            rung.run, f"no fresh case in draw {rung.draw}", "prompts that nobody has asked yet"
        )
    missed = [verdict for verdict in rung.goals() if verdict.status != "passed"]
    # A goal that not even a right answer to every case would hold.
    few = [v for v in missed if (v.kind, v.status, v.measured) == ("goal", "failed", 1.0)]
    red = [v for v in missed if v not in few]
    return {
        "schema": SCHEMA,
        "run": rung.run,
        "contract": rung.stages.contract_digest,
        "weights": rung.stages.checkpoint_digest,
        "draw": rung.draw,
        "cases": case_digest(rung.cases),
        "red": [{"kind": v.kind, "name": v.name, "message": v.message} for v in red],
        "too_few": [v.name for v in few],
        "splits": {name: ladder.split_record(rung, name) for name in rung.contract.dataset.splits},
    }


def read(folder: Path = FOLDER, contracts: Sequence[Path] = ()) -> dict[str, dict[str, Any]]:
    """Every record by run; EvidenceError for a damaged one, or of another contract than today's."""
    return read_records(folder, contracts, schema=SCHEMA, command=COMMAND, again="Ask it again")


def compared(fresh: Mapping[str, Any], judged: Mapping[str, Any]) -> tuple[Rate, Rate]:
    """Exact answers to the judged held-out cases and to the fresh ones, over the splits of both.

    EvidenceError when the two are of different weights.
    """
    if fresh["weights"] != judged["weights"]:
        raise EvidenceError(
            f"fresh cases of {fresh['run']}",
            f"answers of weights {str(fresh['weights'])[:12]}",
            f"weights {str(judged['weights'])[:12]}, those of the run's record",
            f"{COMMAND} {fresh['run']} --again",
        )
    names = [name for name in HELD_OUT if name in fresh["splits"]]
    before, after = ([record["splits"][name] for name in names] for record in (judged, fresh))
    return _exact(before), _exact(after)


def _exact(splits: Sequence[Mapping[str, Any]]) -> Rate:
    return rate(sum(s["metrics"]["exact"]["k"] for s in splits), sum(s["n"] for s in splits))


def page(records: Mapping[str, Mapping[str, Any]], judged: Mapping[str, Mapping[str, Any]]) -> str:
    """The page: how many hold, then a line a run."""
    head = ["run", "judged", "fresh", "interval", "p", *HELD_OUT]
    head += ["best rule", "red on fresh cases", "too few"]
    lines = []
    for run, record in records.items():
        before, after = compared(record, judged[run])
        splits = record["splits"]
        exact = (splits.get(name) for name in HELD_OUT)
        lines.append(
            [
                run,
                f"{before.k}/{before.n}",
                f"{after.k}/{after.n}",
                _bounds(after),
                f"{fisher(before, after):.2g}",
                *(f"{s['metrics']['exact']['k']}/{s['n']}" if s else "none left" for s in exact),
                ladder.best_rule(splits),
                _red(record),
                ", ".join(record["too_few"]) or "none",
            ]
        )
    told = _HEAD.format(command=COMMAND, standing=f"**{standing(records, judged)}**")
    return told + markdown_table(head, lines)


def sentence(record: Mapping[str, Any]) -> str:
    """What a run answers of its fresh held-out cases, and what is red over them."""
    splits = [record["splits"][name] for name in HELD_OUT if name in record["splits"]]
    found = _exact(splits)
    red = f"; red over them: {_red(record)}" if record["red"] else ""
    return f"{record['run']} answers {found.k:,} of {found.n:,}{red}."


def standing(
    records: Mapping[str, Mapping[str, Any]], judged: Mapping[str, Mapping[str, Any]]
) -> str:
    """How many runs hold, and the misses of all of them together, in two sentences."""
    whole = sum(not record["red"] for record in records.values())
    goals = sum(all(v["kind"] != "goal" for v in record["red"]) for record in records.values())
    pairs = [compared(record, judged[run]) for run, record in records.items()]
    before, after = (
        rate(sum(r.k for r in side), sum(r.n for r in side)) for side in zip(*pairs, strict=True)
    )
    return (
        f"On fresh cases {goals} of {len(records)} green runs break no goal, {whole} no guardrail "
        f"either. Together they miss {before.n - before.k:,} of {before.n:,} judged held-out cases "
        f"and {after.n - after.k:,} of {after.n:,} fresh ones ({_bounds(after)} exact); "
        f"p = {fisher(before, after):.2g}."
    )


def quoted(
    readme: str, records: Mapping[str, Mapping[str, Any]], judged: Mapping[str, Mapping[str, Any]]
) -> str:
    """README with its quotation of what stands; EvidenceError where it has none."""
    text, found = re.subn(
        r"^> On fresh cases .*$", f"> {standing(records, judged)}", readme, flags=re.MULTILINE
    )
    if found != 1:
        raise EvidenceError(
            "README", f"{found} quotations of fresh cases", "one line that begins so"
        )
    return text


def _red(record: Mapping[str, Any]) -> str:
    return ", ".join(verdict["name"] for verdict in record["red"]) or "none"


def _bounds(found: Rate) -> str:
    return f"{found.interval.low:.1%} to {found.interval.high:.1%}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the runs of the command line, write their records and the page."""
    told = parser("reports.fresh", __doc__, FOLDER)
    told.add_argument("names", nargs="*", help="runs, globs and comma lists; none: every green run")
    told.add_argument("--draw", type=count, default=1, metavar="N", help="which draw of cases")
    told.add_argument("--again", action="store_true", help="ask runs with a record too")
    told.add_argument(
        "--judged", default=str(ladder.FOLDER), metavar="DIR", help="the ladder's own records"
    )
    options = told.parse_args(arguments)
    place = place_of(options)

    def work() -> int:
        book, judged = place.book(), ladder.read(Path(options.judged).resolve())
        green = [run for run in book.names if run in judged and not judged[run]["red"]]
        chosen = book.select(",".join(options.names)) if options.names else green
        kept = {} if options.again else read(place.folder, place.folders)
        for run in chosen:
            if run not in judged:
                raise EvidenceError(run, "no record", "a judged run", f"make ladder RUNS={run}")
            if run in kept and kept[run]["draw"] == options.draw:
                continue
            rung = FreshEvidence(
                book, place.kept(), run, draw=options.draw, contract_folders=place.contracts
            )
            record = measure(rung)
            write_record(record, place.folder)
            print(f"{run}: red {_red(record)}", flush=True)
        records, page_file = read(place.folder, place.folders), place.folder / PAGE.name
        page_file.write_text(page(records, judged), encoding="utf-8")
        print(f"page {page_file}")
        if place.folder == FOLDER:
            text = quoted(README.read_text(encoding="utf-8"), records, judged)
            README.write_text(text, encoding="utf-8")
        return 0

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
