"""Pictures of raw SVG and of structured atoms: clean, counted, and each its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from lxml import etree

from contracts.errors import CompileError
from engine.compiler import Rasteriser, drawn_counts, lint
from engine.compiler.atoms import compile_atoms
from engine.compiler.geometry import read_painted
from engine.compiler.raw import compile_raw
from engine.curriculum.figures import FIGURES, SIZES, Asked, drawn
from engine.curriculum.tag_drawings import HEADS
from engine.curriculum.tag_drawings import drawn as drawn_of_tags
from engine.curriculum.tag_prefix import all_wanted
from engine.dsl.atom_scenes import (
    AtomScene,
    FramedAtoms,
    PlainAtoms,
    framed_scenes,
    plain_scenes,
    spelled,
)
from engine.dsl.atoms import Atoms, AtomsLanguage, Dialect
from engine.dsl.palette import PAGES
from engine.dsl.raw_svg import RawSvg, RawSvgLanguage, Shape, shape

RAW = RawSvgLanguage()


def figures(family: str) -> list[RawSvg]:
    """Every size, finish, page and choice of one family in one colour."""
    figure = FIGURES[family]
    choices = product(SIZES, figure.finishes, PAGES, figure.more)
    return [drawn(Asked(family, "red", *c)) for c in choices if c[-1] != "red"]


def clean_and_distinct(documents: list[RawSvg]) -> None:
    """Every document draws all its shapes, passes lint and has a picture of its own."""
    pictures: dict[str, RawSvg] = {}
    for document in documents:
        svg = compile_raw(document)
        assert drawn_counts(svg) == dict(Counter(s.kind for s in document.shapes))
        assert [str(finding) for finding in lint(svg)] == []
        assert pictures.setdefault(svg, document) == document
    assert len({RAW.serialize(document) for document in documents}) == len(documents)


@pytest.mark.parametrize("family", FIGURES)
def test_figures_are_clean_and_distinct(family: str) -> None:
    clean_and_distinct(figures(family))


@pytest.mark.parametrize("head", HEADS)
def test_drawings_of_tags_are_clean_and_distinct(head: str) -> None:
    clean_and_distinct([drawn_of_tags(tags) for tags in list(all_wanted(head))[::5]])


def test_distinct_sets_of_tags_have_distinct_drawings() -> None:
    texts = [RAW.serialize(drawn_of_tags(tags)) for head in HEADS for tags in all_wanted(head)]
    assert len(set(texts)) == len(texts) == 9408


@pytest.mark.parametrize(
    ("language", "scenes"),
    [(PlainAtoms(), list(plain_scenes())), (FramedAtoms(), list(framed_scenes()))],
    ids=["atoms", "framed_atoms"],
)
def test_scenes_are_clean_and_distinct(language: AtomsLanguage, scenes: list[AtomScene]) -> None:
    pictures: dict[str, str] = {}
    for number, scene in enumerate(scenes):
        document = spelled(scene)
        svg = compile_atoms(document, language.dialect)
        assert pictures.setdefault(svg, str(scene)) == str(scene)
        if number % 11 == 0:
            assert drawn_counts(svg) == dict(Counter(e.kind for e in document.elements))
            assert [str(finding) for finding in lint(svg)] == []
    assert len(pictures) == len(scenes)


def test_pictures_render_in_their_own_size_and_are_not_blank() -> None:
    with Rasteriser() as rasteriser:
        for document in (figures("ellipse")[0], figures("path")[-1], figures("gradient_square")[3]):
            svg = compile_raw(document)
            assert rasteriser.faults(svg) == []
            root = etree.fromstring(svg)
            assert root.get("viewBox") == f"0 0 {document.width} {document.height}"


def test_each_attribute_is_kept_as_it_was_spelled() -> None:
    for document in (figures("rounded_triangle")[0], figures("arrow")[5]):
        groups = etree.fromstring(compile_raw(document)).findall("{*}g")
        for group, item in zip(groups, document.shapes, strict=True):
            element = group[0]
            assert group.get("data-component") == item.kind == etree.QName(element).localname
            assert item.attribute.items() <= dict(element.attrib).items()


@pytest.mark.parametrize(
    ("kind", "attributes", "rule"),
    [
        ("ellipse", {"cx": 20, "cy": 60, "rx": 24, "ry": 9, "fill": "#000000"}, "shape-outside"),
        ("line", {"x1": 9, "y1": 60, "x2": 170, "y2": 60}, "text-struck"),
        ("path", {"d": "M20 60 Q90 10 160 60", "fill": "none"}, "text-struck"),
        ("path", {"d": "M20 60 C60 0 120 0 160 60", "fill": "none"}, ""),
        ("path", {"d": "M9 9 L171 9 L171 119 Z", "fill": "none"}, ""),
    ],
)
def test_lint_sees_ellipses_lines_and_paths(
    kind: str, attributes: dict[str, object], rule: str
) -> None:
    """A line or a curve through a text is found; one that passes beside it is not."""
    if "fill" not in attributes or attributes["fill"] == "none":
        attributes = attributes | {"stroke": "#111827", "stroke-width": 2}
    height = 62 if kind == "line" else 38
    text = {"x": 90, "y": height, "font-size": 10, "fill": "#111827", "text-anchor": "middle"}
    document = RawSvg(180, 120, (shape(kind, attributes), shape("text", text, "READY")))
    found = {finding.rule for finding in lint(compile_raw(document))}
    assert rule in found if rule else not found


def test_a_curve_is_read_as_close_as_lint_needs() -> None:
    ring = shape("ellipse", {"cx": 90, "cy": 60, "rx": 72, "ry": 40, "fill": "#000000"})
    (found,) = read_painted(etree.fromstring(compile_raw(RawSvg(180, 120, (ring,)))))
    for (x0, y0), (x1, y1) in found.outline:
        x, y = (x0 + x1) / 2 - 90, (y0 + y1) / 2 - 60
        assert 1 - 0.02 < (x / 72) ** 2 + (y / 40) ** 2 <= 1


def test_a_slot_needs_words() -> None:
    place = (("tx", "20"), ("ty", "60"), ("font", "9"), ("anchor", "start"), ("fill", "black"))
    document = Atoms(
        (("bg", "mint"), ("layout", "panel")), (Shape("text", (*place, ("slot", "title"))),)
    )
    dialect = Dialect.of("panels", (256, 160), [document])
    assert ">Rows in, verdict out</text>" in compile_atoms(
        document, dialect, {"title": "Rows in, verdict out"}.__getitem__
    )
    with pytest.raises(CompileError, match="slot 'title'"):
        compile_atoms(document, dialect)


def test_white_is_not_paper() -> None:
    scene = next(s for s in framed_scenes() if s.frame == "card" and s.bg == "none")
    document = spelled(scene)
    card = document.elements[0]
    white = replace(card, attributes=tuple((card.attribute | {"fill": "white"}).items()))
    other = replace(document, elements=(white, *document.elements[1:]))
    dialect = FramedAtoms().dialect
    assert compile_atoms(document, dialect) != compile_atoms(other, dialect)
