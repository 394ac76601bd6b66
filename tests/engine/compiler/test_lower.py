"""Lowering keeps every count of the bundle and refuses what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.errors import CompileError
from contracts.families import family_table
from engine.compiler.lower import lower, requested_counts
from engine.dsl.bundle import Bundle
from engine.dsl.customs import spans
from engine.dsl.scene import SceneLanguage

FAMILIES = family_table()
MEMORY = Bundle(
    family="memory_map",
    form="layer_stack",
    theme="infra_dark",
    tone="blue",
    density="airy",
    background="none",
    counts=(("segments", 6), ("brackets", 1), ("cards", 3)),
)
SYSTEM = replace(
    MEMORY,
    family="system_diagram",
    form="selection_path",
    counts=(("stages", 4), ("links", 4), ("terminal", 1), ("footer", 1)),
)


def test_a_lowered_bundle_is_a_legal_scene_with_its_counts() -> None:
    language = SceneLanguage(FAMILIES)
    for bundle in (MEMORY, SYSTEM):
        scene = lower(bundle, FAMILIES)
        assert language.parse(language.serialize(scene)) == scene
        for kind, number in requested_counts(bundle, FAMILIES).items():
            assert len(scene.of(kind)) == number


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": (("segments", 99), ("brackets", 0), ("cards", 0))}, "99; expected 2 to 8"),
        ({"counts": (("segments", 2), ("brackets", 2), ("cards", 0))}, "2; expected 0 to 1 beside"),
        ({"counts": (("segments", 2), ("brackets", 0))}, "segments, brackets, cards"),
        ({"counts": (("segments", -1), ("brackets", 0), ("cards", 0))}, "-1; expected 2 to 8"),
        ({"form": "build_path"}, "a form of memory_map"),
        ({"family": "poster"}, "one of memory_map, timeline, system_diagram"),
        ({"tone": "beige"}, "field tone"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(CompileError) as caught:
        lower(replace(MEMORY, **change), FAMILIES)  # type: ignore[arg-type]
    assert message in str(caught.value)


@pytest.mark.parametrize("segments", range(2, 9))
def test_brackets_are_distinct_runs_of_the_column(segments: int) -> None:
    for brackets in range(min(3, segments - 1) + 1):
        runs = spans(segments, brackets)
        assert len(set(runs)) == len(runs) == brackets
        assert all(0 <= first <= last < segments for first, last in runs)
        covered = [i for first, last in runs for i in range(first, last + 1)]
        assert len(covered) == len(set(covered))


def test_a_selection_asks_every_candidate_and_hands_on_from_the_middle_one() -> None:
    joins = [(p.source, p.target) for p in lower(SYSTEM, FAMILIES).of("system_link")]
    assert joins == [
        ("stage_1", "stage_2"),
        ("stage_1", "stage_3"),
        ("stage_1", "stage_4"),
        ("stage_3", "terminal"),
    ]


def test_a_pipeline_hands_on_from_stage_to_stage() -> None:
    scene = lower(replace(SYSTEM, form="linear_pipeline"), FAMILIES)
    joins = [(p.source, p.target) for p in scene.of("system_link")]
    assert joins[0] == ("stage_1", "stage_2")
    assert joins[-1] == ("stage_4", "terminal")


def test_a_build_path_comes_back_along_the_second_row() -> None:
    scene = lower(replace(SYSTEM, form="build_path"), FAMILIES)
    cells = [part.place for part in (*scene.of("system_stage"), *scene.of("terminal_panel"))]
    assert cells == ["1.1", "2.1", "3.1", "3.2", "2.2"]
