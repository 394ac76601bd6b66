"""Compiler smoke: every picture that a run can ask for, compiled, linted, rendered, counted.

Kept in the store under the documents, the words and the compiler's sources, with its SVGs. Of more
than PICTURES_MOST documents a sample is drawn in which every family and form takes its turn, and of
more than NEIGHBOURED_MOST a smaller one is held against mutations and neighbours: NEIGHBOURS_MOST
of each, which come mixed.

Bytes twice are the bytes of two processes that hash strings differently, since the order of a set
is what could change a picture from one day to the next. The second one works meanwhile:

    python -m gates.smoke          documents on standard input, digests on standard output

A language without pictures has its documents spelled twice instead, and held against mutations. A
parser of the user's own is given texts that break off as well: it must refuse them, not fall over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, product, zip_longest
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from contracts.errors import CompileError, EvidenceError, LanguageError, RenderError
from contracts.families import FamilyTable
from engine.compiler import Rasteriser
from engine.compiler.raster import FAULTS_WIDTH
from engine.curriculum.rows import Row
from engine.dsl.mutations import MUTATIONS, mutate
from engine.dsl.own import Own
from engine.dsl.protocol import Language
from engine.representation import PICTURE_SOURCES, Representation, representation_for
from engine.store import ROOT, Store, source_digest, write_json
from probes.cases import Case

PICTURES_MOST = 800
NEIGHBOURED_MOST = 120
NEIGHBOURS_MOST = 30
CUTS_MOST = 60


@dataclass(frozen=True)
class Smoke:
    """Faults by claim, one sentence each, beside how many things were looked at."""

    documents: int
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
    own: Own | None = None,
) -> Smoke:
    """The smoke report of a run's documents; built once for its inputs.

    `own` is the module of a language of the user's own. A target that is no document is the dataset
    gate's finding, and no picture.
    """
    asked = {(row.target, row.topic, row.pack): (row.family, row.form) for row in rows}
    asked |= {(case.expected, case.topic, case.pack): (case.family, case.form) for case in cases}
    inputs = {
        "representation": representation.name,
        "documents": sorted([*document, *kind] for document, kind in asked.items()),
        "families": dict(families),
        "own": None if own is None else [own.sha256, own.pictures],
        "sources": source_digest(*PICTURE_SOURCES, "gates/smoke.py"),
    }

    def make(folder: Path) -> None:
        bench = _Bench(representation, families, own, folder)
        write_json(folder / "compiler_smoke.json", asdict(bench.run(asked)))

    artifact = store.build("smoke", inputs, make)
    found = json.loads(artifact.intact().file("compiler_smoke.json").read_text(encoding="utf-8"))
    return TypeAdapter(Smoke).validate_python(found)


# Text, topic and pack of a document; family and form by which its row is filed.
Key = tuple[str, str, str]
Kind = tuple[str, str]


class _Bench:
    def __init__(
        self,
        representation: Representation[Any],
        families: Mapping[str, Any],
        own: Own | None,
        folder: Path,
    ) -> None:
        self.representation = representation
        self.language = representation.language
        self.families = families
        self.own = own
        self.folder = folder

    def run(self, asked: Mapping[Key, Kind]) -> Smoke:
        return self._drawn(asked) if self.representation.pictured else self._spelled(asked)

    def _parsed(self, keys: Iterable[Key]) -> dict[Key, Any]:
        """Those that are documents, as documents."""
        found = {}
        for key in keys:
            with contextlib.suppress(LanguageError):
                found[key] = self.language.parse(key[0])
        return found

    def _second(self, wanted: Sequence[Key]) -> SecondLook:
        return SecondLook(self.representation.name, self.families, wanted, self.own)

    def _spelled(self, asked: Mapping[Key, Kind]) -> Smoke:
        """What can be asked where there are no pictures."""
        documents = self._parsed(sorted(asked))
        with self._second([*documents]) as second:
            looks = {key: spelled(self.language, key[0]) for key in documents}
            closely = spread({key: asked[key] for key in documents}, NEIGHBOURED_MOST)
            swallowed, mutations = self._swallowed(closely, {})
            again = second.looks()
        return Smoke(
            documents=len(documents),
            pictures=0,
            neighbours=0,
            mutations=mutations,
            unclean=(),
            miscounted=(),
            confused=(),
            unstable=tuple(_unstable(looks, again, "text")),
            swallowed=tuple(swallowed),
        )

    def _drawn(self, asked: Mapping[Key, Kind]) -> Smoke:
        (self.folder / "svg").mkdir(exist_ok=True)
        wanted = self._parsed(spread(asked, PICTURES_MOST))
        closely = spread({key: asked[key] for key in wanted}, NEIGHBOURED_MOST)
        with self._second([*wanted]) as second:
            unclean: list[str] = []
            miscounted: list[str] = []
            svgs: dict[Key, str] = {}
            looks: dict[Key, Look] = {}
            with Rasteriser() as rasteriser:
                for key, document in wanted.items():
                    where = _place(key)
                    try:
                        svg = svgs[key] = self.representation.picture(document, *key[1:])
                    except CompileError as error:
                        unclean.append(f"{where}: {error}")
                        continue
                    unclean += [f"{where}: {fault}" for fault in rasteriser.faults(svg)]
                    looks[key] = look(rasteriser, svg)
                    promised = self.representation.counts(document)
                    shown = self.representation.drawn(svg)
                    drawn = {item: shown.get(item, 0) for item in promised}
                    if promised != drawn:
                        miscounted.append(f"{where}: asked {promised}, drawn {drawn}")
                    name = looks[key][0][:16]
                    (self.folder / "svg" / f"{name}.svg").write_text(svg, encoding="utf-8")
            confused, neighbours = self._confused(closely)
            swallowed, mutations = self._swallowed(closely, svgs)
            again = second.looks()
        return Smoke(
            documents=len(asked),
            pictures=len(wanted),
            neighbours=neighbours,
            mutations=mutations,
            unclean=tuple(unclean),
            miscounted=tuple(miscounted),
            confused=tuple(confused),
            unstable=tuple(_unstable(looks, again)),
            swallowed=tuple(swallowed),
        )

    def _confused(self, wanted: Sequence[Key]) -> tuple[list[str], int]:
        """Pairs of documents with one picture, among the answers and their one-field neighbours."""
        faults = []
        looked = 0
        content_of = {text: (topic, pack) for text, topic, pack in wanted}
        seen: dict[tuple[str, str], dict[str, str]] = {}
        for text, where in content_of.items():
            pictures = seen.setdefault(where, {})
            own = self.language.parse(text)
            near = islice(self.representation.neighbours(own), NEIGHBOURS_MOST)
            for document in (own, *near):
                spelled = self.language.serialize(document)
                try:
                    svg = self.representation.picture(document, *where)
                except CompileError:
                    continue  # what cannot be drawn shares no picture; `unclean` has the answers
                looked += 1
                if pictures.setdefault(svg, spelled) != spelled:
                    faults.append(f"{where[0]}: {pictures[svg]} and {spelled}")
        return faults, looked

    def _swallowed(self, wanted: Sequence[Key], svgs: dict[Key, str]) -> tuple[list[str], int]:
        """Mutations that neither parser nor compiler notices."""
        faults: list[str] = []
        texts = {text: (text, topic, pack) for text, topic, pack in wanted}
        looked = 0
        if self.own is not None:
            faults, looked = self._falls(texts)
            if faults:
                return faults, looked
        for (text, key), name in product(texts.items(), MUTATIONS):
            changed = mutate(name, self.language, text)
            if changed is None or changed == text:
                continue
            looked += 1
            try:
                document = self.language.parse(changed)
                svg = self._picture(document, key)
            except (LanguageError, CompileError):
                continue
            if document == self.language.parse(text) or (svg is not None and svg == svgs.get(key)):
                faults.append(f"{name} of {text} goes unnoticed")
        return faults, looked

    def _falls(self, texts: Iterable[str]) -> tuple[list[str], int]:
        """Cut or altered texts at which the parser raises another error than LanguageError.

        A model's answers break off anywhere, and a parser that falls over would break the session.
        """
        faults = []
        looked = 0
        for text in texts:
            places = range(0, len(text), max(1, len(text) // CUTS_MOST))
            cuts = (text[:at] + self.language.closing_tag for at in places)
            changed = (mutate(name, self.language, text) or "" for name in MUTATIONS)
            for wrong in (*cuts, *changed):
                looked += 1
                try:
                    self.language.parse(wrong)
                except LanguageError:
                    continue
                except Exception as error:
                    told = f"{type(error).__name__}({error})"
                    faults.append(f"parse({wrong!r}) raises {told}; expected LanguageError")
                    break
        return faults, looked

    def _picture(self, document: Any, key: Key) -> str | None:
        if not self.representation.pictured:
            return None
        return self.representation.picture(document, key[1], key[2])


def spread(asked: Mapping[Key, Kind], most: int) -> list[Key]:
    """At most so many documents, families and forms taking turns; the texts alone decide which."""
    if len(asked) <= most:
        return sorted(asked)
    groups: dict[Kind, list[Key]] = defaultdict(list)
    for key in sorted(asked, key=lambda key: hashlib.sha256(repr(key).encode()).digest()):
        groups[asked[key]].append(key)
    turns = zip_longest(*(groups[kind] for kind in sorted(groups)))
    return sorted(islice((key for turn in turns for key in turn if key), most))


# sha256 of an SVG, and of its PNG where there is one.
Look = tuple[str, str]


def look(rasteriser: Rasteriser, svg: str) -> Look:
    """Digests of a picture and of its rendering."""
    try:
        png = rasteriser.png(svg, FAULTS_WIDTH)
    except RenderError:
        png = b""
    return hashlib.sha256(svg.encode()).hexdigest(), hashlib.sha256(png).hexdigest()


def spelled(language: Language[Any], text: str) -> Look:
    """Digest of the text of a document, read and spelled again."""
    again = language.serialize(language.parse(text))
    return hashlib.sha256(again.encode()).hexdigest(), ""


def _unstable(first: dict[Key, Look], again: dict[Key, Look], what: str = "SVG") -> list[str]:
    faults = []
    for key, (svg, png) in first.items():
        svg_again, png_again = again.get(key, ("", ""))
        if svg_again != svg:
            faults.append(f"{_place(key)}: another {what} the second time")
        elif png_again != png:
            faults.append(f"{_place(key)}: another PNG the second time")
    return faults


def _place(key: Key) -> str:
    return f"{key[1]}/{key[2]} {key[0]}"


class SecondLook:
    """The same documents in a process that starts from nothing and hashes strings differently."""

    def __init__(
        self, name: str, families: Mapping[str, Any], wanted: Sequence[Key], own: Own | None = None
    ) -> None:
        self.wanted = wanted
        task = {
            "representation": name,
            "families": dict(families),
            "own": None if own is None else asdict(own),
            "documents": wanted,
        }
        with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            json.dump(task, told)
            told.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gates.smoke"],
                cwd=ROOT,
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONHASHSEED": other_hash_seed()},
            )

    def __enter__(self) -> SecondLook:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def looks(self) -> dict[Key, Look]:
        """What it saw; what it could not draw is left out. EvidenceError when it died."""
        output, errors = self._process.communicate()
        if self._process.returncode != 0:
            why = f"status {self._process.returncode}: {errors[-600:]}"
            raise EvidenceError("compiler smoke, second process", why, "digests of the pictures")
        found = json.loads(output)
        return {key: (svg, png) for key, (svg, png) in zip(self.wanted, found, strict=True) if svg}


def other_hash_seed() -> str:
    """A seed of string hashing that is not this process's own (which is random unless set)."""
    return "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"


def second_look(task: dict[str, Any]) -> list[Look]:
    """A look at each document, in order; empty digests where it does not compile."""
    families = FamilyTable.model_validate(task["families"])
    own = None if task["own"] is None else Own(**task["own"])
    representation = representation_for(task["representation"], families, own)
    if not representation.pictured:
        return [spelled(representation.language, text) for text, _, _ in task["documents"]]
    found = []
    with Rasteriser() as rasteriser:
        for text, topic, pack in task["documents"]:
            try:
                document = representation.language.parse(text)
                svg = representation.picture(document, topic, pack)
            except CompileError:
                found.append(("", ""))
            else:
                found.append(look(rasteriser, svg))
    return found


if __name__ == "__main__":
    json.dump(second_look(json.load(sys.stdin)), sys.stdout)
