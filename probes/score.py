"""Turns one raw answer into an outcome.

The raw text is what is scored: nothing is cut off before the opening tag, nothing is repaired,
and the document is the text up to and with the first closing tag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.errors import EvidenceError, LanguageError
from engine.dsl.protocol import Language, split_document
from probes.cases import Case
from probes.failure import Diagnostician, Evidence, Failure, Mismatch
from probes.responses import Response


@dataclass(frozen=True)
class Picture:
    """What the compiler made of a document; `renderable` means linted, rendered and not blank."""

    svg: str | None
    renderable: bool
    error: str | None


Compile = Callable[[str, Case], Picture]
"""Document text and case to picture.

It depends on the text and on the case's topic and pack only, gives the same bytes each time, and
answers a document that cannot be drawn with an error in the picture. What it raises is a fault of
the harness and stops the scoring.
"""


@dataclass(frozen=True)
class ParseError:
    """Why the language refused a document; `position` is the character offset."""

    position: int
    message: str


@dataclass(frozen=True)
class Outcome:
    """One scored case. Metrics are derived, so that they cannot contradict what they rest on.

    `document` runs up to and with the first closing tag (None without one), `tail` is the rest.
    `materialised_exact`: the document parses to the expected one, whatever its spelling.
    `error` is why no picture was made; `expected_svg` is the picture that was asked for, None in a
    language that has no pictures.
    """

    case: Case
    response: Response
    document: str | None
    tail: str
    renderable: bool
    materialised_exact: bool
    svg: str | None
    expected_svg: str | None
    failure: Failure
    flags: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]
    parse_error: ParseError | None
    error: str | None

    @property
    def exact(self) -> bool:
        """The document is the expected text byte for byte, and renders where there are pictures."""
        return self.document == self.case.expected and (self.renderable or not self.pictured)

    @property
    def pictured(self) -> bool:
        """Whether the language has pictures."""
        return self.expected_svg is not None

    @property
    def parsed(self) -> bool:
        """The language reads the document, whatever it says."""
        return self.document is not None and self.parse_error is None

    @property
    def svg_exact(self) -> bool:
        """The compiled picture is the expected one byte for byte."""
        return self.renderable and self.svg == self.expected_svg

    @property
    def clean_stop(self) -> bool:
        """A closed document, then end-of-sequence and nothing else."""
        return self.document is not None and self.tail == "" and self.response.stop == "eos"

    @property
    def truncated(self) -> bool:
        """No closing tag, and not the model ended the answer."""
        return self.document is None and self.response.stop != "eos"


METRICS = ("exact", "materialised_exact", "svg_exact", "renderable", "clean_stop", "truncated")
METRICS_UNPICTURED = ("exact", "materialised_exact", "parsed", "clean_stop", "truncated")
"""What answers in a language without pictures are held to."""


@dataclass(frozen=True)
class _Expectation:
    document: Any
    fields: dict[str, str]
    svg: str | None


class Scorer:
    """Scores answers in one language; each document is parsed and compiled once per content.

    `compile` is None for a language that has no pictures.
    """

    def __init__(self, language: Language[Any], compile: Compile | None) -> None:
        self._language = language
        self._compile = compile
        self._diagnostician = Diagnostician(language)
        self._pictures: dict[tuple[str, str, str], Picture] = {}
        self._expectations: dict[tuple[str, str, str], _Expectation] = {}

    def score(self, case: Case, response: Response) -> Outcome:
        """Outcome of one answer.

        EvidenceError when the answer is not to this case, or when the expected document itself
        is not canonical or cannot be drawn: a fault of the harness is never the model's miss.
        """
        if (response.case_id, response.prompt_sha256) != (case.id, case.prompt_sha256):
            raise EvidenceError(
                f"case {case.id!r}",
                f"an answer to {response.case_id!r}",
                "the answer to its prompt",
            )
        wanted = self._expectation(case)
        document, tail = split_document(self._language, response.text) or (None, "")
        parsed, fault = self._parse(document) if document is not None else (None, None)
        picture = Picture(None, False, fault.message if fault else "no closed document")
        if document is not None and fault is None:
            picture = self._picture(document, case)
        fields = None
        if document is not None and fault is None:
            fields = self._language.fields(parsed)
        diagnosis = self._diagnostician.diagnose(
            Evidence(
                prompt=case.prompt,
                expected=case.expected,
                expected_fields=wanted.fields,
                text=response.text,
                document=document,
                tail=tail,
                stop=response.stop,
                fields=fields,
            )
        )
        return Outcome(
            case=case,
            response=response,
            document=document,
            tail=tail,
            renderable=picture.renderable,
            materialised_exact=fields is not None and parsed == wanted.document,
            svg=picture.svg,
            expected_svg=wanted.svg,
            failure=diagnosis.failure,
            flags=diagnosis.flags,
            mismatches=diagnosis.mismatches,
            parse_error=fault,
            error=picture.error,
        )

    def _parse(self, text: str) -> tuple[Any, ParseError | None]:
        try:
            return self._language.parse(text), None
        except LanguageError as error:
            return None, ParseError(error.position, str(error))

    def _picture(self, document: str, case: Case) -> Picture:
        if self._compile is None:
            return Picture(None, False, None)
        key = (document, case.topic, case.pack)
        if key not in self._pictures:
            picture = self._compile(document, case)
            if picture.renderable and (picture.svg is None or picture.error is not None):
                raise EvidenceError(
                    f"compiler, case {case.id!r}",
                    "a renderable picture without SVG or with an error",
                    "an SVG and no error",
                    "Mend the compile function that was handed to the scorer",
                )
            if not picture.renderable and picture.error is None:
                picture = replace(picture, error="not renderable")
            self._pictures[key] = picture
        return self._pictures[key]

    def _expectation(self, case: Case) -> _Expectation:
        key = (case.expected, case.topic, case.pack)
        if key not in self._expectations:
            where = f"expected document of case {case.id!r}"
            cure = "Mend the generator or the compiler, then score again"
            document, fault = self._parse(case.expected)
            if fault:
                raise EvidenceError(where, fault.message, f"a {self._language.name} document", cure)
            canonical = self._language.serialize(document)
            if canonical != case.expected:
                raise EvidenceError(where, repr(case.expected), f"canonical {canonical!r}", cure)
            picture = self._picture(case.expected, case)
            if self._compile is not None and not picture.renderable:
                raise EvidenceError(where, str(picture.error), "a picture that renders", cure)
            fields = self._language.fields(document)
            self._expectations[key] = _Expectation(document, fields, picture.svg)
        return self._expectations[key]


def score(
    case: Case, response: Response, language: Language[Any], compile: Compile | None
) -> Outcome:
    """Outcome of one answer; see `Scorer.score`."""
    return Scorer(language, compile).score(case, response)


def score_all(
    cases: Sequence[Case],
    responses: Sequence[Response],
    language: Language[Any],
    compile: Compile | None,
) -> tuple[Outcome, ...]:
    """Outcomes of one answer a case, in case order; EvidenceError as `Scorer.score`."""
    if len(cases) != len(responses):
        raise EvidenceError(
            "scoring", f"{len(responses)} answers", f"{len(cases)} answers, one a case"
        )
    scorer = Scorer(language, compile)
    return tuple(scorer.score(c, r) for c, r in zip(cases, responses, strict=True))
