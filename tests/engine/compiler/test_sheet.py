"""The contact sheet shows every form in every theme and needs no other file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from contracts.families import family_table
from engine.compiler.sheet import TABLE, chosen_counts, joined_counts, main


def test_the_page_holds_each_form_in_each_theme(tmp_path: Path) -> None:
    out = tmp_path / "sheet.html"
    assert main([str(out), "--width", "80", "--form", "milestone"]) == 0
    page = out.read_text()
    assert page.count("<img ") == len(family_table(TABLE).style.theme)
    assert "http" not in page


def test_the_png_has_one_plate_a_theme(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    main([str(out), "--width", "100", "--form", "milestone", "--counts", "least"])
    with Image.open(out) as image:
        assert image.width == 6 * (100 + 18) + 18


@pytest.mark.parametrize("arguments", [["x.gif"], ["x.png", "--form", "pamphlet"]])
def test_what_cannot_be_written_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "x.gif" in (text := capsys.readouterr().err) or "pamphlet" in text


def test_counts_are_legal_at_both_ends() -> None:
    for family in family_table(TABLE).family:
        for choice in ("least", "middle", "most"):
            counts = joined_counts(family, chosen_counts(family, choice))
            assert all(f.least <= counts[f.id] <= f.ceiling(counts) for f in family.counts)
