"""What the tokenizer gate measures: byte-exact text, whole control atoms, no control in payload."""

from __future__ import annotations

import re

from contracts.errors import TokenizerError
from engine.tokenizer import any_of
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict

_TAG = re.compile(r"\[[^\[\]]*\]")


@check("tokenizer")
def text_comes_back_byte_for_byte(rung: RungEvidence) -> Verdict:
    """Every prompt and target, training and probe, survives encoding and decoding."""
    faults = []
    tokenizer = rung.stages.tokenizer
    texts = {text for row in (*rung.rows, *rung.probe_rows) for text in (row.prompt, row.target)}
    for text in sorted(texts):
        try:
            if tokenizer.decode(tokenizer.encode(text)) != text:
                faults.append(f"{text!r} comes back changed")
        except TokenizerError as error:
            faults.append(str(error))
    return judged(
        "tokenizer",
        "text_comes_back_byte_for_byte",
        faults,
        len(texts),
        f"{len(texts)} texts, every one",
        "Extend the alphabet or mend the rows",
    )


@check("tokenizer")
def control_tags_are_atoms_and_payloads_are_not(rung: RungEvidence) -> Verdict:
    """Each tag, or what is reserved of it, is one token; no prose nor picture's words hold one."""
    tokenizer = rung.stages.tokenizer
    found = tokenizer.atomicity_faults(rung.stages.closed_vocabulary, _payloads(rung))
    faults = [f"{fault.token!r}: found {fault.found}; expected {fault.expected}" for fault in found]
    return judged(
        "tokenizer",
        "control_tags_are_atoms_and_payloads_are_not",
        faults,
        len(rung.stages.closed_vocabulary),
        f"{len(rung.stages.closed_vocabulary)} {rung.contract.tokenizer.atoms}, each one token",
        "Train the tokenizer with exactly the closed vocabulary as control atoms",
    )


def _payloads(rung: RungEvidence) -> set[str]:
    """Stretches of text that are no control: prose in prompts, and the words of pictures."""
    others = [atom for atom in rung.stages.closed_vocabulary if not _TAG.fullmatch(atom.strip())]
    control = re.compile("|".join([_TAG.pattern, *([any_of(others).pattern] if others else [])]))
    words = {part for row in (*rung.rows, *rung.probe_rows) for part in control.split(row.prompt)}
    for topic in {row.topic for row in (*rung.rows, *rung.probe_rows)}:
        words |= set(rung.representation.payloads(topic))
    return {word.strip() for word in words if word.strip()}


@check("tokenizer")
def control_tokens_in_plain_text_are_refused(rung: RungEvidence) -> Verdict:
    """Each atom and system token, spelled inside a payload, is refused."""
    tokenizer = rung.stages.tokenizer
    tokens = tokenizer.pieces[: 4 + len(tokenizer.atoms)]
    faults = []
    for token in tokens:
        try:
            tokenizer.encode_plain(f"a note about {token} in words")
        except TokenizerError:
            continue
        faults.append(f"{token!r} passes as plain text")
    return judged(
        "tokenizer",
        "control_tokens_in_plain_text_are_refused",
        faults,
        len(tokens),
        f"all {len(tokens)} are refused",
        "Mend Tokenizer.encode_plain",
    )


@check("tokenizer")
def training_it_again_gives_the_same_bytes(rung: RungEvidence) -> Verdict:
    """The tokenizer follows from its contract and rows alone."""
    owner = rung.tokenizer_owner
    again = owner.train_tokenizer()
    faults = []
    if again.digest != rung.stages.tokenizer.digest:
        faults.append(f"found {again.digest[:12]}…, kept {rung.stages.tokenizer.digest[:12]}…")
    return judged(
        "tokenizer",
        "training_it_again_gives_the_same_bytes",
        faults,
        1,
        f"sha256 {again.digest[:12]}…, trained by {owner.run}",
        "Delete the stored tokenizer, or name the run that trained it in frozen_from",
    )


@check("tokenizer")
def rows_and_answers_fit(rung: RungEvidence) -> Verdict:
    """No row exceeds the context and no expected answer the decode budget: nothing is truncated."""
    context, budget = rung.contract.model.context_len, rung.contract.eval.max_new_tokens
    faults = []
    rows = (*rung.rows, *rung.probe_rows)
    for row, (tokens, start) in zip(rows, rung.row_sizes, strict=True):
        if tokens > context:
            faults.append(f"{row.id} has {tokens} tokens, context {context}")
        if tokens - start > budget:
            faults.append(f"{row.id} has {tokens - start} answer tokens, decode budget {budget}")
        if start + budget > context:
            faults.append(f"{row.id}: prompt of {start} leaves no room for {budget} new tokens")
    return judged(
        "tokenizer",
        "rows_and_answers_fit",
        faults,
        len(rows),
        f"context {context}, decode budget {budget}",
        "Raise model.context_len or eval.max_new_tokens",
    )
