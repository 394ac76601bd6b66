"""Answers the same probes without a model, from training rows only.

A task that one of these rules solves is a copying or look-up task; the table beside the model's
rates says so. A baseline sees the prompt of a case and nothing else of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.errors import LanguageError
from engine.dsl.lexer import scan
from engine.dsl.protocol import Language
from probes.cases import Case, Row, splits_of
from probes.responses import Response
from probes.score import Compile, Scorer
from probes.statistics import Rate, rate

RENAMES: Mapping[str, str] = {"layout": "family"}
_WORD = re.compile(r"[a-z0-9_]+")
_TAG = re.compile(r"\[[^\[\]]*\]")
_PHRASE_WORDS_MAX = 4


class Baseline(Protocol):
    """A rule that answers a prompt."""

    def answer(self, prompt: str) -> str:
        """Answer to one prompt."""


@dataclass(frozen=True)
class BaselineRow:
    """Exact answers of one baseline on one split."""

    baseline: str
    split: str
    exact: Rate


class Empty:
    """Says nothing."""

    def answer(self, prompt: str) -> str:
        return ""


class MostFrequent:
    """Gives the most frequent training target; of equals, the first in text order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._target = _most_common(Counter(target for _, target in rows))

    def answer(self, prompt: str) -> str:
        return self._target


class Echo:
    """Puts the prompt between opening and closing tag."""

    def __init__(self, language: Language[Any]) -> None:
        self._language = language

    def answer(self, prompt: str) -> str:
        return f"{self._language.opening_tag} {prompt} {self._language.closing_tag}"


class NearestRow:
    """Gives the target of the training prompt that shares most tags and words (Jaccard).

    A verbatim prompt wins; of equals, the target most frequent in training, then text order.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        frequency = Counter(target for _, target in rows)
        self._rows = sorted(set(rows), key=lambda row: (-frequency[row[1]], row))
        self._verbatim: dict[str, str] = {}
        for prompt, target in self._rows:
            self._verbatim.setdefault(prompt, target)
        sets = [set(_tokens(prompt)) for prompt, _ in self._rows]
        names = sorted(set().union(*sets)) if sets else []
        self._column = {token: column for column, token in enumerate(names)}
        self._holds: NDArray[np.float32] = np.zeros((len(sets), len(names)), np.float32)
        for line, tokens in enumerate(sets):
            self._holds[line, [self._column[token] for token in tokens]] = 1
        self._sizes = self._holds.sum(axis=1)

    def answer(self, prompt: str) -> str:
        if prompt in self._verbatim or not self._rows:
            return self._verbatim.get(prompt, "")
        tokens = set(_tokens(prompt))
        columns = [self._column[token] for token in tokens if token in self._column]
        shared = self._holds[:, columns].sum(axis=1)
        union = np.maximum(self._sizes + len(tokens) - shared, 1)
        # argmax takes the first of equals, and the rows are sorted by preference.
        return self._rows[int(np.argmax(shared / union))][1]


class RenameAndEcho:
    """Renames prompt tags (layout to family) and copies those of the language in target order.

    Target order is read off the training targets: the field sequence that shares most fields
    with the copied tags. Nothing is invented, so a prompt without all fields gets no document.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        language: Language[Any],
        renames: Mapping[str, str] = RENAMES,
    ) -> None:
        self._language = language
        self._renames = renames
        self._atoms = set(language.control_atoms())
        shapes = Counter(
            tuple(tag.name for tag in scan(target) if tag.value is not None)
            for target in (target for _, target in rows)
        )
        self._shapes = sorted(shapes, key=lambda shape: (-shapes[shape], shape))

    def answer(self, prompt: str) -> str:
        copied: dict[str, str] = {}
        for tag in scan(prompt):
            name = self._renames.get(tag.name, tag.name)
            text = f"[{name}:{tag.value}]"
            if tag.value is not None and text in self._atoms:
                copied.setdefault(name, text)
        shape = max(
            self._shapes,
            key=lambda names: (len(copied.keys() & set(names)), -len(set(names) - copied.keys())),
            default=tuple(copied),
        )
        body = [copied[name] for name in shape if name in copied]
        return " ".join([self._language.opening_tag, *body, self._language.closing_tag])


