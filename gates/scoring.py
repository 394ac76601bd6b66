"""From an answer's text to its picture, as the scorer wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.errors import CompileError, LanguageError
from contracts.families import Content, FamilyTable, content, content_topics, pack_named
from engine.compiler import Rasteriser, compile_bundle
from engine.dsl.bundle import Bundle
from engine.dsl.protocol import Language
from probes.cases import Case
from probes.score import Compile, Picture


@contextmanager
def compile_for(language: Language[Bundle], families: FamilyTable) -> Iterator[Compile]:
    """A compile function with a rasteriser behind it; refusals become the picture's error."""
    with Rasteriser() as rasteriser:

        def compile(text: str, case: Case) -> Picture:
            try:
                bundle = language.parse(text)
                svg = compile_bundle(
                    bundle, families, _words(case.topic, bundle), pack_named(case.pack)
                )
            except (LanguageError, CompileError) as error:
                return Picture(None, False, str(error))
            faults = rasteriser.faults(svg)
            return Picture(svg, not faults, faults[0] if faults else None)

        yield compile


def _words(topic: str, bundle: Bundle) -> Content:
    """The case's own words; for an answer of another family, those of that family's first topic.

    A wrong family is a wrong family: it must not count as a picture that cannot be drawn.
    """
    own = content(topic)
    if own.family == bundle.family:
        return own
    return next(words for words in map(content, content_topics()) if words.family == bundle.family)
