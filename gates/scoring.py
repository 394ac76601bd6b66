"""From an answer's text to its picture, as the scorer wants it.

Pictures of what is expected are the same for every rung that is asked the same cases, and a right
answer's is one of them: they are drawn once and kept in the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contracts.errors import CompileError, LanguageError
from engine.compiler import Rasteriser
from engine.representation import PICTURE_SOURCES, Representation
from engine.store import Store, source_digest, write_json
from probes.cases import Case
from probes.score import Compile, Picture

# Text, topic and pack: what a picture depends on.
Shown = tuple[str, str, str]


def expected_pictures(
    store: Store,
    representation: Representation[Any],
    families: Mapping[str, Any],
    beside: Any,
    cases: Sequence[Case],
) -> dict[Shown, Picture]:
    """What the compiler makes of every expected document; none in a language without pictures."""
    if not representation.pictured:
        return {}
    shown = sorted({(case.expected, case.topic, case.pack): case for case in cases}.items())
    inputs = {
        "representation": representation.name,
        "documents": [list(key) for key, _ in shown],
        "families": dict(families),
        "beside": beside,
        "sources": source_digest(*PICTURE_SOURCES, "gates/scoring.py"),
    }

    def make(folder: Path) -> None:
        with compile_for(representation) as compile:
            assert compile is not None
            drawn = [asdict(compile(case.expected, case)) for _, case in shown]
        write_json(folder / "pictures.json", drawn)

    file = store.build("pictures", inputs, make).intact().file("pictures.json")
    kept = json.loads(file.read_text(encoding="utf-8"))
    return {key: Picture(**picture) for (key, _), picture in zip(shown, kept, strict=True)}


@contextmanager
def compile_for(
    representation: Representation[Any], known: Mapping[Shown, Picture] | None = None
) -> Iterator[Compile | None]:
    """A compile function with a rasteriser behind it; refusals become the picture's error.

    Pictures that are known are not drawn again. None for a language without pictures.
    """
    if not representation.pictured:
        yield None
        return
    with Rasteriser() as rasteriser:

        def compile(text: str, case: Case) -> Picture:
            if known and (found := known.get((text, case.topic, case.pack))):
                return found
            try:
                document = representation.language.parse(text)
                topic = representation.topic_for(document, case.topic)
                svg = representation.picture(document, topic, case.pack)
            except (LanguageError, CompileError) as error:
                return Picture(None, False, str(error))
            faults = rasteriser.faults(svg)
            return Picture(svg, not faults, faults[0] if faults else None)

        yield compile