class TopicTable:
    """Looks one clue of the prompt up: the tag, word or phrase that best fixes the target.

    The clue is learned: for each feature the share of training rows in which its most common
    target stands, damped by one so that rare features lose. A prompt that spells a whole document
    is echoed. A tag's value counts as a phrase too, so "arena guard flow" matches
    [topic:arena_guard_flow].
    """

    def __init__(self, rows: Sequence[Row], language: Language[Any]) -> None:
        self._language = language
        self._echo = RenameAndEcho(rows, language)
        self._fallback = _most_common(Counter(target for _, target in rows))
        targets: dict[str, Counter[str]] = defaultdict(Counter)
        for prompt, target in rows:
            for feature in _features(prompt):
                targets[feature][target] += 1
        self._table: dict[str, tuple[float, int, str]] = {}
        for feature, counted in targets.items():
            best = _most_common(counted)
            total = counted.total()
            self._table[feature] = (counted[best] / (total + 1), total, best)

    def answer(self, prompt: str) -> str:
        echoed = self._echo.answer(prompt)
        try:
            self._language.parse(echoed)
        except LanguageError:
            known = [feature for feature in _features(prompt) if feature in self._table]
            if not known:
                return self._fallback
            clue = max(known, key=lambda feature: (self._table[feature][:2], feature))
            return self._table[clue][2]
        return echoed


def fit_baselines(rows: Sequence[Row], language: Language[Any]) -> dict[str, Baseline]:
    """Every baseline by name, fitted on (prompt, target) training rows."""
    return {
        "empty": Empty(),
        "most_frequent": MostFrequent(rows),
        "nearest_row": NearestRow(rows),
        "echo": Echo(language),
        "rename_and_echo": RenameAndEcho(rows, language),
        "topic_table": TopicTable(rows, language),
    }


def baseline_table(
    cases: Sequence[Case],
    rows: Sequence[Row],
    language: Language[Any],
    compile: Compile,
) -> tuple[BaselineRow, ...]:
    """Exact rate of every baseline on every split, through the scorer that judges the model."""
    scorer = Scorer(language, compile)
    table = []
    for name, baseline in fit_baselines(rows, language).items():
        exact: Counter[str] = Counter()
        answers: dict[str, str] = {}
        for case in cases:
            if case.prompt not in answers:
                answers[case.prompt] = baseline.answer(case.prompt)
            response = Response(case.id, case.prompt_sha256, answers[case.prompt], None, "eos")
            exact[case.split] += scorer.score(case, response).exact
        sizes = Counter(case.split for case in cases)
        table += [
            BaselineRow(name, split, rate(exact[split], sizes[split])) for split in splits_of(cases)
        ]
    return tuple(table)


def _most_common(counted: Counter[str]) -> str:
    return min(counted, key=lambda text: (-counted[text], text), default="")


def _tokens(prompt: str) -> list[str]:
    """Tags as they stand, and the lower-case words outside tags."""
    return _TAG.findall(prompt) + _WORD.findall(_TAG.sub(" ", prompt).lower())


def _features(prompt: str) -> set[str]:
    """Tags, values of tags, words, and phrases of up to four words joined by '_'."""
    tags = scan(prompt)
    features = {tag.text for tag in tags}
    features |= {tag.value for tag in tags if tag.value is not None}
    words = _WORD.findall(_TAG.sub(" ", prompt).lower())
    for size in range(1, _PHRASE_WORDS_MAX + 1):
        features |= {"_".join(words[i : i + size]) for i in range(len(words) - size + 1)}
    return features
