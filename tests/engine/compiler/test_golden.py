"""Snapshot: one picture of each form, by digest, so that no layout changes unnoticed.

After a wanted change look at the new pictures (python -m engine.compiler.sheet), then write the
digests that the failure shows into golden_svg_sha256.json.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from contracts.families import Family, content, family_table
from engine.compiler import compile_bundle, compile_scene
from engine.compiler.sheet import chosen_counts, joined_counts
from engine.compiler.standard import standard_scene, true_values
from engine.dsl.bundle import Bundle

GOLDEN: dict[str, str] = json.loads(
    Path(__file__).with_name("golden_svg_sha256.json").read_text(encoding="utf-8")
)
BUNDLE = family_table()
TOPICS = {
    "memory_map": "memory_layout_map",
    "timeline": "ir_evolution_timeline",
    "system_diagram": "build_pipeline_flow",
}
"""Words of the families that have bundles; all others are drawn with words that fit any family."""
FAMILIES = family_table("ladder")
FORMS = [(family, form) for family in FAMILIES.family for form in family.forms]
STYLE = {"theme": "signal_glow", "tone": "blue", "density": "balanced", "background": "mesh"}


def picture(family: Family, form: str) -> str:
    """The family's picture at middle counts, from a bundle where it has bundles."""
    counts = joined_counts(family, chosen_counts(family, "middle"))
    if family.id in TOPICS:
        bundle = Bundle(family.id, form, *STYLE.values(), tuple(counts.items()))
        return compile_bundle(bundle, BUNDLE, content(TOPICS[family.id]), "default")
    words = content("eval_discipline")
    scene = true_values(standard_scene(family, form, STYLE, counts), words)
    return compile_scene(scene, words, "default")


def test_every_form_has_a_golden_digest_and_nothing_else_has() -> None:
    assert sorted(GOLDEN) == sorted(form for _, form in FORMS)


@pytest.mark.parametrize(("family", "form"), FORMS, ids=[form for _, form in FORMS])
def test_the_picture_is_the_golden_one(family: Family, form: str) -> None:
    svg = picture(family, form)
    assert hashlib.sha256(svg.encode("utf-8")).hexdigest() == GOLDEN.get(form)
