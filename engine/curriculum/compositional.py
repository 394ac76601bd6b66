"""spec21: compositional routing; no field of a prompt fixes the answer, all of them together do.

A request names topic, goal, audience, mood, constraint and pack; the routebook
(contracts/routebook.py) has one right bundle for every combination, and a hint overrides one field
of it. Pairs of values are held out as wholes: no training row has a topic with a goal, or an
audience with a mood, or a goal with a pack, that a held-out split owns. Answers are dealt as well:
what a held-out or stretch surface asks for is no answer of any training row.

Four wordings: `tags` in any order; `told` in clauses of plain words; `wide`, such clauses, half of
them made up around their value; `hinted`, tags with one or two hints. `foreign` clauses belong to
the hidden splits, `strange` ones to a stretch split. The stretch surfaces keep to trained pairs and
ask for more than training shows, each in one way:

    triples    a topic, a constraint and a mood never seen together, though every pair of them was
    counts     a count asked for by a hint that no training row has
    longer     six hints and sentences, where training has three
    templates  sentences of another build
    typos      two letters changed about in two words
    conflicts  two hints that contradict each other, in fields where training never had any
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from random import Random

from contracts.families import STYLE_FIELDS, FamilyTable
from contracts.routebook import Routebook, routebook
from engine.curriculum.combinations import TRAIN, Combinations
from engine.curriculum.prompts import OUT, TASK, prompt, shuffled, tag
from engine.curriculum.rows import Draft
from engine.curriculum.sentences import made_up
from engine.dsl.bundle import Bundle, BundleLanguage

FIELDS = ("topic", "goal", "audience", "mood", "constraint", "pack")
PAIRS = (("topic", "goal"), ("audience", "mood"), ("goal", "pack"))
TRIPLE = ("topic", "constraint", "mood")
HELD_OUT = {"dev": 0.06, "test": 0.06, "hidden": 0.06}
ANSWERS = {"dev": 0.1, "test": 0.1, "hidden": 0.1, "stretch": 0.15}
"""Shares of all answers that are not for training."""
HELD_OUT_TRIPLES = {"triples": 0.1}
TAGS = {"pack": "content_pack"}
"""Prompt tags that are not called as the field is."""
SURE_HINTS, FRESH_HINTS = ("theme", "density"), ("tone", "background")
"""Style fields in which training has contradicting hints, and in which it has none."""

Clauses = Mapping[str, tuple[str, ...]]
CLAUSES: Clauses = {
    "topic": (
        "show {}", "the subject is {}", "it is about {}", "draw {}", "we look at {}",
        "take {} as subject",
    ),
    "goal": (
        "it has to {}", "help me to {}", "we want to {}", "its purpose is to {}", "use it to {}",
        "so that we can {}",
    ),
    "audience": (
        "for {}", "it is read by {}", "{} will see it", "made for {}", "the readers are {}",
        "we show it to {}",
    ),
    "mood": (
        "the mood is {}", "keep it {}", "it should feel {}", "speak in {} tones", "sound {}",
        "make it {}",
    ),
    "constraint": (
        "the room is {}", "space: {}", "leave it {}", "spacing {}", "it is set {}",
        "the page is {}",
    ),
    "pack": (
        "tell {}", "it gives {}", "we need {}", "with {}", "include {}", "write down {}",
    ),
}  # fmt: skip
FOREIGN: Clauses = {
    "topic": ("please picture {}", "our theme today: {}"),
    "goal": ("the aim is to {}", "people should be able to {}"),
    "audience": ("meant for {}", "it goes to {}"),
    "mood": ("let it appear {}", "a {} touch, please"),
    "constraint": ("the layout stays {}", "as to spacing, {}"),
    "pack": ("it contains {}", "limit it to {}"),
}
_STRANGE: Clauses = {
    "topic": ("Could {} be turned into a figure?", "Nobody has drawn {} yet."),
    "goal": ("How else would anyone {}?", "Somebody must {} by Monday."),
    "audience": ("Who asks? {}.", "Imagine {} in front of it."),
    "mood": ("Anything but dull: {}!", "Were it a voice, it would be {}."),
    "constraint": ("And the margins? {}.", "Nothing wider, nothing narrower than {}."),
    "pack": ("How much of it? {}.", "Whatever you do, not more and not less than {}."),
}
_MADE_UP_SHARE = 0.5
_CHOICES = 4
_ASIDES = (
    "Thank you.",
    "Use the table.",
    "One picture is enough.",
    "Keep to the rules.",
    "The order does not matter.",
    "Take your time.",
)


@dataclass(frozen=True)
class Request:
    """What a prompt asks for; of two hints of one field the last one counts."""

    topic: str
    goal: str
    audience: str
    mood: str
    constraint: str
    pack: str
    hints: tuple[tuple[str, str], ...] = ()

    def pair(self, names: Sequence[str]) -> tuple[str, ...]:
        """Values of some fields."""
        return tuple(str(getattr(self, name)) for name in names)


Wording = tuple[list[str], Request]
"""Parts of a prompt, and the request with the hints that they hold."""
Worder = Callable[[Request, Random], Wording]


class CompositionalRouting:
    """Draws requests of a part of the combinations, and words them."""

    def __init__(self, book: Routebook, families: FamilyTable) -> None:
        self.book = book
        self.families = families
        self._language = BundleLanguage(families)
        self._answers = Combinations("spec21/answers", ANSWERS)
        self._values = {name: {v.id: v for v in getattr(book, name)} for name in FIELDS}
        tags, told, hinted = self._tags, self._told(CLAUSES), self._hinted
        # Part of the pairs, owner of the answer, wording.
        self._surfaces: dict[str, tuple[str, str, Worder]] = {
            "tags": (TRAIN, TRAIN, tags),
            "told": (TRAIN, TRAIN, told),
            "wide": (TRAIN, TRAIN, self._wide),
            "hinted": (TRAIN, TRAIN, hinted),
            "contradicted": (TRAIN, TRAIN, self._contradicted(SURE_HINTS)),
            **{f"{part}_tags": (part, part, tags) for part in HELD_OUT},
            **{f"{part}_told": (part, part, told) for part in HELD_OUT},
            **{f"{part}_hinted": (part, part, hinted) for part in HELD_OUT},
            "hidden_foreign": ("hidden", "hidden", self._told(FOREIGN)),
            "triples": ("triples", "stretch", tags),
            "counts": (TRAIN, "stretch", self._fresh_count),
            "longer": (TRAIN, "stretch", self._longer),
            "templates": (TRAIN, "stretch", self._told(_STRANGE, between=" ", end="")),
            "typos": (TRAIN, "stretch", self._mistyped),
            "conflicts": (TRAIN, "stretch", self._contradicted(FRESH_HINTS)),
        }

    def surfaces(self) -> tuple[str, ...]:
        """Training surfaces, then those of the held-out splits, then those of the stretch."""
        return tuple(self._surfaces)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Task, turn marker, a tag for every value of the routebook, and the hints."""
        atoms = [TASK, OUT]
        for name in FIELDS:
            atoms += [tag(TAGS.get(name, name), value) for value in self._values[name]]
        for field in STYLE_FIELDS:
            atoms += [tag(f"want_{field}", v) for v in self.families.style.values(field)]
        for field in self.book.hinted_counts:
            atoms += [tag(f"want_{field}", value) for value in self._legal(field)]
        return tuple(atoms)

    def prose(self) -> tuple[str, ...]:
        """Every other clause of training, told of every value."""
        return tuple(
            clause.format(value.phrase)
            for name, clauses in CLAUSES.items()
            for clause in clauses[::2]
            for value in self._values[name].values()
        )

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One request of the surface's part, in its wording, with the right answer."""
        part, owner, wording = self._surfaces[surface]
        while True:
            draft = self._draft(*wording(self._request(part, index, rng), rng))
            if self._owner(draft.target) == owner:
                return draft

    def _owner(self, target: str) -> str:
        """The part to which an answer is dealt."""
        return self._answers.part(target)

    def _draft(self, words: list[str], request: Request) -> Draft:
        bundle = self.right(request)
        return Draft(
            prompt=prompt(words),
            target=self._language.serialize(bundle),
            family=bundle.family,
            form=bundle.form,
            topic=request.topic,
            pack=request.pack,
        )

    # --- the right answer ---------------------------------------------------------------------

    def right(self, request: Request) -> Bundle:
        """The bundle that the routebook has for a request."""
        of = {name: self._values[name][getattr(request, name)] for name in FIELDS}
        family = self.families[of["topic"].family]
        form = family.forms[of["goal"].rank % len(family.forms)]
        said = {
            "theme": of["audience"].theme,
            "tone": of["mood"].tone,
            "density": of["constraint"].density,
            "background": self.book.background[of["audience"].circle][of["mood"].energy],
        }
        counts = self.book.counts[form][request.pack]  # type: ignore[index]
        told = dict(request.hints)
        style = {field: told.get(field, value) for field, value in said.items()}
        return Bundle(
            family=family.id,
            form=form,
            counts=tuple((name, int(told.get(name, n))) for name, n in counts.items()),
            **style,
        )

    # --- who owns a combination ---------------------------------------------------------------

    @cached_property
    def pairs(self) -> dict[tuple[str, str], dict[str, frozenset[tuple[str, ...]]]]:
        """For each pair of fields its pairs of values, by the part that owns them."""
        return {names: self._dealt("/".join(names), HELD_OUT, names) for names in PAIRS}

    @cached_property
    def triples(self) -> dict[str, frozenset[tuple[str, ...]]]:
        """Triples of values, by the part that owns them."""
        return self._dealt("/".join(TRIPLE), HELD_OUT_TRIPLES, TRIPLE)

    def _dealt(
        self, stream: str, shares: dict[str, float], names: Sequence[str]
    ) -> dict[str, frozenset[tuple[str, ...]]]:
        values = product(*(self._values[name] for name in names))
        dealt = Combinations(f"spec21/{stream}", shares).dealt(values)
        return {part: frozenset(owned) for part, owned in dealt.items()}

    def part(self, request: Request) -> str:
        """Which part may ask it: training only what no held-out part owns."""
        owners = {
            part
            for names in PAIRS
            for part in HELD_OUT
            if request.pair(names) in self.pairs[names][part]
        }
        if len(owners) > 1:
            return "nobody"
        if request.pair(TRIPLE) in self.triples["triples"]:
            return "nobody" if owners else "triples"
        return owners.pop() if owners else TRAIN

    def _request(self, part: str, index: int, rng: Random) -> Request:
        """A drawn request of a part; held-out parts take turns with their pairs."""
        while True:
            values = {name: rng.choice(list(self._values[name])) for name in FIELDS}
            if part in HELD_OUT:
                names = PAIRS[index % len(PAIRS)]
                owned = self.pairs[names][part]
                values |= zip(names, rng.choice(_in_order(owned)), strict=True)
            elif part == "triples":
                values |= zip(TRIPLE, rng.choice(_in_order(self.triples[part])), strict=True)
            request = Request(**values)
            if self.part(request) == part:
                return request

    # --- wordings -----------------------------------------------------------------------------

    def _said(self, request: Request, names: Sequence[str] = FIELDS) -> list[str]:
        """A tag for each field."""
        return [tag(TAGS.get(name, name), getattr(request, name)) for name in names]

    def _tags(self, request: Request, rng: Random) -> Wording:
        return shuffled(rng, self._said(request)), request

    def _told(self, clauses: Clauses, between: str = ", ", end: str = ".") -> Worder:
        """A clause for each field, in any order; whole sentences bring their own stops."""

        def tell(request: Request, rng: Random) -> Wording:
            told = self._clauses_of(request, FIELDS, clauses, rng)
            return [between.join(shuffled(rng, told)) + end], request

        return tell

    def _wide(self, request: Request, rng: Random) -> Wording:
        return self._told(wide_clauses(rng), rng.choice((", ", ". ", " ")))(request, rng)

    def _clauses_of(
        self, request: Request, names: Sequence[str], clauses: Clauses, rng: Random
    ) -> list[str]:
        """One clause for each field."""
        return [
            rng.choice(clauses[name]).format(self._values[name][getattr(request, name)].phrase)
            for name in names
        ]

    def _hint(self, field: str, request: Request, rng: Random) -> str:
        """A value for a hinted field that is not the right one without it."""
        usual = self.right(request)
        if field in STYLE_FIELDS:
            values: Sequence[str] = self.families.style.values(field)
            return rng.choice([v for v in values if v != getattr(usual, field)])
        known = self.book.hinted_counts[field]
        return str(rng.choice([v for v in known if v != usual.count[field]]))

    def _hinted_fields(self, request: Request) -> list[str]:
        counts = self.right(request).count
        return [*STYLE_FIELDS, *(f for f in self.book.hinted_counts if f in counts)]

    def _with_hints(
        self, request: Request, fields: Sequence[str], rng: Random
    ) -> tuple[list[str], Request]:
        hints = tuple((field, self._hint(field, request, rng)) for field in fields)
        tags = [tag(f"want_{field}", value) for field, value in hints]
        return tags, replace(request, hints=hints)

    def _hinted(self, request: Request, rng: Random) -> Wording:
        fields = rng.sample(self._hinted_fields(request), rng.randint(1, 2))
        tags, asked = self._with_hints(request, fields, rng)
        aside = [rng.choice(_ASIDES)] if rng.random() < 0.5 else []
        return shuffled(rng, [*self._said(request), *tags, *aside]), asked

    def _contradicted(self, fields: Sequence[str]) -> Worder:
        def contradict(request: Request, rng: Random) -> Wording:
            field = rng.choice(fields)
            values = self.families.style.values(field)
            first, last = rng.sample(values, 2)
            parts = shuffled(rng, self._said(request))
            early, late = sorted(rng.sample(range(len(parts) + 2), 2))
            parts.insert(early, tag(f"want_{field}", first))
            parts.insert(late, tag(f"want_{field}", last))
            return parts, replace(request, hints=((field, last),))

        return contradict

    def _fresh_count(self, request: Request, rng: Random) -> Wording:
        """A count that no hint of training asks for; in a family that has one."""
        fresh = [
            (field, n)
            for field in self.book.hinted_counts
            for n in self._legal(field)
            if n not in self.book.hinted_counts[field] and field in self.right(request).count
        ]
        while not fresh:
            again = replace(request, topic=rng.choice(list(self._values["topic"])))
            if self.part(again) == TRAIN:
                return self._fresh_count(again, rng)
        field, value = rng.choice(fresh)
        asked = replace(request, hints=((field, str(value)),))
        return shuffled(rng, [*self._said(request), tag(f"want_{field}", value)]), asked

    def _longer(self, request: Request, rng: Random) -> Wording:
        tags, asked = self._with_hints(request, STYLE_FIELDS, rng)
        asides = rng.sample(_ASIDES, 3)
        return shuffled(rng, [*self._said(request), *tags, *asides]), asked

    def _mistyped(self, request: Request, rng: Random) -> Wording:
        ((words,), asked) = self._told(CLAUSES)(request, rng)
        return [_mistyped(words, 2, rng)], asked

    def _legal(self, field: str) -> tuple[int, ...]:
        """Values that a count field may have where it is hinted."""
        (found, *_) = [
            count for family in self.families.family for count in family.counts if count.id == field
        ]
        return tuple(range(found.least, found.most + 1))


