"""A miss is shown as the pixels that differ, and seldom drawn twice."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from contracts.errors import EvidenceError, RenderError
from reports.differences import DRAWN_MAX, Differences, difference_picture

MARK = (225, 29, 72)


def png(size: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    picture = Image.new("RGB", size, "white")
    picture.paste("#102030", box)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def marked(sheet: bytes) -> int:
    colours = Image.open(io.BytesIO(sheet)).convert("RGB").getcolors(1 << 24)
    assert colours is not None
    return next((count for count, colour in colours if colour == MARK), 0)


def test_exactly_the_differing_pixels_are_marked() -> None:
    left, right = png((100, 60), (0, 0, 20, 20)), png((100, 60), (5, 0, 25, 20))
    assert marked(difference_picture(left, right)) == 2 * 5 * 20
    assert marked(difference_picture(left, left)) == 0


def test_the_larger_picture_decides_what_is_compared() -> None:
    box = (0, 0, 20, 20)
    assert marked(difference_picture(png((100, 60), box), png((110, 60), box))) == 10 * 60


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(EvidenceError, match="generated picture: found 3 bytes"):
        difference_picture(png((10, 10), (0, 0, 1, 1)), b"GIF")


class Drawing:
    """A rasteriser that counts, and refuses one picture."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def png(self, svg: str, width: int) -> bytes:
        if svg == "bad":
            raise RenderError("picture", "bad", "good")
        self.drawn.append(svg)
        return png((10, 10), (0, 0, len(svg), 1))


def differences(monkeypatch: pytest.MonkeyPatch, drawing: Drawing) -> Differences:
    monkeypatch.setattr("engine.compiler.Rasteriser", lambda: drawing)
    return Differences()


def test_each_pair_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = Drawing()
    both = differences(monkeypatch, drawing)
    assert both.between("a", "bb") is both.between("a", "bb")
    assert drawing.drawn == ["a", "bb"]


def test_a_starved_run_does_not_draw_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = Drawing()
    both = differences(monkeypatch, drawing)
    answers = [both.between("a", "b" * index) for index in range(1, DRAWN_MAX + 3)]
    assert [isinstance(answer, bytes) for answer in answers] == [True] * DRAWN_MAX + [False] * 2
    assert answers[-1] == f"not drawn: this process has drawn {DRAWN_MAX} differences already"


def test_a_picture_that_cannot_be_drawn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = differences(monkeypatch, Drawing()).between("a", "bad")
    assert answer == "not drawn: picture: found bad; expected good"
