"""What a miss looks like: expected picture, generated picture, and the pixels that differ."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFont

from contracts.errors import EvidenceError, ProbegateError

if TYPE_CHECKING:
    from engine.compiler import Rasteriser

_INK = "#1f2933"
_FAINT = "#d5dbe1"
_CHANGED = "#e11d48"
# A starved run misses a thousand cases; drawing each would take minutes and show nothing new.
DRAWN_MAX = 48
PANEL_PIXELS = 640  # three of them fill a wide screen


class Differences:
    """Draws difference pictures, each pair of pictures once, and no more than DRAWN_MAX."""

    def __init__(self) -> None:
        self._rasteriser: Rasteriser | None = None
        self._drawn: dict[tuple[str, str], bytes | str] = {}

    def between(self, expected: str, generated: str) -> bytes | str:
        """A PNG of two SVGs side by side with their difference, or a text that says why not."""
        pair = (expected, generated)
        if pair not in self._drawn:
            if len(self._drawn) >= DRAWN_MAX:
                return f"not drawn: this process has drawn {DRAWN_MAX} differences already"
            try:
                self._drawn[pair] = difference_picture(self._png(expected), self._png(generated))
            except ProbegateError as error:
                self._drawn[pair] = f"not drawn: {error}"
        return self._drawn[pair]

    def _png(self, svg: str) -> bytes:
        if self._rasteriser is None:
            from engine.compiler import Rasteriser  # a session without a miss starts no process

            self._rasteriser = Rasteriser()
        return self._rasteriser.png(svg, PANEL_PIXELS)

    def close(self) -> None:
        """Ends the rasteriser's process."""
        if self._rasteriser is not None:
            self._rasteriser.close()


def difference_picture(expected: bytes, generated: bytes) -> bytes:
    """A PNG that shows expected, generated and their difference side by side.

    The difference is the expected picture in pale grey with every differing pixel in red, the
    redder the greater the difference. Raises EvidenceError for bytes that are no picture.
    """
    left, right = _opened(expected, "expected picture"), _opened(generated, "generated picture")
    changed = _changed(left, right)
    share = 1 - changed.histogram()[0] / (changed.width * changed.height)
    panels = [
        ("expected", left),
        ("generated", right),
        (f"difference: {share:.2%} of the pixels", _marked(left, changed)),
    ]
    size = max(14, left.width // 28)  # still legible when three panels share a page's width
    label = ImageFont.load_default(size=size)
    margin, head = 16, size + 20
    width = sum(panel.width for _, panel in panels) + margin * (len(panels) + 1)
    height = max(panel.height for _, panel in panels) + head + margin
    sheet = Image.new("RGB", (width, height), "white")
    draw, x = ImageDraw.Draw(sheet), margin
    for name, panel in panels:
        draw.text((x, 8), name, _INK, label)
        draw.rectangle((x - 1, head - 1, x + panel.width, head + panel.height), outline=_FAINT)
        sheet.paste(panel, (x, head))
        x += panel.width + margin
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()


def _changed(left: Image.Image, right: Image.Image) -> Image.Image:
    """How much two pictures differ, black for not at all, as large as the larger of both.

    What lies outside one of the pictures differs wholly. The least difference is still visible,
    but a new background is paler than a moved box.
    """
    shared = (min(left.width, right.width), min(left.height, right.height))
    box = (0, 0, *shared)
    bands = ImageChops.difference(left.crop(box), right.crop(box)).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    whole = (max(left.width, right.width), max(left.height, right.height))
    changed = Image.new("L", whole, 255)
    changed.paste(most.point(lambda value: min(255, 48 + 2 * value) if value else 0))
    return changed


def _marked(picture: Image.Image, changed: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", changed.size, "white")
    canvas.paste(picture.convert("L").convert("RGB"))
    pale = Image.blend(canvas, Image.new("RGB", changed.size, "white"), 0.7)
    pale.paste(_CHANGED, mask=changed)
    return pale


def _opened(data: bytes, where: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGBA")
    except (OSError, ValueError) as error:
        raise EvidenceError(where, f"{len(data)} bytes that are no picture", "a PNG") from error
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("RGB")
