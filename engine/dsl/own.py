"""A language of the user's own: a Python file beside the contract, held to the protocol of ours.

The file, which `spec.module` names, defines

    language(families) -> Language                        a function, or a class of that name
    represent(language, families) -> Representation       unless spec.pictures = false

and imports what it needs from the house (contracts.errors.LanguageError, above all) and from
installed packages, but no file beside it: its own bytes are what the contract's digest covers.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from contracts.errors import LanguageError
from contracts.families import FamilyTable
from contracts.models import Contract
from engine.dsl.protocol import Language


@dataclass(frozen=True)
class Own:
    """Where the module of a language stands, the sha256 of its bytes, and whether it draws."""

    path: str
    sha256: str
    pictures: bool

    @property
    def file(self) -> str:
        """Its name, as messages give it."""
        return Path(self.path).name


def own_of(contract: Contract) -> Own | None:
    """The module of a contract's language; None for a language of ours."""
    module = contract.spec.module
    if module is None:
        return None
    assert contract.folder is not None  # a contract with files beside it knows where they stand
    path = str(contract.folder / module)
    return Own(path, contract.beside[module], contract.spec.pictures)


def own_language(own: Own, name: str, families: FamilyTable) -> Language[Any]:
    """The language of a module; LanguageError says what it lacks of the protocol."""
    language: Language[Any] = called(own, "language(families)", families)
    for member, told in vars(Language).items():
        if member.startswith("_"):
            continue
        found = getattr(language, member, None)
        if isinstance(told, property) and not (isinstance(found, str) and found):
            lacking(own, f"{member} = {found!r}", f"text: the {purpose(told)}", member)
        if not isinstance(told, property) and not callable(found):
            lacking(own, f"no method {member}", f"one that gives the {purpose(told)}", member)
    if language.name != name:
        lacking(own, f"name = {language.name!r}", f"spec.representation, {name!r}", "name")
    _hold_to_refusals(own, language)
    _hold_to_atoms(own, language)
    return language


def _hold_to_refusals(own: Own, language: Language[Any]) -> None:
    """Nothing, and an opening without its end, are no documents: of any other answer than
    LanguageError the harness would believe that it had broken."""
    for text in ("", language.opening_tag):
        try:
            read = language.parse(text)
        except LanguageError:
            continue
        except Exception as error:
            found = f"{type(error).__name__} from parse({text!r})"
        else:
            found = f"{read!r} from parse({text!r})"
        lacking(own, found, "LanguageError for what is no document", "parse")


def _hold_to_atoms(own: Own, language: Language[Any]) -> None:
    atoms = language.control_atoms()
    if not isinstance(atoms, tuple) or not all(isinstance(a, str) and a for a in atoms):
        lacking(own, repr(atoms)[:80], "a tuple of tags", "control_atoms")
    if len(set(atoms)) < len(atoms):
        twice = next(atom for atom in atoms if atoms.count(atom) > 1)
        lacking(own, f"{twice!r} twice", "each tag once", "control_atoms")


def lacking(own: Own, found: str, expected: str, member: str) -> NoReturn:
    """Refuse a module that lacks something of the protocol."""
    cure = f"Mend {member}; engine/dsl/protocol.py and engine/representation.py say what is needed"
    raise LanguageError(f"{own.file}, {member}", found, expected, cure)


def purpose(member: object) -> str:
    """What a member of the protocol is there for, as its docstring begins."""
    told = str(member.__doc__).partition("\n")[0].rstrip(".").removeprefix("The ")
    return told[:1].lower() + told[1:]


def called(own: Own, signature: str, *arguments: Any) -> Any:
    """What a function of the module, such as `language(families)`, makes of its arguments."""
    function = signature.partition("(")[0]
    make = getattr(_loaded(own), function, None)
    if not callable(make):
        lacking(own, f"no function {function}", f"a function or class {signature}", function)
    try:
        return make(*arguments)
    except Exception as error:
        raise LanguageError(
            f"{own.file}, {function}", _told(own, error), "an object of the protocol", "Mend it"
        ) from error


@cache
def _loaded(own: Own) -> ModuleType:
    """The module, run from the very bytes that the contract's digest covers."""
    source = Path(own.path).read_bytes()
    if hashlib.sha256(source).hexdigest() != own.sha256:
        raise LanguageError(
            own.file, "other bytes than the contract's", "a file that rests", "Start again"
        )
    module = ModuleType(f"own_{own.sha256[:16]}")
    module.__file__ = own.path
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(source, own.path, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        raise LanguageError(
            own.file, _told(own, error), "a module that can be imported", "Mend it"
        ) from error
    return module


def _told(own: Own, error: BaseException) -> str:
    """An error by type and text, with the line of the module where it came from."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == own.path]
    line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
    where = f" at line {line}" if line else ""
    return f"{type(error).__name__}{where}: {error}"
