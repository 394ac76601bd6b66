"""The compiler smoke sees a picture that depends on the process that draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from contracts.families import family_table
from engine.dsl.bundle import Bundle, BundleLanguage
from engine.representation import representation_for
from engine.representations import bundle as bundle_pictures
from engine.store import Store
from gates import smoke
from probes.cases import Case

LANGUAGE = BundleLanguage(family_table())
BUNDLE = Bundle(
    "timeline", "stage_sequence", "infra_dark", "blue", "balanced", "none",
    (("stages", 4), ("arrows", 3), ("footer", 1)),
)  # fmt: skip


def case_of(bundle: Bundle) -> Case:
    text = LANGUAGE.serialize(bundle)
    return Case(
        id="dev/0", split="dev", surface="s", family=bundle.family, form=bundle.form, prompt="p",
        expected=text, topic="ir_evolution_timeline", pack="brief", claim="wording",
    )  # fmt: skip


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., smoke.Smoke]:
    """The smoke report of one good case, and of others that a test gives it."""
    pictures = representation_for("bundle", family_table())
    table = family_table().model_dump(mode="json")
    return lambda *more: smoke.measure(
        Store(tmp_path), pictures, table, [case_of(BUNDLE), *more], rows=[]
    )


def test_two_processes_draw_the_same_bytes(found: Callable[..., smoke.Smoke]) -> None:
    report = found()
    assert report.pictures == 1
    assert report.unclean == report.miscounted == report.unstable == ()


def test_a_picture_that_depends_on_its_process_is_unstable(
    found: Callable[..., smoke.Smoke], monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_bundle = bundle_pictures.compile_bundle

    def by_hash(*arguments: Any) -> str:
        return compile_bundle(*arguments).replace("</svg>", f"<!-- {hash('x')} --></svg>")

    monkeypatch.setattr(bundle_pictures, "compile_bundle", by_hash)
    assert "another SVG the second time" in found().unstable[0]


def test_other_rendered_bytes_are_unstable(
    found: Callable[..., smoke.Smoke], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "FAULTS_WIDTH", smoke.FAULTS_WIDTH + 1)
    assert "another PNG the second time" in found().unstable[0]


def test_the_second_process_hashes_strings_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    for own in ("0", "1", "2", "random", None):
        if own is None:
            monkeypatch.delenv("PYTHONHASHSEED", raising=False)
        else:
            monkeypatch.setenv("PYTHONHASHSEED", own)
        assert smoke.other_hash_seed() not in (own, "random")


def test_a_second_process_that_dies_is_no_evidence(
    found: Callable[..., smoke.Smoke], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke.sys, "executable", "/bin/false")
    with pytest.raises(EvidenceError, match="second process: found status 1"):
        found()


def test_a_sample_has_every_family_and_form_and_depends_on_the_texts_alone() -> None:
    keys = [(f"[stages:{n}]", "topic", "brief") for n in range(30)]
    rare = ("[rare]", "topic", "brief")
    asked = {**dict.fromkeys(keys, ("timeline", "usual")), rare: ("timeline", "milestones")}
    few = smoke.spread(asked, 4)
    assert len(few) == 4
    assert rare in few
    assert few == smoke.spread(dict(reversed(asked.items())), 4)
    assert smoke.spread(asked, len(asked)) == sorted(asked)


def test_a_target_that_is_no_document_is_left_to_the_dataset_gate(
    found: Callable[..., smoke.Smoke],
) -> None:
    report = found(replace(case_of(BUNDLE), id="dev/1", expected="[bundle] [no"))
    assert (report.documents, report.pictures, report.unclean) == (2, 1, ())
