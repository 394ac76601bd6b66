"""The loss of a training run as a picture, drawn from its ledger."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError

_INK = "#1f2933"
_FAINT = "#d5dbe1"
_STAGE_TINTS = ("#f3f6f9", "#e9eef4")
_LOSS = "#2b6cb0"
_HELD_OUT = "#c05621"
_RATE = "#718096"
_SMOOTHED_SHARE = 0.02  # of the updates of a run; enough to see the trend through batch noise


@dataclass(frozen=True)
class Curve:
    """A ledger as points: tokens of all stages so far (thousands) against loss or rate.

    `updates` holds (tokens, loss, rate) of each update, `held_out` (tokens, loss) of each
    measurement, `stages` (name, first token, last token), `speed` the median in tokens a second.
    """

    updates: tuple[tuple[float, float, float], ...]
    held_out: tuple[tuple[float, float], ...]
    stages: tuple[tuple[str, float, float], ...]
    speed: float


def read_ledger(path: Path) -> Curve:
    """The curve of a training ledger (JSON lines of kind `update` and `held_out`).

    A stage counts its tokens from zero; the curve adds them up. Raises EvidenceError that names
    file and line for a row that is torn, unknown or not finite, and for a ledger without updates.
    """
    updates: list[tuple[float, float, float]] = []
    held_out: list[tuple[float, float]] = []
    stages: list[tuple[str, float, float]] = []
    speeds: list[float] = []
    before, stage, reached = 0.0, None, 0.0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}:{number}"
        try:
            row = json.loads(line)
            kind, loss = row["kind"], float(row["loss"])
            if row["stage"] != stage:
                before, stage = reached, row["stage"]
                stages.append((stage, before, before))
            reached = before + row["tokens"] / 1000
            if kind == "update":
                updates.append((reached, loss, float(row["rate"])))
                speeds.append(float(row["tokens_per_second"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(where, repr(line[:80]), "an update or a held-out loss") from error
        if not math.isfinite(loss) or kind not in ("update", "held_out"):
            raise EvidenceError(where, f"{kind} with loss {loss}", "a known kind, a finite loss")
        if kind == "held_out":
            held_out.append((reached, loss))
        stages[-1] = (stages[-1][0], stages[-1][1], reached)
    if not updates:
        raise EvidenceError(path.name, "no update", "one row for each update")
    middle = sorted(speeds)[len(speeds) // 2]
    return Curve(tuple(updates), tuple(held_out), tuple(stages), middle)


def loss_picture(curve: Curve, title: str) -> str:
    """A curve as an SVG: loss by tokens on a logarithmic axis, the learning rate below it.

    Stages are told apart by their background. Equal curves give equal bytes.
    """
    import matplotlib  # imported here: half a second that a session without training need not pay

    matplotlib.use("Agg")
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "svg.hashsalt": "probegate",
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
            for index, (_, first, last) in enumerate(curve.stages):
                axes.axvspan(first, last, color=_STAGE_TINTS[index % 2], zorder=0, linewidth=0)
        _draw_losses(upper, curve)
        upper.set_title(f"{title}\n", loc="left", fontweight="bold")
        upper.text(0, 1.03, _caption(curve), transform=upper.transAxes, color=_RATE)
        tokens, _, rates = zip(*curve.updates, strict=True)
        lower.plot(tokens, rates, color=_RATE, linewidth=1.4)
        lower.set_xlim(0, tokens[-1])
        lower.set_ylim(bottom=0)
        lower.set_ylabel("rate")
        lower.set_xlabel("tokens (thousands)")
        lower.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue().decode()


def _draw_losses(axes: Any, curve: Curve) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    tokens, losses, _ = zip(*curve.updates, strict=True)
    axes.plot(tokens, losses, color=_LOSS, alpha=0.25, linewidth=0.8)
    axes.plot(tokens, _smoothed(losses), color=_LOSS, linewidth=1.8, label="training loss")
    if curve.held_out:
        points = zip(*curve.held_out, strict=True)
        axes.plot(*points, "o-", color=_HELD_OUT, markersize=4, label="held-out loss")
    if min(*losses, *(loss for _, loss in curve.held_out), 1.0) > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("loss (nats a token)")
    axes.legend(frameon=False, loc="upper right")
    for name, first, _ in curve.stages:
        axes.text(
            first, 0.02, f" {name}", transform=axes.get_xaxis_transform(), color=_RATE, fontsize=9
        )


def _caption(curve: Curve) -> str:
    parts = [f"{len(curve.updates)} updates", f"last loss {curve.updates[-1][1]:.3g}"]
    if curve.held_out:
        parts.append(f"held-out {curve.held_out[0][1]:.3g} to {curve.held_out[-1][1]:.3g}")
    parts.append(f"median {curve.speed:,.0f} tokens/s")
    return "   ".join(parts)


def _smoothed(values: Sequence[float]) -> list[float]:
    """Running mean over the last 2 % of all updates, shorter at the start."""
    width = max(1, round(len(values) * _SMOOTHED_SHARE))
    smooth, total = [], 0.0
    for index, value in enumerate(values):
        total += value
        if index >= width:
            total -= values[index - width]
        smooth.append(total / min(index + 1, width))
    return smooth
