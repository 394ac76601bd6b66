"""The rasteriser gives the same bytes each time, keeps its limits and outlives its worker."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from PIL import Image

from contracts.errors import RenderError
from contracts.families import content, family_table
from engine.compiler import Rasteriser, compile_bundle
from engine.compiler.raster import is_blank
from engine.compiler.sheet import chosen_counts
from engine.compiler.svg import Box, Paint, Picture
from engine.dsl.bundle import Bundle


@pytest.fixture
def rasteriser() -> Iterator[Rasteriser]:
    with Rasteriser() as one:
        yield one


def _picture(width: float = 120, height: float = 80, fill: str = "#336699") -> str:
    picture = Picture(width, height, "plain")
    picture.rect(picture.box, Paint("#ffffff"))
    picture.rect(Box(10, 10, 50, 40), Paint(fill), 6)
    picture.text((20, 70), "Font", size=14, fill="#000000", weight=600)
    return picture.source()


def _worker(rasteriser: Rasteriser) -> subprocess.Popen[bytes]:
    worker = rasteriser._worker
    assert worker is not None
    return worker


def test_two_workers_give_the_same_bytes(rasteriser: Rasteriser) -> None:
    families = family_table()
    family = families["system_diagram"]
    bundle = Bundle(
        family.id,
        "selection_path",
        "signal_glow",
        "mixed",
        "airy",
        "rings",
        tuple(chosen_counts(family, "most").items()),
    )
    svg = compile_bundle(bundle, families, content("registry_selection_flow"), "dense")
    with Rasteriser() as other:
        first, second = rasteriser.png(svg, 400), other.png(svg, 400)
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()


def test_a_picture_has_the_size_asked_for(rasteriser: Rasteriser) -> None:
    for width, size in ((None, (120, 80)), (60, (60, 40))):
        assert Image.open(io.BytesIO(rasteriser.png(_picture(), width))).size == size


def test_text_is_drawn_with_the_pinned_font(rasteriser: Rasteriser) -> None:
    image = Image.open(io.BytesIO(rasteriser.png(_picture()))).convert("L")
    dark = image.crop((20, 56, 60, 74)).point(lambda v: 255 if v < 90 else 0)
    assert dark.getbbox() is not None


def test_a_picture_asked_for_again_needs_no_worker(rasteriser: Rasteriser) -> None:
    first = rasteriser.png(_picture())
    rasteriser.close()
    assert rasteriser.png(_picture()) == first
    assert rasteriser._worker is None


def test_a_worker_that_hangs_is_reported_and_replaced(rasteriser: Rasteriser) -> None:
    rasteriser.png(_picture())
    before = _worker(rasteriser)
    os.kill(before.pid, signal.SIGSTOP)
    rasteriser.timeout_seconds = 0.2
    with pytest.raises(RenderError, match="no picture in time"):
        rasteriser.png(_picture(fill="#993366"))
    assert before.returncode == -signal.SIGKILL
    rasteriser.timeout_seconds = 20
    assert rasteriser.png(_picture(fill="#993366")).startswith(b"\x89PNG")
    assert _worker(rasteriser).pid != before.pid


def test_a_worker_that_dies_at_work_is_reported_and_replaced(rasteriser: Rasteriser) -> None:
    rasteriser.png(_picture())
    before = _worker(rasteriser)
    before.kill()
    before.wait()
    # As if it had died after it was found alive: the picture that it had in hand is lost.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rasteriser, "_started", lambda: before)
        with pytest.raises(RenderError, match="a worker that died"):
            rasteriser.png(_picture(fill="#993366"))
    assert rasteriser.png(_picture(fill="#993366")).startswith(b"\x89PNG")


def test_a_worker_that_died_while_idle_is_replaced(rasteriser: Rasteriser) -> None:
    rasteriser.png(_picture())
    before = _worker(rasteriser)
    before.kill()
    before.wait()
    assert rasteriser.png(_picture(fill="#669933")).startswith(b"\x89PNG")


def test_memory_is_limited() -> None:
    side = 4096
    with (
        Rasteriser(memory_bytes=120 * 2**20) as small,
        pytest.raises(RenderError, match=r"a worker that died|memory"),
    ):
        small.png(_picture(side, side))


def test_widths_are_limited(rasteriser: Rasteriser) -> None:
    for width in (0, -1, 5000):
        with pytest.raises(RenderError, match=f"width {width}"):
            rasteriser.png(_picture(), width)


def test_blank_pictures_are_not_renderable(rasteriser: Rasteriser) -> None:
    blank = Picture(40, 40, "blank")
    blank.rect(blank.box, Paint("#123456"))
    assert is_blank(rasteriser.png(blank.source()))
    assert rasteriser.faults(blank.source()) == ["blank: the picture has one colour only"]
    assert rasteriser.renderable(_picture())


def test_a_picture_that_fails_lint_is_not_renderable(rasteriser: Rasteriser) -> None:
    picture = Picture(40, 40, "cramped")
    picture.rect(picture.box, Paint("#ffffff"))
    picture.text((20, 20), "Too wide", size=14, fill="#000000")
    assert rasteriser.faults(picture.source())[0].startswith("text-outside")
    assert not rasteriser.renderable(picture.source())
