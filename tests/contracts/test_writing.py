"""What is written as TOML is read back as it was."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.writing import toml_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXT, v, max_size=3), max_leaves=8
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_values_come_back(table: dict[str, Any]) -> None:
    assert tomllib.loads("\n".join(toml_lines(table))) == table


@pytest.mark.parametrize("value", [None, {"a": [None]}, b"bytes"])
def test_what_toml_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(ContractError, match="a drafted contract"):
        toml_lines({"key": value})
