"""spec14a to spec15b: one family a line, and an outline that is read from left to right.

    comparison_board   [side:4] [measure:2] [side:9] [aside:5] [coda]
    timeline           [stage:4] [below] [stage:9] [stage:2] [from:4] [to:9] [footer]
    memory_map         [segment:4] [arena] [segment:7] [card:1] [from:4] [to:7] [bracket:3]
    system_diagram     [step:4] [step:7] [step:2] [goal] [from:4] [to:7] [via:3] [from:2] [via:5]

Joins stand behind what they join; a link `from` a step without a `to` leads to the goal. A word
before a stage or segment is about it: `below` hangs a milestone under the line, `type` says the
kind of a segment, `arena` goes on to the next, `deeper` goes down a layer and `surface` back up.
The answer wants components by kind, and places by the rule of the form.

Forms, and the topics of boards, are kinds with a surface each: a mixture can feed one and starve
another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from random import Random

from contracts.families import FamilyTable
from engine.curriculum.assets import header as asset_header
from engine.curriculum.headed_scenes import Asked, HeadedScenes, Outlined, Ranges, numbers
from engine.curriculum.outlines import CODA, Outlines, Role, outline_atoms, shapes
from engine.curriculum.prompts import tag
from engine.curriculum.scene_line import WIDE_PROSE, WIDE_WORDINGS, SceneLine, Shape
from engine.dsl import family_scenes as languages
from engine.dsl.customs import usual_places
from engine.dsl.dialect import Dialect
from engine.dsl.spelling import PLACES
from engine.dsl.wants import Want

BOARD_ROLES = (
    Role("side", "comparison_column", 2, 4),
    Role("measure", "comparison_metric", 2, 4),
    Role("aside", "comparison_callout", 0, 3),
)
BOARD_ITEMS_MOST = 12
TURN_SHARE = 0.4
"""How often a segment is in another arena or layer than the one before."""


class BoardScenes(HeadedScenes):
    """spec14a: five boards in every look; measures follow from the look, the legend from counts."""

    def __init__(self, language: Dialect) -> None:
        layout = language.spelling.families[0]
        kinds = {board: {"layout": layout, "topic": board} for board in language.spelling.topics}
        super().__init__(language, kinds, languages.LOOK, {})
        self._outlines = Outlines(language, layout, "metric_board", BOARD_ROLES, marks=False)

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of columns, metrics and callouts, with and without a footer."""
        return shapes(BOARD_ROLES, BOARD_ITEMS_MOST)

    def outlined(self, asked: Asked, shape: Shape, rng: Random) -> Outlined:
        """Columns, metrics and callouts in any order; a legend from three metrics on."""
        items = self._outlines.draw(shape, rng)
        footer = shape[-1]
        outline = [mark for item in items for mark in item.tags] + [CODA] * footer
        fixed = [Want("legend_block")] * (shape[1] > 2) + [Want("footer_note")] * footer
        return outline, [*self._outlines.wants(items), *fixed]

    def header(self, asked: Asked, shape: Shape) -> Asked:
        """Frame, inset and gap by the rules of the asset scenes; two columns make it square."""
        derived = asset_header(asked, ())
        measures = {name: derived[name] for name in ("frame", *languages.MEASURES)}
        return {**asked, **measures, "canvas": "square" if shape[0] == 2 else "wide"}

    def prompt_atoms(self) -> tuple[str, ...]:
        """Header values, then the marks of outlines."""
        roles = {self.language.spelling.families[0]: BOARD_ROLES}
        return (*super().prompt_atoms(), *outline_atoms(self.language, roles, marks=False))


