"""Small tables as static HTML: no script, so that the page's sandbox shows them whole."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from contracts.errors import EvidenceError

Cell = str | int | float | bool | None

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1f2933; background: #fff; margin: 16px; }
h1 { font-size: 17px; margin: 0 0 4px; } p { margin: 0 0 12px; color: #52606d; }
table { border-collapse: collapse; } th { text-align: left; color: #52606d; font-weight: 600; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid #d5dbe1; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.mark td { background: #fff3e0; font-weight: 600; }
"""


def html_table(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    note: str = "",
    marked: frozenset[int] = frozenset(),
) -> str:
    """A whole HTML document with one table; rows whose index is `marked` stand out.

    Numbers are set right and to four digits, None is an empty cell. Raises EvidenceError for NaN
    or for a row that has more or fewer cells than heads.
    """
    numeric = [
        any(isinstance(row[column], int | float) for row in rows if column < len(row))
        for column in range(len(heads))
    ]
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(note)}</p>" if note else "",
        "<table><thead>",
        _row(heads, numeric, "th", ""),
        "</thead><tbody>",
    ]
    for index, row in enumerate(rows):
        if len(row) != len(heads):
            raise EvidenceError(
                f"table {title!r}, row {index}", f"{len(row)} cells", f"{len(heads)} cells"
            )
        cells = [_text(f"table {title!r}, row {index}", cell) for cell in row]
        lines.append(_row(cells, numeric, "td", ' class="mark"' if index in marked else ""))
    lines.append("</tbody></table></body></html>\n")
    return "\n".join(line for line in lines if line)


def _row(cells: Sequence[str], numeric: Sequence[bool], tag: str, mark: str) -> str:
    classes = (' class="number"' if right else "" for right in numeric)
    body = "".join(
        f"<{tag}{kind}>{html.escape(cell)}</{tag}>"
        for cell, kind in zip(cells, classes, strict=True)
    )
    return f"<tr{mark}>{body}</tr>"


def _text(where: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise EvidenceError(where, str(cell), "a finite number or None")
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
