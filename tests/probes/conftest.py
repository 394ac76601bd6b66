"""A small world for probe tests: the bundle language, a fake compiler, cases and answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.families import family_table
from engine.dsl.bundle import BundleLanguage
from probes.cases import Case
from probes.responses import Response, Stop
from probes.score import Compile, Outcome, Picture, score

MEMORY = (
    "[bundle] [family:memory_map] [form:layer_stack] [theme:signal_glow] [tone:green] "
    "[density:balanced] [background:mesh] [segments:6] [brackets:1] [cards:3] [/bundle]"
)
TIMELINE = (
    "[bundle] [family:timeline] [form:stage_sequence] [theme:infra_dark] [tone:amber] "
    "[density:compact] [background:none] [stages:4] [arrows:3] [footer:1] [/bundle]"
)
SYSTEM = (
    "[bundle] [family:system_diagram] [form:build_path] [theme:signal_glow] [tone:blue] "
    "[density:balanced] [background:mesh] [stages:4] [links:4] [terminal:1] [footer:1] [/bundle]"
)
UNDRAWABLE = "[cards:4]"


def _picture(text: str, case: Case) -> Picture:
    if UNDRAWABLE in text:
        return Picture(None, False, "four cards do not fit")
    return Picture(f"<svg>{text} {case.topic} {case.pack}</svg>", True, None)


@pytest.fixture(scope="session")
def language() -> BundleLanguage:
    return BundleLanguage(family_table())


@pytest.fixture(scope="session")
def draw() -> Compile:
    """A compiler that draws every document but those with four cards."""
    return _picture


@pytest.fixture(scope="session")
def golds() -> dict[str, str]:
    """One canonical document a family."""
    return {"memory_map": MEMORY, "timeline": TIMELINE, "system_diagram": SYSTEM}


MakeCase = Callable[..., Case]
Answer = Callable[..., Outcome]


@pytest.fixture(scope="session")
def make_case() -> MakeCase:
    def make(index: int = 0, expected: str = MEMORY, split: str = "dev", **more: str) -> Case:
        family = expected.split("[family:")[1].split("]")[0]
        form = expected.split("[form:")[1].split("]")[0]
        fields = {
            "surface": "routebook_direct",
            "family": family,
            "form": form,
            "prompt": f"[task:svg] [topic:topic_{index}] [OUT]",
            "topic": f"topic_{index}",
            "pack": "default",
            "claim": "wording",
            **more,
        }
        case_id = f"{split}/{fields['surface']}/{index:04}"
        return Case(id=case_id, split=split, expected=expected, **fields)

    return make


@pytest.fixture(scope="session")
def answer(language: BundleLanguage, draw: Compile, make_case: MakeCase) -> Answer:
    """Outcome of an answer text to a case."""

    def give(text: str, case: Case | None = None, stop: Stop = "eos") -> Outcome:
        case = case or make_case()
        response = Response(case.id, case.prompt_sha256, text, len(text.split()), stop)
        return score(case, response, language, draw)

    return give