class FormScenes(HeadedScenes):
    """A family whose forms are its kinds, with all topics in every look.

    `outline` draws the outline of a shape in a form. Of two counts that bound each other, `joins`
    says how many of the second a shape has room for.
    """

    def __init__(
        self,
        language: Dialect,
        forms: Sequence[str],
        ranges: Ranges,
        outline: Callable[[str, Shape, Random], Outlined],
        *,
        joins: Callable[[Shape], int] = lambda shape: shape[1],
        marks: dict[str, str],
        words: Sequence[str],
        turns: Sequence[str] = (),
    ) -> None:
        layout = language.spelling.families[0]
        kinds = {form: {"layout": layout, "form": form} for form in forms}
        look = {**languages.LOOK, "topic": language.spelling.topics}
        super().__init__(language, kinds, look, {layout: ranges}, marks, words, turns)
        self._outline = outline
        self._joins = joins

    def shapes(self, family: str) -> tuple[Shape, ...]:
        """Every number of each thing, as far as there is room for the joins."""
        return tuple(shape for shape in super().shapes(family) if shape[1] <= self._joins(shape))

    def outlined(self, asked: Asked, shape: Shape, rng: Random) -> Outlined:
        """The outline of a shape in the form that is asked for."""
        return self._outline(asked["form"], shape, rng)

    def header(self, asked: Asked, shape: Shape) -> Asked:
        """What was asked for, and the asset scenes' measures where the language says them."""
        derived = asset_header(asked, ())
        said = {head.says for head in self.language.spelling.head}
        return {**asked, **{name: derived[name] for name in languages.MEASURES if name in said}}


def _timeline(form: str, shape: Shape, rng: Random) -> Outlined:
    """Stages, milestones above or below the line, and arrows between some neighbours."""
    count, arrows, footer = shape
    stages = numbers("stages", count, rng)
    joined = sorted(rng.sample(range(1, count), arrows))
    outline: list[str] = []
    wants = []
    for stage in stages:
        below = form == "milestone_chain" and rng.random() < 0.5
        outline += ["[below]"] * below + [tag("stage", stage)]
        lane = "bottom" if below else "top" if form == "milestone_chain" else "center"
        wants.append(Want("timeline_stage", stage, place=lane))
    for at in joined:
        ends = stages[at - 1], stages[at]
        outline += [tag("from", ends[0]), tag("to", ends[1])]
        wants.append(Want("timeline_arrow", 0, "", *(f"stage_{end}" for end in ends)))
    return _footed(outline, wants, footer)


def _memory(form: str, shape: Shape, rng: Random) -> Outlined:
    """Segments with a running place, cards anywhere, and brackets from one segment to another."""
    count, brackets, cards = shape
    segments, notes = numbers("segments", count, rng), numbers("cards", cards, rng)
    spans = sorted(rng.sample(sorted(combinations(range(count), 2)), brackets))
    names = numbers("brackets", brackets, rng)
    before = sorted(rng.randint(0, count) for _ in notes)
    words, places = _running(form, count, rng)
    outline: list[str] = []
    for at, segment in enumerate([*segments, 0]):
        outline += [tag("card", notes[n]) for n, spot in enumerate(before) if spot == at]
        if segment:
            outline += [*words[at], tag("segment", segment)]
    wants = [Want("address_strip")]
    wants += [
        Want("memory_segment", segment, place=place)
        for segment, place in zip(segments, places, strict=True)
    ]
    for name, (first, last) in zip(names, spans, strict=True):
        ends = segments[first], segments[last]
        outline += [tag("from", ends[0]), tag("to", ends[1]), tag("bracket", name)]
        wants.append(Want("region_bracket", name, "", *(f"segment_{end}" for end in ends)))
    return outline, wants + [Want("info_card", note) for note in notes]


def _running(form: str, count: int, rng: Random) -> tuple[list[list[str]], list[str]]:
    """For each segment its place, and the words that change it from that of the one before."""
    words: list[list[str]] = []
    places: list[str] = []
    place = 1
    for at in range(count):
        said: list[str] = []
        turns = rng.random() < TURN_SHARE
        if form == "typed_regions":
            place = rng.randint(1, 4)
            said = [tag("type", place)]
        elif form == "arena_sections" and turns and at > 0:
            place += 1
            said = ["[arena]"]
        elif form == "layer_stack" and turns and at > 0:
            up = place > 1 and rng.random() < TURN_SHARE
            place = 1 if up else place + 1
            said = ["[surface]" if up else "[deeper]"]
        words.append(said)
        places.append(str(place))
    return words, places


