"""Writes the page of measured figures from the records: `python -m bench.page`.

From the records of a folder (by default bench/measured, the committed ones) a page is made, and
nothing on it is written by hand. For the committed records it is bench/README.md, and the block
of last lines in the main README, section Speed, is replaced, too; for another folder the page
stands in that folder.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import decode, kernels, scaling, train, train_record
from bench.lane import ROOT
from bench.record import markdown

MEASURED = ROOT / "bench" / "measured"
PAGE = ROOT / "bench" / "README.md"
README = ROOT / "README.md"
# By record: the module that knows its schema and last lines.
_RECORDS = {"kernels": kernels, "train": train_record, "decode": decode, "scaling": scaling}
_HEAD = """# Speed

Written by `python -m bench.page` from `{folder}/`, where machines, samples and quartiles stand.
A figure is the median of rounds, quartiles in brackets; a ratio is ours over theirs in the same
round, above one where ours is faster; a star marks the fastest of the other side. `make bench`
measures all of it again; `make bench MEASURED=bench/measured` replaces these figures. Measure on a
quiet machine: a record says how busy it was."""


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """The records that are there, by name. Raises ValueError for another schema than today's."""
    records = {}
    for name, module in _RECORDS.items():
        path = folder / f"{name}.json"
        if not path.is_file():
            continue
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != module.SCHEMA:
            raise ValueError(
                f"{path}: found schema {record['schema']}; expected {module.SCHEMA}. "
                f"Measure again: python -m bench.{name} --out {path}"
            )
        records[name] = record
    return records


def last_lines(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The last lines of all records, as each benchmark prints them."""
    return [
        line
        for name, module in _RECORDS.items()
        if name in records
        for line in module.last_lines(records[name])
    ]


def page(records: Mapping[str, Mapping[str, Any]], folder: str) -> str:
    """The whole page; `folder` is where the records are, for the reader."""
    parts = [_HEAD.format(folder=folder)]
    if records:
        parts.append(_block(last_lines(records)))
    for name, (module, title, made) in _SECTIONS.items():
        parts += [f"## {title}", _about(module.__doc__)]
        if name in records:
            parts += [_machine(records[name]), *made(records[name])]
        else:
            parts.append("Not measured yet.")
    return "\n\n".join(parts) + "\n"


def _block(lines: Sequence[str]) -> str:
    return "\n".join(["```", *lines, "```"])


def _about(docstring: str | None) -> str:
    """A benchmark's own words; indented lines become a list."""
    assert docstring is not None
    return re.sub(r"^    (\w+) +(.*)$", r"- *\1*: \2", docstring.strip(), flags=re.MULTILINE)


def _machine(record: Mapping[str, Any]) -> str:
    at = record["machine"]
    versions = ", ".join(f"{name} {found}" for name, found in sorted(at["versions"].items()))
    threads = f", {record['threads']} thread(s)" if "threads" in record else ""
    return (
        f"Measured on {at['cpu']}, {at['cores']} cores, {at['isa']}, load average "
        f"{at['load_average']:.2f} at the start; {versions}; {record['pairs']} rounds{threads}."
    )


def _kernels(record: Mapping[str, Any]) -> list[str]:
    peaks = "\n".join(f"- {line}" for line in kernels.peak_lines(record))
    return [peaks, markdown(kernels.rows(record))]


def _train(record: Mapping[str, Any]) -> list[str]:
    found = []
    for name, part in sorted(record["parts"].items()):
        title = f"### {name}" + (f", run {part['run']}" if "run" in part else "")
        sizes = (
            f"{part['updates']} updates a block, {part['tokens']} tokens in {part['rows']} rows, "
            f"{part['tokens_counted']} counted; {part['flops_per_token'] / 1e6:.2f} MFLOP a token."
        )
        found += [title, sizes, markdown(train_record.rows(part))]
        if products := train_record.gemm_rows(part):
            found += [_limit(part["gemm"]), markdown(products)]
    return found


def _limit(gemm: Mapping[str, Any]) -> str:
    top, own = gemm["limit"], gemm["limit_of_the_model"]

    def named(best: Mapping[str, Any]) -> str:
        return f"{best['gflops']:.0f} GFLOP/s, {best['lane']}, {best['shape']}"

    return (
        f"The whole step reaches {top['reached']:.2f} of the best product of another library "
        f"({named(top)}), {own['reached']:.2f} of the best at a shape of the model ({named(own)})."
    )


def _decode(record: Mapping[str, Any]) -> list[str]:
    return [markdown(decode.rows(record))]


def _scaling(record: Mapping[str, Any]) -> list[str]:
    sentence = scaling.jobs_line(record)
    return [
        "![cost against the FLOP model](measured/scaling.png)",
        markdown(scaling.rows(record)),
        sentence[0].upper() + sentence[1:] + ".",
    ]


# By record: the benchmark, whose own words open the section; its title; what is shown.
_SECTIONS: dict[str, tuple[ModuleType, str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "kernels": (kernels, "Kernels", _kernels),
    "train": (train, "Training", _train),
    "decode": (decode, "Decoding", _decode),
    "scaling": (scaling, "Growing", _scaling),
}


def quoted(readme: str, lines: Sequence[str]) -> str:
    """The README with the block of section Speed replaced."""
    head, speed = readme.split("\n## Speed\n")
    replaced, count = re.subn(r"```\n.*?```", lambda _: _block(lines), speed, count=1, flags=re.S)
    assert count == 1, "README.md: section Speed has lost its block"
    return f"{head}\n## Speed\n{replaced}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, and README's block for the committed records."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--measured", type=Path, default=MEASURED, help="folder of the records")
    folder: Path = parser.parse_args(arguments).measured.resolve()
    try:
        records = load(folder)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if folder != MEASURED:
        text = page(records, folder.name).replace("(measured/", "(")
        (folder / "README.md").write_text(text, encoding="utf-8")
        print(f"page  {folder / 'README.md'}")
    else:
        PAGE.write_text(page(records, "bench/measured"), encoding="utf-8")
        README.write_text(
            quoted(README.read_text(encoding="utf-8"), last_lines(records)), encoding="utf-8"
        )
        print(f"page  {PAGE}, and section Speed of {README.name}")
    if records:
        print(*last_lines(records), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
