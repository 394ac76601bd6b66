"""Decoding by other rules than the greedy one, a token a round in Python: for diagnostics only.

What promotes is `engine.decode.generate`. Here every round's logits go through a choice of the
caller's, so that a mask or a draw can be tried on trained weights; choosing the greatest logit
gives the answers of `generate`, token for token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from contracts.errors import KernelError, LanguageError
from engine.curriculum.rows import item_rng
from engine.decode import Generation, Stop, new_cache, prompt_logits
from engine.dsl.protocol import Language
from engine.kernels import FloatArray
from engine.model import Model
from engine.tokenizer import EOS_ID, Tokenizer

Choose = Callable[[int, Sequence[int], FloatArray], int]
"""Row number, the tokens that it has said, logits (vocab_size,): the next token."""


def greatest(row: int, said: Sequence[int], logits: FloatArray) -> int:
    """The greatest logit, the lowest id among equals."""
    return int(logits.argmax())


def drawn(stream: str, temperature: float = 1.0) -> Choose:
    """A draw in proportion to exp(logit / temperature); it depends on stream, row and place."""

    def choose(row: int, said: Sequence[int], logits: FloatArray) -> int:
        scaled = logits.astype(np.float64) / temperature
        shares = np.exp(scaled - scaled.max()).cumsum()
        at = item_rng(f"{stream}/{row}", len(said)).random() * shares[-1]
        return min(int(np.searchsorted(shares, at, side="right")), logits.size - 1)

    return choose


def within_grammar(language: Language[object], tokenizer: Tokenizer) -> Choose:
    """The greatest logit among tokens after which the text can still become a document.

    For a language whose every tag is one token: a tag in pieces is never let through. Its own
    parser decides: a text can go on when it is refused at its end, not before. End-of-sequence
    comes only after a whole document, and then nothing else does. Where nothing may follow, the
    greatest logit stands.
    """

    @cache
    def state(text: str) -> str:
        """ "whole", "open" (can go on) or "dead"."""
        try:
            language.parse(text)
        except LanguageError as error:
            return "open" if error.position >= len(text) else "dead"
        return "whole"

    def allowed(said: tuple[int, ...], token: int) -> bool:
        text = tokenizer.decode(said)
        if token == EOS_ID:
            return state(text) == "whole"
        longer = tokenizer.decode([*said, token])
        if longer.endswith(" "):  # one space, between two tags
            return longer == f"{text} " and bool(text.strip()) and not text.endswith(" ")
        return state(longer) != "dead"

    def choose(row: int, said: Sequence[int], logits: FloatArray) -> int:
        so_far = tuple(said)
        if so_far and state(tokenizer.decode(so_far)) == "whole":
            return EOS_ID
        order = np.argsort(-logits, kind="stable")
        return next((int(t) for t in order if allowed(so_far, int(t))), int(order[0]))

    return choose


def generate_by(
    choose: Choose,
    model: Model,
    prompts: Sequence[Sequence[int]],
    max_new: int,
    eos: int,
    batch_size: int = 256,
) -> list[Generation]:
    """Continue each prompt by `choose` until `eos`, `max_new` tokens or the end of the context.

    Raises KernelError for what `generate` refuses.
    """
    context = model.config.context_len
    for at, prompt in enumerate(prompts):
        if not 1 <= len(prompt) <= context:
            raise KernelError(
                f"generate_by, prompt {at}",
                f"{len(prompt)} tokens",
                f"1 to context_len = {context}",
            )
    model.pack()
    rows = [_Row(number, prompt) for number, prompt in enumerate(prompts)]
    for at in range(0, len(rows), batch_size):
        _continue(choose, model, rows[at : at + batch_size], max_new, eos)
    return [Generation(row.said, row.stop) for row in rows]


@dataclass
class _Row:
    """A prompt, its number among all, and what has been said after it."""

    number: int
    prompt: Sequence[int]
    said: list[int] = field(default_factory=list)
    stop: Stop = "eos"

    @property
    def size(self) -> int:
        return len(self.prompt) + len(self.said)


def _continue(choose: Choose, model: Model, rows: list[_Row], max_new: int, eos: int) -> None:
    context = model.config.context_len
    capacity = min(context, max(len(row.prompt) for row in rows) + max_new)
    held = new_cache(model, len(rows), capacity)
    logits = prompt_logits(model, [row.prompt for row in rows], held)
    live = list(enumerate(rows))
    while live:
        going = []
        for (slot, row), z in zip(live, logits, strict=True):
            token = choose(row.number, row.said, z)
            if token == eos:
                continue
            row.said.append(token)
            if len(row.said) == max_new:
                row.stop = "budget"
            elif row.size > context:  # no place left to feed this token from
                row.stop = "context"
            else:
                going.append((slot, row))
        live = going
        if live:
            edges = np.arange(len(live) + 1, dtype=np.int32)
            logits = np.empty((len(live), model.config.vocab_size), np.float32)
            model.run_forward(
                np.array([row.said[-1] for _, row in live], np.int32),
                edges,
                edges[:-1],
                starts=np.array([row.size - 1 for _, row in live], np.int32),
                slots=np.array([slot for slot, _ in live], np.int32),
                cache=held.pointer,
                logits=logits,
            )
