"""The standard scene of a family: so many of each component, in the arrangement it usually has.

A language lowers to Scenes; where it says a thing, it says so here, and where it is silent the
standard fills in: ids by number, content by number, places and joins by the family's custom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice

from contracts.errors import CompileError
from contracts.families import STYLE_FIELDS, Family
from engine.dsl.grammar import GRAMMAR, SETTINGS, SIZES, STATES, VARIANTS, Kind
from engine.dsl.scene import Part, Scene

Joins = Sequence[tuple[str, str]]

NOUNS = {"memory_segment": "segment", "region_bracket": "bracket", "info_card": "card"}
"""Words that ids are made of, where the last word of a component's name is not the one."""
PLACES = {
    "state": STATES,
    "variant": VARIANTS,
    "value": ("72", "46", "88", "24", "64", "35"),
    "weight": ("2", "3", "1", "4", "2"),
    "lane": ("top", "bottom"),
    "kind": ("1", "2", "3", "4"),
}
"""Places that components of a kind take in turn."""


def standard_scene(
    family: Family,
    form: str,
    style: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    settings: Mapping[str, str] | None = None,
    ids: Mapping[str, Sequence[str]] | None = None,
    items: Mapping[str, Sequence[int]] | None = None,
    places: Mapping[str, Sequence[str]] | None = None,
    owners: Mapping[str, Sequence[str]] | None = None,
    joins: Mapping[str, Joins] | None = None,
    order: Sequence[str] | None = None,
) -> Scene:
    """A legal scene with the counts asked for; what is given, by component name, overrules.

    `counts` holds every count field of the family. `items` numbers the content of components, from
    1; `owners` names the owner of each leaf; `joins` the ends of each join or span; `order` names
    the components of a mixed block in drawing order. CompileError for a count that is not legal, or
    for joins, ids, items or places of another number than the count.
    """
    _check(family, form, counts)
    number = {field.item: counts[field.id] for field in family.counts}
    given = _Given(ids or {}, items or {}, places or {}, owners or {}, joins or {})
    builder = _Builder(family.id, form, number, given)
    parts = [part for kind in GRAMMAR[family.id] for part in builder.parts(kind)]
    return Scene(
        layout=family.id,
        form=form,
        settings=tuple(
            (name, (settings or {}).get(name, values[0])) for name, values in SETTINGS[family.id]
        ),
        parts=tuple(_mixed(family.id, parts, order)),
        **{field: style[field] for field in STYLE_FIELDS},
    )
