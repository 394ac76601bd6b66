"""Writes values as TOML, for contracts that the project itself drafts; `tomllib` only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from contracts.errors import ContractError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: Any) -> str:
    """A value on one line, tables inline; ContractError for what TOML has no word for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes what TOML does, except the one control character that JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    raise ContractError("a drafted contract", repr(value), "text, number, truth value, list, table")


def toml_key(key: str) -> str:
    """A key, in quotation marks where it must be."""
    return key if _BARE_KEY.fullmatch(key) else toml_value(key)


def toml_lines(table: Mapping[str, Any]) -> list[str]:
    """A table as one line a key."""
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()]
