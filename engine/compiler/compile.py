"""Scene and content to SVG: picks the layout of the family and draws with the style's look."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from contracts.errors import CompileError
from contracts.families import Content, FamilyTable, Pack
from engine.compiler.components import backdrop
from engine.compiler.compose import Family, composed
from engine.compiler.graphs import graph
from engine.compiler.layouts import (
    cards,
    flows,
    memory_map,
    rails,
    system_diagram,
    tables,
    timeline,
)
from engine.compiler.lower import lower
from engine.compiler.svg import Picture
from engine.compiler.theme import CANVASES, look_of
from engine.compiler.words import Words
from engine.dsl.bundle import Bundle
from engine.dsl.protocol import Language
from engine.dsl.scene import Scene

LAYOUTS = {
    "memory_map": memory_map.draw,
    "timeline": timeline.draw,
    "system_diagram": system_diagram.draw,
}
COMPOSED: dict[str, Family] = {
    "bullet_panel": cards.bullet_panel,
    "compare_panels": cards.compare_panels,
    "stat_cards": cards.stat_cards,
    "dashboard_cards": cards.dashboard_cards,
    "dual_panel_compare": cards.dual_panel_compare,
    "spectrum_band": rails.spectrum_band,
    "timeline_flow": rails.timeline_flow,
    "comparison_span_chart": rails.comparison_span_chart,
    "decision_tree": graph,
    "flow_graph": graph,
    "flow_steps": flows.flow_steps,
    "pipeline_lane": flows.pipeline_lane,
    "poster_stack": tables.poster_stack,
    "table_analysis": tables.table_analysis,
    "table_matrix": tables.table_matrix,
    "comparison_board": tables.comparison_board,
}
"""Families that are composed of blocks; the others draw on a canvas of one size."""
GROWTHS = (1.0, 1.15, 1.3, 1.5)
"""How much higher a canvas of one size may become for long words."""
CACHED_PICTURES = 512
"""A run asks for the same few pictures thousands of times."""


def compile_scene(scene: Scene, content: Content, pack: Pack) -> str:
    """SVG of a scene with the words of a content pack; the same input gives the same bytes.

    CompileError when the content belongs to another family, lacks an item that the scene shows,
    or holds words that do not fit; and when a component joins what the scene lacks, or cells or
    arrows cannot be drawn as the scene says.
    """
    if not content.serves(scene.layout):
        raise CompileError(
            f"content {content.topic}",
            f"words for a {content.family}",
            f"words for a {scene.layout}",
            "Choose a topic of the document's family",
        )
    _refuse_loose_ends(scene)
    return _drawn(scene, content.model_dump_json(), pack)


def _refuse_loose_ends(scene: Scene) -> None:
    """A language may read the name of a component that the scene does not have."""
    ids = {part.id for part in scene.parts}
    for part in scene.parts:
        for end in (part.source, part.target):
            if end and end not in ids:
                raise CompileError(
                    f"{part.kind} {part.key}", f"an end at {end!r}", "a component of the scene"
                )


def compile_bundle(bundle: Bundle, families: FamilyTable, content: Content, pack: Pack) -> str:
    """SVG of a bundle: lowered to its scene, then compiled; CompileError from either step."""
    return compile_scene(lower(bundle, families), content, pack)


def compile_text(
    language: Language[Any], text: str, families: FamilyTable, content: Content, pack: Pack
) -> str:
    """SVG of a bundle's or scene's text; LanguageError when it is not a document."""
    document = language.parse(text)
    if isinstance(document, Bundle):
        return compile_bundle(document, families, content, pack)
    if isinstance(document, Scene):
        return compile_scene(document, content, pack)
    raise CompileError(f"language {language.name}", "a document", "a bundle or a scene")


# Content holds a dictionary and cannot be a key itself; its JSON is the same for equal content.
@lru_cache(maxsize=CACHED_PICTURES)
def _drawn(scene: Scene, content_json: str, pack: Pack) -> str:
    words = Words(Content.model_validate_json(content_json), pack)
    if scene.layout in COMPOSED:
        return composed(scene, words, COMPOSED[scene.layout]).source()
    width, height = CANVASES[scene.layout][scene.density]
    refused: CompileError | None = None
    for growth in GROWTHS:
        look = look_of(scene)
        picture = Picture(width, round(height * growth), words.copy("header").title)
        backdrop(picture, look, scene.background)
        try:
            LAYOUTS[scene.layout](picture, look, scene, words)
        except CompileError as error:
            refused = refused or error
        else:
            return picture.source()
    raise refused or CompileError("scene", "no canvas", "one that fits")
