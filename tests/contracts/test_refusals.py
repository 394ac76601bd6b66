"""A wrong contract is refused with file, key, what was found, what was expected, and a cure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ContractError, ProbegateError
from contracts.loading import SPECS_FOLDER, ContractBook

FIRST_RUNG = '[[rung]]\nid = "r2"'
RUNG = """
[[rung]]
id = "{id}"
parent = "{parent}"
axis = "{axis}"
hypothesis = "A rung of the tests."
init = "parent"
"""


def rung(id: str, parent: str = "r2", axis: str = "budget", **overrides: str) -> str:
    """TOML of one more rung."""
    lines = [f"overrides.{key} = {value}" for key, value in overrides.items()]
    return RUNG.format(id=id, parent=parent, axis=axis) + "\n".join(lines) + "\n"


def refused(call: Any, *args: Any, **kwargs: Any) -> ContractError:
    """The refusal of a call."""
    with pytest.raises(ContractError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("edit", "key", "found", "expected", "cure"),
    [
        (("[eval]\n", "[eval]\nwarmth = 3\n"), "eval.warmth", "the key", "no such key", "Remove"),
        (("[spec]\n", "[specs]\n"), "spec", "nothing", "this key", "Add the key"),
        (("clip_norm = 1.0\n", ""), "training.clip_norm", "nothing", "this key", "Add the key"),
        (("layers = 3", 'layers = "3"'), "model.layers", "'3'", "valid integer", "Correct"),
        (("layers = 3", "layers = 3.0"), "model.layers", "3.0", "valid integer", "Correct"),
        (("layers = 3", "layers = true"), "model.layers", "True", "valid integer", "Correct"),
        (("clip_norm = 1.0", "clip_norm = true"), "training.clip_norm", "True", "number", "Corr"),
        (
            ("rate_peak = 1e-3", "rate_peak = nan"),
            "training.stages.pretrain.rate_peak", "nan", "finite", "Correct",
        ),
        (
            ("explicit_bundle_anchor = 10", "explicit_bundle_anchor = inf"),
            "training.stages.pretrain.mixture.explicit_bundle_anchor", "inf", "finite", "Correct",
        ),
        (("rate_peak = 1e-3", "rate_peak = 3.0"), "rate_peak", "3.0", "less than", "Correct"),
        (("warmup_share = 0.05", "warmup_share = 1.5"), "warmup_share", "1.5", "less", "Correct"),
        (("seed = 42", "seed = -1"), "training.seed", "-1", "greater than", "Correct"),
        (('id = "mine"', 'id = "Mine"'), "spec.id", "'Mine'", "pattern", "Correct"),
        (('kind = "ascii_bpe"', 'kind = "wordpiece"'), "kind", "'wordpiece'", "'char'", "Corr"),
        (('claim = "wording"', 'claim = "luck"'), "claim", "'luck'", "'composition'", "Correct"),
        (("heads = 8", "heads = 7"), "model", "heads", "must divide", "Correct"),
        (("heads = 8", "heads = 64"), "model", "heads", "even", "Correct"),
        (("[dataset.splits.dev]", "[dataset.splits.seen2]"), "seen2", "'seen2'", "'dev'", "Corr"),
        (('parent = "spec16_r9"\n', ""), "rung.0", "axis", "come together", "Correct"),
        (
            ('parent = "spec16_r9"\naxis = "data"\n', ""),
            "rung.0", "'parent'", "needs a parent", "Correct",
        ),
        (
            ("], lower_bound = 0.97", '], of = "pair", by = "form", lower_bound = 0.97'),
            "promotion.goals.0", "of = 'pair' by form", "a goal over pairs", "Correct",
        ),
        (
            ("[promotion]\n", "[promotion]\npilot = {}\n"),
            "promotion.pilot", "nothing", "hold, hold_by", "Correct",
        ),
        (('id = "r3b"', 'id = "r2"'), "(whole file)", "r2", "rung ids repeat", "Correct"),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_names_file_key_finding_and_cure(
    edited: Any, edit: tuple[str, str], key: str, found: str, expected: str, cure: str
) -> None:
    error = refused(edited, edit)
    assert error.where.startswith("mine.toml, key ")
    assert error.where.endswith(key)
    assert found in error.found
    assert expected in error.expected
    assert error.cure.startswith(cure)
    for part in (error.where, error.found, error.expected, error.cure):
        assert part in str(error)


def test_a_missing_split_is_named(edited: Any) -> None:
    section = re.compile(r"\[dataset\.splits\.hidden_test\].*?(?=\[tokenizer\])", re.S)
    text = section.search((SPECS_FOLDER / "spec19.toml").read_text(encoding="utf-8"))
    assert text
    error = refused(edited, (text[0], ""))
    assert error.where == "mine.toml, key dataset.splits"
    assert "['hidden_test'] are missing" in error.expected


def test_further_faults_are_counted(edited: Any) -> None:
    error = refused(edited, ("[eval]\n", "[eval]\nwarmth = 3\n"), ("seed = 42", "seed = -1"))
    assert "1 more fault" in error.cure


def test_what_is_not_toml_is_refused_with_its_line(edited: Any) -> None:
    error = refused(edited, ("[spec]\n", "[spec\n"))
    assert error.where == "mine.toml"
    assert "line 1" in error.found
    assert error.expected == "valid TOML"
    assert error.cure


def test_what_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"[spec]\nid = '\xff'\n")
    error = refused(ContractBook, [tmp_path])
    assert error.where == "mine.toml"
    assert error.expected == "valid TOML"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    error = refused(ContractBook, [tmp_path / "nowhere"])
    assert "nowhere" in error.where
    assert error.expected == "a folder of spec files"


# --- parents and axes -----------------------------------------------------------------------


def test_a_parent_cycle_is_refused(edited: Any) -> None:
    error = refused(edited, more=rung("a", "c") + rung("b", "a") + rung("c", "b"))
    assert error.where == "mine.toml, key rung.a.parent"
    assert error.found == "the cycle mine_a -> mine_c -> mine_b -> mine_a"
    assert "first rung" in error.cure


def test_a_rung_that_is_its_own_parent_is_refused(edited: Any) -> None:
    assert refused(edited, more=rung("a", "a")).found == "the cycle mine_a -> mine_a"


def test_an_unknown_parent_is_refused_with_the_nearest_names(edited: Any) -> None:
    error = refused(edited, more=rung("a", "mine_r3cc"))
    assert error.where == "mine.toml, key rung.a.parent"
    assert error.found == "'mine_r3cc'"
    assert "mine_r3c" in error.cure


def test_whom_a_run_is_compared_with(edited: Any) -> None:
    """A parent of the same spec, unless it is declared red before its answers are judged."""
    red = 'expects = {{ gate = "{}", status = "failed" }}\n'
    book = edited(
        more=rung("early", **{"training.seed": "7"})
        + red.format("dataset")
        + rung("late", **{"training.seed": "8"})
        + red.format("promotion")
        + rung("a", parent="early", **{"training.seed": "9"})
        + rung("b", parent="late", **{"training.seed": "9"})
    )
    assert book.comparable_parent("mine_r2") is None, "its parent is of another spec"
    assert book.comparable_parent("mine_early") == "mine_r2"
    assert book.comparable_parent("mine_a") is None
    assert book.comparable_parent("mine_b") == "mine_late"


def test_two_changed_axes_are_refused(edited: Any) -> None:
    book = edited(more=rung("a", **{"training.seed": "7", "eval.max_new_tokens": "9"}))
    error = refused(book.hold_to_axis, "mine_a")
    assert error.where == "mine.toml, key rung.a"
    assert "eval.max_new_tokens (axis decode)" in error.found
    assert "'budget' alone" in error.expected
    assert "two rungs" in error.cure


@pytest.mark.parametrize(
    ("axis", "key", "value"),
    [
        ("data", "dataset.rows.routebook_direct", "99"),
        ("data", "training.stages.pretrain.mixture.routebook_direct", "99"),
        ("budget", "training.stages.pretrain.tokens", "99"),
        ("budget", "training.weight_decay", "0.5"),
        ("tokenizer", "tokenizer.vocab_size", "900"),
        ("context", "model.context_len", "512"),
        ("capacity", "model.layers", "4"),
        ("decode", "eval.max_new_tokens", "9"),
    ],
)
def test_a_key_lies_on_one_axis(edited: Any, axis: str, key: str, value: str) -> None:
    axes = ("data", "budget", "tokenizer", "context", "capacity", "instruction", "decode")
    book = edited(more="".join(rung(f"a_{name}", axis=name, **{key: value}) for name in axes))
    for name in axes:
        if name == axis:
            book.hold_to_axis(f"mine_a_{name}")
        else:
            assert f"{key} (axis {axis})" in refused(book.hold_to_axis, f"mine_a_{name}").found


@pytest.mark.parametrize(
    ("axis", "key", "value", "told"),
    [
        ("data", "dataset.fault", '"leak"', "dataset.fault = leak"),
        ("tokenizer", "tokenizer.fault", '"payload_atoms"', "tokenizer.fault = payload_atoms"),
        ("data", "training.fault", '"unclosed_rows"', "training.fault = unclosed_rows"),
        ("data", "training.fault", '"run_on_rows"', "training.fault = run_on_rows"),
        ("decode", "eval.prompt_bos", "false", "eval.prompt_bos = false"),
    ],
)
def test_a_declared_fault_is_for_rungs_that_expect_to_be_red(
    edited: Any, axis: str, key: str, value: str, told: str
) -> None:
    expects = 'expects = { gate = "training", status = "failed" }\n'
    bare = rung("a", axis=axis, **{key: value})
    error = refused(edited(more=bare).contract, "mine_a")
    assert error.where == "mine.toml, key rung.a"
    assert told in error.found
    assert 'set the fault to "none"' in error.cure
    book = edited(more=bare + expects + rung("b", parent="a", axis="data"))
    book.hold_to_axis("mine_a")
    assert book.contract("mine_a").faults
    assert "rung.b" in refused(book.contract, "mine_b").where, "a fault is inherited"


@pytest.mark.parametrize(
    ("key", "value"), [("dataset.fault", '"bitrot"'), ("eval.prompt_bos", '"no"')]
)
def test_an_unknown_fault_is_refused(edited: Any, key: str, value: str) -> None:
    book = edited(more=rung("a", axis="data", **{key: value}))
    assert refused(book.contract, "mine_a").where.endswith(key)


def test_an_expectation_names_a_gate(edited: Any) -> None:
    more = rung("a", **{"training.seed": "7"}) + 'expects = { gate = "taste", status = "failed" }\n'
    error = refused(edited, more=more)
    assert error.where.endswith("expects.gate")
    assert "'promotion'" in error.expected


def test_what_no_rung_may_change_is_on_no_axis(edited: Any) -> None:
    book = edited(more=rung("a", axis="data", **{"dataset.splits.dev.cases": "10"}))
    error = refused(book.hold_to_axis, "mine_a")
    assert "dataset.splits.dev.cases (axis fixed)" in error.found


def test_a_rung_that_changes_nothing_is_refused(edited: Any) -> None:
    book = edited(more=rung("a") + rung("b", **{"training.seed": "42"}))
    for name in ("mine_a", "mine_b"):
        error = refused(book.hold_to_axis, name)
        assert error.found == "nothing changed since mine_r2"
        assert "'budget'" in error.expected


def test_a_first_rung_of_a_spec_is_held_to_its_axis_in_model_tokenizer_and_decode(
    edited: Any,
) -> None:
    book = edited((FIRST_RUNG, FIRST_RUNG + "\noverrides.model.layers = 4"))
    assert "model.layers (axis capacity)" in refused(book.hold_to_axis, "mine_r2").found
    edited().hold_to_axis("mine_r2")


# --- overrides ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "where", "expected"),
    [
        ("training.sede", "7", "training.sede", "no such key"),
        ("training.seed", '"7"', "training.seed", "valid integer"),
        ("training", "7", "training", "a table"),
        ("training.seed", "{ first = 7 }", "training.seed", "a table"),
        ("promotion.confidence", "0.6", "promotion", "one of dataset"),
        ("run", '"other"', "run", "one of dataset"),
        ("families.style", "{}", "families", "one of dataset"),
    ],
)
def test_an_override_that_cannot_stand_is_laid_to_its_rung(
    edited: Any, key: str, value: str, where: str, expected: str
) -> None:
    book = edited(more=rung("a", **{key: value}) + rung("b", "a", "budget"))
    for name in ("mine_a", "mine_b"):
        error = refused(book.contract, name)
        assert error.where == f"mine.toml, key rung.a.overrides.{where}"
        assert expected in error.expected


def test_a_frozen_tokenizer_needs_an_owner(edited: Any) -> None:
    edit = ('frozen_from = "spec16_r9"', 'frozen_from = "spec16_r8"')
    error = refused(edited(edit).contract, "mine_r3d")
    assert error.where == "mine.toml, key tokenizer.frozen_from"
    assert error.found == "mine_r3d -> spec16_r8"
    assert "spec16_r9" in error.cure


def test_a_tokenizer_frozen_from_a_circle_is_refused(edited: Any) -> None:
    edit = ('frozen_from = "spec16_r9"', 'frozen_from = "mine_r2"')
    error = refused(edited(edit).contract, "mine_r3d")
    assert error.found == "mine_r3d -> mine_r2 -> mine_r2"


# --- names ----------------------------------------------------------------------------------


def test_a_run_declared_twice_is_refused_with_both_files(edited: Any, tmp_path: Path) -> None:
    edited()
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "again.toml").write_text(text, encoding="utf-8")
    error = refused(ContractBook, [tmp_path, tmp_path / "second"])
    assert error.where == "again.toml, key rung.r2"
    assert error.found == "run mine_r2 again"
    assert "mine.toml" in error.expected


def test_every_refusal_is_one_sentence_family() -> None:
    error = ProbegateError("here", "this", "that")
    assert str(error) == "here: found this; expected that"
    assert str(ProbegateError("here", "this", "that", "Do so")).endswith("expected that. Do so")
