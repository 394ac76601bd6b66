"""From spec files to contracts: inheritance, starting points, names, digests."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import ContractError, UnknownRun
from contracts.loading import ContractBook, axis_of, contract_digest, digest, reseeded
from contracts.models import HELD_OUT, Contract

BOOK = ContractBook()
CHAIN = ("spec16_r9", "spec19_r2", "spec19_r3b", "spec19_r3c", "spec19_r3d")


@pytest.mark.parametrize("name", BOOK.names)
def test_a_shipped_contract_resolves_and_keeps_to_its_axis(name: str) -> None:
    contract = BOOK.contract(name)
    BOOK.hold_to_axis(name)
    assert contract.run == name
    assert f"{contract.spec.id}_{contract.rung.id}" == name
    asked = contract.dataset.splits
    assert all(asked[split].cases >= 200 for split in HELD_OUT) if contract.trains else not asked
    if contract.spec.id in ("spec16", "spec19"):  # nine answers, or a copy of the prompt
        claims = {split.claim for split in contract.dataset.splits.values()}
        assert claims <= {"memorisation", "wording"}


def test_the_shipped_line_is_the_articles() -> None:
    assert BOOK.lineage("spec19_r3d") == CHAIN
    assert [BOOK.parent(name) for name in CHAIN] == [None, *CHAIN[:-1]]
    assert all(BOOK.contract(name).rung.published for name in CHAIN)


def test_overrides_are_inherited_along_the_parent_line() -> None:
    rows = [BOOK.contract(name).dataset.rows for name in CHAIN[1:]]
    assert [r["routebook_paraphrase"] for r in rows] == [54, 540, 540, 900]
    assert [r["form_minimal_pair"] for r in rows] == [45, 45, 270, 270]
    assert [r["explicit_bundle_anchor"] for r in rows] == [9, 9, 9, 9]
    weights = [BOOK.contract(n).training.stages["midtrain"].mixture for n in CHAIN[1:]]
    assert [w["routebook_paraphrase"] for w in weights] == [10, 20, 20, 15]
    assert [w["explicit_bundle_anchor"] for w in weights] == [10, 10, 10, 5]


def test_an_override_can_add_a_stage(edited: Any) -> None:
    stage = "{ tokens = 9, rate_peak = 1e-4, loss = 'all', mixture = { routebook_direct = 1 } }"
    more = '\n[[rung]]\nid = "a"\nparent = "r2"\naxis = "budget"\nhypothesis = "More."\n'
    more += f'init = "parent"\noverrides.training.stages.sft = {stage}\n'
    contract = edited(more=more).contract("mine_a")
    assert contract.training.stages["sft"].tokens == 9
    assert set(contract.training.stages) == {"pretrain", "midtrain", "sft"}


def test_where_a_rung_starts(edited: Any) -> None:
    rung = '\n[[rung]]\nid = "{}"\nparent = "{}"\naxis = "budget"\nhypothesis = "H."\ninit = "{}"\n'
    more = rung.format("scratch", "r3b", "scratch")
    more += rung.format("sibling", "r3b", "sibling")
    more += rung.format("cousin", "sibling", "sibling")
    more += rung.format("below", "scratch", "sibling")
    book = edited(more=more)
    starts = {
        "mine_r3b": "mine_r2",
        "mine_scratch": None,
        "mine_sibling": "mine_r2",
        "mine_cousin": "mine_r2",
        "mine_below": None,
        "mine_canary": "spec16_r9",
    }
    assert {name: book.init_from(name) for name in starts} == starts
    assert {name: book.contract(name).init_from for name in starts} == starts
    assert book.lineage("mine_sibling") == ("spec16_r9", "mine_r2", "mine_sibling")
    assert book.lineage("mine_scratch") == ("mine_scratch",)


def test_a_parent_of_the_same_spec_goes_before_a_run_of_that_name(edited: Any) -> None:
    book = edited()
    assert book.parent("mine_r3b") == "mine_r2"
    assert book.parent("mine_r2") == "spec16_r9"


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ("spec19_r3d", ("spec19_r3d",)),
        ("spec19_r3[b-d]", CHAIN[2:]),
        ("spec1?_r9,spec19_r2", ("spec16_r9", "spec19_r2")),
        (" spec19_r2 , , spec19_r2", ("spec19_r2",)),
        ("*", BOOK.names),
    ],
)
def test_runs_are_chosen_by_name_glob_and_comma_list(wanted: str, runs: tuple[str, ...]) -> None:
    assert BOOK.select(wanted) == runs


@pytest.mark.parametrize(
    ("wanted", "part", "near"),
    [
        ("spec19_r3", "'spec19_r3'", "spec19_r3"),
        ("spec19_r2,spec16_r8", "'spec16_r8'", "spec16_r9"),
        ("SPEC19_R3D", "'SPEC19_R3D'", "spec"),
        ("nosuch*", "'nosuch*'", BOOK.names[0]),
    ],
)
def test_an_unknown_run_gets_the_nearest_names(wanted: str, part: str, near: str) -> None:
    with pytest.raises(UnknownRun) as caught:
        BOOK.select(wanted)
    assert caught.value.found == part
    assert near in caught.value.cure


@pytest.mark.parametrize("wanted", ["", " , "])
def test_no_name_is_no_run(wanted: str) -> None:
    with pytest.raises(UnknownRun, match="found no name; expected a run, a glob or a comma list"):
        BOOK.select(wanted)


def test_an_undeclared_run_has_no_contract() -> None:
    with pytest.raises(UnknownRun, match="spec19_r9"):
        BOOK.contract("spec19_r9")


@pytest.mark.parametrize(
    ("key", "axis"),
    [
        ("training.stages.sft.mixture.any", "data"),
        ("training.stages.sft.loss", "budget"),
        ("model.context_len", "context"),
        ("model.context", "capacity"),
        ("dataset.instruction.text", "instruction"),
        ("dataset.stream", "fixed"),
        ("dataset.files.rows.any", "data"),
        ("dataset.files.probes", "fixed"),
        ("promotion.confidence", "fixed"),
    ],
)
def test_the_longest_prefix_decides_the_axis(key: str, axis: str) -> None:
    assert axis_of(key) == axis


# --- digests --------------------------------------------------------------------------------


def test_a_contract_survives_json() -> None:
    for name in BOOK.names:
        contract = BOOK.contract(name)
        again = Contract.model_validate_json(contract.model_dump_json())
        assert again == contract
        assert contract_digest(again) == contract_digest(contract)


def test_the_digest_is_of_canonical_json() -> None:
    assert digest({"b": [1, "ü"], "a": None}) == digest({"a": None, "b": (1, "ü")})
    assert digest({"a": 1}) != digest({"a": 1.5})
    # sha256 of {"a":1}
    assert digest({"a": 1}).startswith("015abd7f5cc57a2d")


def test_a_digest_is_the_same_in_every_book(edited: Any) -> None:
    book = edited()
    digests = [contract_digest(book.contract(name)) for name in BOOK.names]
    assert digests == [contract_digest(BOOK.contract(name)) for name in BOOK.names]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    "edit",
    [
        ("lower_bound = 0.97", "lower_bound = 0.96"),
        ("clip_norm = 1.0", "clip_norm = 1.5"),
        ("max_new_tokens = 64", "max_new_tokens = 65"),
        ("routebook_direct = 36", "routebook_direct = 37"),
        ('says = "prompts that', 'says = "those prompts that'),
        ("context_len = 768", "context_len = 512"),
        ("tokens = 75_000", "tokens = 75_001"),
        ('stream = "spec19"', 'stream = "spec19b"'),
        ("Ten surfaces over", "Eleven surfaces over"),
        ('lesson = """\nA broad', 'lesson = """\nThe broad'),
    ],
)
def test_any_other_promise_changes_the_digest(edited: Any, edit: tuple[str, str]) -> None:
    before = contract_digest(edited().contract("mine_r2"))
    assert contract_digest(edited(edit).contract("mine_r2")) != before


def test_published_figures_and_file_name_leave_the_digest_alone(edited: Any, tmp_path: Any) -> None:
    before = contract_digest(edited().contract("mine_r2"))
    book = edited(("exact = 0.521", "exact = 0.522"))
    assert contract_digest(book.contract("mine_r2")) == before
    (tmp_path / "mine.toml").rename(tmp_path / "ours.toml")
    book = ContractBook([tmp_path])
    assert book.contract("mine_r2").source == "ours.toml"
    assert contract_digest(book.contract("mine_r2")) == before


def test_keys_that_came_later_are_no_part_of_a_digest_while_they_say_nothing(edited: Any) -> None:
    """So a key added for one spec leaves the recorded results of all others valid."""
    plain = contract_digest(edited().contract("mine_r2"))
    said = edited(
        ("[spec]\n", "[spec]\npictures = true\n"),
        ("[eval]\n", "[eval]\nprompt_bos = true\n"),
        ("[tokenizer]\n", '[tokenizer]\nfault = "none"\n'),
        ("[dataset]\n", '[dataset]\nfault = "none"\nfamilies = "bundle"\n'),
    )
    assert contract_digest(said.contract("mine_r2")) == plain


def test_a_routebook_is_part_of_the_contract(edited: Any) -> None:
    said = edited(("[dataset]\n", '[dataset]\nroutebook = "compositional"\n'))
    contract = said.contract("mine_r2")
    assert contract.routebook is not None
    assert len(contract.routebook["topic"]) == 24
    assert contract_digest(contract) != contract_digest(edited().contract("mine_r2"))
    lost = edited(("[dataset]\n", '[dataset]\nroutebook = "nosuch"\n'))
    with pytest.raises(ContractError, match=r"nosuch.toml: found no such file"):
        lost.contract("mine_r2")


def test_a_blueprint_is_optional_and_a_table_is_chosen_by_name(edited: Any) -> None:
    bare = edited(('blueprint = "routebook"\n', "")).contract("mine_r2")
    assert bare.blueprint is None
    assert "blueprint" not in bare.model_dump(mode="json")
    lost = edited(("[dataset]\n", '[dataset]\nfamilies = "nosuch"\n'))
    with pytest.raises(ContractError, match=r"nosuch\.toml: found no such file"):
        lost.contract("mine_r2")


# --- several seeds --------------------------------------------------------------------------

SEEDED = ('id = "r3b"\n', 'id = "r3b"\nseeds = { further = [43, 44], rule = "worst" }\n')


def test_a_run_under_a_further_seed_is_the_run_but_for_its_seed(edited: Any) -> None:
    book = edited(SEEDED)
    own, other = book.contract("mine_r3b"), book.contract(reseeded("mine_r3b", 43))
    assert other.training == own.training.model_copy(update={"seed": 43})
    assert (other.dataset, other.tokenizer, other.model) == (own.dataset, own.tokenizer, own.model)
    assert other.init_from == own.init_from == "mine_r2"
    assert book.lineage(other.run) == (*book.lineage(own.run)[:-1], other.run)
    book.hold_to_axis(other.run)


def test_further_seeds_are_promised_and_are_no_runs_of_their_own(edited: Any) -> None:
    plain, seeded = edited(), edited(SEEDED)
    assert plain.names == seeded.names
    with pytest.raises(UnknownRun):
        seeded.select(reseeded("mine_r3b", 43))
    assert contract_digest(plain.contract("mine_r3b")) != contract_digest(
        seeded.contract("mine_r3b")
    )
    assert "seeds" not in plain.contract("mine_r3b").model_dump()["rung"]


def test_the_rung_s_own_seed_is_no_further_one(edited: Any) -> None:
    more = (SEEDED[0], SEEDED[1].replace("43", "42"))
    with pytest.raises(ContractError, match="own seed 42"):
        edited(more).contract("mine_r3b")
