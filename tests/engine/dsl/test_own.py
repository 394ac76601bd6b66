"""A language of the user's own is held to the protocol before anything rests on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import CompileError, LanguageError
from contracts.families import family_table
from engine.dsl import language_for
from engine.dsl.own import Own
from engine.representation import Unpictured, representation_for

EXAMPLE = Path(__file__).resolve().parents[2] / "gates" / "contracts" / "bookings" / "bookings.py"
SOURCE = EXAMPLE.read_text(encoding="utf-8")
TEXT = '{"row": 3, "seats": [2, 5], "children": 1, "price": 40}'
HALF_A_PICTURE = """
from engine.representation import Representation

class Plan(Representation):
    def picture(self, document, topic, pack):
        return "<svg/>"

    def counts(self, document):
        return {}

    def payloads(self, topic):
        return ()

def represent(language, families):
    return Plan()
"""
Bring = Callable[..., Own]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """A module file, of the example's source after edits."""

    def write(*edits: tuple[str, str], more: str = "", pictures: bool = False) -> Own:
        source = SOURCE
        for old, new in edits:
            assert old in source, old
            source = source.replace(old, new, 1)
        path = tmp_path / "mine.py"
        path.write_text(source + more, encoding="utf-8")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return Own(str(path), digest, pictures)

    return write


def test_the_example_reads_and_spells(bring: Bring) -> None:
    language = language_for("bookings", family_table(), bring())
    booking = language.parse(TEXT)
    assert language.serialize(booking) == TEXT
    assert language.fields(booking)["seats"] == "2 5"


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("[2, 5]", "[5, 5]"),
        TEXT.replace("[2, 5]", "[2,5]"),
        TEXT.replace("[2, 5]", "[]"),
        TEXT.replace('"children": 1', '"children": 0'),
        TEXT.replace('"children": 1', '"children": true'),
        TEXT.replace('"row": 3, "seats": [2, 5]', '"seats": [2, 5], "row": 3'),
        TEXT.replace("}", ', "row": 3}'),
        TEXT.replace("3", "3.0"),
        f"{TEXT} {TEXT}",
        "[" * 9000,
    ],
)
def test_the_example_refuses_what_it_would_not_write(bring: Bring, text: str) -> None:
    language = language_for("bookings", family_table(), bring())
    with pytest.raises(LanguageError, match="bookings, character"):
        language.parse(text)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("def fields", "def felds"), "mine.py, fields: found no method fields; expected one"),
        (('name = "bookings"', 'name = "seats"'), "found name = 'seats'; expected spec.represent"),
        (('closing_tag = "}"', 'closing_tag = ""'), "found closing_tag = ''; expected text: the"),
        (("return (self.opening_tag, ", "return ('}', "), "found '}' twice; expected each tag"),
        (("        keys = (", "        return None\n        keys = ("), "None; expected a tuple"),
        (("except (ValueError, Rec", "except (KeyError, Rec"), "found JSONDecodeError from parse("),
        (("            said = json.loads(text)", "            return text"), "found '' from parse"),
        (("language = Bookings", ""), "mine.py, language: found no function language; expected a"),
        (("def __init__(self, families:", "def __init__(self, a, families:"), "TypeError: Booki"),
        (("import json\n", "import jsonne\n"), "ModuleNotFoundError at line 11: No module named"),
        (("class Booking:", "class Booking"), "SyntaxError at line 21: expected ':'"),
    ],
)
def test_a_module_without_the_protocol_is_refused(
    bring: Bring, edit: tuple[str, str], message: str
) -> None:
    with pytest.raises(LanguageError) as caught:
        language_for("bookings", family_table(), bring(edit))
    assert message in str(caught.value)
    assert caught.value.where.startswith("mine.py")
    assert caught.value.cure.startswith("Mend")


def test_a_module_that_changes_under_a_session_is_refused(bring: Bring) -> None:
    own = bring()
    Path(own.path).write_text(SOURCE + "\n")
    with pytest.raises(LanguageError, match=r"mine\.py: found other bytes than the contract's"):
        language_for("bookings", family_table(), own)


# --- pictures -------------------------------------------------------------------------------


def test_a_language_without_pictures_draws_nothing(bring: Bring) -> None:
    form = representation_for("bookings", family_table(), bring())
    assert isinstance(form, Unpictured)
    assert not form.pictured
    booking = form.language.parse(TEXT)
    assert form.legal(booking)
    assert (form.counts(booking), form.neighbours(booking), form.payloads("")) == ({}, (), ())
    with pytest.raises(CompileError, match=r"found spec\.pictures = false"):
        form.picture(booking, "", "")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "mine.py, represent: found no function represent; expected a function or class repr"),
        ("\ndef represent(language, families):\n    return language\n", "found a Bookings; expect"),
        (HALF_A_PICTURE, "found no method neighbours; expected one that gives the legal documents"),
    ],
)
def test_pictures_that_are_declared_must_be_there(bring: Bring, more: str, message: str) -> None:
    with pytest.raises(LanguageError) as caught:
        representation_for("bookings", family_table(), bring(more=more, pictures=True))
    assert message in str(caught.value)


def test_pictures_of_a_module_know_their_language(bring: Bring) -> None:
    neighbours = "    def neighbours(self, document):\n        return ()\n\n"
    whole = HALF_A_PICTURE.replace("    def payloads", f"{neighbours}    def payloads")
    form = representation_for("bookings", family_table(), bring(more=whole, pictures=True))
    assert form.pictured
    assert form.name == form.language.name == "bookings"
