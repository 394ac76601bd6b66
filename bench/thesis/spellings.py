"""The seven representations of a panel, each in the manner of the spec that it is named after.

    raw_svg         spec02   every shape, coordinate and colour of the flat drawing
    atoms           spec04   the same shapes as tags, values from closed lists
    framed_atoms    spec05   the same on a card, under a header that says frame and density
    first_scene     spec07   a short header, one tag a point that names its words
    asset_scene     spec10   a long header that says the whole look, points that spell their words
    keyed_scene     spec11   the same header, points in blocks that refer to their words
    compact_scene   spec12   a middling header, and the same blocks

The scene languages are those of their specs, narrowed to one layout and this task's values, and
widened by marks where a spec had none. A header that is long says what a short one leaves to the
compiler; so pictures differ in their looks, and in every representation two panels never share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from typing import Any

from bench.thesis import drawing
from bench.thesis.task import FIELDS, MARKS, POINTS_MOST, Panel, Point
from contracts.families import Pack, content, family_table
from engine.compiler.atoms import compile_atoms
from engine.compiler.compile import compile_scene
from engine.compiler.raw import compile_raw
from engine.curriculum.outlines import STATES
from engine.dsl import asset_scenes, compact_scene, first_scene
from engine.dsl.asset_scenes import CopyDialect
from engine.dsl.atoms import AtomsLanguage
from engine.dsl.atoms import Dialect as AtomDialect
from engine.dsl.dialect import Dialect
from engine.dsl.protocol import Language
from engine.dsl.raw_svg import RawSvgLanguage
from engine.dsl.scene import Scene
from engine.dsl.spelling import Head, Spelling, plain
from engine.dsl.wants import Want, wanted_scene

FAMILY = "bullet_panel"
_TABLE = "ladder"
_PACK: Pack = "default"


@dataclass(frozen=True)
class Representation:
    """One way to spell panels: its spec, its language, the document of a panel, and its picture."""

    name: str
    spec: str
    language: Language[Any]
    document: Callable[[Panel], Any]
    picture: Callable[[Any], str]

    def spell(self, panel: Panel) -> str:
        """The answer to a prompt that asks for the panel."""
        return self.language.serialize(self.document(panel))

    def draw(self, panel: Panel) -> str:
        """SVG of the panel."""
        return self.picture(self.document(panel))


@cache
def representations() -> Mapping[str, Representation]:
    """All of them by name, in the order of their specs."""
    found = [
        Representation("raw_svg", "spec02", RawSvgLanguage(), drawing.raw, compile_raw),
        _atoms("atoms", "spec04", framed=False),
        _atoms("framed_atoms", "spec05", framed=True),
        _scenes("spec07", Dialect, first_scene.SPELLING),
        _scenes("spec10", CopyDialect, asset_scenes.ASSET),
        _scenes("spec11", Dialect, asset_scenes.KEYED),
        _scenes("spec12", Dialect, compact_scene.SPELLING),
    ]
    return {one.name: one for one in found}


def _atoms(name: str, spec: str, *, framed: bool) -> Representation:
    document = partial(drawing.atoms, framed=framed)
    canvas = (drawing.WIDTH, drawing.HEIGHT)
    dialect = AtomDialect.of(name, canvas, map(document, _every_value()))
    picture = partial(compile_atoms, dialect=dialect)
    return Representation(name, spec, AtomsLanguage(dialect), document, picture)


def _every_value() -> Iterator[Panel]:
    """Panels that hold every look, place and mark of a drawing."""
    for look, mark in product(product(*FIELDS.values()), MARKS):
        points = tuple(Point(number, mark) for number in range(1, POINTS_MOST + 1))
        yield Panel(**dict(zip(FIELDS, look, strict=True)), points=points)


def _scenes(spec: str, kind: type[Dialect], spelling: Spelling) -> Representation:
    dialect = kind(_narrowed(spelling), family_table(_TABLE))
    document = partial(_scene, dialect)
    return Representation(spelling.name, spec, dialect, document, _drawn)


def _narrowed(spelling: Spelling) -> Spelling:
    """The spelling for one layout and the values of this task; its points may have a mark."""
    values = {"layout": (FAMILY,), "form": family_table(_TABLE)[FAMILY].forms[:1], **FIELDS}
    return replace(
        spelling,
        families=(FAMILY,),
        topics=FIELDS["topic"],
        head=tuple(_narrowed_head(head, values) for head in spelling.head),
        said=tuple(dict.fromkeys((*spelling.said, "place"))),
        usual={"state": ("normal",)},
        chained=(),
    )


def _narrowed_head(head: Head, values: Mapping[str, tuple[str, ...]]) -> Head:
    if head.says not in values:
        return head
    if head.tag != head.says and head.says == "layout":
        return replace(head, names=tuple((name, FAMILY) for name, _ in head.names[:1]))
    return replace(head, names=plain(*values[head.says]))


def _scene(dialect: Dialect, panel: Panel) -> Scene:
    """The scene of a panel; what else its header says follows from theme, tone and density."""
    airy = panel.density == "airy"
    said = {field: getattr(panel, field) for field in FIELDS}
    derived = {
        "layout": FAMILY,
        "form": dialect.families[FAMILY].forms[0],
        "canvas": "wide",
        "frame": "card",
        "inset": "lg" if airy else "md",
        "gap": "lg" if airy else "sm",
        "hero": "left",
        "columns": "2",
        "emphasis": "left",
        "rail": "accent" if panel.theme == "paper_editorial" else "muted",
        "background": {
            "paper_editorial": "grid", "signal_glow": "mesh", "infra_dark": "rings"
        }[panel.theme],
    }  # fmt: skip
    says = {head.says for head in dialect.spelling.head}
    header = said | {name: value for name, value in derived.items() if name in says | {"layout"}}
    wants = [
        Want("bullet_item", point.number, place=STATES[point.mark] if point.mark else "")
        for point in panel.points
    ]
    return wanted_scene(dialect, header, wants)


def _drawn(scene: Scene) -> str:
    return compile_scene(scene, content(scene.topic), _PACK)
