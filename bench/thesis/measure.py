"""Measures what a representation costs to learn: `python -m bench.thesis.measure [NAMES]`.

Every representation is asked the same held-out cases at the same points of its training: the same
model, rate, seed, rows and tokens an update. The rate is constant after a warm-up, so that a point
does not know how far training will go. A representation is learned at the first point where 95 % of
the cases are exact: the whole raw answer is the expected text, ended by the model itself. Its
training stops there, or at the last point.

A tokenizer is trained for each: the tags of prompt and language are atoms, and the rest is ordinary
BPE over the first targets. Minutes are those of one thread of this machine's processor, without
evaluation, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.record import describe_machine
from bench.thesis import task
from bench.thesis.spellings import Representation, representations
from contracts.errors import ProbegateError
from contracts.loading import digest
from contracts.models import Stage, Training
from engine import kernels
from engine.decode import generate
from engine.model import Model, ModelConfig
from engine.store import write_json
from engine.tokenizer import EOS_ID, Tokenizer
from engine.train import Example, Progress, train
from probes.statistics import rate

SCHEMA = "probegate.thesis.v1"
MEASURED = Path(__file__).resolve().parent / "measured"
LEARNED = 0.95
SEED = 42
VOCAB_SIZE = 1024
SHAPE = ModelConfig(VOCAB_SIZE, layers=3, embed_dim=128, hidden_dim=256, context_len=512)
"""The model, but that its vocabulary is as large as the tokenizer made it."""
_TOKENIZER_TARGETS = 400
RATE = 1e-3
TOKENS_PER_UPDATE = 1024
TOKENS_MOST = 2_500_000
_FIRST_POINT, _GROWTH = 30_000, 1.3


def points() -> Iterator[int]:
    """Tokens at which the cases are asked: each point is 1.3 times as far as the one before."""
    at = float(_FIRST_POINT)
    while at < TOKENS_MOST:
        yield int(round(at, -3))
        at *= _GROWTH
    yield TOKENS_MOST


def plan(row_tokens: float) -> Training:
    """How a representation whose rows have so many tokens is trained."""
    stage = Stage(tokens=TOKENS_MOST, rate_peak=RATE, loss="target", mixture={"panel": 100})
    return Training(
        seed=SEED,
        rows_per_batch=max(1, round(TOKENS_PER_UPDATE / row_tokens)),
        warmup_share=0.01,
        rate_floor_share=1.0,
        weight_decay=0.01,
        clip_norm=1.0,
        stages={"pretrain": stage},
    )


class Enough(Exception):
    """Training need not go on."""


class Curve:
    """Asks the cases at the points of a training, and keeps what it cost to get there."""

    def __init__(
        self, model: Model, ask: Callable[[Model], int], tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self.found: list[dict[str, Any]] = []
        self._model, self._ask, self._tell = model, ask, tell
        self._left = list(points())
        self._seconds = 0.0
        self._since = time.process_time()

    def __call__(self, progress: Progress) -> None:
        """After an update; raises Enough at the point where the cases are learned."""
        self._seconds += time.process_time() - self._since
        if progress.tokens >= self._left[0]:
            self._left = [at for at in self._left if at > progress.tokens]
            exact = self._ask(self._model)
            point = {
                "tokens": progress.tokens,
                "minutes": round(self._seconds / 60, 2),
                "exact": exact,
            }
            self.found.append(point)
            self._tell(point)
            if exact >= LEARNED * task.CASES or not self._left:
                raise Enough
        self._since = time.process_time()


def promise(one: Representation) -> str:
    """Digest of all that a record rests on, but for kernels and machine."""
    texts = [[a.prompt, one.spell(a.panel)] for a in (*task.rows(), *task.cases())]
    settings = [asdict(SHAPE), _TOKENIZER_TARGETS, LEARNED, list(points())]
    return digest([settings, plan(1).model_dump(mode="json"), TOKENS_PER_UPDATE, texts])


def tokenizer_for(one: Representation, answers: Sequence[str]) -> Tokenizer:
    """The tokenizer of a representation: its tags whole, merges from the first answers."""
    atoms = tuple(dict.fromkeys((*one.language.control_atoms(), *task.prompt_atoms())))
    return Tokenizer.train("ascii_bpe", VOCAB_SIZE, atoms, answers[:_TOKENIZER_TARGETS])


def measure(one: Representation, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The record of a representation."""
    asked = {"rows": task.rows(), "cases": task.cases()}
    answers = {name: [one.spell(a.panel) for a in part] for name, part in asked.items()}
    tokenizer = tokenizer_for(one, answers["rows"])
    encoded = {
        name: [
            tokenizer.encode_row(a.prompt, answer)
            for a, answer in zip(part, answers[name], strict=True)
        ]
        for name, part in asked.items()
    }
    examples = [Example(tuple(ids), start) for ids, start in encoded["rows"]]
    prompts = [ids[:start] for ids, start in encoded["cases"]]
    longest = max(len(ids) - start for ids, start in encoded["cases"])
    row_tokens = sum(len(example.ids) for example in examples) / len(examples)
    training = plan(row_tokens)
    model = Model.initialise(replace(SHAPE, vocab_size=tokenizer.vocab_size), seed=SEED)

    def ask(trained: Model) -> int:
        # Room for one token more than the longest answer: an answer that does not end is no answer.
        found = generate(trained, prompts, max_new=longest + 1, eos=EOS_ID)
        texts = [tokenizer.decode(answer.tokens) for answer in found]
        return sum(
            answer.stop == "eos" and text == wanted
            for answer, text, wanted in zip(found, texts, answers["cases"], strict=True)
        )

    curve = Curve(model, ask, tell)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Enough):
        train(model, training, {"panel": examples}, examples[:1], Path(folder), curve)
    last = curve.found[-1]
    interval = rate(last["exact"], task.CASES).interval
    sizes = [len(ids) - start for ids, start in encoded["cases"]]
    return {
        "schema": SCHEMA,
        "representation": one.name,
        "spec": one.spec,
        "promise": promise(one),
        "vocabulary": tokenizer.vocab_size,
        "parameters": int(model.flat.size),
        "rows_per_update": training.rows_per_batch,
        "row_tokens": round(row_tokens, 1),
        "answer_tokens": round(sum(sizes) / len(sizes), 1),
        "answer_tokens_most": max(sizes),
        "cases": task.CASES,
        "learned": last if last["exact"] >= LEARNED * task.CASES else None,
        "interval": [round(interval.low, 4), round(interval.high, 4)],
        "points": curve.found,
        "machine": describe_machine(os.getloadavg()[0], kernels.isa(), kernels.build_info()),
    }


def measured(one: Representation) -> dict[str, Any]:
    """The record of a representation; its points are told on stderr as they come."""
    bar: Any = tqdm(total=TOKENS_MOST, desc=one.name, disable=None)

    def tell(point: dict[str, Any]) -> None:
        bar.update(point["tokens"] - bar.n)
        bar.set_postfix_str(f"{point['exact']} of {task.CASES} exact")
        if bar.disable:
            print(one.name, *(f"{k}={v}" for k, v in point.items()), file=sys.stderr)

    with bar:
        return measure(one, tell)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line names, each into a record of its own."""
    known = representations()
    parser = argparse.ArgumentParser(
        prog="python -m bench.thesis.measure",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(known)}; default all")
    parser.add_argument("--out", type=Path, default=MEASURED, metavar="DIR")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"found {', '.join(unknown)}; expected some of {', '.join(known)}")
    os.environ["PROBEGATE_THREADS"] = "1"
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.names or known:
        try:
            record = measured(known[name])
        except ProbegateError as error:
            print(error, file=sys.stderr)
            return 1
        write_json(given.out / f"{name}.json", record)
        print(f"{name} learned={record['learned']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
