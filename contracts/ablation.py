"""Ablations: one base run, one axis, variants and seeds, declared once and run as a matrix.

The matrix becomes a spec file of its own, so whatever judges rungs judges its cells. Each cell
changes one axis against another: the base under a further seed against the base under the first
(the seed is of the budget axis), a variant against the base under its own seed. A cell starts
where the base started, or, with `init = "parent"`, from the base's weights of its seed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from contracts.beside import named_files
from contracts.errors import ContractError
from contracts.families import Frozen, Identifier, Sentence, Whole
from contracts.loading import ContractBook
from contracts.models import Axis, Contract, Rung, Text
from contracts.reading import read_toml, validated
from contracts.writing import toml_lines

ABLATIONS_FOLDER = Path(__file__).resolve().parent / "ablations"
_TABLES = ("dataset", "tokenizer", "model", "training", "eval", "promotion")


class Variant(Frozen):
    """One value of the axis: overrides of the base, or (`rung`) those of a declared child of it."""

    id: Identifier
    says: Sentence
    rung: Identifier | None = None
    init: Literal["scratch", "parent", "sibling"] = "sibling"
    overrides: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> Variant:
        if (self.rung is None) != bool(self.overrides):
            raise ValueError("a variant has overrides, or the rung that declares them")
        if "seed" in self.overrides.get("training", {}):
            raise ValueError("a variant overrides training.seed; name the seeds in `seeds`")
        return self


class Ablation(Frozen):
    """A base run against variants of it on one axis, each under every seed.

    Without variants, and then without axis, the seeds alone are compared.
    """

    id: Identifier
    question: Text
    base: Identifier
    axis: Axis | None = None
    seeds: tuple[Whole, ...] = Field(min_length=2)
    variant: tuple[Variant, ...] = ()

    @field_validator("seeds")
    @classmethod
    def _distinct_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds repeat: {list(seeds)}")
        return seeds

    @model_validator(mode="after")
    def _whole(self) -> Ablation:
        if (self.axis is None) == bool(self.variant):
            raise ValueError("variants and the axis that they lie on come together")
        ids = ["base", *(variant.id for variant in self.variant)]
        if len(set(ids)) < len(ids):
            raise ValueError(f"variant ids repeat, the base's included: {ids}")
        return self


@dataclass(frozen=True)
class Cell:
    """One run of the matrix; the variant of the base itself is called "base"."""

    variant: str
    seed: int
    run: str


def ablation(name: str, folder: Path = ABLATIONS_FOLDER) -> Ablation:
    """The declared ablation of that name; ContractError names file and key of any fault."""
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.toml"))) or "none"
        raise ContractError("ablation", repr(name), "a declared ablation", f"Declared: {known}")
    found = validated(Ablation, read_toml(path), path)
    if found.id != name:
        raise ContractError(f"{path.name}, key id", repr(found.id), repr(name))
    return found


def cells(plan: Ablation) -> tuple[Cell, ...]:
    """Every run of the matrix, the base first, seed by seed."""
    variants = ("base", *(variant.id for variant in plan.variant))
    return tuple(
        Cell(variant, seed, f"{plan.id}_{_rung_id(variant, seed)}")
        for variant in variants
        for seed in plan.seeds
    )


def write_matrix(plan: Ablation, book: ContractBook, folder: Path) -> Path:
    """The matrix as a spec file in `folder`; ContractError when it would not be one matrix.

    `book` holds the base. That every variant keeps to the axis is for the contract gate to say.
    """
    base = book.contract(plan.base)
    tables = tables_of(base, f"ablation {plan.id}, key base")
    tables["training"]["seed"] = plan.seeds[0]
    told = {"id": plan.id, "title": f"Ablation of {base.run}", "lesson": plan.question}
    rungs = [*_base_rungs(plan, base), *_variant_rungs(plan, base, book)]
    path = write_spec(base, told, tables, rungs, folder)
    _bring_files(plan, base, folder)
    return path


def tables_of(base: Contract, where: str) -> dict[str, Any]:
    """The tables of a run, to make another spec of; ContractError unless it is trained whole."""
    if not base.trains or base.faults:
        told = "a run with a declared defect" if base.faults else "a run that trains nothing"
        raise ContractError(where, told, "a run that is trained whole")
    return base.model_dump(mode="json", include=set(_TABLES), exclude_none=True)


def start_of(base: Contract) -> dict[str, Any]:
    """The keys by which a rung of another spec starts where the run started."""
    if base.init_from is None:
        return {"init": "scratch"}
    return {"init": "parent", "parent": base.init_from, "axis": base.rung.axis}


def write_spec(
    base: Contract,
    told: dict[str, str],
    tables: dict[str, Any],
    rungs: list[dict[str, Any]],
    folder: Path,
) -> Path:
    """A spec file made of a run: `told` is its id, title and lesson."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{told['id']}.toml"
    spec = base.spec.model_dump(mode="json", exclude_none=True) | told
    lines = toml_lines({"spec": spec, **tables, "rung": rungs})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _bring_files(plan: Ablation, base: Contract, folder: Path) -> None:
    """Copy what base and variants name beside the base's spec; a missing file is told later."""
    if base.folder is None:
        return
    names = {name for _, name in named_files(base)}
    for variant in plan.variant:
        names |= {*variant.overrides.get("dataset", {}).get("files", {}).get("rows", {}).values()}
    for name in sorted(names):
        if (base.folder / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(base.folder / name, folder / name)


def _rung_id(variant: str, seed: int) -> str:
    return f"{variant}_s{seed}"


def _base_rungs(plan: Ablation, base: Contract) -> Iterator[dict[str, Any]]:
    first, *others = plan.seeds
    yield {
        "id": _rung_id("base", first),
        "hypothesis": f"{base.run} under seed {first}.",
        **start_of(base),
    }
    for seed in others:
        yield {
            "id": _rung_id("base", seed),
            "parent": _rung_id("base", first),
            "axis": "budget",
            "hypothesis": f"{base.run} under seed {seed}: what differs is luck.",
            "init": "sibling",
            "overrides": {"training": {"seed": seed}},
        }


def _variant_rungs(plan: Ablation, base: Contract, book: ContractBook) -> Iterator[dict[str, Any]]:
    for variant in plan.variant:
        init, overrides = variant.init, variant.overrides
        if variant.rung is not None:
            declared = _child(plan, variant, base, book)
            init, overrides = declared.init, declared.overrides
        for seed in plan.seeds:
            yield {
                "id": _rung_id(variant.id, seed),
                "parent": _rung_id("base", seed),
                "axis": plan.axis,
                "hypothesis": f"{variant.says} Seed {seed}.",
                "init": init,
                "overrides": overrides,
            }


def _child(plan: Ablation, variant: Variant, base: Contract, book: ContractBook) -> Rung:
    """The declared rung that a variant names: a child of the base, on the axis of the matrix."""
    contract = book.contract(f"{base.spec.id}_{variant.rung}")
    if (contract.parent, contract.rung.axis) != (base.run, plan.axis):
        raise ContractError(
            f"ablation {plan.id}, variant {variant.id}, key rung",
            f"{contract.run}, axis {contract.rung.axis}, parent {contract.parent}",
            f"a rung of axis {plan.axis} whose parent is {base.run}",
            "Write its overrides into the variant, or choose another base",
        )
    return contract.rung
