"""What the dataset gate measures of an asset library, which is judged and trains nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.errors import LanguageError
from contracts.families import FamilyTable, content, content_topics
from engine.dsl.coverage import Coverage, coverage
from engine.dsl.protocol import canonicalize
from engine.dsl.scene import Scene
from gates.registry import Check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict

_EVIDENCE = "library_coverage.json"


def every_asset_is_mapped_to_a_scene(rung: RungEvidence) -> Verdict:
    """Each asset stands for one document of the language, in its canonical text."""
    faults = []
    for row in rung.rows:
        try:
            if canonicalize(rung.language, row.target) != row.target:
                faults.append(f"{row.prompt}: its scene is not in canonical form")
        except LanguageError as error:
            faults.append(f"{row.prompt}: no scene ({error})")
    return judged(
        "dataset",
        "every_asset_is_mapped_to_a_scene",
        faults,
        len(rung.rows),
        f"{len(rung.rows)} assets, each with its scene",
        "Write the asset's scene, or take the asset out of the library",
        evidence=_EVIDENCE,
    )


def every_layout_component_and_topic_is_shown(rung: RungEvidence) -> Verdict:
    """All that the language can draw, in every look and setting, stands in some asset."""
    found = _coverage(rung)
    return judged(
        "dataset",
        "every_layout_component_and_topic_is_shown",
        [f"{what} {name} in no asset" for what, name in found.missing],
        len(found.scenes),
        ", ".join(f"{what} {n} of {n}" for what, n in found.totals.items()),
        "Add an asset that shows it",
        evidence=_EVIDENCE,
    )


def report(rung: RungEvidence) -> dict[str, Any]:
    """What each asset is made of, and which assets show each thing that can be shown."""
    assets = {
        name: {
            "layout": scene.layout,
            "form": scene.form,
            "topic": topic,
            "components": dict(Counter(part.kind for part in scene.parts)),
        }
        for name, (scene, topic) in _scenes(rung).items()
    }
    found = _coverage(rung)
    return {"assets": assets, "missing": list(found.missing), "coverage": found.report()}


def _scenes(rung: RungEvidence) -> dict[str, tuple[Scene, str]]:
    """Scene and topic of each asset that has one, by its prompt."""
    scenes = {}
    for row in rung.rows:
        try:
            scenes[row.prompt] = (rung.language.parse(row.target), row.topic)
        except LanguageError:
            continue  # an asset without a scene is the other check's finding
    return scenes


def _coverage(rung: RungEvidence) -> Coverage:
    families = FamilyTable.model_validate(rung.contract.families)
    topics = [topic for topic in content_topics() if content(topic).family is None]
    return coverage(_scenes(rung), families, topics)


LIBRARY = tuple(
    Check("dataset", measure.__name__, "preflight", measure)
    for measure in (every_asset_is_mapped_to_a_scene, every_layout_component_and_topic_is_shown)
)
