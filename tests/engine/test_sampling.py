"""Decoding by choice: the greedy choice is the greedy decode, the mask keeps to the language."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from contracts.errors import KernelError
from contracts.families import family_table
from engine import kernels
from engine.decode import generate
from engine.dsl.bundle import BundleLanguage
from engine.model import Model, ModelConfig
from engine.parity_cases import parity_model
from engine.sampling import drawn, generate_by, greatest, within_grammar
from engine.tokenizer import EOS_ID, Tokenizer

NEVER = 1000
BUNDLE = (
    "[bundle] [family:timeline] [form:stage_sequence] [theme:infra_dark] [tone:amber] "
    "[density:compact] [background:none] [stages:4] [arrows:3] [footer:1] [/bundle]"
)


@pytest.fixture(scope="module")
def model() -> Model:
    return parity_model(ModelConfig(149), kernels.table(kernels.available()[0]))


@pytest.fixture(scope="module")
def language() -> BundleLanguage:
    return BundleLanguage(family_table())


@pytest.fixture(scope="module")
def tokenizer(language: BundleLanguage) -> Tokenizer:
    return Tokenizer.train("ascii_bpe", 512, language.control_atoms(), ["some words"])


def prompts(seed: int, *lengths: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 149, n).tolist() for n in lengths]


@pytest.mark.parametrize("batch_size", [3, 256])
def test_the_greatest_logit_gives_the_greedy_answers(model: Model, batch_size: int) -> None:
    context = model.config.context_len
    rows = prompts(1, 1, 7, 50, 90, context - 5, context)
    eos = generate(model, rows, 30, NEVER)[2].tokens[9]
    made = generate_by(greatest, model, rows, 30, eos, batch_size)
    assert made == generate(model, rows, 30, eos)
    assert {m.stop for m in made} >= {"eos", "budget", "context"}


def test_what_greedy_decoding_refuses_is_refused(model: Model) -> None:
    for prompt in ([], [0] * (model.config.context_len + 1)):
        with pytest.raises(KernelError, match="generate_by, prompt 0"):
            generate_by(greatest, model, [prompt], 4, NEVER)


def test_draws_come_in_proportion_and_depend_on_stream_row_and_place_alone() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.2], np.float32))
    choose = drawn("a")
    counts = Counter(choose(row, (), logits) for row in range(3000))
    for token, share in enumerate((0.5, 0.3, 0.2)):
        assert abs(counts[token] / 3000 - share) < 0.04
    assert [choose(row, (), logits) for row in range(50)] == [
        drawn("a")(row, (), logits) for row in range(50)
    ]
    assert [choose(0, [0] * n, logits) for n in range(50)] != [
        drawn("b")(0, [0] * n, logits) for n in range(50)
    ]
    cold = drawn("a", temperature=0.01)
    assert {cold(row, (), logits) for row in range(50)} == {0}


def test_the_mask_lets_exactly_the_document_through(
    language: BundleLanguage, tokenizer: Tokenizer
) -> None:
    """At each place every token that the language refuses is passed over, however likely."""
    choose = within_grammar(language, tokenizer)
    ids = tokenizer.encode(BUNDLE)
    for at, right in enumerate([*ids, EOS_ID]):
        said = ids[:at]
        z = np.zeros(tokenizer.vocab_size, np.float32)
        z[right] = 1.0
        assert choose(0, said, z) == right
        # A tag that cannot stand here, text, and an early end are likelier, and are not said.
        z[tokenizer.encode("[family:memory_map]" if at != 2 else "[tone:blue]")] = 3.0
        z[tokenizer.encode("x")] = 4.0
        if right != EOS_ID:
            z[EOS_ID] = 5.0
        assert choose(0, said, z) == right


def test_random_logits_end_in_a_document(language: BundleLanguage, tokenizer: Tokenizer) -> None:
    rng = np.random.default_rng(5)
    choose = within_grammar(language, tokenizer)
    for _ in range(10):
        said: list[int] = []
        while (token := choose(0, said, rng.normal(size=tokenizer.vocab_size))) != EOS_ID:
            said.append(token)
            assert len(said) < 60
        assert language.serialize(language.parse(tokenizer.decode(said))) == tokenizer.decode(said)
