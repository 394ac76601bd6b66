"""Greedy decoding with a key/value cache, many prompts at once.

Prompts go through the same packed forward pass as training rows and leave their keys and values
in the cache; then every live row takes one token a round. A row's tokens do not depend on which
rows share its batch, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from contracts.errors import KernelError
from engine import kernels
from engine.kernels import FloatArray, ints
from engine.model import Model
from engine.workspace import check_pass

Stop = Literal["eos", "budget", "context"]
_STOPS: tuple[Stop, ...] = ("eos", "budget", "context")
# Prompt tokens that pass forward together: enough for full speed, few enough to stay small.
_PREFILL_TOKENS = 4096


@dataclass(frozen=True)
class Generation:
    """Generated ids without the end-of-sequence id, and why generation stopped."""

    tokens: list[int]
    stop: Stop


@dataclass(frozen=True, eq=False)
class _Cache:
    """A `pg_cache *` and the memory it points into."""

    pointer: Any
    memory: Any


def generate(
    model: Model, prompts: Sequence[Sequence[int]], max_new: int, eos: int, batch_size: int = 256
) -> list[Generation]:
    """Continue each prompt greedily until `eos`, `max_new` tokens or the end of the context.

    Equal logits go to the lowest id. Raises KernelError for an empty prompt, one longer than the
    context, or an id outside the vocabulary.
    """
    if max_new < 1 or batch_size < 1:
        raise KernelError("generate", f"max_new {max_new}, batch_size {batch_size}", "at least 1")
    for at, prompt in enumerate(prompts):
        if not 1 <= len(prompt) <= model.config.context_len:
            raise KernelError(
                f"generate, prompt {at}",
                f"{len(prompt)} tokens",
                f"1 to context_len = {model.config.context_len}",
            )
    model.pack()
    done: list[Generation] = []
    for at in range(0, len(prompts), batch_size):
        done += _generate_batch(model, prompts[at : at + batch_size], max_new, eos)
    return done


def _generate_batch(
    model: Model, prompts: Sequence[Sequence[int]], max_new: int, eos: int
) -> list[Generation]:
    rows = len(prompts)
    lengths = np.array([len(prompt) for prompt in prompts], np.int32)
    cache = new_cache(model, rows, min(model.config.context_len, int(lengths.max()) + max_new))
    first = prompt_logits(model, prompts, cache).argmax(axis=1).astype(np.int32)
    slots = np.arange(rows, dtype=np.int32)
    out = np.zeros((rows, max_new), np.int32)
    count, stop = np.zeros(rows, np.int32), np.zeros(rows, np.int32)
    arena, plan = _decode_arena(model, rows)
    status = model.kernels.generate(
        model.c_model(), arena, cache.pointer, rows, ints(first), ints(lengths), ints(slots),
        max_new, eos, ints(out), ints(count), ints(stop),
    )
    check_pass(status, "generate", arena, plan)
    return [
        Generation(out[row, : count[row]].tolist(), _STOPS[stop[row]]) for row in range(rows)
    ]


def prompt_logits(model: Model, prompts: Sequence[Sequence[int]], cache: _Cache) -> FloatArray:
    """Put every prompt into its slot; returns the logits of each row's first generated token."""
    first: list[FloatArray] = []
    at = 0
    while at < len(prompts):
        end, size = at + 1, len(prompts[at])
        while end < len(prompts) and size + len(prompts[end]) <= _PREFILL_TOKENS:
            size += len(prompts[end])
            end += 1
        part = prompts[at:end]
        row_starts = np.cumsum([0, *(len(prompt) for prompt in part)], dtype=np.int32)
        logits = np.empty((len(part), model.config.vocab_size), np.float32)
        model.run_forward(
            np.concatenate([np.asarray(prompt, np.int32) for prompt in part]),
            row_starts,
            row_starts[1:] - 1,
            starts=np.zeros(len(part), np.int32),
            slots=np.arange(at, end, dtype=np.int32),
            cache=cache.pointer,
            logits=logits,
        )
        first.append(logits)
        at = end
    return np.concatenate(first)


def teacher_forced_logits(
    model: Model, tokens: Sequence[int], prefill: int | None = None
) -> FloatArray:
    """Logits (len(tokens), vocab_size) by the path of decoding: a prompt, then token by token.

    The first `prefill` tokens (default: half of them) enter as a prompt, each later one alone
    against the cache. Equal to `Model.forward` of the same row to the bit.
    """
    if not 1 <= len(tokens) <= model.config.context_len:
        raise KernelError(
            "teacher_forced_logits", f"{len(tokens)} tokens", f"1 to {model.config.context_len}"
        )
    head = max(1, len(tokens) // 2) if prefill is None else prefill
    if not 1 <= head <= len(tokens):
        raise KernelError("teacher_forced_logits, prefill", str(head), f"1 to {len(tokens)}")
    ids = np.asarray(tokens, np.int32)
    cache = new_cache(model, 1, ids.size)
    logits = np.empty((ids.size, model.config.vocab_size), np.float32)
    model.pack()
    edges = [0, *range(head, ids.size + 1)]
    for start, end in pairwise(edges):
        model.run_forward(
            ids[start:end],
            np.array([0, end - start], np.int32),
            np.arange(end - start, dtype=np.int32),
            starts=np.array([start], np.int32),
            slots=np.zeros(1, np.int32),
            cache=cache.pointer,
            logits=logits[start:end],
        )
    return logits


def new_cache(model: Model, slots: int, capacity: int) -> _Cache:
    """An empty cache of `slots` rows of `capacity` tokens each."""
    size = int(kernels.lib.pg_cache_bytes(model.c_config(), slots, capacity))
    memory = kernels.aligned_bytes(size)
    pointer = kernels.ffi.new(
        "pg_cache *",
        {
            "memory": kernels.ffi.cast("float *", memory.ctypes.data),
            "slots": slots,
            "capacity": capacity,
        },
    )
    return _Cache(pointer, memory)


def _decode_arena(model: Model, rows: int) -> tuple[Any, Any]:
    widest = kernels.ffi.new(
        "pg_batch *", {"tokens": rows, "rows": rows, "longest": 1, "selected": rows}
    )
    head = int(kernels.lib.pg_decode_bytes(rows, model.config.vocab_size))
    return model.arena_for(widest, keep=False, head_bytes=head)
