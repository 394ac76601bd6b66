"""Lowers a bundle to the scene that shows exactly the counts it asks for.

The next stage may rely on this: the scene is a legal document of the scene language, it has as
many components of each kind as the bundle says, and it holds the whole arrangement, so that form
and counts need not be looked at twice.
"""

from __future__ import annotations

from math import ceil

from contracts.errors import CompileError
from contracts.families import STYLE_FIELDS, FamilyTable
from engine.dsl.bundle import Bundle
from engine.dsl.scene import GRAMMAR, Part, Scene

SEGMENTS_PER_ARENA = 2
TYPES = 4


def lower(bundle: Bundle, families: FamilyTable) -> Scene:
    """Scene of a bundle; CompileError names the field that cannot be drawn, found and allowed."""
    count = _checked_counts(bundle, families)
    build = {"memory_map": _memory_map, "timeline": _timeline, "system_diagram": _system_diagram}
    settings, parts = build[bundle.family](bundle.form, count)
    return Scene(
        layout=bundle.family,
        form=bundle.form,
        theme=bundle.theme,
        tone=bundle.tone,
        density=bundle.density,
        background=bundle.background,
        settings=settings,
        parts=tuple(parts),
    )


def requested_counts(bundle: Bundle, families: FamilyTable) -> dict[str, int]:
    """How many components of each kind a bundle asks for, by component name."""
    count = _checked_counts(bundle, families)
    return {field.item: count[field.id] for field in families[bundle.family].counts}


def _checked_counts(bundle: Bundle, families: FamilyTable) -> dict[str, int]:
    if bundle.family not in families or bundle.family not in GRAMMAR:
        known = ", ".join(family for family in families.ids if family in GRAMMAR)
        raise CompileError("bundle, field family", repr(bundle.family), f"one of {known}")
    family = families[bundle.family]
    if bundle.form not in family.forms:
        allowed = f"a form of {family.id}: {', '.join(family.forms)}"
        raise CompileError("bundle, field form", repr(bundle.form), allowed)
    for name in STYLE_FIELDS:
        value, values = getattr(bundle, name), families.style.values(name)
        if value not in values:
            allowed = f"one of {', '.join(values)}"
            raise CompileError(f"bundle, field {name}", repr(value), allowed)
    if tuple(name for name, _ in bundle.counts) != family.count_names:
        found = ", ".join(name for name, _ in bundle.counts) or "no counts"
        raise CompileError("bundle, counts", found, ", ".join(family.count_names))
    count = bundle.count
    for field in family.counts:
        ceiling = field.ceiling(count)
        if not field.least <= count[field.id] <= ceiling:
            where = f"bundle, field {field.id}"
            beside = " beside the other counts" if field.at_most else ""
            allowed = f"{field.least} to {ceiling}{beside}"
            raise CompileError(where, str(count[field.id]), allowed, "Ask for a count that fits")
    return count


Lowered = tuple[tuple[tuple[str, str], ...], list[Part]]


def _memory_map(form: str, count: dict[str, int]) -> Lowered:
    segments = [f"segment_{i}" for i in range(1, count["segments"] + 1)]
    places = {
        "typed_regions": [i % TYPES + 1 for i in range(len(segments))],
        "arena_sections": [i // SEGMENTS_PER_ARENA + 1 for i in range(len(segments))],
        "layer_stack": [i + 1 for i in range(len(segments))],
    }[form]
    parts = [Part("address_strip", "offsets")]
    parts += [
        Part("memory_segment", id_, f"segments.{id_}", place=str(place))
        for id_, place in zip(segments, places, strict=True)
    ]
    for i, (first, last) in enumerate(spans(len(segments), count["brackets"]), start=1):
        ends = {"source": segments[first], "target": segments[last]}
        parts.append(Part("region_bracket", f"bracket_{i}", f"brackets.bracket_{i}", **ends))
    parts += [
        Part("info_card", f"card_{i}", f"cards.card_{i}") for i in range(1, count["cards"] + 1)
    ]
    return (), parts


def spans(segments: int, brackets: int) -> list[tuple[int, int]]:
    """First and last segment index of each bracket: disjoint runs, so no two are alike.

    One bracket takes the middle of the column; more share the whole column as evenly as it goes,
    the longer runs first.
    """
    if brackets == 0:
        return []
    if brackets == 1 and segments > 2:
        return [(1, max(1, segments - 2))] if segments > 3 else [(0, 1)]
    bounds = [ceil(segments * i / brackets) for i in range(brackets + 1)]
    return [(bounds[i], bounds[i + 1] - 1) for i in range(brackets)]


def _timeline(form: str, count: dict[str, int]) -> Lowered:
    ids = [f"stage_{i}" for i in range(1, count["stages"] + 1)]
    lanes = ("center", "center") if form == "stage_sequence" else ("top", "bottom")
    parts = [
        Part("timeline_stage", id_, f"stages.{id_}", place=lanes[i % 2])
        for i, id_ in enumerate(ids)
    ]
    parts += [
        Part("timeline_arrow", source=ids[i], target=ids[i + 1]) for i in range(count["arrows"])
    ]
    parts += [Part("footer_note", "footer")] * count["footer"]
    return (), parts


def _system_diagram(form: str, count: dict[str, int]) -> Lowered:
    ids = [f"stage_{i}" for i in range(1, count["stages"] + 1)]
    cells = _cells(form, len(ids), count["terminal"])
    parts = [
        Part("system_stage", id_, f"stages.{id_}", place=cells[i]) for i, id_ in enumerate(ids)
    ]
    # A selection asks its first stage about every candidate and goes on from the middle one; the
    # other forms hand on from stage to stage.
    if form == "selection_path":
        joins = [(ids[0], id_) for id_ in ids[1:]] + [(ids[len(ids) // 2], "terminal")]
    else:
        joins = list(zip(ids, [*ids[1:], "terminal"], strict=True))
    for i, (source, target) in enumerate(joins[: count["links"]], start=1):
        parts.append(Part("system_link", ref=f"links.link_{i}", source=source, target=target))
    if count["terminal"]:
        parts.append(Part("terminal_panel", "terminal", "terminal", place=cells[-1]))
    parts += [Part("footer_note", "footer")] * count["footer"]
    settings = (("canvas", "wide"), ("inset", "md"), ("gap", "md"), ("connector", "arrow"))
    return settings, parts


def _cells(form: str, stages: int, terminal: int) -> list[str]:
    """Column and row of each stage, then of the terminal if there is one, spelled `column.row`."""
    total = stages + terminal
    if form == "linear_pipeline":
        return [f"{i}.1" for i in range(1, total + 1)]
    if form == "selection_path":
        candidates = [f"2.{row}" for row in range(1, stages)]
        return ["1.1", *candidates, *["3.1"] * terminal]
    # A build path runs right along the first row and comes back along the second.
    columns = ceil(total / 2)
    outward = [f"{column}.1" for column in range(1, columns + 1)]
    homeward = [f"{column}.2" for column in range(columns, 0, -1)]
    return [*outward, *homeward][:total]
