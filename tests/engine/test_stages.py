"""The stages of a run: keyed by what they are made from, started where the contract says."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine.train
from contracts.errors import StoreError, TokenizerError, TrainingError
from contracts.loading import ContractBook
from engine.checkpoint import load_model
from engine.model import Model
from engine.representations.words import pack_words
from engine.stages import Stages
from engine.store import Artifact, Store
from engine.tokenizer import BOS_ID, EOS_ID

FILES = {
    "checkpoint/config.json",
    "checkpoint/model.safetensors",
    "checkpoint/tokenizer.json",
    "ledger.jsonl",
    "training_plan.json",
}


@pytest.fixture
def store(tmp_path: Path, tiny_store: Store) -> Store:
    """A store of its own in which tiny_base is trained."""
    shutil.copytree(tiny_store.root, tmp_path / "runs")
    return Store(tmp_path / "runs")


@pytest.fixture
def stages(tiny_book: ContractBook, store: Store) -> Any:
    """Fresh stages of a tiny run, as another session would make them."""
    return lambda rung: Stages(tiny_book, store, f"tiny_{rung}")


def bytes_of(artifact: Artifact) -> dict[str, bytes]:
    """Every file of trained weights, the clock's figures taken out of the ledger."""
    found = {name: artifact.file(name).read_bytes() for name in artifact.manifest()["files"]}
    records = [json.loads(line) for line in found["ledger.jsonl"].splitlines()]
    for record in records:
        record.pop("tokens_per_second", None)
    return {**found, "ledger.jsonl": json.dumps(records).encode()}


# --- from contract to weights ---------------------------------------------------------------


def test_a_run_is_trained_once(stages: Any) -> None:
    found = stages("base").find_weights()
    assert set(found.manifest()["files"]) == FILES
    assert found.damage() == []
    again = stages("base").build_weights()
    assert (again.path, again.built) == (found.path, False)


def test_the_same_run_in_another_store_has_the_same_bytes(
    stages: Any, tiny_book: ContractBook, tmp_path: Path
) -> None:
    other = Stages(tiny_book, Store(tmp_path / "elsewhere"), "tiny_base").build_weights()
    assert other.built
    mine = stages("base").find_weights()
    assert other.key == mine.key
    assert bytes_of(other) == bytes_of(mine)


def test_what_was_trained_is_what_is_loaded(stages: Any) -> None:
    base = stages("base")
    model = base.load_weights()
    shape = base.contract.model
    assert model.config.embed_dim == shape.embed_dim
    assert model.config.context_len == shape.context_len
    assert model.config.vocab_size == base.tokenizer.vocab_size
    fresh = Model.initialise(model.config, seed=base.contract.training.seed)
    assert not np.array_equal(model.flat, fresh.flat)
    saved = base.find_weights().file("checkpoint/tokenizer.json").read_text(encoding="utf-8")
    assert saved == base.tokenizer.json


def test_an_example_opens_and_closes_as_a_row_does(stages: Any) -> None:
    base = stages("base")
    row = base.dataset.train_rows[0]
    example = base.example(row)
    assert example.ids[0] == BOS_ID
    assert example.ids[-1] == EOS_ID
    assert example.ids.count(BOS_ID) == example.ids.count(EOS_ID) == 1
    prompt, answer = example.ids[: example.answer_start], example.ids[example.answer_start : -1]
    assert list(prompt) == base.tokenizer.encode_prompt(row.prompt)
    assert base.tokenizer.decode(answer) == row.target


def test_an_unclosed_row_ends_before_its_closing_tag(stages: Any) -> None:
    """The declared defect of spec10: what is stored is whole, what is trained is not."""
    base, row = stages("base"), stages("base").dataset.train_rows[0]
    whole = base.example(row)
    plan = base.contract.training.model_copy(update={"fault": "unclosed_rows"})
    base.__dict__["contract"] = base.contract.model_copy(update={"training": plan})
    cut = base.example(row)
    assert cut.answer_start == whole.answer_start
    assert cut.ids[-1] == EOS_ID
    said = base.tokenizer.decode(cut.ids[cut.answer_start : -1])
    assert f"{said} {base.language.closing_tag}" == row.target


def test_a_row_that_runs_on_has_the_next_prompt_for_its_end(stages: Any) -> None:
    """The declared defect of spec20: the answer is whole, and nothing says that it is over."""
    base, row = stages("base"), stages("base").dataset.train_rows[0]
    whole = base.example(row)
    plan = base.contract.training.model_copy(update={"fault": "run_on_rows"})
    base.__dict__["contract"] = base.contract.model_copy(update={"training": plan})
    cut = base.example(row)
    assert (cut.ids[:-1], cut.answer_start) == (whole.ids[:-1], whole.answer_start)
    assert base.tokenizer.decode([cut.ids[-1]]) == "[task:svg]"


def test_stored_rows_are_the_rows_that_are_trained(stages: Any) -> None:
    base = stages("base")
    train_rows, probe_rows = base.stored_rows()
    assert train_rows == base.dataset.train_rows
    assert probe_rows == base.dataset.probe_rows


