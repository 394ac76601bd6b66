"""Declared ablations: what one is, and the matrix of contracts that it becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.ablation import Ablation, Variant, ablation, cells, write_matrix
from contracts.errors import ContractError
from contracts.loading import ContractBook

BOOK = ContractBook()
PLAN = """\
id = "mine"
question = "Does it matter?"
base = "spec19_r2"
axis = "data"
seeds = [42, 7]

[[variant]]
id = "longer"
says = "The declared child."
rung = "r3b"

[[variant]]
id = "few"
says = "Fewer rows."
overrides.dataset.rows = { routebook_paraphrase = 27 }
"""


def declared(tmp_path: Path, *edits: tuple[str, str], name: str = "mine") -> Ablation:
    """PLAN, edited as text, read from a file."""
    text = PLAN
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / f"{name}.toml").write_text(text)
    return ablation(name, tmp_path)


def matrix(plan: Ablation, tmp_path: Path) -> ContractBook:
    """The book with the matrix in it."""
    write_matrix(plan, BOOK, tmp_path / "matrix")
    return ContractBook([tmp_path / "matrix"])


def test_a_matrix_is_every_variant_under_every_seed_one_axis_apart(tmp_path: Path) -> None:
    plan = declared(tmp_path)
    book = matrix(plan, tmp_path)
    assert [(cell.variant, cell.seed) for cell in cells(plan)] == [
        ("base", 42), ("base", 7), ("longer", 42), ("longer", 7), ("few", 42), ("few", 7),
    ]  # fmt: skip
    base, child = BOOK.contract("spec19_r2"), BOOK.contract("spec19_r3b")
    for cell in cells(plan):
        book.hold_to_axis(cell.run)
        contract = book.contract(cell.run)
        assert contract.training.seed == cell.seed
        data = child.dataset if cell.variant == "longer" else base.dataset
        few = cell.variant == "few"
        rows = data.rows | ({"routebook_paraphrase": 27} if few else {})
        assert contract.dataset == data.model_copy(update={"rows": rows})
        assert (contract.model, contract.eval) == (base.model, base.eval)
        assert contract.promotion == base.promotion
    # A declared child starts from the base of its own seed, other variants where the base does.
    assert book.lineage("mine_longer_s7") == ("spec16_r9", "mine_base_s7", "mine_longer_s7")
    assert book.lineage("mine_few_s7") == ("spec16_r9", "mine_few_s7")


def test_a_base_from_scratch_stays_one_and_seeds_alone_are_an_ablation_too(tmp_path: Path) -> None:
    plan = Ablation(id="luck", question="Luck?", base="spec16_r9", seeds=(1, 2, 3))
    book = matrix(plan, tmp_path)
    assert [book.contract(cell.run).training.seed for cell in cells(plan)] == [1, 2, 3]
    assert {book.init_from(cell.run) for cell in cells(plan)} == {None}


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("seeds = [42, 7]", "seeds = [42, 42]"), r"seeds repeat: \[42, 42\]"),
        (("seeds = [42, 7]", "seeds = [42]"), "at least 2 items"),
        (('axis = "data"\n', ""), "variants and the axis that they lie on come together"),
        (('axis = "data"', 'axis = "luck"'), "key axis"),
        (('id = "few"', 'id = "longer"'), "variant ids repeat"),
        (('id = "few"', 'id = "base"'), "variant ids repeat, the base's included"),
        (('rung = "r3b"\n', ""), "a variant has overrides, or the rung that declares them"),
        (("overrides.dataset.rows = { routebook_paraphrase = 27 }", "overrides.training.seed = 3"),
         "name the seeds in `seeds`"),
        (('id = "mine"', 'id = "yours"'), "found 'yours'; expected 'mine'"),
    ],
)  # fmt: skip
def test_what_is_no_matrix_is_refused_as_it_is_read(
    edit: tuple[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match=said):
        declared(tmp_path, edit)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (('rung = "r3b"', 'rung = "r3c"'), "spec19_r3c, axis data, parent spec19_r3b"),
        (('axis = "data"', 'axis = "budget"'), "expected a rung of axis budget"),
        (('rung = "r3b"', 'rung = "r99"'), "a declared run"),
        (('base = "spec19_r2"', 'base = "spec09_r2"'), "a run that trains nothing"),
        (('base = "spec19_r2"', 'base = "spec09_r1"'), "a run with a declared defect"),
    ],
)
def test_a_variant_is_a_child_of_the_base_and_the_base_is_whole(
    edit: tuple[str, str], said: str, tmp_path: Path
) -> None:
    plan = declared(tmp_path, edit)
    with pytest.raises(ContractError, match=said):
        write_matrix(plan, BOOK, tmp_path / "matrix")


def test_a_variant_on_another_axis_is_refused_by_the_contract_gate_s_own_rule(
    tmp_path: Path,
) -> None:
    overrides = "overrides.dataset.rows = { routebook_paraphrase = 27 }"
    plan = declared(tmp_path, (overrides, "overrides.model.layers = 2"))
    book = matrix(plan, tmp_path)
    with pytest.raises(ContractError, match=r"model\.layers \(axis capacity\)"):
        book.hold_to_axis("mine_few_s7")


def test_an_unknown_ablation_names_those_declared(tmp_path: Path) -> None:
    declared(tmp_path)
    with pytest.raises(ContractError, match="Declared: mine"):
        ablation("yours", tmp_path)


def test_files_beside_the_base_come_with_the_matrix(tmp_path: Path) -> None:
    """A stranger's rows and language: the cells rest on the same bytes as their base."""
    folder = Path(__file__).resolve().parents[1] / "gates" / "contracts" / "bookings"
    book = ContractBook([folder])
    few = Variant(
        id="few",
        says="Half of one file, under another file's name.",
        overrides={
            "dataset": {"rows": {"plain": 100}, "files": {"rows": {"plain": "turned.jsonl"}}}
        },
    )
    plan = Ablation(
        id="mine", question="Rows?", base="bookings_r1", axis="data", seeds=(1, 2), variant=(few,)
    )
    write_matrix(plan, book, tmp_path)
    made = ContractBook([tmp_path])
    base = book.contract("bookings_r1")
    for cell in cells(plan):
        made.hold_to_axis(cell.run)
        contract = made.contract(cell.run)
        assert contract.spec.module == base.spec.module
        assert contract.spec.pictures == base.spec.pictures
        assert contract.beside.items() <= base.beside.items()
        assert ("plain.jsonl" in contract.beside) == (cell.variant == "base")
