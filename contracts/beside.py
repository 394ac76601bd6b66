"""Files of the user's own that stand beside a spec file: which ones, and their digests.

A contract rests on their bytes: each digest is part of its own, so a changed file is another
contract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from contracts.errors import ContractError
from contracts.models import Contract


def named_files(contract: Contract) -> Iterator[tuple[str, str]]:
    """Key and name of every file that a contract names beside its spec."""
    if contract.spec.module is not None:
        yield "spec.module", contract.spec.module
    files = contract.dataset.files
    if files is not None:
        for surface, name in files.rows.items():
            yield f"dataset.files.rows.{surface}", name
        if isinstance(files.probes, str):
            yield "dataset.files.probes", files.probes
        else:
            for split, name in files.probes.items():
                yield f"dataset.files.probes.{split}", name


def digest_of_file(path: Path, where: str) -> str:
    """sha256 of a file; ContractError names the key that asks for it when it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ContractError(
            where,
            f"no file {path.name} ({error.strerror})",
            f"a file in {path.parent}",
            "Put it beside the spec file, or correct the name",
        ) from error
