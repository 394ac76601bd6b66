"""What a run asks, for another model to answer: one case a line on standard output.

    python -m gates.prompts NAME [--contracts DIR] > prompts.jsonl      {"id", "prompt"}
    pytest gates/ --run NAME [--contracts DIR] --responses answers.jsonl      {"id", "text"}

The expected answers stay where they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import ProbegateError
from contracts.loading import ContractBook
from engine.curriculum.dataset import build_dataset
from probes.jsonl import canonical


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the prompts of one run."""
    parser = argparse.ArgumentParser(prog="gates.prompts", description=__doc__)
    parser.add_argument("run", help="one run, <spec>_<rung>")
    parser.add_argument("--contracts", action="append", default=[], metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        book = ContractBook(Path(folder) for folder in options.contracts)
        for row in build_dataset(book.contract(book.select_one(options.run))).probe_rows:
            print(canonical({"id": row.id, "prompt": row.prompt}))
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
