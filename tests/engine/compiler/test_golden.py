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
from engine.compiler import compile_bundle
from engine.compiler.sheet import chosen_counts
from engine.dsl.bundle import Bundle

GOLDEN: dict[str, str] = json.loads(
    Path(__file__).with_name("golden_svg_sha256.json").read_text(encoding="utf-8")
)
TOPICS = {
    "memory_map": "memory_layout_map",
    "timeline": "ir_evolution_timeline",
    "system_diagram": "build_pipeline_flow",
}
FAMILIES = family_table()
FORMS = [(family, form) for family in FAMILIES.family for form in family.forms]


def test_every_form_has_a_golden_digest_and_nothing_else_has() -> None:
    assert sorted(GOLDEN) == sorted(form for _, form in FORMS)


@pytest.mark.parametrize(("family", "form"), FORMS, ids=[form for _, form in FORMS])
def test_the_picture_is_the_golden_one(family: Family, form: str) -> None:
    counts = tuple(chosen_counts(family, "middle").items())
    bundle = Bundle(family.id, form, "signal_glow", "blue", "balanced", "mesh", counts)
    svg = compile_bundle(bundle, FAMILIES, content(TOPICS[family.id]), "default")
    assert hashlib.sha256(svg.encode("utf-8")).hexdigest() == GOLDEN[form]
