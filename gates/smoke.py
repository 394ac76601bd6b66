"""Compiler smoke: every picture that a run can ask for, compiled, linted, rendered, counted.

Kept in the store under the documents, the words and the compiler's sources, with its SVGs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from contracts.errors import CompileError, LanguageError, RenderError
from engine.compiler import Rasteriser
from engine.curriculum.rows import Row
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import Language
from engine.representation import Representation
from engine.store import Store, source_digest, write_json
from probes.cases import Case

_SOURCES = (
    "engine/compiler",
    "engine/dsl",
    "engine/representation.py",
    "engine/representations",
    "contracts/content",
    "contracts/families.py",
    "gates/smoke.py",
)


@dataclass(frozen=True)
class Smoke:
    """Faults by claim, one sentence each, beside how many things were looked at."""

    pictures: int
    neighbours: int
    mutations: int
    unclean: tuple[str, ...]
    miscounted: tuple[str, ...]
    confused: tuple[str, ...]
    unstable: tuple[str, ...]
    swallowed: tuple[str, ...]


def measure(
    store: Store,
    representation: Representation[Any],
    families: Mapping[str, Any],
    cases: Sequence[Case],
    rows: Sequence[Row],
) -> Smoke:
    """The smoke report of a run's documents; built once for its inputs.

    A target that is no document is the dataset gate's finding, and no picture.
    """
    asked = {(case.expected, case.topic, case.pack) for case in cases}
    asked |= {(row.target, row.topic, row.pack) for row in rows}
    wanted = sorted(key for key in asked if _parses(representation.language, key[0]))
    inputs = {
        "documents": [list(document) for document in wanted],
        "representation": representation.name,
        "families": dict(families),
        "sources": source_digest(*_SOURCES),
    }

    def make(folder: Path) -> None:
        bench = _Bench(representation, folder)
        write_json(folder / "compiler_smoke.json", asdict(bench.run(wanted)))

    artifact = store.build("smoke", inputs, make)
    found = json.loads(artifact.intact().file("compiler_smoke.json").read_text(encoding="utf-8"))
    return TypeAdapter(Smoke).validate_python(found)


def _parses(language: Language[Any], text: str) -> bool:
    try:
        language.parse(text)
    except LanguageError:
        return False
    return True


class _Bench:
    def __init__(self, representation: Representation[Any], folder: Path) -> None:
        self.representation = representation
        self.language = representation.language
        self.folder = folder

    def run(self, wanted: Sequence[tuple[str, str, str]]) -> Smoke:
        (self.folder / "svg").mkdir(exist_ok=True)
        unclean: list[str] = []
        miscounted: list[str] = []
        first: dict[str, bytes] = {}
        svgs: dict[tuple[str, str, str], str] = {}
        with Rasteriser() as rasteriser:
            for key in wanted:
                where = f"{key[1]}/{key[2]} {key[0]}"
                try:
                    document = self.language.parse(key[0])
                    svg = svgs[key] = self.representation.picture(document, *key[1:])
                    found = rasteriser.faults(svg)
                    first[svg] = rasteriser.png(svg) if not found else b""
                except (CompileError, RenderError) as error:
                    unclean.append(f"{where}: {error}")
                    continue
                unclean += [f"{where}: {fault}" for fault in found]
                asked, shown = self.representation.counts(document), self.representation.drawn(svg)
                drawn = {item: shown.get(item, 0) for item in asked}
                if asked != drawn:
                    miscounted.append(f"{where}: asked {asked}, drawn {drawn}")
                name = hashlib.sha256(svg.encode()).hexdigest()[:16]
                (self.folder / "svg" / f"{name}.svg").write_text(svg, encoding="utf-8")
        confused, neighbours = self._confused(wanted)
        swallowed, mutations = self._swallowed(wanted, svgs)
        return Smoke(
            pictures=len(wanted),
            neighbours=neighbours,
            mutations=mutations,
            unclean=tuple(unclean),
            miscounted=tuple(miscounted),
            confused=tuple(confused),
            unstable=tuple(self._unstable(svgs, first)),
            swallowed=tuple(swallowed),
        )

    def _unstable(
        self, svgs: dict[tuple[str, str, str], str], first: dict[str, bytes]
    ) -> list[str]:
        """Documents whose SVG or PNG has other bytes the second time, in a new worker process."""
        faults = []
        with Rasteriser() as again:
            for (text, topic, pack), svg in svgs.items():
                if self.representation.picture(self.language.parse(text), topic, pack) != svg:
                    faults.append(f"{topic}/{pack} {text}: another SVG the second time")
                elif first[svg] and again.png(svg) != first[svg]:
                    faults.append(f"{topic}/{pack} {text}: another PNG the second time")
        return faults

    def _confused(self, wanted: Sequence[tuple[str, str, str]]) -> tuple[list[str], int]:
        """Pairs of documents with one picture, among the answers and their one-field neighbours."""
        faults = []
        looked = 0
        content_of = {text: (topic, pack) for text, topic, pack in wanted}
        seen: dict[tuple[str, str], dict[str, str]] = {}
        for text, where in content_of.items():
            pictures = seen.setdefault(where, {})
            own = self.language.parse(text)
            for document in (own, *self.representation.neighbours(own)):
                spelled = self.language.serialize(document)
                try:
                    svg = self.representation.picture(document, *where)
                except CompileError:
                    continue  # what cannot be drawn shares no picture; `unclean` has the answers
                looked += 1
                if pictures.setdefault(svg, spelled) != spelled:
                    faults.append(f"{where[0]}: {pictures[svg]} and {spelled}")
        return faults, looked

    def _swallowed(
        self, wanted: Sequence[tuple[str, str, str]], svgs: dict[tuple[str, str, str], str]
    ) -> tuple[list[str], int]:
        """Mutations that neither parser nor compiler notices."""
        faults = []
        looked = 0
        texts = {text: (text, topic, pack) for text, topic, pack in wanted}
        for (text, key), name in product(texts.items(), MUTATIONS):
            changed = mutate(name, self.language, text)
            if changed is None or changed == text:
                continue
            looked += 1
            try:
                document = self.language.parse(changed)
                svg = self.representation.picture(document, key[1], key[2])
            except (LanguageError, CompileError):
                continue
            if document == self.language.parse(text) or svg == svgs.get(key):
                faults.append(f"{name} of {text} goes unnoticed")
        return faults, looked
