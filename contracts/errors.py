"""Every refusal of the house, in one tree.

    ProbegateError
    ├── ContractError     a contract file, family table or content pack is wrong
    │   └── UnknownRun    no run goes by that name
    ├── LanguageError     a text is not a document of its language
    ├── CompileError      a document cannot be drawn as asked
    ├── RenderError       a picture broke a limit of the rasteriser
    ├── CurriculumError   a curriculum cannot give what its contract declares
    ├── TokenizerError    a text cannot be encoded under the control-atom policy
    ├── KernelError       arguments do not fit a kernel's contract
    ├── TrainingError     a training stage cannot start or go on
    ├── StoreError        the run store is damaged, locked or stale
    ├── EvidenceError     responses or reports do not match what was asked
    └── Blocked           a red gate upstream forbids this step

Each message says where, what was found, what was expected and what to do.
"""

from __future__ import annotations


class ProbegateError(Exception):
    """A refusal that names place, finding, expectation and cure.

    `where` is a file with key, a text with position, or an artifact; `cure` may be empty
    when the expectation already says what to do.
    """

    def __init__(self, where: str, found: str, expected: str, cure: str = "") -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.cure = cure
        super().__init__(where, found, expected, cure)

    def __str__(self) -> str:
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.cure}" if self.cure else text


class ContractError(ProbegateError):
    """A contract file, family table or content pack is wrong."""


class UnknownRun(ContractError):
    """No run goes by that name."""


class LanguageError(ProbegateError):
    """A text is not a document of its language; `position` is its character offset."""

    def __init__(
        self, where: str, found: str, expected: str, cure: str = "", *, position: int = 0
    ) -> None:
        super().__init__(where, found, expected, cure)
        self.position = position


class CompileError(ProbegateError):
    """A document cannot be drawn as asked."""


class SetupError(ProbegateError):
    """Something that the project stands on is not installed: no fault of a document or a run."""


class RenderError(ProbegateError):
    """A picture broke a limit of the rasteriser."""


class CurriculumError(ProbegateError):
    """A curriculum cannot give what its contract declares."""


class TokenizerError(ProbegateError):
    """A text cannot be encoded under the control-atom policy."""


class KernelError(ProbegateError):
    """Arguments do not fit a kernel's contract."""


class TrainingError(ProbegateError):
    """A training stage cannot start or go on."""


class StoreError(ProbegateError):
    """The run store is damaged, locked or stale."""


class EvidenceError(ProbegateError):
    """Responses or reports do not match what was asked."""


class Blocked(ProbegateError):
    """A red gate upstream forbids this step."""
