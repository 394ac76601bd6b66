"""A task so small that a test can train it many times over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MINI = Path(__file__).resolve().parents[1] / "gates" / "contracts" / "mini.toml"


@pytest.fixture(scope="session")
def tiny_contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with spec `tiny`: two stages, a second rung that starts from the first."""
    folder = tmp_path_factory.mktemp("contracts")
    text = MINI.read_text(encoding="utf-8")
    text = text.replace('"mini"', '"tiny"').split('[[rung]]\nid = "starved"')[0]
    text = re.sub(r"embed_dim = \d+", "embed_dim = 32", text)
    text = re.sub(r"hidden_dim = \d+", "hidden_dim = 32", text)
    text = re.sub(r"\nheads = \d+", "\nheads = 2", text)
    text = re.sub(r"kv_heads = \d+", "kv_heads = 1", text)
    text = re.sub(r"(explicit_permuted_anchor|recombination_bridge) = \d{2,}", r"\1 = 45", text)
    text = text.replace("cases = 200", "cases = 9").replace("cases = 60", "cases = 9")
    text = text.replace("tokens = 240_000", "tokens = 8_000")
    stage, mixture = re.search(
        r"\[training\.stages\.pretrain\]\n(.*?)\[training\.stages\.pretrain\.mixture\]\n(.*?)\n\n",
        text,
        re.DOTALL,
    ).groups()  # type: ignore[union-attr]
    second = f"[training.stages.midtrain]\n{stage}[training.stages.midtrain.mixture]\n{mixture}\n\n"
    text = text.replace("[eval]", f"{second}[eval]")
    text += (
        '[[rung]]\nid = "r2"\nparent = "r1"\naxis = "data"\nhypothesis = "more"\ninit = "parent"\n'
        "overrides.dataset.rows.routebook_paraphrase = 54\n\n"
        '[[rung]]\nid = "foreign"\nparent = "r1"\naxis = "tokenizer"\nhypothesis = "other words"\n'
        'init = "parent"\noverrides.tokenizer.vocab_size = 400\n'
    )
    (folder / "tiny.toml").write_text(text, encoding="utf-8")
    return folder
