"""What the commands over declared runs share: where they read and write, and how they refuse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import ProbegateError
from contracts.loading import ContractBook
from engine.store import ROOT, Store


@dataclass(frozen=True)
class Place:
    """Where contracts are read from, stages kept, and records written."""

    contracts: tuple[str, ...]
    store: str
    records: str

    def options(self) -> list[str]:
        """The command-line options that lead a child to the same place."""
        folders = [word for folder in self.contracts for word in ("--contracts", folder)]
        return [*folders, "--store", self.store, "--records", self.records]

    @property
    def folders(self) -> list[Path]:
        """Folders of contracts beside ours."""
        return [Path(folder) for folder in self.contracts]

    @property
    def folder(self) -> Path:
        """The folder of the records."""
        return Path(self.records)

    def book(self) -> ContractBook:
        """Every run that is declared here."""
        return ContractBook(self.folders)

    def kept(self) -> Store:
        """The store of the stages."""
        return Store(Path(self.store))


def parser(module: str, description: str | None, records: Path) -> argparse.ArgumentParser:
    """A command with the options of its place; `records` is where it writes if not told."""
    made = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--contracts", action="append", default=[], metavar="DIR", help="contracts of your own"
    )
    made.add_argument(
        "--store", default=str(ROOT / "runs"), metavar="DIR", help="what was built and trained"
    )
    made.add_argument(
        "--records", default=str(records), metavar="DIR", help="where the records stand"
    )
    return made


def place_of(options: argparse.Namespace) -> Place:
    """The place that the options of `parser` name."""
    contracts = tuple(str(Path(folder).resolve()) for folder in options.contracts)
    return Place(
        contracts, str(Path(options.store).resolve()), str(Path(options.records).resolve())
    )


def count(text: str) -> int:
    """An option's whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number from 1")
    return int(text)


def exit_status(work: Callable[[], int]) -> int:
    """What the work returns; 1, with the reason on stderr, where it is refused."""
    try:
        return work()
    except ProbegateError as error:
        print(error, file=sys.stderr)
        return 1
