"""Pictures of evidence: the loss of a training run, and what differs between two drawings."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont

from contracts.errors import EvidenceError

_INK = "#1f2933"
_FAINT = "#d5dbe1"
_STAGE_TINTS = ("#f3f6f9", "#e9eef4")
_LOSS = "#2b6cb0"
_HELD_OUT = "#c05621"
_LR = "#718096"
_SMOOTHED_SHARE = 0.02  # of the steps of a run; enough to see the trend through the batch noise


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """Rows of a training ledger (JSON lines); EvidenceError names file and line of a bad row."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            finite = math.isfinite(row["loss"]) and math.isfinite(row["step"])
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(f"{path}:{number}", repr(line[:80]), "step and loss") from error
        if not finite:
            raise EvidenceError(f"{path}:{number}", f"loss {row['loss']}", "a finite loss")
        rows.append(row)
    if not rows:
        raise EvidenceError(str(path), "no row", "one row for each step")
    return rows


def loss_curve(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """A ledger as an SVG: loss by step on a logarithmic axis, learning rate below it.

    Rows hold `step` and `loss` (nats a token), and if known `stage`, `lr`, `tokens_per_second`
    and `held_out_loss`. Stages are told apart by their background. Equal rows give equal bytes.
    """
    import matplotlib  # imported here: half a second that a session without pictures need not pay

    matplotlib.use("Agg")
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    places = list(range(len(rows)))  # a stage may count its steps from zero again
    losses = [float(row["loss"]) for row in rows]
    settings: dict[Any, Any] = {
        "svg.hashsalt": "probegate",
        "svg.fonttype": "path",
        "font.size": 11,
        "axes.edgecolor": _FAINT,
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(9.6, 5.4), layout="constrained")
        FigureCanvasSVG(figure)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        for axes in (upper, lower):
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(True, axis="y", color=_FAINT, linewidth=0.6)
        _tint_stages(rows, (upper, lower))
        upper.plot(places, losses, color=_LOSS, alpha=0.25, linewidth=0.8)
        upper.plot(places, _smoothed(losses), color=_LOSS, linewidth=1.8, label="training loss")
        held = [
            (place, float(row["held_out_loss"]))
            for place, row in zip(places, rows, strict=True)
            if row.get("held_out_loss") is not None
        ]
        if held:
            upper.plot(*zip(*held, strict=True), "o-", color=_HELD_OUT, ms=4, label="held-out loss")
        if min(losses) > 0:
            upper.set_yscale("log")
            upper.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            upper.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            upper.yaxis.set_minor_formatter(NullFormatter())
        upper.set_ylabel("loss (nats a token)")
        upper.legend(frameon=False, loc="upper right")
        upper.set_title(f"{title}\n", loc="left", fontweight="bold")
        upper.text(0, 1.03, _caption(rows, held), transform=upper.transAxes, color=_LR)
        lower.plot(places, [float(row.get("lr") or 0) for row in rows], color=_LR, linewidth=1.4)
        lower.set_xlim(0, len(rows))
        lower.set_ylim(bottom=0)
        lower.set_ylabel("rate")
        lower.set_xlabel("step")
        lower.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue().decode()


def _caption(rows: Sequence[Mapping[str, Any]], held: Sequence[tuple[int, float]]) -> str:
    parts = [f"{len(rows)} steps", f"last loss {float(rows[-1]['loss']):.4g}"]
    if held:
        parts.append(f"held-out {held[0][1]:.4g} to {held[-1][1]:.4g}")
    speeds = sorted(float(row["tokens_per_second"]) for row in rows if row.get("tokens_per_second"))
    if speeds:
        parts.append(f"median {speeds[len(speeds) // 2]:,.0f} tokens/s")
    return "   ".join(parts)


def _tint_stages(rows: Sequence[Mapping[str, Any]], both: Sequence[Any]) -> None:
    """A background and a name for each stretch of rows of one stage."""
    start, count = 0, 0
    for place in range(1, len(rows) + 1):
        if place < len(rows) and rows[place].get("stage") == rows[start].get("stage"):
            continue
        for axes in both:
            axes.axvspan(start, place, color=_STAGE_TINTS[count % 2], zorder=0, linewidth=0)
        name = rows[start].get("stage")
        if name is not None:
            transform = both[0].get_xaxis_transform()
            both[0].text(start, 0.02, f" {name}", transform=transform, color=_LR, fontsize=9)
        start, count = place, count + 1


def _smoothed(values: Sequence[float]) -> list[float]:
    """Running mean over the last 2 % of all steps, shorter at the start."""
    width = max(1, round(len(values) * _SMOOTHED_SHARE))
    smooth, total = [], 0.0
    for index, value in enumerate(values):
        total += value
        if index >= width:
            total -= values[index - width]
        smooth.append(total / min(index + 1, width))
    return smooth


def difference_picture(expected: bytes, generated: bytes | None) -> bytes:
    """A PNG that shows expected, generated and their difference side by side.

    The difference is the expected picture in pale grey with every differing pixel in red. Without
    a generated picture (it did not compile) the other two fields say so. Raises EvidenceError for
    bytes that are no picture.
    """
    left = _opened(expected, "expected picture")
    right = _opened(generated, "generated picture") if generated is not None else None
    label = ImageFont.load_default(size=max(14, left.width // 28))  # legible when scaled to a page
    panels = [("expected", left)]
    if right is None:
        empty = Image.new("RGB", left.size, "#f7f7f7")
        ImageDraw.Draw(empty).text((24, 24), "no picture: did not compile", _INK, label)
        panels += [("generated", empty)]
    else:
        changed = _changed(left, right)
        share = changed.histogram()[255] / (changed.width * changed.height)
        panels += [
            ("generated", right),
            (f"difference: {share:.2%} of the pixels", _marked(left, changed)),
        ]
    margin, head = 16, left.width // 28 + 22
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
    sheet.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _changed(left: Image.Image, right: Image.Image) -> Image.Image:
    """White where two pictures differ, black elsewhere, as large as the larger of both."""
    size = (max(left.width, right.width), max(left.height, right.height))
    padded = []
    for picture, filler in ((left, "white"), (right, "black")):
        canvas = Image.new("RGB", size, filler)
        canvas.paste(picture)
        padded.append(canvas)
    bands = ImageChops.difference(*padded).split()
    return ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]).point(
        lambda value: 255 if value else 0
    )


def _marked(picture: Image.Image, changed: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", changed.size, "white")
    canvas.paste(picture.convert("L").convert("RGB"))
    pale = Image.blend(canvas, Image.new("RGB", changed.size, "white"), 0.7)
    pale.paste("#e11d48", mask=changed)
    return pale


def _opened(data: bytes, where: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, ValueError) as error:
        raise EvidenceError(where, f"{len(data)} bytes that are no picture", "a PNG") from error
