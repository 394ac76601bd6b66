"""Learning curves: the fewest rows and the fewest tokens that still reach 99 % on dev.

    python -m reports.curves RUN... [--contracts DIR] [--store DIR] [--records DIR]

A run is trained again with half of its rows over the same tokens, then a quarter, and so on, until
less than 99 % of its dev cases are exact; and so with half of its tokens over the same rows. Each
point is the run's own contract with that one change, trained from the same start with the same
seed. Exact is the whole raw greedy answer, ended by the model. The gates judged the run itself;
a point is a measurement and promotes nothing. The record stands in reports/curves, page and plot
beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.ablation import start_of, tables_of, write_spec
from contracts.loading import ContractBook, contract_digest
from contracts.models import HELD_OUT, Contract, HeldOut
from engine.decode import generate
from engine.stages import Stages
from engine.store import Store
from engine.tokenizer import EOS_ID
from gates.artifacts import markdown_table
from probes.statistics import rate
from reports.command import exit_status, parser, place_of
from reports.files import read_records, write_record

SCHEMA = 1
FOLDER = Path(__file__).resolve().parent / "curves"
PAGE = FOLDER / "README.md"
PLOT = FOLDER / "curves.png"
REACHED = 0.99
JUDGED: HeldOut = "dev"
HALVINGS_MOST = 12
AXES = ("rows", "tokens")

_HEAD = """\
# Learning curves

Written by `python -m reports.curves RUN` from the records beside it. A run is trained again with a
half, a quarter, ... of its rows over the same tokens, and of its tokens over the same rows, until
less than {reached:.0%} of its dev cases are exact: the whole raw greedy answer, ended by the model.
What is told as *fewest* is the last point before that, so the true least lies between it and half
of it; tokens are those of the run itself, not of the weights that it starts from. Seeds are not
varied: a point near the line could lie on its other side.

![exact answers on dev against rows and tokens]({plot})

"""


def measure(
    run: str, book: ContractBook, store: Store, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The record of a run: both its curves, from the whole run downwards."""
    base = book.contract(run)
    folder = store.root / "curves" / run
    write_points(base, folder)
    points = ContractBook([folder])
    whole = _point(points, store, f"{_spec(run)}_whole")
    found: dict[str, list[dict[str, Any]]] = {}
    for axis in AXES:
        found[axis] = [whole]
        for number in range(1, HALVINGS_MOST + 1):
            tell(f"{run} {axis} {found[axis][-1]}")
            if _share(found[axis][-1], base) < REACHED:
                break
            found[axis].append(_point(points, store, f"{_spec(run)}_{axis}_{number}"))
    return {
        "schema": SCHEMA,
        "run": run,
        "contract": contract_digest(base),
        "starts_from": base.init_from,
        "n": {name: base.dataset.splits[name].cases for name in HELD_OUT},
        **found,
    }


def write_points(base: Contract, folder: Path) -> Path:
    """The points of both curves as a spec file of their own.

    They ask no trained prompts: fewer rows would be too few for that split.
    """
    tables = tables_of(base, f"learning curve of {base.run}")
    tables["dataset"]["splits"].pop("seen", None)
    rungs = [{"id": "whole", "hypothesis": f"{base.run}.", **start_of(base)}]
    for number in range(1, HALVINGS_MOST + 1):
        rows = {name: max(1, n >> number) for name, n in base.dataset.rows.items()}
        stages = {
            name: {"tokens": max(1, stage.tokens >> number)}
            for name, stage in base.training.stages.items()
        }
        for axis, of_axis, overrides in (
            ("rows", "data", {"dataset": {"rows": rows}}),
            ("tokens", "budget", {"training": {"stages": stages}}),
        ):
            rungs.append(
                {
                    "id": f"{axis}_{number}",
                    "parent": "whole",
                    "axis": of_axis,
                    "hypothesis": f"1/{1 << number} of the {axis} of {base.run}.",
                    "init": "sibling",
                    "overrides": overrides,
                }
            )
    lesson = "The fewest rows and the fewest tokens that reach 99 %."
    told = {"id": _spec(base.run), "title": f"Learning curve of {base.run}", "lesson": lesson}
    return write_spec(base, told, tables, rungs, folder)


def _spec(run: str) -> str:
    return f"curve_{run}"