def wide_clauses(rng: Random) -> Clauses:
    """Some clauses of each field, half of them with made-up words around their value.

    What says nothing is to be passed over, whatever it is.
    """
    around = ("{} {{}}", "{{}} {}", "{} {{}} {}")
    return {name: partly_made_up(known, around, rng) for name, known in CLAUSES.items()}


def partly_made_up(known: Sequence[str], shapes: Sequence[str], rng: Random) -> tuple[str, ...]:
    """Some of the known phrases, about half of them replaced by made-up words in such shapes."""
    return tuple(
        rng.choice(shapes).format(made_up(rng), made_up(rng, 1))
        if rng.random() < _MADE_UP_SHARE
        else phrase
        for phrase in rng.sample(known, _CHOICES)
    )


@cache
def _in_order(owned: frozenset[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """What a part owns, in an order that does not hang on hashes."""
    return sorted(owned)


def _mistyped(text: str, times: int, rng: Random) -> str:
    """The text with two letters changed about in so many words of five letters or more."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 5]
    for at in rng.sample(long, min(times, len(long))):
        word = words[at]
        swaps = [i for i in range(len(word) - 2) if word[i] != word[i + 1]]
        i = rng.choice(swaps)
        words[at] = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return " ".join(words)


def compositional(families: FamilyTable) -> CompositionalRouting:
    """The curriculum over its routebook."""
    return CompositionalRouting(routebook("compositional"), families)
