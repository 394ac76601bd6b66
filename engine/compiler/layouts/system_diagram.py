"""System diagrams: stages in cells, links between neighbours, a terminal, link notes below.

linear_pipeline is one row of numbered stages; build_path runs out along one row and comes back
along the next over a drawn track; selection_path fans out from one stage to a column of candidates
and goes on to the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from contracts.errors import CompileError
from engine.compiler.colour import mix
from engine.compiler.components import arrow, badge, banner_scale, draw_stack, footer, header, panel
from engine.compiler.svg import Box, Paint, Picture, Point
from engine.compiler.text import common_stacks, ladder
from engine.compiler.theme import Look
from engine.compiler.words import Words
from engine.dsl.scene import Part, Scene

STEPS = (
    (42, 29),
    (37, 26),
    (32, 23),
    (29, 21),
    (26, 19),
    (24, 18),
    (22, 17),
    (20, 16),
    (18, 15),
    (17, 14),
    (15, 13),
)
NOTE_STEPS = ((19, 16), (18, 15), (17, 14), (16, 13.5), (15, 13))
INSETS = {"sm": 0, "md": 6, "lg": 20}
"""Air above and below the diagram; its sides stay flush with the header."""
GAPS = {"sm": 64, "md": 82, "lg": 104}
GAPS_ABOVE = {"sm": 0.7, "md": 1.0, "lg": 1.4}
BADGE = 15
LETTERS = "abcdefghi"
ROW_GAP = 60.0
CANDIDATE_GAP = 16.0
FAN_GAP = 1.3
"""Links that fan out need room for their bend beside their badge."""
CANDIDATE_SHARES = (0.27, 0.46, 0.27)
UPRIGHT_HEIGHT = 210.0
"""From this height on a card has its number above its words, not beside them."""


@dataclass(frozen=True)
class _Node:
    """One stage or the terminal with its cell and its box."""

    part: Part
    column: int
    row: int
    box: Box


def draw(picture: Picture, look: Look, scene: Scene, words: Words) -> None:
    """Draw header, footer, link notes, stages, terminal and links of a system diagram."""
    density = look.density
    # What has no stage or link to show itself on shows here: the gap, and a connector without head.
    connector = "" if scene.setting["connector"] == "arrow" else "line"
    top = header(picture, look, words.copy("header"), scene.form, connector=connector)
    top += density.gap * GAPS_ABOVE[scene.setting["gap"]]
    bottom = picture.box.bottom - density.margin
    if scene.of("footer_note"):
        bottom = footer(picture, look, words.copy("footer")) - density.gap
    area = Box(density.margin, top, picture.box.w - 2 * density.margin, bottom - top)
    area = _link_notes(picture, look, scene, words, area)
    area = area.inset(0, INSETS[scene.setting["inset"]])
    gap = GAPS[scene.setting["gap"]] * (FAN_GAP if scene.form == "selection_path" else 1)
    nodes = _placed(scene, area, gap)
    if scene.form == "build_path":
        _track(picture, look, nodes)
    _links(picture, look, scene, nodes)
    _stages(picture, look, scene, words, nodes)


def _link_notes(picture: Picture, look: Look, scene: Scene, words: Words, area: Box) -> Box:
    """Draw the numbered notes of all links in a row at the bottom; returns the area above them."""
    links, density = scene.of("system_link"), look.density
    if not links:
        return area
    copies = [words.copy(part.ref) for part in links]
    gap = density.gap * 0.7
    width = (area.w - gap * (len(links) - 1)) / len(links)
    scale = density.scale * banner_scale(picture.box.w)
    steps = ladder(*NOTE_STEPS, scale=scale)
    indent = 2 * BADGE + 24
    stacks = common_stacks(copies, width - indent - 14, 124 * density.scale, steps, "links")
    height = max(s.height for s in stacks) + density.pad * 1.5
    zone = Box(area.x, area.bottom - height, area.w, height)
    for i, (box, copy) in enumerate(zip(zone.columns(len(links), gap), stacks, strict=True)):
        fill = look.palette.surface_2
        panel(picture, look, box, fill=fill)
        badge(picture, look, (box.x + 12 + BADGE, box.cy), LETTERS[i], r=BADGE)
        at = (box.x + indent, box.cy - max(s.height for s in stacks) / 2)
        draw_stack(picture, at, copy, look.palette.ink, look.quiet(fill))
    return Box(area.x, area.y, area.w, area.h - height - density.gap)


def _placed(scene: Scene, area: Box, gap: float) -> list[_Node]:
    """Boxes of all cells; columns are centred on the canvas, and each on its own height.

    In a build path rows run across all columns instead, and the end of the way home fills what is
    left of its row.
    """
    parts = (*scene.of("system_stage"), *scene.of("terminal_panel"))
    cells = [(int(part.place[0]), int(part.place[2])) for part in parts]
    columns = max(column for column, _ in cells)
    rows = max(row for _, row in cells)
    _check_cells(scene, cells, columns, rows)
    by_row = scene.form == "build_path"
    # Few stages would make cards too wide to read as a flow; beyond this they are centred.
    most = area.w * (0.6 if columns == 1 else 0.46)
    room = area.w - gap * (columns - 1)
    shares = CANDIDATE_SHARES if scene.form == "selection_path" and columns == 3 else (1,) * columns
    widths = [min(room * share / sum(shares), most) for share in shares]
    x0 = area.cx - (sum(widths) + gap * (columns - 1)) / 2
    nodes = []
    for part, (column, row) in zip(parts, cells, strict=True):
        count = rows if by_row else sum(c == column for c, _ in cells)
        x = x0 + sum(widths[: column - 1]) + (column - 1) * gap
        slots = Box(x, area.y, widths[column - 1], area.h).rows(
            count, ROW_GAP if by_row else CANDIDATE_GAP
        )
        box = slots[row - 1]
        if count == 1 and part.kind != "terminal_panel":
            box = box.inset(0, area.h * (0.07 if columns > 2 else 0.16))
        first = column == min(c for c, r in cells if r == row)
        if by_row and first:
            box = Box(x0, box.y, box.right - x0, box.h)
        nodes.append(_Node(part, column, row, box))
    return nodes


def _check_cells(scene: Scene, cells: list[tuple[int, int]], columns: int, rows: int) -> None:
    """CompileError unless columns and rows count from 1 without a hole."""
    if scene.form == "linear_pipeline" and rows > 1:
        raise CompileError("linear_pipeline, cells", f"row {rows}", "row 1 for every stage")
    for column in range(1, columns + 1):
        used = sorted(row for c, row in cells if c == column)
        whole = used == list(range(1, len(used) + 1))
        if not used or not (whole or scene.form == "build_path"):
            raise CompileError(
                f"{scene.form}, cells of column {column}",
                f"rows {', '.join(map(str, used)) or 'none'}",
                "rows from 1 without a hole",
            )
    for row in range(1, rows + 1):
        used = sorted(column for column, r in cells if r == row)
        if not used or used != list(range(used[0], used[-1] + 1)):
            raise CompileError(
                f"{scene.form}, cells of row {row}",
                f"columns {', '.join(map(str, used)) or 'none'}",
                "neighbouring columns",
            )


def _track(picture: Picture, look: Look, nodes: list[_Node]) -> None:
    """A broad bed under the path, from stage to stage, that shows between the cards."""
    paint = Paint(stroke=mix(look.palette.surface_2, look.palette.border, 0.75), width=40)
    for first, second in pairwise(nodes):
        if first.row == second.row:
            y = first.box.cy
            picture.line([(first.box.cx, y), (second.box.cx, y)], paint)
        else:
            x = first.box.cx
            picture.line([(x, first.box.cy), (x, second.box.cy)], paint)


def _links(picture: Picture, look: Look, scene: Scene, nodes: list[_Node]) -> None:
    by_id = {node.part.id: node for node in nodes}
    head = scene.setting["connector"] == "arrow"
    links = scene.of("system_link")
    for i, part in enumerate(links):
        fan = sum(other.source == part.source for other in links) > 1
        points, at = _route(part, by_id[part.source], by_id[part.target], fan)
        with picture.group(part.kind, part.key):
            arrow(picture, points, look.tone.accent, width=3.2, head=head)
            badge(picture, look, at, LETTERS[i], r=BADGE)


def _route(part: Part, source: _Node, target: _Node, fan: bool) -> tuple[list[Point], Point]:
    """Corners of a link and place of its badge; CompileError unless its cells are neighbours."""
    a, b = source.box, target.box
    step = target.column - source.column
    if step == 0 and abs(target.row - source.row) == 1:
        start, end = (a.bottom, b.y) if target.row > source.row else (a.y, b.bottom)
        return [(a.cx, start), (a.cx, end)], (a.cx, (start + end) / 2 - 4)
    if abs(step) != 1:
        raise CompileError(
            f"system_diagram, link {part.key}",
            f"cells {source.part.place} and {target.part.place}",
            "neighbouring cells: the next column, or the next row of the same column",
        )
    start, end = (a.right, b.x) if step > 0 else (a.x, b.right)
    y = a.cy
    side = 1 if step > 0 else -1
    # Links that fan out bend close to their source, and their badges stand in one column after it.
    bend = start + (end - start) * 0.28
    place = (bend + end if fan else start + end) / 2 - side * 4
    if b.y + 24 < y < b.bottom - 24:
        return [(start, y), (end, y)], (place, y)
    return [(start, y), (bend, y), (bend, b.cy), (end, b.cy)], ((bend + end) / 2 - side * 4, b.cy)


def _stages(picture: Picture, look: Look, scene: Scene, words: Words, nodes: list[_Node]) -> None:
    """Draw all cards: upright ones share one text size, flat ones another."""
    pad = look.density.pad + 2
    steps = ladder(*STEPS, scale=look.density.scale)
    chosen = {p.source for p in scene.of("system_link") if scene.form == "selection_path"} & {
        p.source for p in scene.of("system_link") if p.target in _terminals(scene)
    }
    for upright in sorted({node.box.h >= UPRIGHT_HEIGHT for node in nodes}):
        group = [(i, n) for i, n in enumerate(nodes) if (n.box.h >= UPRIGHT_HEIGHT) == upright]
        height = min(n.box.h for _, n in group)
        head, side = (64.0, 0.0) if upright else (0.0, 78.0)
        width = min(n.box.w for _, n in group) - 2 * pad - side
        copies = [words.copy(node.part.ref) for _, node in group]
        sides = 2 * pad if upright else 2 * pad * (0.6 if height > 110 else 0.4)
        stacks = common_stacks(copies, width, height - head - sides, steps, "stages")
        tallest = head + max(s.height for s in stacks)
        for (i, node), copy in zip(group, stacks, strict=True):
            with picture.group(node.part.kind, node.part.id):
                ink, quiet = _card(picture, look, node, node.part.id in chosen)
                if upright:
                    corner = (node.box.x + pad, node.box.cy - tallest / 2)
                    at = (corner[0], corner[1] + head)
                else:
                    corner = (node.box.x + pad, node.box.cy - 22)
                    at = (node.box.x + pad + side, node.box.cy - copy.height / 2)
                _mark(picture, look, node, corner, ink, i)
                draw_stack(picture, at, copy, ink, quiet)


def _terminals(scene: Scene) -> set[str]:
    return {part.id for part in scene.of("terminal_panel")}


def _card(picture: Picture, look: Look, node: _Node, chosen: bool) -> tuple[str, str]:
    """Draw the card of a node and return the colours of its title and note."""
    palette, tone = look.palette, look.tone
    if node.part.kind == "terminal_panel":
        fill = picture.gradient(tone.accent, tone.accent_2, vertical=True)
        panel(picture, look, node.box, fill=fill, stroke=tone.accent)
        return look.upon(tone.accent), look.upon(tone.accent)
    fill = look.wash(0.2 if chosen else 0.04)
    stroke = tone.accent if chosen else mix(palette.border, tone.accent, 0.35)
    panel(picture, look, node.box, fill=fill, stroke=stroke)
    return palette.ink, look.quiet(fill)


def _mark(picture: Picture, look: Look, node: _Node, at: Point, ink: str, i: int) -> None:
    """The number of a stage with a rule under it, or the target sign of the terminal."""
    x, y = at
    if node.part.kind == "terminal_panel":
        for r in (19.0, 11.0):
            picture.circle(x + 21, y + 21, r, Paint(stroke=ink, width=3))
        picture.circle(x + 21, y + 21, 4, Paint(ink))
        return
    fill = look.wash(0.2)
    size = 34.0
    colour = look.coloured(fill, look.wash(0.04))
    picture.text((x, y + size * 0.74), f"{i + 1:02d}", size=size, fill=colour, weight=700)
    rule = Box(x, y + size * 0.74 + 11, 40, 4)
    picture.rect(rule, Paint(picture.gradient(look.tone.accent, look.tone.accent_2)), 2)