def _system(form: str, shape: Shape, rng: Random) -> Outlined:
    """Steps in the cells of the form, some of them linked.

    A step is led to from the one before, an option of a selection from the first step, and the goal
    of a selection from one of the options.
    """
    count, links, terminal, footer = shape
    steps = numbers("stages", count, rng)
    ways, picked = list(pairwise(range(count + terminal))), rng.randrange(1, count)
    if form == "selection_path":
        ways = [(0, at) for at in range(1, count)] + [(picked, count)] * terminal
    chosen = sorted(rng.sample(ways, links))
    via = numbers("links", links, rng)
    outline = [tag("step", step) for step in steps] + ["[goal]"] * terminal
    for word, (a, b) in zip(via, chosen, strict=True):
        outline += [tag("from", steps[a]), *[tag("to", step) for step in steps[b : b + 1]]]
        outline.append(tag("via", word))
    cells = usual_places("system_stage", "cell", form, count, terminal)
    ids = [*(f"stage_{step}" for step in steps), "terminal"]
    wants = [Want("system_stage", step, place=cells[at]) for at, step in enumerate(steps)]
    wants += [
        Want("system_link", word, source=ids[a], target=ids[b])
        for word, (a, b) in zip(via, chosen, strict=True)
    ]
    wants += [Want("terminal_panel", place=cells[-1])] * terminal
    return _footed(outline, wants, footer)


def _footed(outline: list[str], wants: list[Want], footer: int) -> Outlined:
    return outline + ["[footer]"] * footer, wants + [Want("footer_note")] * footer


def boards(families: FamilyTable) -> SceneLine:
    """The curriculum of spec14a."""
    scenes = BoardScenes(languages.board_scene(families))
    return SceneLine(scenes, WIDE_WORDINGS, WIDE_PROSE, apart=True)


def timelines(families: FamilyTable) -> SceneLine:
    """The curriculum of spec14b."""
    scenes = FormScenes(
        languages.timeline_scene(families),
        languages.TIMELINE_FORMS,
        ((3, 6), (0, 5), (0, 1)),  # stages, arrows, footer
        _timeline,
        joins=lambda shape: shape[0] - 1,
        marks=dict.fromkeys(("stage", "from", "to"), "stages"),
        words=("below", "footer"),
    )
    return SceneLine(scenes, WIDE_WORDINGS, WIDE_PROSE, apart=True)


def memory_maps(families: FamilyTable) -> SceneLine:
    """The curriculum of spec15a."""
    scenes = FormScenes(
        languages.memory_scene(families),
        languages.MEMORY_FORMS,
        ((3, 6), (0, 2), (0, 2)),  # segments, brackets, cards
        _memory,
        marks={
            **dict.fromkeys(("segment", "from", "to"), "segments"),
            "bracket": "brackets",
            "card": "cards",
        },
        words=(*(f"type:{kind}" for kind in PLACES["kind"]), "arena", "deeper", "surface"),
        turns=(*("typed_regions", "arena_sections") * 16, "layer_stack"),
    )
    return SceneLine(scenes, WIDE_WORDINGS, WIDE_PROSE, apart=True)


def system_diagrams(families: FamilyTable) -> SceneLine:
    """The curriculum of spec15b."""
    scenes = FormScenes(
        languages.system_scene(families),
        languages.SYSTEM_FORMS,
        ((3, 5), (1, 5), (0, 1), (0, 1)),  # steps, links, goal, footer
        _system,
        joins=lambda shape: shape[0] + shape[2] - 1,
        marks={**dict.fromkeys(("step", "from", "to"), "stages"), "via": "links"},
        words=("goal", "footer"),
    )
    return SceneLine(scenes, WIDE_WORDINGS, WIDE_PROSE, apart=True)
