"""Blueprints: legal profiles, surfaces that guard declared frontiers, competencies in stages."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.blueprint import BLUEPRINT_FOLDER, Profile, blueprint
from contracts.errors import ContractError
from contracts.families import content_topics
from contracts.loading import ContractBook

NAMES = sorted(path.stem for path in BLUEPRINT_FOLDER.glob("*.toml"))
BOOK = ContractBook()
ROUTEBOOK = blueprint("routebook")
FIRST = ROUTEBOOK.profile[0].model_dump()


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_references_declared(name: str) -> None:
    book = blueprint(name)
    for ids in (
        [surface.id for surface in book.surface],
        [profile.topic for profile in book.profile],
        [competency.id for competency in book.competency],
        list(book.frontiers),
        list(book.hints),
    ):
        assert len(set(ids)) == len(ids)
    competencies = {competency.id for competency in book.competency}
    trained = [surface for surface in book.surface if surface.trains]
    assert {c for surface in trained for c in surface.competencies} == competencies
    assert {f for surface in trained for f in surface.frontiers} == set(book.frontiers)
    assert all(not s.competencies and not s.frontiers for s in book.surface if not s.trains)


@pytest.mark.parametrize("name", NAMES)
def test_profiles_speak_of_topics_that_have_content(name: str) -> None:
    assert {profile.topic for profile in blueprint(name).profile} <= set(content_topics())


def test_the_routebook_counts_what_the_article_counts() -> None:
    assert len(ROUTEBOOK.profile) == 9
    assert len(ROUTEBOOK.values("goal")) == 8
    assert len(ROUTEBOOK.values("audience")) == 3
    assert len(ROUTEBOOK.values("emphasis")) == 5
    assert len(ROUTEBOOK.constraints) == 3
    assert len(ROUTEBOOK.packs) == 3
    assert len(ROUTEBOOK.surface_ids(trains=True)) == 10
    assert len(ROUTEBOOK.competency) == 8
    assert len(ROUTEBOOK.frontiers) == 12


def test_every_intent_has_words() -> None:
    spoken = set(ROUTEBOOK.phrases)
    values = (ROUTEBOOK.values("goal"), ROUTEBOOK.values("audience"), ROUTEBOOK.values("emphasis"))
    assert spoken == {value for field in values for value in field}


@pytest.mark.parametrize("run", BOOK.names)
def test_a_mix_reaches_every_competency_in_its_stages(run: str) -> None:
    contract = BOOK.contract(run)
    if contract.dataset.blueprint is None:
        pytest.skip("no blueprint, so no competency is declared")
    book = blueprint(contract.dataset.blueprint)
    for competency in book.competency:
        teachers = {s.id for s in book.surface if competency.id in s.competencies}
        for stage in contract.training.stages.keys() & competency.stages:
            assert teachers & set(contract.training.stages[stage].mixture), (competency.id, stage)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "poster"}, "family 'poster' is none of"),
        ({"form": "stage_sequence"}, "form 'stage_sequence' is none of memory_map's"),
        ({"theme": "beige"}, "theme = 'beige' is no value"),
        ({"counts": {"segments": 6, "cards": 3, "brackets": 1}}, "are not"),
        ({"counts": {"segments": 6, "brackets": 1}}, "are not"),
        ({"counts": {"segments": 9, "brackets": 1, "cards": 3}}, "segments = 9 is outside"),
        ({"counts": {"segments": 2, "brackets": 2, "cards": 3}}, "brackets = 2 is outside"),
    ],
)
def test_an_illegal_profile_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Profile.model_validate({**FIRST, **change})


def test_an_unknown_blueprint_is_refused() -> None:
    with pytest.raises(ContractError, match=r"nosuch\.toml: found no such file"):
        blueprint("nosuch")
