"""Pictures of expected documents: drawn once, and never where the font is lacking."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import SetupError
from contracts.families import family_table
from engine.compiler import fonts
from engine.representation import representation_for
from engine.store import Store
from gates.scoring import expected_pictures
from tests.gates.test_smoke import BUNDLE, case_of


def test_a_missing_font_is_no_fault_of_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, table = representation_for("bundle", family_table()), family_table().model_dump()
    asked = (Store(tmp_path), pictures, table, {}, [case_of(BUNDLE)])
    with monkeypatch.context() as without:
        without.setattr(fonts, "FONT_FOLDER", tmp_path)
        fonts.glyphs.cache_clear()
        with pytest.raises(SetupError, match="pinned font package"):
            expected_pictures(*asked)
    assert [found.renderable for found in expected_pictures(*asked).values()] == [True]