def _point(book: ContractBook, store: Store, run: str) -> dict[str, Any]:
    """Train a run and its ancestors if need be, and count its exact answers to every split."""
    for ancestor in book.lineage(run):
        stages = Stages(book, store, ancestor)
        stages.build_weights()
    model, tokenizer = stages.load_weights(), stages.tokenizer
    exact = {}
    for split in HELD_OUT:
        rows = stages.dataset.probes[split]
        prompts = [tokenizer.encode_prompt(row.prompt) for row in rows]
        budget = stages.contract.eval.max_new_tokens
        answers = generate(model, prompts, max_new=budget, eos=EOS_ID)
        exact[split] = sum(
            answer.stop == "eos" and tokenizer.decode(answer.tokens) == row.target
            for row, answer in zip(rows, answers, strict=True)
        )
    contract = stages.contract
    return {
        "rows": sum(contract.dataset.rows.values()),
        "tokens": sum(stage.tokens for stage in contract.training.stages.values()),
        "exact": exact,
    }


def _share(point: Mapping[str, Any], base: Contract) -> float:
    return float(point["exact"][JUDGED] / base.dataset.splits[JUDGED].cases)


def read(folder: Path = FOLDER, contracts: Sequence[Path] = ()) -> dict[str, dict[str, Any]]:
    """Every record by run; EvidenceError for a damaged one, or of another contract than today's."""
    return read_records(
        folder,
        contracts,
        schema=SCHEMA,
        command="python -m reports.curves",
        again="Measure it again",
    )


def fewest(record: Mapping[str, Any], axis: str) -> Mapping[str, Any] | None:
    """The last point of a curve that reaches; None where the whole run does not."""
    n = record["n"][JUDGED]
    reaching = [point for point in record[axis] if point["exact"][JUDGED] >= REACHED * n]
    return reaching[-1] if reaching else None


def table(record: Mapping[str, Any]) -> str:
    """Markdown, a line a point: dev with its interval, the other held-out splits beside it."""
    others = [name for name in HELD_OUT if name != JUDGED]
    head = ["halved", "rows", "tokens", f"{JUDGED} exact", "interval", *others]
    lines = []
    for axis in AXES:
        for number, point in enumerate(record[axis]):
            if number or axis == AXES[0]:
                lines.append(_line(record, axis if number else "nothing", point, others))
    return markdown_table(head, lines)


def _line(
    record: Mapping[str, Any], halved: str, point: Mapping[str, Any], others: Sequence[str]
) -> list[str]:
    found = rate(point["exact"][JUDGED], record["n"][JUDGED])
    return [
        halved,
        f"{point['rows']:,}",
        f"{point['tokens']:,}",
        f"{found.k}/{found.n}",
        f"{found.interval.low:.1%} to {found.interval.high:.1%}",
        *(f"{point['exact'][name]}/{record['n'][name]}" for name in others),
    ]


def page(records: Mapping[str, Mapping[str, Any]]) -> str:
    """The page of all curves: the fewest of each run, then a section a run."""
    head = ["run", "starts from", "fewest rows", "of", "fewest tokens", "of"]
    lines = []
    for run, record in records.items():
        cells = [run, record["starts_from"] or "scratch"]
        for axis in AXES:
            least = fewest(record, axis)
            cells += [f"{least[axis]:,}" if least else "none", f"{record[axis][0][axis]:,}"]
        lines.append(cells)
    parts = [_HEAD.format(reached=REACHED, plot=PLOT.name)]
    parts.append(markdown_table(head, lines))
    for run, record in records.items():
        parts.append(f"\n## {run}\n\n{table(record)}")
    return "".join(parts)


def draw(records: Mapping[str, Mapping[str, Any]], path: Path = PLOT) -> None:
    """Exact share of dev against rows and against tokens, a line a run, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.5), sharey=True, layout="constrained")
    least = 1.0
    for axis, panel in zip(AXES, panels, strict=True):
        for run, record in records.items():
            shares = [point["exact"][JUDGED] / record["n"][JUDGED] for point in record[axis]]
            panel.semilogx([p[axis] for p in record[axis]], shares, marker="o", label=run)
            least = min(least, *shares)
        panel.axhline(REACHED, color="0.7", linewidth=1)
        panel.set(xlabel=f"{axis} (log scale)", title=f"fewer {axis}, the rest as it was")
    panels[0].set_ylim(least - 0.01, 1.005)
    panels[0].set_ylabel(f"exact share of {JUDGED}")
    panels[1].legend(fontsize=8, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the runs of the command line, write their records, page and plot."""
    told = parser("reports.curves", __doc__, FOLDER)
    told.add_argument("runs", nargs="*", help="declared runs; none: page and plot alone")
    options = told.parse_args(arguments)
    place = place_of(options)

    def work() -> int:
        book, store = place.book(), place.kept()
        for name in options.runs:
            run = book.select_one(name)
            record = measure(run, book, store, lambda line: print(line, flush=True))
            write_record(record, place.folder)
        records = read(place.folder, place.folders)
        page_file = place.folder / PAGE.name
        page_file.write_text(page(records), encoding="utf-8")
        draw(records, place.folder / PLOT.name)
        print(f"page {page_file}, and {PLOT.name}")
        return 0

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
