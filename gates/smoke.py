"""Compiler smoke: every picture that a run can ask for, compiled, linted, rendered, counted.

Kept in the store under the documents, the words and the compiler's sources, with its SVGs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from pydantic import TypeAdapter

from contracts.errors import CompileError, LanguageError, RenderError
from contracts.families import STYLE_FIELDS, FamilyTable, content, pack_named
from engine.compiler import Rasteriser, compile_bundle, drawn_counts, requested_counts
from engine.curriculum.rows import Row
from engine.dsl.bundle import Bundle
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.protocol import Language
from engine.store import Store, source_digest, write_json
from probes.cases import Case

_SOURCES = (
    "engine/compiler",
    "engine/dsl",
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
    language: Language[Bundle],
    families: FamilyTable,
    cases: Sequence[Case],
    rows: Sequence[Row],
) -> Smoke:
    """The smoke report of a run's documents; built once for its inputs.

    A target that is no document is the dataset gate's finding, and no picture.
    """
    asked = {(case.expected, case.topic, case.pack) for case in cases}
    asked |= {(row.target, row.topic, row.pack) for row in rows}
    wanted = sorted(key for key in asked if _parses(language, key[0]))
    inputs = {
        "documents": [list(document) for document in wanted],
        "families": families.model_dump(mode="json"),
        "sources": source_digest(*_SOURCES),
    }

    def make(folder: Path) -> None:
        bench = _Bench(language, families, folder)
        write_json(folder / "compiler_smoke.json", asdict(bench.run(wanted)))

    artifact = store.build("smoke", inputs, make)
    found = json.loads(artifact.intact().file("compiler_smoke.json").read_text(encoding="utf-8"))
    return TypeAdapter(Smoke).validate_python(found)


def _parses(language: Language[Bundle], text: str) -> bool:
    try:
        language.parse(text)
    except LanguageError:
        return False
    return True


class _Bench:
    def __init__(self, language: Language[Bundle], families: FamilyTable, folder: Path) -> None:
        self.language = language
        self.families = families
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
                    bundle = self.language.parse(key[0])
                    svg = svgs[key] = self._svg(bundle, *key[1:])
                    found = rasteriser.faults(svg)
                    first[svg] = rasteriser.png(svg) if not found else b""
                except (CompileError, RenderError) as error:
                    unclean.append(f"{where}: {error}")
                    continue
                unclean += [f"{where}: {fault}" for fault in found]
                asked, shown = requested_counts(bundle, self.families), drawn_counts(svg)
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

    def _svg(self, bundle: Bundle, topic: str, pack: str) -> str:
        return compile_bundle(bundle, self.families, content(topic), pack_named(pack))

    def _unstable(
        self, svgs: dict[tuple[str, str, str], str], first: dict[str, bytes]
    ) -> list[str]:
        """Documents whose SVG or PNG has other bytes the second time, in a new worker process."""
        faults = []
        with Rasteriser() as again:
            for (text, topic, pack), svg in svgs.items():
                if self._svg(self.language.parse(text), topic, pack) != svg:
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
            for bundle in (self.language.parse(text), *self._neighbours(self.language.parse(text))):
                spelled = self.language.serialize(bundle)
                svg = self._svg(bundle, *where)
                looked += 1
                if pictures.setdefault(svg, spelled) != spelled:
                    faults.append(f"{where[0]}: {pictures[svg]} and {spelled}")
        return faults, looked

    def _neighbours(self, bundle: Bundle) -> list[Bundle]:
        """Legal documents that differ from this one in a style field, the form or one count."""
        base = vars(bundle)
        family = self.families[bundle.family]
        changed = [
            {field: value} for field in STYLE_FIELDS for value in self.families.style.values(field)
        ]
        changed += [{"form": form} for form in family.forms]
        found = [Bundle(**{**base, **change}) for change in changed]
        for field, step in product(family.counts, (-1, 1)):
            counts = {**bundle.count, field.id: bundle.count[field.id] + step}
            if all(f.least <= counts[f.id] <= f.ceiling(counts) for f in family.counts):
                found.append(Bundle(**{**base, "counts": tuple(counts.items())}))
        return [neighbour for neighbour in found if neighbour != bundle]

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
                bundle = self.language.parse(changed)
                svg = self._svg(bundle, key[1], key[2])
            except (LanguageError, CompileError):
                continue
            if bundle == self.language.parse(text) or svg == svgs.get(key):
                faults.append(f"{name} of {text} goes unnoticed")
        return faults, looked
