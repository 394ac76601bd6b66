"""Lines of one family: answers worked out a second way, parts kept apart, kinds fed apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product

import pytest

from contracts.errors import LanguageError
from contracts.families import family_table
from engine.curriculum import curriculum_for
from engine.curriculum.rows import Draft, item_rng
from engine.curriculum.scene_line import SceneLine
from engine.dsl import language_for
from engine.dsl.protocol import canonicalize

LADDER = family_table("ladder")
LANGUAGE = {
    "boards": "board_scene",
    "memory_maps": "memory_scene",
    "system_diagrams": "system_scene",
    "timelines": "timeline_scene",
}
DRAWS = 66
OF_AN_ANSWER = {"scene", "/scene", "canvas", "frame", "inset", "gap"}
"""Tags of an answer's header that no prompt has."""


def line(name: str) -> SceneLine:
    """The curriculum of that name."""
    made = curriculum_for(name, "ladder")
    assert isinstance(made, SceneLine)
    return made


@cache
def drafts(name: str, surface: str) -> tuple[Draft, ...]:
    """Some drafts of a surface."""
    return tuple(line(name).draw(surface, i, item_rng(f"t/{surface}", i)) for i in range(DRAWS))


def told(text: str) -> list[tuple[str, str]]:
    """Name and value of every tag, in order."""
    return [
        (name, value) for name, value in re.findall(r"\[(/?[a-z_]+):?([^\]]*)\]", text)
    ]


# --- the answer a second way ----------------------------------------------------------------


def boards(asked: dict[str, str], outline: list[tuple[str, str]]) -> Iterator[str]:
    """Legend by count, then each kind in its own order."""
    of = defaultdict(list)
    for word, number in outline:
        of[word].append(number)
    if len(of["measure"]) > 2:
        yield "[legend_block]"
    for word, name in (("side", "column"), ("measure", "metric"), ("aside", "callout")):
        yield from (f"[comparison_{name}:{number}]" for number in of[word])
    yield from ["[footer_note]"] * len(of["coda"])


def timelines(asked: dict[str, str], outline: list[tuple[str, str]]) -> Iterator[str]:
    """Stages with their sides, arrows after them."""
    before = ""
    for word, number in outline:
        if word == "stage":
            side = "bottom" if before == "below" else "top"
            sided = side if asked["form"] == "milestone_chain" else "center"
            yield from (f"[timeline_stage:{number}]", f"[lane:{sided}]")
        elif word in ("from", "to"):
            yield f"[timeline_arrow:stage_{number}]" if word == "from" else f"[to:stage_{number}]"
        elif word == "footer":
            yield "[footer_note]"
        before = word


def memory_maps(asked: dict[str, str], outline: list[tuple[str, str]]) -> Iterator[str]:
    """Segments with the place in force, brackets over those between their marks, cards."""
    key = {"typed_regions": "kind", "arena_sections": "arena", "layer_stack": "layer"}
    cards, spans, place = [], [], 1
    yield "[address_strip]"
    for word, value in outline:
        if word == "segment":
            yield from (f"[memory_segment:{value}]", f"[{key[asked['form']]}:{place}]")
        elif word in ("from", "to", "bracket"):
            names = {"from": "region_bracket:segment_", "to": "to:segment_"}
            spans.append(f"[{names.get(word, 'ref:brackets.')}{value}]")
        elif word == "card":
            cards.append(value)
        else:
            place = {"type": int(value or 0), "surface": 1}.get(word, place + 1)
    yield from spans
    yield from (f"[info_card:{card}]" for card in cards)


def system_diagrams(asked: dict[str, str], outline: list[tuple[str, str]]) -> Iterator[str]:
    """Steps in the cells of the form, links by the ends that they join, the goal, the footer."""
    nodes = [value for word, value in outline if word in ("step", "goal")]
    goal = ("goal", "") in outline
    steps = len(nodes) - goal
    form = asked["form"]
    for n in range(steps):
        yield from (f"[system_stage:{nodes[n]}]", f"[cell:{_cell(form, n, len(nodes))}]")
    for (word, number), (following, _) in pairwise([*outline, ("", "")]):
        if word == "from":
            yield f"[system_link:stage_{number}]"
            yield from ["[to:terminal]"] * (following != "to")
        elif word == "to":
            yield f"[to:stage_{number}]"
        elif word == "via":
            yield f"[ref:links.{number}]"
    if goal:
        last = "3.1" if form == "selection_path" else _cell(form, steps, len(nodes))
        yield from ("[terminal_panel]", f"[cell:{last}]")
    if outline[-1][0] == "footer":
        yield "[footer_note]"


