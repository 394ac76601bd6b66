"""From an answer's text to its picture, as the scorer wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contracts.errors import CompileError, LanguageError
from engine.compiler import Rasteriser
from engine.representation import Representation
from probes.cases import Case
from probes.score import Compile, Picture


@contextmanager
def compile_for(representation: Representation[Any]) -> Iterator[Compile | None]:
    """A compile function with a rasteriser behind it; refusals become the picture's error.

    None for a language without pictures.
    """
    if not representation.pictured:
        yield None
        return
    with Rasteriser() as rasteriser:

        def compile(text: str, case: Case) -> Picture:
            try:
                document = representation.language.parse(text)
                topic = representation.topic_for(document, case.topic)
                svg = representation.picture(document, topic, case.pack)
            except (LanguageError, CompileError) as error:
                return Picture(None, False, str(error))
            faults = rasteriser.faults(svg)
            return Picture(svg, not faults, faults[0] if faults else None)

        yield compile
