"""The table of the article's tables: each published figure beside ours, generated from records.

A line a figure that a contract says was published of its run. Ours is over the splits that stand
for the published ones, from raw greedy answers; the rule is the one that answers most of those
splits without a model. Two rates are level where their Wilson intervals overlap; a published rate
whose number of cases is not known is taken as it stands. `reports/ladder_page.py` writes the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.loading import ContractBook
from contracts.models import HELD_OUT, Published, SplitName
from gates.artifacts import markdown_table
from probes.statistics import Interval, Rate, rate, wilson
from reports import ladder

PAGE = ladder.FOLDER / "article.md"
_VISIBLE: tuple[SplitName, ...] = ("seen", "dev", "test")
_HIDDEN: tuple[SplitName, ...] = ("hidden_seen", "hidden_test")
# Published figure: our metric, and the splits that stand for the published ones.
_FIGURES: dict[str, tuple[str, tuple[SplitName, ...]]] = {
    "exact": ("exact", ("seen", *HELD_OUT)),
    "visible_exact": ("exact", _VISIBLE),
    "hidden_exact": ("exact", _HIDDEN),
    "renderable": ("renderable", ("seen", *HELD_OUT)),
}
VERDICTS = ("higher", "level", "lower", "not measured")

_HEAD = """\
# The article's figures, measured again

Written by `python -m reports.ladder_page` from the contracts, which hold what was published of each
run, and from the records beside it. *Ours* is over all cases of the splits that stand for the
published ones (trained prompts among them, where the published figure had some), from raw greedy
answers; intervals are Wilson's, at 95 %. *Best rule* answers the same cases without a model.
*Verdict* compares the two rates: level where the intervals overlap, else whether ours is higher or
lower. Most published runs differ from ours in more than the seed: cases, wordings, budget, often
the recipe; the notes in the contracts say how. Tokens are those that a run itself processed; the
published ones count padding, and some lines counted each row once for every epoch.

{standing}
"""


@dataclass(frozen=True)
class Line:
    """One published figure beside ours; None where nothing was measured or is known."""

    run: str
    figure: str
    published: float
    cases: int | None
    ours: Rate | None
    rule: tuple[str, Rate] | None
    found: str

    @property
    def interval(self) -> Interval:
        """Of the published rate: without a number of cases, the rate itself."""
        if not self.cases:
            return Interval(self.published, self.published)
        return wilson(min(self.cases, round(self.published * self.cases)), self.cases)

    @property
    def verdict(self) -> str:
        """How ours compares."""
        if self.ours is None:
            return "not measured"
        if self.ours.interval.low > self.interval.high:
            return "higher"
        return "lower" if self.ours.interval.high < self.interval.low else "level"


def lines(records: Mapping[str, Mapping[str, Any]], book: ContractBook) -> Iterator[Line]:
    """Every published rate, in the order of the contracts."""
    for run in book.names:
        published = book.contract(run).rung.published
        for figure in _FIGURES if published else ():
            value = getattr(published, figure)
            if value is not None:
                yield _line(run, figure, value, published, records.get(run))


def _line(
    run: str,
    figure: str,
    value: float,
    published: Published | None,
    record: Mapping[str, Any] | None,
) -> Line:
    assert published is not None  # a figure is one of its fields
    # Visible and hidden figures are over parts of the cases, whose sizes are not public.
    cases = published.cases if figure in ("exact", "renderable") else None
    found = "no record yet" if record is None else _found(record)
    metric, names = _FIGURES[figure]
    splits = [s for name, s in (record["splits"] if record else {}).items() if name in names]
    splits = [split for split in splits if metric in split["metrics"]]
    if not splits:
        return Line(run, figure, value, cases, None, None, found)
    asked = sum(split["n"] for split in splits)
    ours = rate(sum(split["metrics"][metric]["k"] for split in splits), asked)
    if metric != "exact":
        return Line(run, figure, value, cases, ours, None, found)
    rules = {name: sum(s["rules"][name] for s in splits) for name in splits[0]["rules"]}
    best = max(rules, key=lambda name: (rules[name], name))
    return Line(run, figure, value, cases, ours, (best, rate(rules[best], asked)), found)


def _found(record: Mapping[str, Any]) -> str:
    return f"red at {', '.join(record['red'])}" if record["red"] else "green"


def page(records: Mapping[str, Mapping[str, Any]], book: ContractBook) -> str:
    """The whole page."""
    told = list(lines(records, book))
    counted = Counter(line.verdict for line in told)
    summary = ", ".join(f"{counted[verdict]} {verdict}" for verdict in VERDICTS)
    standing = f"{len(told)} published rates of {len({line.run for line in told})} runs: {summary}."
    head = [
        "run", "figure", "published", "n", "its interval", "ours", "our interval",
        "best rule", "verdict", "gates",
    ]  # fmt: skip
    return (
        _HEAD.format(standing=standing)
        + "\n"
        + markdown_table(head, map(_rate_cells, told))
        + (
            "\n## Tokens\n\n"
            + markdown_table(["run", "published", "ours", "ratio"], _tokens(records, book))
        )
    )


def _rate_cells(line: Line) -> list[str]:
    shown = _interval(line.interval) if line.cases else "not known"
    ours, bounds, rule = "none", "none", "none"
    if line.ours is not None:
        ours, bounds = f"{line.ours.k}/{line.ours.n}", _interval(line.ours.interval)
    if line.rule is not None:
        rule = f"{line.rule[0]} {line.rule[1].value:.1%}" if line.rule[1].k else "0.0%"
    cases = str(line.cases) if line.cases else "not public"
    figures = [f"{line.published:.1%}", cases, shown, ours, bounds, rule]
    return [line.run, line.figure, *figures, line.verdict, line.found]


def _tokens(records: Mapping[str, Mapping[str, Any]], book: ContractBook) -> Iterator[list[str]]:
    """Published tokens beside those of our run itself."""
    for run in book.names:
        published = book.contract(run).rung.published
        training = records.get(run, {}).get("training")
        if published is not None and published.tokens and training:
            ours = training["tokens"]
            yield [run, f"{published.tokens:,}", f"{ours:,}", f"{ours / published.tokens:.2f}"]


def _interval(bounds: Interval) -> str:
    return f"{bounds.low:.1%} to {bounds.high:.1%}"
