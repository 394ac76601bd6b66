"""Text is measured by the font, wrapped without loss, and never cut."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contracts.errors import CompileError, SetupError
from contracts.families import ContentItem, content, content_topics
from engine.compiler import fonts
from engine.compiler.fonts import WEIGHTS
from engine.compiler.raster import Rasteriser
from engine.compiler.svg import Paint, Picture
from engine.compiler.text import Copy, common_stacks, extent, ladder, measure, wrap

words = st.lists(st.text("abcdefgh-.,ABC", min_size=1, max_size=12), min_size=1, max_size=20)


@given(words, st.floats(60, 500))
@settings(deadline=None)
def test_wrapping_keeps_every_word_and_the_width(parts: list[str], width: float) -> None:
    text = " ".join(parts)
    lines = wrap(text, width, 16.0, 400)
    if lines is None:
        assert max(measure(word, 16.0, 400) for word in parts) > width
        return
    assert " ".join(lines) == text
    assert all(measure(line, 16.0, 400) <= width for line in lines)


def test_wrapping_leaves_no_lone_last_word() -> None:
    text = "every gate must hold before the run is promoted at last"
    width = measure(text.rsplit(" ", 1)[0], 16.0, 400) + 1
    lines = wrap(text, width, 16.0, 400)
    assert lines is not None
    assert len(lines) == 2
    assert len(lines[1].split()) > 2


def test_a_character_that_the_font_lacks_is_refused() -> None:
    with pytest.raises(CompileError, match=r"U\+4E2D"):
        measure("\u4e2d", 16.0, 400)


def test_siblings_share_the_largest_step_that_fits_all() -> None:
    steps = ladder((40, 28), (20, 14), (16, 12), scale=1.0)
    short, long = Copy("One", "A note."), Copy("Two", "A much longer note. " * 6)
    (alone,) = common_stacks([short], 300, 120, steps, "cards")
    pair = common_stacks([short, long], 300, 120, steps, "cards")
    assert alone.step == steps[0]
    assert pair[0].step == pair[1].step == steps[1]
    assert all(stack.height <= 120 for stack in pair)


def test_low_rows_set_the_note_beside_the_title() -> None:
    steps = ladder((16, 12), scale=1.0)
    copies = [Copy("One", "A short note."), Copy("Two", "Another one.")]
    assert all(stack.beside > 0 for stack in common_stacks(copies, 400, 20, steps, "rows"))


def test_words_that_cannot_fit_are_refused_by_name() -> None:
    steps = ladder((16, 12), scale=1.0)
    with pytest.raises(CompileError, match="cards: found 'Incompressible'"):
        common_stacks([Copy("Incompressible", "note")], 40, 100, steps, "cards")


def test_measured_boxes_hold_what_is_drawn() -> None:
    """Behaviour: the rasteriser never paints outside the measured box of a real line of content."""
    samples = [item.default for topic in content_topics() for item in _items(topic)][:24]
    with Rasteriser() as rasteriser:
        for i, sample in enumerate(samples):
            size, weight = (18.0, 31.0)[i % 2], list(WEIGHTS)[i % 4]
            picture = Picture(2000, 100, "sample")
            picture.rect(picture.box, Paint("#ffffff"))
            picture.text((20, 60), sample, size=size, fill="#000000", weight=weight)
            image = Image.open(io.BytesIO(rasteriser.png(picture.source()))).convert("L")
            left, top, right, bottom = image.point(lambda v: 255 - v).getbbox() or (0, 0, 0, 0)
            above, below = extent(sample, size, weight)
            width = measure(sample, size, weight)
            assert right - left > width * 0.9
            assert left >= 19
            assert right <= 20 + width + 1
            assert top >= 60 - above - 1
            assert bottom <= 60 + below + 1


def _items(topic: str) -> list[ContentItem]:
    return [item for items in content(topic).slots.values() for item in items]


def test_a_missing_font_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(fonts, "FONT_FOLDER", tmp_path)
    with pytest.raises(SetupError, match=r"IBMPlexSans-Regular\.woff.*reports\.node"):
        fonts.font_files.__wrapped__()
