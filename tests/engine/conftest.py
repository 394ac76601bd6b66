"""A spec that trains in a moment: the copying task, a narrow model, a few hundred tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.loading import ContractBook
from engine.stages import Stages
from engine.store import Store

TINY = """
[spec]
id = "tiny"
title = "A spec of the tests"
representation = "bundle"
lesson = "Nothing is to be learned here."

[dataset]
source = "curriculum"
curriculum = "bundle"
blueprint = "bundle"
stream = "tiny"
rows = { tag_canonical = 6, permuted_tags = 6 }

[dataset.splits]
dev = { cases = 2, surfaces = ["holdout_permuted"], claim = "wording", says = "s" }
test = { cases = 2, surfaces = ["holdout_permuted"], claim = "wording", says = "s" }
hidden_seen = { cases = 2, surfaces = ["hidden_compose"], claim = "wording", says = "s" }
hidden_test = { cases = 2, surfaces = ["hidden_stop"], claim = "wording", says = "s" }

[tokenizer]
kind = "ascii_bpe"
vocab_size = 300
curricula = ["bundle"]

[model]
layers = 1
embed_dim = 32
hidden_dim = 32
heads = 2
kv_heads = 1
context_len = 128

[training]
seed = 1
rows_per_batch = 2
warmup_share = 0.1
rate_floor_share = 0.1
weight_decay = 0.01
clip_norm = 1.0

[training.stages.pretrain]
tokens = 500
rate_peak = 1e-3
loss = "target"
mixture = { tag_canonical = 2, permuted_tags = 1 }

[training.stages.midtrain]
tokens = 300
rate_peak = 1e-3
loss = "all"
mixture = { permuted_tags = 1 }

[eval]
decode = "greedy"
max_new_tokens = 16

[promotion]
guardrails = [{ metric = "truncated", relation = "<=", threshold = 0.0 }]
goals = [{ metric = "exact", splits = ["dev"], lower_bound = 0.5 }]

[[rung]]
id = "base"
hypothesis = "A first rung."
init = "scratch"

[[rung]]
id = "child"
parent = "base"
axis = "budget"
hypothesis = "Starts from the weights of its parent."
init = "parent"
overrides.training.stages.pretrain.tokens = 200

[[rung]]
id = "twin"
parent = "base"
axis = "budget"
hypothesis = "The same training from scratch."
init = "scratch"
overrides.training.stages.pretrain.tokens = 200

[[rung]]
id = "wide"
parent = "base"
axis = "context"
hypothesis = "A longer context reads the same weights."
init = "parent"
overrides.model.context_len = 160

[[rung]]
id = "grown"
parent = "base"
axis = "capacity"
hypothesis = "Weights of another shape are no start."
init = "parent"
overrides.model.layers = 2

[[rung]]
id = "foreign"
parent = "base"
axis = "tokenizer"
hypothesis = "Another tokenizer gives the ids another meaning."
init = "parent"
overrides.tokenizer.vocab_size = 290

[[rung]]
id = "long"
parent = "base"
axis = "budget"
hypothesis = "Long enough to be stopped half-way."
init = "parent"
overrides.training.stages = { pretrain = { tokens = 24_000 }, midtrain = { tokens = 8_000 } }
"""


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract folder that holds the tiny spec."""
    folder = tmp_path_factory.mktemp("contracts")
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_book(tiny_folder: Path) -> ContractBook:
    """The shipped specs and the tiny one."""
    return ContractBook([tiny_folder])


@pytest.fixture(scope="session")
def tiny_store(tmp_path_factory: pytest.TempPathFactory, tiny_book: ContractBook) -> Store:
    """A store in which tiny_base is trained; tests that build more take a copy."""
    store = Store(tmp_path_factory.mktemp("runs"))
    Stages(tiny_book, store, "tiny_base").build_weights()
    return store
