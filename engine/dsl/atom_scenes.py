"""The toy scenes of spec04 and spec05: what a prompt names, and the one way to spell it as atoms.

    single        a shape in the middle
    pair-h        two shapes side by side
    pair-v        two shapes one above the other
    label-card    a label on a card
    badge         a small shape and a label on a card

spec05 adds a frame around the whole, and a density that moves and scales what stands inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from itertools import permutations, product

from contracts.families import FamilyTable
from engine.dsl.atoms import Atoms, AtomsLanguage, Dialect, painted, rect
from engine.dsl.raw_svg import Shape

CANVAS = (128, 128)
SHAPES = ("circle", "rect", "triangle")
SIZES = ("small", "big")
LABELS = ("ok", "go", "data", "note", "flow", "ai")
MORE_LABELS = (*LABELS, "ops", "sync", "map", "plan")
COLOURS = ("red", "blue", "green", "orange", "purple")
MORE_COLOURS = (*COLOURS, "teal", "gold", "gray")
FRAMES = ("plain", "card")
DENSITIES = ("compact", "airy")
_SOLID = ("circle", "rect", "polygon")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class AtomScene:
    """What a prompt names; "" where a scene has no such part. The order is that of prompts."""

    layout: str
    shape: str = ""
    shape2: str = ""
    color: str = ""
    color2: str = ""
    size: str = ""
    bg: str = "none"
    label: str = ""
    frame: str = ""
    density: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """The parts that this scene has, by tag name."""
        named = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in named.items() if value}


def plain_scenes() -> Iterator[AtomScene]:
    """The 1,260 scenes of spec04.

    Pairs stand on paper or slate; the published ones stood on paper or mint, two light pages whose
    answers differ in one word alone.
    """
    for shape, color, size, bg in product(SHAPES, COLOURS, SIZES, ("none", "slate")):
        yield AtomScene("single", shape, color=color, size=size, bg=bg)
    for layout, (first, second), (one, other), size, bg in product(
        ("pair-h", "pair-v"),
        permutations(SHAPES, 2),
        permutations(COLOURS, 2),
        SIZES,
        ("paper", "slate"),
    ):
        yield AtomScene(layout, first, second, one, other, size, bg)
    for color, bg, label in product(COLOURS, ("mint", "slate"), LABELS):
        yield AtomScene("label-card", color=color, bg=bg, label=label)
    for shape, color, bg, label in product(SHAPES, COLOURS, ("paper", "slate"), LABELS):
        yield AtomScene("badge", shape, color=color, bg=bg, label=label)


def framed_scenes() -> Iterator[AtomScene]:
    """The 4,984 scenes of spec05; the second of a pair follows from the first by a fixed rule."""
    partner = {color: MORE_COLOURS[(i + 3) % 8] for i, color in enumerate(MORE_COLOURS)}
    beside = {shape: SHAPES[(i + 1) % 3] for i, shape in enumerate(SHAPES)}
    pages = ("paper", "mint", "slate")
    for frame, density in product(FRAMES, DENSITIES):
        inside = {"frame": frame, "density": density}
        for shape, color, size, bg in product(SHAPES, MORE_COLOURS, SIZES, ("none", *pages)):
            yield AtomScene("single", shape, color=color, size=size, bg=bg, **inside)
        for shape, color, size, bg in product(SHAPES, MORE_COLOURS, SIZES, pages):
            pair = (shape, beside[shape], color, partner[color])
            yield AtomScene("pair-h", *pair, size, bg, **inside)
        for first, second, color, size, bg in product(SHAPES, SHAPES, COLOURS, SIZES, pages):
            pair = (first, second, color, partner[color])
            yield AtomScene("pair-v", *pair, size, bg, **inside)
        for color, bg, label in product(MORE_COLOURS, ("mint", "slate"), MORE_LABELS):
            yield AtomScene("label-card", color=color, bg=bg, label=label, **inside)
        for shape, color, bg, label in product(
            SHAPES, MORE_COLOURS, ("paper", "slate"), MORE_LABELS
        ):
            yield AtomScene("badge", shape, color=color, bg=bg, label=label, **inside)


# --- spelling -------------------------------------------------------------------------------

# Half the side of a shape, by (density, size) of a scene; "" is spec04, which has no density.
_SINGLE = {
    ("", "big"): 30,
    ("", "small"): 18,
    ("compact", "big"): 32,
    ("compact", "small"): 22,
    ("airy", "big"): 26,
    ("airy", "small"): 16,
}
_PAIR = {
    ("", "big"): 22,
    ("", "small"): 16,
    ("compact", "big"): 20,
    ("compact", "small"): 14,
    ("airy", "big"): 18,
    ("airy", "small"): 12,
}
_PAIR_AT = {"": (36, 92), "compact": (34, 94), "airy": (40, 88)}
_CARD = {"compact": (10, 10, 108, 108, 16), "airy": (14, 14, 100, 100, 18)}
_LABEL = {
    "": (14, 47, 100, 34, 10),
    "compact": (18, 42, 92, 44, 10),
    "airy": (24, 48, 80, 32, 8),
}
_BADGE = {
    "": (12, 42, 104, 44, 10),
    "compact": (14, 40, 100, 48, 10),
    "airy": (20, 46, 88, 36, 8),
}
_FONT = {"": 14, "compact": 14, "airy": 12}
_BADGE_ICON = {"": (34, 12), "compact": (36, 14), "airy": (38, 11)}


def spelled(scene: AtomScene) -> Atoms:
    """The document of a scene."""
    dark = scene.bg == "slate"
    ink, sheet = ("white", "black") if dark else ("black", "white")
    header = [("bg", scene.bg), ("layout", scene.layout)]
    elements = []
    if scene.frame:
        header += [("frame", scene.frame), ("density", scene.density)]
    if scene.frame == "card":
        fill = {"none": "paper", "slate": "black"}.get(scene.bg, "white")
        elements.append(rect(*_CARD[scene.density], fill, ink))
    if scene.layout == "single":
        half = _SINGLE[scene.density, scene.size]
        elements.append(_solid(scene.shape, 64, 64, half, scene.color, ink))
    elif scene.layout in ("pair-h", "pair-v"):
        half = _PAIR[scene.density, scene.size]
        parts = ((scene.shape, scene.color), (scene.shape2, scene.color2))
        for (shape, color), at in zip(parts, _PAIR_AT[scene.density], strict=True):
            x, y = (at, 64) if scene.layout == "pair-h" else (64, at)
            elements.append(_solid(shape, x, y, half, color, ink))
    elif scene.layout == "label-card":
        elements.append(rect(*_LABEL[scene.density], sheet, scene.color))
        elements.append(_text(64, _FONT[scene.density], "middle", ink, scene.label))
    else:
        x, half = _BADGE_ICON[scene.density]
        elements.append(rect(*_BADGE[scene.density], sheet, ink))
        elements.append(_solid(scene.shape, x, 64, half, scene.color, ink))
        elements.append(_text(58, _FONT[scene.density], "start", ink, scene.label))
    return Atoms(tuple(header), tuple(elements))


def _solid(shape: str, cx: int, cy: int, half: int, fill: str, stroke: str) -> Shape:
    if shape == "circle":
        return painted("circle", {"cx": cx, "cy": cy, "r": half}, fill, stroke)
    if shape == "rect":
        return rect(cx - half, cy - half, 2 * half, 2 * half, 6, fill, stroke)
    corners = ((cx, cy - half), (cx - half, cy + half), (cx + half, cy + half))
    points = "|".join(f"{x},{y}" for x, y in corners)
    return painted("polygon", {"points": points}, fill, stroke)


def _text(x: int, font: int, anchor: str, fill: str, label: str) -> Shape:
    # Capitals are 0.7 of the font size high: this sets them around the middle of the canvas.
    place = {"tx": x, "ty": 64 + round(0.35 * font), "font": font, "anchor": anchor, "fill": fill}
    attributes = tuple((name, str(value)) for name, value in place.items())
    return Shape("text", attributes, label.upper())


# --- what a header promises -----------------------------------------------------------------


def borne_out(document: Atoms) -> str:
    """What the frame and the layout promise and the elements do not keep; "" if they do."""
    header = document.field
    body = document.elements
    if header.get("frame") == "card":
        if len(body) < 2 or body[0].kind != "rect" or not _holds(body[0], body[1:]):
            return "a card that holds all other elements, as frame:card says"
        body = body[1:]
    if not _LAYOUTS[header["layout"]][0](body):
        return f"{_LAYOUTS[header['layout']][1]}, as layout:{header['layout']} says"
    return ""


def bounds(shape: Shape) -> Box:
    """Left, top, right and bottom of an element; of a text, its anchor."""
    at = {name: int(v) for name, v in shape.attributes if v.isdigit()}
    if shape.kind == "circle":
        x, y, r = at["cx"], at["cy"], at["r"]
        return x - r, y - r, x + r, y + r
    if shape.kind == "rect":
        return at["x"], at["y"], at["x"] + at["width"], at["y"] + at["height"]
    if shape.kind == "text":
        return at["tx"], at["ty"], at["tx"], at["ty"]
    corners = [point.split(",") for point in shape.attribute["points"].split("|")]
    xs, ys = ([int(corner[i]) for corner in corners] for i in (0, 1))
    return min(xs), min(ys), max(xs), max(ys)


def _holds(outer: Shape, inner: tuple[Shape, ...]) -> bool:
    left, top, right, bottom = bounds(outer)
    return all(
        left <= x0 and top <= y0 and x1 <= right and y1 <= bottom
        for x0, y0, x1, y1 in map(bounds, inner)
    )


def _are(body: tuple[Shape, ...], *kinds: tuple[str, ...]) -> bool:
    return len(body) == len(kinds) and all(
        shape.kind in allowed for shape, allowed in zip(body, kinds, strict=True)
    )


def _single(body: tuple[Shape, ...]) -> bool:
    return _are(body, _SOLID)


def _side_by_side(body: tuple[Shape, ...]) -> bool:
    if not _are(body, _SOLID, _SOLID):
        return False
    first, second = map(bounds, body)
    return first[2] <= second[0] and max(first[1], second[1]) < min(first[3], second[3])


def _stacked(body: tuple[Shape, ...]) -> bool:
    if not _are(body, _SOLID, _SOLID):
        return False
    first, second = map(bounds, body)
    return first[3] <= second[1] and max(first[0], second[0]) < min(first[2], second[2])


def _label_card(body: tuple[Shape, ...]) -> bool:
    return _are(body, ("rect",), ("text",)) and _holds(body[0], body[1:])


def _badge(body: tuple[Shape, ...]) -> bool:
    if not _are(body, ("rect",), _SOLID, ("text",)) or not _holds(body[0], body[1:]):
        return False
    return bounds(body[1])[2] < bounds(body[2])[0]


_LAYOUTS = {
    "single": (_single, "one shape"),
    "pair-h": (_side_by_side, "a shape and a second one right of it"),
    "pair-v": (_stacked, "a shape and a second one below it"),
    "label-card": (_label_card, "a card and a text on it"),
    "badge": (_badge, "a card, on it a shape and right of that a text"),
}


@cache
def _dialect(name: str) -> Dialect:
    scenes = {"atoms": plain_scenes, "framed_atoms": framed_scenes}[name]
    return Dialect.of(name, CANVAS, map(spelled, scenes()), borne_out)


class PlainAtoms(AtomsLanguage):
    """The atoms of spec04: all that its 1,260 scenes say."""

    def __init__(self, families: FamilyTable | None = None) -> None:
        super().__init__(_dialect("atoms"))


class FramedAtoms(AtomsLanguage):
    """The atoms of spec05, with frame and density: all that its 4,984 scenes say."""

    def __init__(self, families: FamilyTable | None = None) -> None:
        super().__init__(_dialect("framed_atoms"))