# --- keys -----------------------------------------------------------------------------------


def test_runs_share_what_they_have_in_common(stages: Any) -> None:
    base, child = stages("base"), stages("child")
    assert child.dataset_artifact.path == base.dataset_artifact.path
    assert child.tokenizer_artifact.path == base.tokenizer_artifact.path
    assert child.weights_inputs["init"] == base.checkpoint_digest
    changed = {
        name for name, value in child.weights_inputs.items() if base.weights_inputs[name] != value
    }
    assert changed == {"training", "init"}


def test_a_run_without_its_start_has_no_weights(tiny_book: ContractBook, tmp_path: Path) -> None:
    child = Stages(tiny_book, Store(tmp_path / "empty"), "tiny_child")
    assert child.find_weights() is None
    with pytest.raises(TrainingError, match="found no weights of tiny_base; expected a trained"):
        child.build_weights()
    with pytest.raises(TrainingError, match="tiny_child: found no weights"):
        child.load_weights()


@pytest.mark.parametrize(
    "source", ["engine/train.py", "engine/tokenizer.py", "engine/curriculum/rows.py"]
)
def test_a_change_of_what_makes_weights_makes_other_weights(
    stages: Any, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    key = stages("base").weights_inputs["sources"]
    monkeypatch.setattr("engine.stages.source_digest", lambda *places: str(source in places))
    assert stages("base").weights_inputs["sources"] == "True" != key


# --- starting points ------------------------------------------------------------------------


def first_loss(artifact: Artifact) -> float:
    """Held-out loss before the first update."""
    return float(json.loads(artifact.file("ledger.jsonl").read_text().splitlines()[0])["loss"])


def test_a_child_starts_from_its_parents_weights(stages: Any, monkeypatch: Any) -> None:
    starts: dict[str, bytes] = {}

    def spy(model: Model, *rest: Any) -> None:
        starts["flat"] = model.flat.tobytes()
        original(model, *rest)

    original = engine.train.train
    monkeypatch.setattr("engine.stages.train", spy)
    child = stages("child").build_weights()
    assert starts["flat"] == stages("base").load_weights().flat.tobytes()
    twin = stages("twin").build_weights()
    assert starts["flat"] != stages("base").load_weights().flat.tobytes()
    assert (
        bytes_of(child)["checkpoint/model.safetensors"]
        != (bytes_of(twin)["checkpoint/model.safetensors"])
    )
    assert first_loss(twin) == first_loss(stages("base").find_weights())
    assert first_loss(child) < first_loss(twin)


def test_a_longer_context_reads_the_same_weights(stages: Any) -> None:
    wide = stages("wide").build_weights()
    assert load_model(wide.file("checkpoint")).config.context_len == 160
    base = json.loads(
        stages("base").find_weights().file("ledger.jsonl").read_text().split("\n")[-2]
    )
    assert base["kind"] == "held_out"
    assert first_loss(wide) == pytest.approx(base["loss"], rel=1e-6)


def test_a_start_of_another_shape_is_refused(stages: Any) -> None:
    with pytest.raises(TrainingError) as caught:
        stages("grown").build_weights()
    assert caught.value.where == "tiny_grown, key model"
    assert "tiny_base" in caught.value.found
    assert "init = 'scratch'" in caught.value.cure
    assert stages("grown").find_weights() is None


def test_a_start_with_another_tokenizer_is_refused(stages: Any) -> None:
    with pytest.raises(TrainingError) as caught:
        stages("foreign").build_weights()
    assert caught.value.where == "tiny_foreign, key tokenizer"
    assert caught.value.expected == "the tokenizer of tiny_base"
    assert "frozen_from" in caught.value.cure


# --- damage ---------------------------------------------------------------------------------


def test_edited_weights_are_no_start(stages: Any) -> None:
    path = stages("base").find_weights().file("checkpoint/model.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    for build in (stages("base").load_weights, stages("child").build_weights):
        with pytest.raises(StoreError, match=r"checkpoint/model\.safetensors has sha256"):
            build()


def test_edited_rows_and_an_edited_tokenizer_are_refused(stages: Any) -> None:
    base = stages("base")
    for path in (
        base.dataset_artifact.file("probes.jsonl"),
        base.tokenizer_artifact.file("tokenizer.json"),
    ):
        path.write_bytes(path.read_bytes().replace(b"bundle", b"bungle", 1))
    with pytest.raises(StoreError, match=r"probes\.jsonl has sha256"):
        stages("base").stored_rows()
    with pytest.raises(StoreError, match=r"tokenizer\.json has sha256"):
        stages("base").find_weights()


def test_an_interrupted_run_goes_on_to_the_same_bytes(
    stages: Any, store: Store, tiny_book: ContractBook, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(engine.train, "_SECONDS_BETWEEN_STATES", 0)

    def interrupt_after(count: int) -> Any:
        ticks = iter(range(count))

        def report(progress: Any) -> None:
            if next(ticks, None) is None:
                raise KeyboardInterrupt

        return report

    folder = store.building_folder("weights", stages("child").weights_inputs)
    for count in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            stages("child").build_weights(interrupt_after(count))
        assert stages("child").find_weights() is None
        assert (folder / "state.safetensors").is_file()
        (folder / ".state.safetensors.4242").write_bytes(b"torn")
    resumed = stages("child").build_weights()
    undisturbed = Store(tmp_path / "other")
    shutil.copytree(store.root, undisturbed.root, ignore=shutil.ignore_patterns(resumed.key))
    whole = Stages(tiny_book, undisturbed, "tiny_child").build_weights()
    assert whole.built
    assert bytes_of(resumed) == bytes_of(whole)
    assert set(resumed.manifest()["files"]) == FILES
    assert not folder.exists()


# --- spaced atoms ---------------------------------------------------------------------------


def test_spaced_atoms_spell_a_row_of_tags_in_one_token_each(stages: Any) -> None:
    run = stages("base")
    plan = run.contract.tokenizer.model_copy(update={"spaced_atoms": True, "vocab_size": 700})
    run.__dict__["contract"] = run.contract.model_copy(update={"tokenizer": plan})
    tokenizer = run.train_tokenizer()
    assert tokenizer.atomicity_faults(run.closed_vocabulary, ()) == []
    for row in run.dataset.train_rows:
        ids = tokenizer.encode(row.target)
        assert len(ids) == len(row.target.split(" "))
        assert tokenizer.decode(ids) == row.target
        assert tokenizer.decode(tokenizer.encode(row.prompt)) == row.prompt
    with pytest.raises(TokenizerError, match="plain text"):
        tokenizer.encode_plain("a note [bundle]")


# --- what is reserved of a tag --------------------------------------------------------------


@pytest.mark.parametrize(
    ("atoms", "a_tag", "a_mark"), [("tags", 1, 1), ("parts", 2, 1), ("bare", 7, 1)]
)
def test_a_tag_has_as_many_tokens_as_is_reserved_of_it(
    stages: Any, atoms: str, a_tag: int, a_mark: int
) -> None:
    run = stages("base")
    plan = run.contract.tokenizer.model_copy(update={"atoms": atoms, "vocab_size": 900})
    run.__dict__["contract"] = run.contract.model_copy(update={"tokenizer": plan})
    tokenizer = run.train_tokenizer()
    assert tokenizer.atomicity_faults(run.closed_vocabulary, ()) == []
    assert tokenizer.atoms == run.closed_vocabulary
    assert len(tokenizer.encode("[family:memory_map]")) == a_tag
    assert len(tokenizer.encode("[/bundle]")) == a_mark
    for row in run.dataset.train_rows[::7]:
        assert tokenizer.decode(tokenizer.encode(row.prompt)) == row.prompt
        assert tokenizer.decode(tokenizer.encode(row.target)) == row.target


def test_a_value_has_one_spelling_wherever_it_stands(stages: Any) -> None:
    run = stages("base")
    plan = run.contract.tokenizer.model_copy(update={"atoms": "parts"})
    run.__dict__["contract"] = run.contract.model_copy(update={"tokenizer": plan})
    tokenizer = run.train_tokenizer()
    asked, answered = (tokenizer.encode(f"[{k}:memory_map]") for k in ("layout", "family"))
    assert asked[0] != answered[0]
    assert asked[1] == answered[1]


# --- declared defects of the tokenizer ------------------------------------------------------


def test_a_tokenizer_fault_protects_nothing_or_too_much(stages: Any) -> None:
    """spec03's ordinary BPE, and spec08's reserved payloads: in tags, and as pictures show them."""

    def faulty(fault: str) -> Any:
        run = stages("base")
        plan = run.contract.tokenizer.model_copy(update={"fault": fault})
        run.__dict__["contract"] = run.contract.model_copy(update={"tokenizer": plan})
        told = replace(run.dataset.train_rows[0], target="[note:here|cards.card_1] [bundle]")
        run.__dict__["dataset"] = replace(run.dataset, train={"tag_canonical": (told,)})
        return run

    sound = stages("base").train_tokenizer()
    bare, greedy = faulty("unprotected_atoms"), faulty("payload_atoms")
    closed = bare.closed_vocabulary
    assert sound.atomicity_faults(closed, ()) == []
    ordinary = bare.train_tokenizer()
    assert ordinary.atoms == ()
    assert {fault.token for fault in ordinary.atomicity_faults(closed, ())} == set(closed)
    assert ordinary.decode(ordinary.encode("[bundle] [tone:blue]")) == "[bundle] [tone:blue]"
    found = greedy.train_tokenizer().atomicity_faults(closed, ())
    topic = stages("base").dataset.train_rows[0].topic
    words = set(pack_words(topic))
    assert {fault.token for fault in found} == {"[note:here|cards.card_1]", *words}
