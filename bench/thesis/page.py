"""Writes the table and the plot of the measured costs: `python -m bench.thesis.page`.

Both are made from the records of bench/thesis/measured, and nothing on them is written by hand:
the page is bench/thesis/README.md, the plot stands beside the records.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.thesis import measure, task
from bench.thesis.spellings import representations
from contracts.errors import EvidenceError, ProbegateError

PAGE = Path(__file__).resolve().parent / "README.md"
PLOT = measure.MEASURED / "thesis.png"
Records = Mapping[str, Mapping[str, Any]]

_HEAD = """# What a representation costs to learn

Written by `python -m bench.thesis.page` from `bench/thesis/measured/`;
`python -m bench.thesis.measure` measures it again.

One picture task, {rows:,} rows and {cases} held-out cases, asked and answered in seven
representations: the same prompts and the same panels of two to five points, a topic, a look and
marks; only the text of the answer differs. The same model ({parameters} parameters, by
vocabulary), rate, tokens an update and points of evaluation for all. *Learned* is the first point
where {learned:.0%} of the cases are exact, from the raw answer: every character, and a stop of the
model's own.

![exact answers against training tokens]({plot})

"""


def load(folder: Path = measure.MEASURED) -> dict[str, dict[str, Any]]:
    """The records that stand, in the order of their specs; EvidenceError for another schema."""
    found = {}
    for name in representations():
        path = folder / f"{name}.json"
        if not path.is_file():
            continue
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != measure.SCHEMA or record["representation"] != name:
            raise EvidenceError(str(path), "another record", measure.SCHEMA, "Measure again")
        found[name] = record
    return found


def table(records: Records) -> str:
    """Markdown, a line a representation; factors are over the cheapest one."""
    learned = [record["learned"]["tokens"] for record in records.values() if record["learned"]]
    cheapest = min(learned, default=1)
    head = [
        "representation", "spec", "tokens an answer", "tokens to learn it", "factor",
        "rows to learn it", "minutes, one thread", "exact there",
    ]  # fmt: skip
    lines = [head, ["---"] * len(head)]
    lines += [_line(record, cheapest) for record in records.values()]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _line(record: Mapping[str, Any], cheapest: int) -> list[str]:
    at = record["points"][-1]
    reached = record["learned"] is not None
    bound = "" if reached else "more than "
    low, high = record["interval"]
    return [
        record["representation"],
        record["spec"],
        f"{record['answer_tokens']:.0f}",
        f"{bound}{at['tokens']:,}",
        f"{bound}{at['tokens'] / cheapest:.1f}",
        f"{bound}{at['tokens'] / record['row_tokens']:,.0f}",
        f"{bound}{at['minutes']:.1f}",
        f"{at['exact']}/{record['cases']} ({low:.1%} to {high:.1%})",
    ]


def page(records: Records) -> str:
    """The whole page."""
    sizes = [record["parameters"] for record in records.values()]
    head = _HEAD.format(
        rows=task.ROWS,
        cases=task.CASES,
        parameters=f"{min(sizes):,} to {max(sizes):,}" if sizes else "no",
        learned=measure.LEARNED,
        plot=PLOT.relative_to(PAGE.parent),
    )
    missing = [name for name in representations() if name not in records]
    left = f"\nNot measured yet: {', '.join(missing)}.\n" if missing else ""
    return head + table(records) + left


def draw(records: Records, path: Path = PLOT) -> None:
    """Exact share against tokens, and tokens to learn against the length of an answer, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (curves, costs) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for number, (name, record) in enumerate(records.items()):
        points = record["points"]
        tokens = [point["tokens"] for point in points]
        shares = [point["exact"] / record["cases"] for point in points]
        label, colour = f"{name} ({record['spec']})", f"C{number}"
        curves.semilogx(tokens, shares, color=colour, marker="o", markersize=3, label=label)
        marker = "o" if record["learned"] else "^"
        costs.loglog(record["answer_tokens"], tokens[-1], marker, color=colour)
        costs.annotate(f" {name}", (record["answer_tokens"], tokens[-1]), fontsize=8)
    curves.axhline(measure.LEARNED, color="0.7", linewidth=1)
    curves.set(xlabel="training tokens", ylabel="exact share of held-out cases", ylim=(0, 1.02))
    curves.set_title("the same panels, seven spellings")
    curves.legend(fontsize=8)
    costs.set(xlabel="tokens an answer", ylabel=f"training tokens to {measure.LEARNED:.0%} exact")
    costs.set_title("what an answer spells out has to be learned")
    costs.margins(0.25)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def main(arguments: Sequence[str]) -> int:
    """Write the page and the plot; 1 where a record is none."""
    try:
        records = load()
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    PAGE.write_text(page(records), encoding="utf-8", newline="\n")
    draw(records)
    print(table(records), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
