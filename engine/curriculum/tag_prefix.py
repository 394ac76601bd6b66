"""spec03: a prefix of closed control tags asks for a drawing, the answer is its raw SVG.

The fifty tags are those of the published line. A prefix has one answer in whatever order its tags
stand. What is held out are sets of tags, each of which is trained beside others, and orders. The
canonical surface walks through the trained sets of a head; hidden orders ask for the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.prompts import shuffled
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.tag_drawings import HEADS, PALETTES, SHAPES, drawn
from engine.dsl.raw_svg import RawSvgLanguage

_RULE = Combinations("tag_prefix", {"dev": 0.08, "test": 0.08, "hidden": 0.08})
_PROSE_DRAWINGS = 480
# Sets of tags a head: fewer than a head's fewest, and passed within half of the declared rows.
_CORE_SETS = 60
CORE = "core"

_BARS = ("bars:3", "bars:5", "bars:7")
_POINTS = ("points:4", "points:6", "points:8")
_COPIES = ("shapes:2", "shapes:3")
_ORDERS = ("ascending", "descending", "mixed")
_PALETTES = tuple(f"palette:{name}" for name in PALETTES)
_STYLES = ("style:gradient", "style:minimal", "style:filled", "style:outlined")
_LAYOUTS = tuple(
    f"layout:{name}"
    for name in ("center", "tiled", "grid", "stacked", "horizontal", "header", "flow")
)
_COMPLEXITIES = ("complexity:simple", "complexity:moderate", "complexity:rich")
TAGS = (
    *(*HEADS, *_BARS, *_POINTS, *_COPIES, *_ORDERS),
    *("axes", "trend-line", "labeled", "values"),
    *(*_PALETTES, *_STYLES, *_LAYOUTS, *_COMPLEXITIES),
)

Slots = tuple[tuple[str, ...], ...]
_LOOK: Slots = (_PALETTES, _STYLES)


def _maybe(tag: str) -> tuple[str, str]:
    return ("", tag)


def _laid(*names: str) -> tuple[str, ...]:
    return tuple(f"layout:{name}" for name in names)


_SHAPE: Slots = (
    ("", *_COPIES),
    *_LOOK,
    _laid("center", "horizontal", "stacked", "tiled", "grid"),
    _COMPLEXITIES,
)
_LABELED = _maybe("labeled")
# What may follow each head, in canonical order; "" is no tag.
SLOTS: dict[str, Slots] = {
    **dict.fromkeys(SHAPES, _SHAPE),
    "bar-chart": (_BARS, _ORDERS, _maybe("axes"), _LABELED, _maybe("values"), *_LOOK),
    "line-chart": (_POINTS, _ORDERS, _maybe("axes"), _maybe("trend-line"), _LABELED, *_LOOK),
    "scatter": (_POINTS, _maybe("axes"), _maybe("trend-line"), _LABELED, *_LOOK),
    "table": (_COPIES, _LABELED, *_LOOK, _laid("header", "grid")),
    "infographic": (
        _COPIES,
        *_LOOK,
        _laid("header", "horizontal", "stacked"),
        _COMPLEXITIES,
    ),
    "card": (_LABELED, *_LOOK, _laid("header", "center"), _COMPLEXITIES),
    "legend": (_COPIES, _LABELED, *_LOOK, _laid("horizontal", "stacked")),
    "flow": (_COPIES, _LABELED, *_LOOK, _laid("flow", "stacked")),
    "timeline": (_POINTS[:2], _LABELED, *_LOOK, _laid("horizontal", "stacked")),
}
# Surface to the part whose drawings it asks for, and whether its tags are shuffled.
_SURFACES = {
    "prefix": (TRAIN, False),
    "shuffled": (TRAIN, True),
    "dev_prefix": ("dev", False),
    "dev_shuffled": ("dev", True),
    "test_prefix": ("test", False),
    "test_shuffled": ("test", True),
    "hidden_order": (CORE, True),
    "hidden_combination": ("hidden", True),
}


def all_wanted(head: str) -> Iterator[tuple[str, ...]]:
    """Every legal set of tags of a head, in canonical order, the head first."""
    for chosen in product(*SLOTS[head]):
        tags = (head, *filter(None, chosen))
        if head not in SHAPES or ("layout:center" in tags) != any(c in tags for c in _COPIES):
            yield tags


class TagPrefix:
    """Draws prefixes of tags, the heads taking turns."""

    def __init__(self, families: FamilyTable) -> None:
        self._language = RawSvgLanguage(families)

    @cached_property
    def _owned(self) -> dict[tuple[str, str], tuple[tuple[str, ...], ...]]:
        """Sets of tags by (part, head), in the order of the rule's walk."""
        found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        for head in HEADS:
            for tags in _RULE.walk(all_wanted(head)):
                found.setdefault((_RULE.part(*tags), head), []).append(tags)
            found[CORE, head] = found[TRAIN, head][:_CORE_SETS]
        return {place: tuple(sets) for place, sets in found.items()}

    def surfaces(self) -> tuple[str, ...]:
        """Two training surfaces, then held-out sets of tags, and hidden orders."""
        return tuple(_SURFACES)

    def prompt_atoms(self) -> tuple[str, ...]:
        """The fifty control tags."""
        return tuple(f"[{tag}]" for tag in TAGS)

    def prose(self) -> tuple[str, ...]:
        """Drawings, for merges to be learned from."""
        return tuple(
            self.draw("prefix", index, item_rng("tag_prefix/prose", index)).target
            for index in range(_PROSE_DRAWINGS)
        )

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prefix for the head whose turn it is."""
        part, mixed = _SURFACES[surface]
        head = HEADS[index % len(HEADS)]
        sets = self._owned[part, head]
        walks = (part, mixed) == (TRAIN, False)
        tags = sets[index // len(HEADS) % len(sets)] if walks else rng.choice(sets)
        order = _reordered(rng, tags) if mixed else tags
        return Draft(
            prompt="".join(f"[{tag}]" for tag in order),
            target=self._language.serialize(drawn(tags)),
            family=head.replace("-", "_"),
            form=next(tag.partition(":")[2] for tag in tags if tag.startswith("style:")),
            topic="",
            pack="default",
        )


def _reordered(rng: Random, tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags in a drawn order that is not the canonical one, so that none asks for that twice."""
    order = tags
    while order == tags:
        order = tuple(shuffled(rng, tags))
    return order


def tag_prefix(families: FamilyTable) -> TagPrefix:
    """The curriculum of spec03."""
    return TagPrefix(families)
