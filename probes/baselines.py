"""Answers the same probes without a model, from training rows only.

A task that one of these rules solves is a copying or look-up task; the table beside the model's
rates says so. A baseline sees the prompt of a case and nothing else of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.errors import LanguageError
from engine.dsl.lexer import TAG, scan
from engine.dsl.protocol import Language, split_document
from probes.cases import Case, Row, splits_of
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
        self._verbatim: dict[str, Row] = {}
        holders: dict[str, list[int]] = defaultdict(list)
        sizes = []
        for line, (prompt, target) in enumerate(self._rows):
            self._verbatim.setdefault(prompt, (prompt, target))
            tokens = set(_tokens(prompt))
            sizes.append(len(tokens))
            for token in tokens:
                holders[token].append(line)
        self._holders = {token: np.array(lines, np.int32) for token, lines in holders.items()}
        self._sizes: NDArray[np.int64] = np.array(sizes, np.int64)
        self._nearest: dict[str, Row] = {}

    def row(self, prompt: str) -> Row:
        """The nearest row; two empty texts when there is none."""
        if prompt in self._verbatim or not self._rows:
            return self._verbatim.get(prompt, ("", ""))
        if prompt not in self._nearest:
            tokens = set(_tokens(prompt))
            known = [self._holders[token] for token in tokens if token in self._holders]
            lines = np.concatenate(known) if known else np.zeros(0, np.int32)
            shared = np.bincount(lines, minlength=len(self._rows))
            union = np.maximum(self._sizes + len(tokens) - shared, 1)
            # argmax takes the first of equals, and the rows are sorted by preference.
            self._nearest[prompt] = self._rows[int(np.argmax(shared / union))]
        return self._nearest[prompt]

    def answer(self, prompt: str) -> str:
        return self.row(prompt)[1]


class TemplateSplice:
    """Takes the nearest row's target for a template and writes the new prompt's values into it.

    A value of the row's prompt gives way to the one that the new prompt has under the same tag, and
    a word to the one in its place: in tags of the same (or a renamed) name where the target has
    such a tag, else wherever it stands. It solves "the style of one row on the scene of another".
    """

    def __init__(self, nearest: NearestRow, renames: Mapping[str, str] = RENAMES) -> None:
        self._nearest = nearest
        self._renames = renames

    def answer(self, prompt: str) -> str:
        known, template = self._nearest.row(prompt)
        before, after = _values(known), _values(prompt)
        in_tags: dict[str, str] = {}
        anywhere: dict[str, str] = {}
        for name in before.keys() & after.keys():
            old, new = before[name], after[name]
            names = [n for n in (name, self._renames.get(name, name)) if f"[{n}:{old}]" in template]
            in_tags |= {f"[{n}:{old}]": f"[{n}:{new}]" for n in names}
            if old != new and not names:
                anywhere[old] = new
        for old, new in _word_pairs(known, prompt):
            anywhere.setdefault(old, new)
        return _replaced(template, in_tags, anywhere)


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
            tuple(name for _, name, value in TAG.findall(target) if value)
            for target in (target for _, target in rows)
        )
        # Of sequences of the same fields only the first can be chosen: of many thousands some
        # hundreds are left.
        self._shapes: dict[frozenset[str], tuple[str, ...]] = {}
        for shape in sorted(shapes, key=lambda shape: (-shapes[shape], shape)):
            self._shapes.setdefault(frozenset(shape), shape)

    def answer(self, prompt: str) -> str:
        copied: dict[str, str] = {}
        for tag in scan(prompt):
            for name in (tag.name, self._renames.get(tag.name, tag.name)):
                text = f"[{name}:{tag.value}]"
                if tag.value is not None and text in self._atoms:
                    copied.setdefault(name, text)
                    break
        fields = max(
            self._shapes,
            key=lambda names: (len(copied.keys() & names), -len(names - copied.keys())),
            default=frozenset(copied),
        )
        order = self._shapes.get(fields, tuple(copied))
        body = [copied[name] for name in order if name in copied]
        return " ".join([self._language.opening_tag, *body, self._language.closing_tag])


class TopicTable:
    """Looks one clue of the prompt up: the tag, word or phrase that best fixes the target.

    The clue is learned: for each feature the share of training rows in which its most common
    target stands, damped by one so that rare features lose. A prompt that spells a whole document
    is echoed. A tag's value counts as a phrase too, so "arena guard flow" matches
    [topic:arena_guard_flow].
    """

    def __init__(
        self, rows: Sequence[Row], language: Language[Any], echo: RenameAndEcho | None = None
    ) -> None:
        self._language = language
        self._echo = echo or RenameAndEcho(rows, language)
        frequency = Counter(target for _, target in rows)
        self._fallback = _most_common(frequency)
        # Targets of one row alone are most of a large corpus: of these a clue needs but the first,
        # which is the last one written where the rows come in falling order.
        targets: dict[str, Counter[str]] = defaultdict(Counter)
        totals: Counter[str] = Counter()
        single: dict[str, str] = {}
        for prompt, target in sorted(rows, key=lambda row: row[1], reverse=True):
            features = _features(prompt)
            totals.update(features)
            if frequency[target] == 1:
                single.update(dict.fromkeys(features, target))
                continue
            for feature in features:
                targets[feature][target] += 1
        self._table: dict[str, tuple[float, int, str]] = {}
        for feature, total in totals.items():
            counted = targets[feature]
            if feature in single:
                counted[single[feature]] = 1
            best = _most_common(counted)
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
    nearest = NearestRow(rows)
    renamed = RenameAndEcho(rows, language)
    return {
        "empty": Empty(),
        "most_frequent": MostFrequent(rows),
        "nearest_row": nearest,
        "template_splice": TemplateSplice(nearest),
        "echo": Echo(language),
        "rename_and_echo": renamed,
        "topic_table": TopicTable(rows, language, renamed),
    }


def baseline_table(
    cases: Sequence[Case], rows: Sequence[Row], language: Language[Any]
) -> tuple[BaselineRow, ...]:
    """Exact rate of every baseline on every split.

    Exact is as the scorer has it, the document being the expected text: that such a document can
    be drawn is the compiler gate's to say, so nothing is drawn here.
    """
    sizes = Counter(case.split for case in cases)
    table = []
    for name, baseline in fit_baselines(rows, language).items():
        exact: Counter[str] = Counter()
        answers: dict[str, str] = {}
        for case in cases:
            if case.prompt not in answers:
                given = split_document(language, baseline.answer(case.prompt))
                answers[case.prompt] = given[0] if given else ""
            exact[case.split] += answers[case.prompt] == case.expected
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
    # Without their objects: over a large corpus tags are read a million times.
    tags = [(tag.group(), tag["value"]) for tag in TAG.finditer(prompt)]
    features = {text for text, _ in tags}
    features |= {value for _, value in tags if value}
    words = _WORD.findall(_TAG.sub(" ", prompt).lower())
    for size in range(1, _PHRASE_WORDS_MAX + 1):
        features |= {"_".join(words[i : i + size]) for i in range(len(words) - size + 1)}
    return features


def _values(prompt: str) -> dict[str, str]:
    """First value of each tag of a prompt."""
    found: dict[str, str] = {}
    for tag in scan(prompt):
        if tag.value is not None:
            found.setdefault(tag.name, tag.value)
    return found


def _word_pairs(known: str, prompt: str) -> list[tuple[str, str]]:
    """Words of two prompts, outside tags, that stand in each other's place."""
    before, after = (_WORD.findall(_TAG.sub(" ", text).lower()) for text in (known, prompt))
    pairs: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "replace" and j - i == m - k:
            pairs += zip(before[i:j], after[k:m], strict=True)
    return pairs


def _replaced(text: str, in_tags: Mapping[str, str], anywhere: Mapping[str, str]) -> str:
    """The text with whole tags and whole words replaced, all at once."""
    tags = "|".join(map(re.escape, in_tags))
    words = "|".join(map(re.escape, sorted(anywhere, key=len, reverse=True)))
    parts = [tags] * bool(tags) + [rf"(?<![A-Za-z0-9_])(?:{words})(?![A-Za-z0-9_])"] * bool(words)
    if not parts:
        return text
    table = {**anywhere, **in_tags}
    return re.sub("|".join(parts), lambda match: table[match.group()], text)
