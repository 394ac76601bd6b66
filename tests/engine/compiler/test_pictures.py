"""Pictures: counts drawn are counts asked, distinct documents differ, all of them pass lint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from contracts.errors import CompileError
from contracts.families import Family, content, content_topics, family_table
from engine.compiler import (
    Rasteriser,
    compile_bundle,
    compile_scene,
    compile_text,
    drawn_counts,
    lint,
    lower,
    requested_counts,
)
from engine.compiler.sheet import chosen_counts
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.dsl.scene import SceneLanguage

FAMILIES = family_table()
STYLE = FAMILIES.style
FORMS = [(family, form) for family in FAMILIES.family for form in family.forms]
FORM_IDS = [form for _, form in FORMS]
PACKS = ("brief", "default", "dense")


def _topics(family: Family) -> list[str]:
    return [topic for topic in content_topics() if content(topic).family == family.id]


def _legal_counts(family: Family) -> Iterator[dict[str, int]]:
    ranges = [range(field.least, field.most + 1) for field in family.counts]
    for values in product(*ranges):
        counts = dict(zip(family.count_names, values, strict=True))
        if all(counts[field.id] <= field.ceiling(counts) for field in family.counts):
            yield counts


def _bundle(
    family: Family, form: str, style: tuple[str, str, str, str], counts: dict[str, int]
) -> Bundle:
    return Bundle(family.id, form, *style, counts=tuple(counts.items()))


def _without_names(svg: str) -> str:
    """The picture without ids and words: what a form alone must change."""
    return re.sub(r"<title>.*?</title>|<text .*?</text>| data-[a-z]+=\"[^\"]*\"", "", svg)


@pytest.mark.parametrize(("family", "form"), FORMS, ids=FORM_IDS)
def test_every_legal_count_is_drawn_told_apart_and_fit_to_read(family: Family, form: str) -> None:
    topics, seen = _topics(family), set()
    for n, counts in enumerate(_legal_counts(family)):
        style = (
            STYLE.theme[n % 3],
            STYLE.tone[n % 5],
            STYLE.density[n // 3 % 3],
            STYLE.background[n // 2 % 4],
        )
        bundle = _bundle(family, form, style, counts)
        svg = compile_bundle(bundle, FAMILIES, content(topics[n % len(topics)]), PACKS[n % 3])
        drawn = drawn_counts(svg)
        wanted = requested_counts(bundle, FAMILIES)
        assert {kind: drawn.get(kind, 0) for kind in wanted} == wanted, counts
        assert lint(svg) == [], (style, counts)
        plain = _bundle(family, form, ("infra_dark", "blue", "balanced", "none"), counts)
        seen.add(_without_names(compile_bundle(plain, FAMILIES, content(topics[0]), "brief")))
    assert len(seen) == n + 1


@pytest.mark.parametrize("choice", ["middle", "most"])
@pytest.mark.parametrize(("family", "form"), FORMS, ids=FORM_IDS)
def test_every_style_gives_a_picture_of_its_own(family: Family, form: str, choice: str) -> None:
    words = content(_topics(family)[0])
    counts = chosen_counts(family, choice)
    styles = list(product(STYLE.theme, STYLE.tone, STYLE.density, STYLE.background))
    pictures = {
        _without_names(
            compile_bundle(_bundle(family, form, style, counts), FAMILIES, words, "brief")
        )
        for style in styles
    }
    assert len(pictures) == len(styles)


@pytest.mark.parametrize("family", FAMILIES.family, ids=FAMILIES.ids)
def test_forms_differ_by_more_than_their_name(family: Family) -> None:
    style, counts = ("infra_dark", "blue", "balanced", "none"), chosen_counts(family, "least")
    words = content(_topics(family)[0])
    pictures = {
        _without_names(
            compile_bundle(_bundle(family, form, style, counts), FAMILIES, words, "brief")
        )
        for form in family.forms
    }
    assert len(pictures) == len(family.forms)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("topic", [t for t in content_topics() if content(t).family])
def test_every_pack_fits_every_form_at_most_counts(topic: str, pack: str) -> None:
    words = content(topic)
    family = FAMILIES[words.family or ""]
    for form, theme, density in product(family.forms, STYLE.theme[:1], STYLE.density):
        style = (theme, "mixed", density, "grid")
        bundle = _bundle(family, form, style, chosen_counts(family, "most"))
        assert lint(compile_bundle(bundle, FAMILIES, words, pack)) == []


def test_packs_show_their_own_note() -> None:
    words = content("allocator_regions")
    family = FAMILIES["memory_map"]
    style, counts = ("infra_dark", "blue", "airy", "none"), chosen_counts(family, "middle")
    bundle = _bundle(family, "typed_regions", style, counts)
    for pack in PACKS:
        svg = compile_bundle(bundle, FAMILIES, words, pack)
        drawn = " ".join(re.findall(r">([^<]+)</text>", svg))
        assert getattr(words.header, pack).split()[-1] in drawn
        assert all(word in drawn for word in getattr(words.slots["segments"][0], pack).split())


def test_the_same_input_gives_the_same_bytes_from_text_scene_and_bundle() -> None:
    family = FAMILIES["timeline"]
    bundle = _bundle(
        family,
        "milestone_chain",
        ("infra_dark", "blue", "airy", "none"),
        chosen_counts(family, "most"),
    )
    words = content("ir_evolution_timeline")
    scene = lower(bundle, FAMILIES)
    svg = compile_bundle(bundle, FAMILIES, words, "default")
    assert svg == compile_scene(scene, words, "default")
    for language, document in (
        (BundleLanguage(FAMILIES), bundle),
        (SceneLanguage(FAMILIES), scene),
    ):
        text = language.serialize(document)  # type: ignore[arg-type]
        assert svg == compile_text(language, text, FAMILIES, words, "default")


def test_content_of_another_family_is_refused() -> None:
    family = FAMILIES["timeline"]
    style = ("infra_dark", "blue", "airy", "none")
    bundle = _bundle(family, "milestone_chain", style, chosen_counts(family, "least"))
    with pytest.raises(CompileError, match="words for a memory_map; expected words for a timeline"):
        compile_bundle(bundle, FAMILIES, content("allocator_regions"), "brief")


SCENE_FAULTS = {
    "a link over a stage": (
        "[system_link:a->c|links.link_1]",
        ("a:1.1", "b:2.1", "c:3.1"),
        "neighbouring cells",
    ),
    "a hole between columns": ("", ("a:1.1", "b:2.1", "c:4.1"), "rows from 1"),
    "a second row in a pipeline": ("", ("a:1.1", "b:2.1", "c:2.2"), "row 1 for every stage"),
}


@pytest.mark.parametrize("case", SCENE_FAULTS)
def test_arrangements_that_cannot_be_drawn_are_refused(case: str) -> None:
    link, cells, message = SCENE_FAULTS[case]
    stages = " ".join(
        f"[system_stage:{id_}|stages.stage_{i}|cell={cell}]"
        for i, (id_, cell) in enumerate((c.split(":") for c in cells), start=1)
    )
    text = (
        "[scene] [layout:system_diagram] [form:linear_pipeline] [theme:infra_dark] [tone:blue] "
        "[density:airy] [background:none] [canvas:wide] [inset:md] [gap:md] [connector:arrow] "
        f"[header_band:header] {stages} {link} [/scene]".replace("  ", " ")
    )
    words = content("build_pipeline_flow")
    with pytest.raises(CompileError, match=message):
        compile_text(SceneLanguage(FAMILIES), text, FAMILIES, words, "brief")


def test_a_link_to_what_the_scene_lacks_is_refused() -> None:
    family = FAMILIES["system_diagram"]
    counts = tuple(chosen_counts(family, "middle").items())
    style = ("infra_dark", "blue", "airy", "none")
    scene = lower(Bundle("system_diagram", family.forms[0], *style, counts), FAMILIES)
    link = scene.of("system_link")[0]
    parts = (replace(p, target="stage_99") if p is link else p for p in scene.parts)
    with pytest.raises(CompileError, match="'stage_99'; expected a component of the scene"):
        compile_scene(replace(scene, parts=tuple(parts)), content("build_pipeline_flow"), "brief")


def test_scene_settings_change_the_picture() -> None:
    family = FAMILIES["system_diagram"]
    style = ("infra_dark", "blue", "balanced", "none")
    language = SceneLanguage(FAMILIES)
    bundle = _bundle(family, "linear_pipeline", style, chosen_counts(family, "middle"))
    text = language.serialize(lower(bundle, FAMILIES))
    words = content("build_pipeline_flow")
    changes = ("inset:md", "inset:sm", "inset:lg", "gap:sm", "gap:lg", "connector:line")
    texts = [re.sub(rf"\[{c.split(':')[0]}:\w+\]", f"[{c}]", text) for c in changes]
    pictures = {compile_text(language, t, FAMILIES, words, "brief") for t in texts}
    assert len(pictures) == len(changes)


def test_the_same_pictures_again_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    family = FAMILIES["timeline"]
    style = ("signal_glow", "green", "airy", "rings")
    bundle = _bundle(family, "stage_sequence", style, chosen_counts(family, "least"))
    words = content("why_pipeline_timeline")
    first = compile_bundle(bundle, FAMILIES, words, "default")
    monkeypatch.setattr("engine.compiler.compile.Picture", None)
    assert compile_bundle(bundle, FAMILIES, words, "default") == first


def test_every_form_renders_to_something() -> None:
    with Rasteriser() as rasteriser:
        for family, form in FORMS:
            style = ("paper_editorial", "purple", "compact", "mesh")
            bundle = _bundle(family, form, style, chosen_counts(family, "middle"))
            svg = compile_bundle(bundle, FAMILIES, content(_topics(family)[-1]), "default")
            assert rasteriser.faults(svg) == []
