"""From a folder of spec files to resolved contracts, with every refusal named.

A rung's contract is its parent's (inside one spec; else the spec's own tables) with the rung's
overrides laid over it. Overrides may touch one axis only. Across specs the task changes with
the spec, so there only tokenizer, model and decode are held to the declared axis.
"""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from contracts.beside import digest_of_file, named_files
from contracts.blueprint import blueprint
from contracts.errors import ContractError, UnknownRun
from contracts.families import family_table
from contracts.models import AXIS_OF_KEY, Contract, Rung, SpecFile
from contracts.reading import read_toml, validated
from contracts.routebook import routebook

SPECS_FOLDER = Path(__file__).resolve().parent / "specs"
_TABLES = ("dataset", "tokenizer", "model", "training", "eval")


def digest(value: Any) -> str:
    """sha256 of a JSON value in canonical form (sorted keys, no white space)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def contract_digest(contract: Contract) -> str:
    """The digest that is fixed before training and carried through all evidence.

    Leaves out what names the run without changing it: the published figures and file name.
    """
    data = contract.model_dump(mode="json", exclude={"source"})
    data["rung"].pop("published")
    return digest(data)


def reseeded(run: str, seed: int) -> str:
    """Name of a run under one of its further seeds."""
    return f"{run}_s{seed}"


def _under(rung: Rung, seed: int) -> Rung:
    """The rung again, from where it started, under another seed."""
    return rung.model_copy(
        update={
            "id": reseeded(rung.id, seed),
            "parent": rung.id,
            "axis": "budget",
            "hypothesis": f"{rung.id} under seed {seed}: what differs is luck.",
            "init": "sibling",
            "overrides": {"training": {"seed": seed}},
            "published": None,
            "seeds": None,
        }
    )


@dataclass(frozen=True)
class _Declared:
    file: SpecFile
    rung: Rung
    path: Path


class ContractBook:
    """All runs that a set of folders declares, by name `<spec>_<rung>`."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._runs: dict[str, _Declared] = {}
        self._reseeded: dict[str, _Declared] = {}
        self._digests: dict[Path, str] = {}
        for folder in (SPECS_FOLDER, *folders):
            self._read(folder)
        for name in self._runs:
            self._refuse_cycle(name)

    def _read(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ContractError(str(folder), "no such folder", "a folder of spec files")
        for path in sorted(folder.glob("*.toml")):
            file = validated(SpecFile, read_toml(path), path)
            for rung in file.rung:
                name = f"{file.spec.id}_{rung.id}"
                if name in self._runs:
                    raise ContractError(
                        f"{path.name}, key rung.{rung.id}",
                        f"run {name} again",
                        f"one declaration (the other is in {self._runs[name].path.name})",
                        "Rename one of the two",
                    )
                self._runs[name] = _Declared(file, rung, path)
                for seed in rung.seeds.further if rung.seeds else ():
                    under = _under(rung, seed)
                    self._reseeded[reseeded(name, seed)] = _Declared(file, under, path)

    @property
    def names(self) -> tuple[str, ...]:
        """Every run, in file order; not those that are one of them again under a further seed."""
        return tuple(self._runs)

    def select(self, wanted: str) -> tuple[str, ...]:
        """Run names for a comma list of names and globs; UnknownRun gives the nearest names."""
        chosen: dict[str, None] = {}
        for part in filter(None, (word.strip() for word in wanted.split(","))):
            hits = fnmatch.filter(self.names, part)
            if not hits:
                near = (
                    difflib.get_close_matches(part, self.names, n=3, cutoff=0.4) or self.names[:3]
                )
                raise UnknownRun(
                    f"--run {wanted}", repr(part), "a declared run", f"Nearest: {', '.join(near)}"
                )
            chosen.update(dict.fromkeys(hits))
        if not chosen:
            raise UnknownRun("--run", "no name", "a run, a glob or a comma list")
        return tuple(chosen)

    def select_one(self, wanted: str) -> str:
        """The one run that a name or glob chooses; UnknownRun where it chooses several."""
        runs = self.select(wanted)
        if len(runs) > 1:
            raise UnknownRun(f"run {wanted}", f"runs {list(runs)}", "exactly one run")
        return runs[0]

    def lineage(self, name: str) -> tuple[str, ...]:
        """Runs whose weights this run rests on, first ancestor first, itself last."""
        chain = [name]
        while (start := self.init_from(chain[0])) is not None:
            chain.insert(0, start)
        return tuple(chain)

    def init_from(self, name: str) -> str | None:
        """The run whose weights this one starts from; None from scratch."""
        rung = self._declared(name).rung
        if rung.init == "scratch":
            return None
        parent = self.parent(name)
        assert parent is not None  # the model refuses init without parent
        return parent if rung.init == "parent" else self.init_from(parent)

    def comparable_parent(self, name: str) -> str | None:
        """The parent, where both are asked the same cases and its answers are worth comparing.

        None across specs, and for a parent that is declared red before its answers are judged.
        """
        parent = self.parent(name)
        if parent is None:
            return None
        ours, theirs = self._declared(name), self._declared(parent)
        expects = theirs.rung.expects
        if ours.path != theirs.path or (expects and expects.gate not in ("probes", "promotion")):
            return None
        return parent

    def elders(self, name: str) -> tuple[str, ...]:
        """Children of the run's comparable parent that are declared before it."""
        parent = self.comparable_parent(name)
        before = self.names[: self.names.index(name)] if parent and name in self.names else ()
        return tuple(elder for elder in before if self.comparable_parent(elder) == parent)

    def parent(self, name: str) -> str | None:
        """Full name of the parent run; None for a first rung."""
        declared = self._declared(name)
        parent = declared.rung.parent
        if parent is None:
            return None
        for candidate in (f"{declared.file.spec.id}_{parent}", parent):
            if candidate in self._runs:
                return candidate
        near = difflib.get_close_matches(parent, self.names, n=3, cutoff=0.3)
        raise ContractError(
            f"{declared.path.name}, key rung.{declared.rung.id}.parent",
            repr(parent),
            "a rung of this spec or a full run name",
            f"Nearest: {', '.join(near) or 'none'}",
        )

    def contract(self, name: str) -> Contract:
        """The resolved contract of a run; ContractError names the override that cannot stand.

        Whether the run keeps to its axis is for `hold_to_axis` to say.
        """
        contract = self._resolved(name)
        self._refuse_foundling(name, contract.tokenizer.frozen_from)
        return self._with_files(contract, self._declared(name).path)

    def _with_files(self, contract: Contract, path: Path) -> Contract:
        """The contract with the digests of the files beside it, each read once a book."""
        folder = path.parent.resolve()
        beside: dict[str, str] = {}
        for key, name in named_files(contract):
            file = folder / name
            if file not in self._digests:
                self._digests[file] = digest_of_file(file, f"{path.name}, key {key}")
            beside[name] = self._digests[file]
        if not beside:
            return contract
        return contract.model_copy(update={"beside": beside, "folder": folder})

    def _resolved(self, name: str) -> Contract:
        declared = self._declared(name)
        parent = self.parent(name)
        if parent is not None and self._declared(parent).path == declared.path:
            self._resolved(parent)  # so that an inherited fault is laid to the rung that has it
        tables = self._tables(name)
        data = {
            "run": name,
            "spec": declared.file.spec,
            "promotion": declared.file.promotion,
            "rung": declared.rung,
            "parent": parent,
            "init_from": self.init_from(name),
            "families": family_table(declared.file.dataset.families).model_dump(mode="json"),
            "blueprint": _named(blueprint, declared.file.dataset.blueprint),
            "routebook": _named(routebook, declared.file.dataset.routebook),
            "source": declared.path.name,
            **tables,
        }
        # The spec's own tables were validated as the file was read: what is wrong is an override.
        where = f"rung.{declared.rung.id}"
        contract = validated(Contract, data, declared.path, f"{where}.overrides.")
        if contract.faults and declared.rung.expects is None:
            listed = ", ".join(f"{key} = {value}" for key, value in contract.faults.items())
            raise ContractError(
                f"{declared.path.name}, key {where}",
                f"{listed} in a rung that expects nothing",
                "a declared fault only in a rung that expects the gate that says no",
                'Add expects = { gate = "...", status = "failed" }, or set the fault to "none"',
            )
        seeds = declared.rung.seeds
        if seeds is not None and contract.training.seed in seeds.further:
            raise ContractError(
                f"{declared.path.name}, key {where}.seeds.further",
                f"the rung's own seed {contract.training.seed}",
                "seeds beside training.seed",
            )
        return contract

    def _refuse_foundling(self, name: str, owner: str | None) -> None:
        """Refuse a frozen tokenizer that no run trains in the end."""
        seen = [name]
        while owner is not None:
            seen.append(owner)
            if owner not in self._runs or owner in seen[:-1]:
                near = difflib.get_close_matches(owner, self.names, n=3, cutoff=0.3)
                raise ContractError(
                    f"{self._declared(name).path.name}, key tokenizer.frozen_from",
                    " -> ".join(seen),
                    "a declared run, and at the end of the line one that trains its tokenizer",
                    f"Nearest: {', '.join(near) or 'none'}",
                )
            owner = self._resolved(owner).tokenizer.frozen_from

    def _declared(self, name: str) -> _Declared:
        found = self._runs.get(name) or self._reseeded.get(name)
        if found is None:
            raise UnknownRun("run", repr(name), "a declared run")
        return found

    def _tables(self, name: str) -> dict[str, Any]:
        declared = self._declared(name)
        parent = self.parent(name)
        if parent is not None and self._declared(parent).path == declared.path:
            base = self._tables(parent)
        else:
            base = declared.file.model_dump(mode="json", include=set(_TABLES))
        where = f"{declared.path.name}, key rung.{declared.rung.id}.overrides"
        for key in declared.rung.overrides:
            if key not in _TABLES:
                raise ContractError(
                    f"{where}.{key}",
                    "the key",
                    f"one of {', '.join(_TABLES)}",
                    "Any other change makes a new spec",
                )
        return _merged(base, declared.rung.overrides, where)

    def hold_to_axis(self, name: str) -> None:
        """Raise ContractError for a rung that changes another axis than it declares, or none."""
        parent = self.parent(name)
        if parent is None:
            return
        declared = self._declared(name)
        before, after = _leaves(self._tables(parent)), _leaves(self._tables(name))
        changed = sorted(
            key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        )
        if self._declared(parent).path != declared.path:
            changed = [
                key for key in changed if key.split(".")[0] in ("tokenizer", "model", "eval")
            ]
            changed = [key for key in changed if key not in ("tokenizer.frozen_from",)]
        axes = {axis_of(key): key for key in changed}
        foreign = {axis: key for axis, key in axes.items() if axis != declared.rung.axis}
        where = f"{declared.path.name}, key rung.{declared.rung.id}"
        if foreign:
            listed = ", ".join(f"{key} (axis {axis})" for axis, key in sorted(foreign.items()))
            raise ContractError(
                where,
                f"changes of {listed}",
                f"changes of the declared axis {declared.rung.axis!r} alone",
                "Split the change into two rungs, or declare the axis that it lies on",
            )
        if not axes and self._declared(parent).path == declared.path:
            raise ContractError(
                where, f"nothing changed since {parent}", f"a change of axis {declared.rung.axis!r}"
            )

    def _refuse_cycle(self, name: str) -> None:
        seen = [name]
        while (parent := self.parent(seen[-1])) is not None:
            if parent in seen:
                declared = self._declared(name)
                raise ContractError(
                    f"{declared.path.name}, key rung.{declared.rung.id}.parent",
                    f"the cycle {' -> '.join([*seen, parent])}",
                    "a line of parents that ends",
                    "Let the first rung have no parent",
                )
            seen.append(parent)


def _named(read: Callable[[str], BaseModel], name: str | None) -> dict[str, Any] | None:
    """What a named file of data says, as the contract holds it."""
    return None if name is None else read(name).model_dump(mode="json")


def axis_of(key: str) -> str:
    """Axis of a dotted training key; "fixed" where a rung may not touch it."""
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        prefix = parts[:length]
        for pattern, axis in AXIS_OF_KEY.items():
            wanted = pattern.split(".")
            if len(wanted) == length and all(
                w in ("*", p) for w, p in zip(wanted, prefix, strict=True)
            ):
                return axis
    return "fixed"


def _leaves(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return dict(_walk(table, prefix))


def _walk(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _merged(base: dict[str, Any], over: dict[str, Any], where: str) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merged(old, value, f"{where}.{key}")
        elif isinstance(old, dict) or (isinstance(value, dict) and old is not None):
            raise ContractError(f"{where}.{key}", repr(value), "a table where the spec has one")
        else:
            merged[key] = value
    return merged