def _cell(form: str, at: int, total: int) -> str:
    if form == "linear_pipeline":
        return f"{at + 1}.1"
    if form == "selection_path":
        return f"2.{at}" if at else "1.1"
    half = (total + 1) // 2
    return f"{at + 1}.1" if at < half else f"{2 * half - at}.2"


SECOND_WAY = {
    "boards": boards,
    "memory_maps": memory_maps,
    "system_diagrams": system_diagrams,
    "timelines": timelines,
}


@pytest.mark.parametrize("name", LANGUAGE)
def test_an_answer_follows_from_its_prompt(name: str) -> None:
    language = language_for(LANGUAGE[name], LADDER)
    for surface in line(name).surfaces():
        for draft in drafts(name, surface):
            assert canonicalize(language, draft.target) == draft.target
            head = {head.tag for head in language.spelling.head}  # type: ignore[attr-defined]
            asked = {tag: value for tag, value in told(draft.prompt) if tag in head}
            skipped = {*head, "task", "OUT"}
            outline = [pair for pair in told(draft.prompt) if pair[0] not in skipped]
            header = "|".join({*head, "scene", "/scene"})
            body = re.sub(rf"\[(?:{header})(?::[^\]]*)?\] ?", "", draft.target)
            assert body.split() == [*SECOND_WAY[name](asked, outline)], draft.prompt
            said = {tag: value for tag, value in told(draft.target) if tag in head}
            assert said | asked == said
            assert set(said) - set(asked) <= OF_AN_ANSWER


@pytest.mark.parametrize("name", LANGUAGE)
def test_a_shape_that_is_held_out_is_trained_in_no_kind(name: str) -> None:
    def shapes(surfaces: Iterator[str]) -> set[tuple[tuple[str, int], ...]]:
        found = (drafts(name, surface) for surface in surfaces)
        kinds = re.compile(r"\[([a-z]+_[a-z]+)(?::[^\]]*)?\]")
        return {
            tuple(sorted(Counter(kinds.findall(draft.target)).items()))
            for some in found
            for draft in some
        }

    held_out = shapes(s for s in line(name).surfaces() if s.startswith("shape_"))
    assert len(held_out) > 4
    assert not held_out & shapes(s for s in line(name).surfaces() if not s.startswith("shape_"))


@pytest.mark.parametrize("name", LANGUAGE)
def test_each_kind_has_surfaces_of_its_own(name: str) -> None:
    made = line(name)
    kinds = tuple(dict.fromkeys(made.task.families))
    assert made.surfaces()[: len(kinds)] == kinds
    for part, kind in product(("", "dev_", "shape_"), kinds):
        found = drafts(name, f"{part}{kind}")
        assert {kind} == {draft.topic if name == "boards" else draft.form for draft in found}
        assert 0 < sum(re.search(r"[a-z]{3} \[", draft.prompt) is None for draft in found) < DRAWS


def test_one_memory_map_in_thirty_three_is_a_layer_stack() -> None:
    forms = Counter(draft.form for draft in drafts("memory_maps", "hidden_foreign"))
    assert forms == {"typed_regions": 32, "arena_sections": 32, "layer_stack": 2}


def test_a_link_leads_to_no_goal_that_is_not_there() -> None:
    """The goal stands behind the links, so that they name it before it is declared."""
    language = language_for("system_scene", LADDER)
    drawn = drafts("system_diagrams", "tags")
    answers = [row.target for row in drawn if "[to:terminal]" in row.target]
    assert answers
    for answer in answers:
        goalless = re.sub(r" \[terminal_panel\] \[cell:[0-9.]+\]", "", answer)
        assert goalless != answer
        with pytest.raises(LanguageError, match="to:"):
            language.parse(goalless)
