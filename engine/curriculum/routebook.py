"""spec19: a topic is asked for in ten kinds of prompt; the routebook's bundle is the answer.

Nine topics, nine answers. What varies is how the topic is asked for: which tags stand beside
it and in which order, which wrong answer is named as contrast, or which sentence carries it.
Held-out surfaces use sentences that no training surface has.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from contracts.blueprint import Blueprint, Profile, blueprint
from contracts.families import STYLE_FIELDS, FamilyTable
from engine.curriculum.prompts import OUT, TASK, bundle_of, explicit_tags, prompt, shuffled, tag
from engine.curriculum.rows import Draft
from engine.dsl.bundle import BundleLanguage

# What the two halves of a decision hint stand for: a form, or a whole family.
_HINT_STANDS_FOR = {
    "build_route": "build_path",
    "compare_regions": "typed_regions",
    "dated_milestones": "milestone_chain",
    "decision_route": "selection_path",
    "guarded_zones": "arena_sections",
    "ordered_steps": "stage_sequence",
    "stack_layers": "layer_stack",
    "steady_pipeline": "linear_pipeline",
    "ordered_sequence": "timeline",
    "process_route": "system_diagram",
    "spatial_structure": "memory_map",
}

_STOPS = (
    "Stop at the closing tag.",
    "Close the bundle once and stop.",
    "Write nothing after the bundle.",
    "End with the closing tag.",
    "One bundle, then silence.",
    "Let the closing tag be the last word.",
    "No second bundle.",
    "Add no remark.",
    "When it is closed, you are finished.",
    "Do not repeat the question.",
)
_OPENINGS = (
    "Draw {topic}",
    "Show {topic}",
    "We need a picture of {topic}",
    "Please sketch {topic}",
    "Prepare a page on {topic}",
    "Give {audience} a view of {topic}",
    "A drawing of {topic} is wanted",
    "Put {topic} on one page",
    "Make {topic} plain",
    "Set out {topic}",
    "Choose the picture for {topic}",
    "Plan a figure about {topic}",
    "How would you draw {topic}",
    "For {audience}: {topic}",
    "I want to see {topic}",
    "Let us look at {topic}",
    "Turn {topic} into a diagram",
    "The subject today is {topic}",
    "Help {audience} with {topic}",
    "What does {topic} look like",
    "Could someone lay out {topic}",
    "Everyone keeps asking about {topic}",
    "Page two is reserved for {topic}",
    "Before lunch, sketch {topic}",
    "Explain {topic} without many words",
    "Fetch a drawing that covers {topic}",
    "Reserve the poster for {topic}",
    "Yesterday we promised {topic}",
    "Guide {audience} through {topic}",
    "Without delay, map {topic}",
    "Tidy up {topic}",
    "Our review stumbled over {topic}",
)
_AIMS = (
    "to {goal}.",
    "so that {audience} can {goal}.",
    "and {goal}.",
    "for {audience}.",
    "with {emphasis} in front.",
    "for {audience}, to {goal}.",
    "and stress {emphasis}.",
    "for readers who want {emphasis}.",
    "in a form that helps {audience}.",
    "so as to {goal} with {emphasis} in view.",
    "since {audience} have to {goal} tomorrow.",
    "but keep {emphasis} easy to find.",
    "whatever else is on the page.",
    "in the way that suits {audience} best.",
    "at last.",
    "once more.",
    "although {audience} know little of it.",
    "until {audience} can {goal}.",
    "unless {emphasis} gets lost.",
    "because {emphasis} was unclear.",
    "as promised to {audience}.",
    "then {goal}.",
    "given that {audience} will {goal}.",
    "despite its length.",
    "where everybody can find {emphasis}.",
    "during the first minute.",
)
_ASIDES = (
    "Use the plain form.",
    "Nothing fancy is needed.",
    "This goes into the handbook.",
    "The deadline is near.",
    "Print it large.",
    "It will be read in a hurry.",
    "Keep to what was agreed.",
    "A colleague will check it.",
    "Same as ever.",
    "Make it good.",
    "There is room for one drawing.",
    "Our visitors arrive at noon.",
    "Mind the order of things.",
    "It belongs on page nine.",
    "We did this before.",
    "Think of someone new to it.",
    "No legend, please.",
    "The old one was lost.",
    "Quickly, if you can.",
    "Both teams have signed it off.",
    "Leave out what is not asked.",
    "They know the terms already.",
    "See the list above.",
    "It hangs beside the door.",
    "Do as you did last time.",
    "Somewhat formal in tone.",
    "A calm layout would be best.",
    "Words are few, so choose well.",
    "Hurry is not required.",
    "Follow the earlier sheet.",
    "Bring it along on Friday.",
    "Perhaps a wide page helps.",
    "Every drawing gets a number.",
    "Trust the reader.",
    "Forget the former sketch.",
    "Someone spilled tea on it.",
    "Check the corner twice.",
    "Bold strokes read better.",
    "Ignore the weather.",
    "Paper is cheap.",
)
_HOLDOUT_ASIDES = (
    "Follow the book.",
    "Take the usual route.",
    "As the table has it.",
    "The standing answer, please.",
)
_HIDDEN_OPENINGS = (
    "Chapter four opens with {topic}",
    "Nobody here recalls {topic}",
    "Might we have {topic} drawn up",
    "An auditor questions {topic}",
    "My slides still omit {topic}",
    "Trace {topic} on a single sheet",
    "Kindly portray {topic}",
    "Between us, {topic} deserves a chart",
)
_HIDDEN_AIMS = (
    "hence it should {goal}.",
    "while {audience} wait.",
    "provided that {emphasis} stays visible.",
    "lest {audience} overlook {emphasis}.",
    "thus letting anybody {goal}.",
    "preferably before {audience} {goal}.",
)
_HIDDEN_ASIDES = (
    "Judge for yourself.",
    "Any sensible arrangement works.",
    "Settle on whichever shape applies.",
    "Our archive wants precisely one.",
    "Consider everything first.",
)


class Routebook:
    """Draws prompts for nine topics in the wordings of its surfaces."""

    def __init__(self, blueprint: Blueprint, families: FamilyTable) -> None:
        self._blueprint = blueprint
        self._families = families
        self._language = BundleLanguage(families)
        self._draws: dict[str, Callable[[Profile, str, Random], str]] = {
            "explicit_bundle_anchor": self._explicit,
            "explicit_permuted_anchor": self._explicit_permuted,
            "clean_stop_anchor": self._clean_stop,
            "routebook_direct": self._direct,
            "routebook_direct_hint": self._direct_hint,
            "recombination_bridge": self._recombination,
            "form_minimal_pair": self._form_pair,
            "family_minimal_pair": self._family_pair,
            "style_topology_bridge": self._style_bridge,
            "routebook_paraphrase": self._paraphrase,
            "holdout_routebook_direct": self._holdout_direct,
            "holdout_style_topology_bridge": self._holdout_style,
            "hidden_routebook_paraphrase": self._hidden_paraphrase,
            "hidden_recombination": self._hidden_recombination,
        }

    def surfaces(self) -> tuple[str, ...]:
        """Ten training surfaces, two visible holdouts, two hidden."""
        return tuple(self._draws)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Every prompt tag of the blueprint that the bundle language does not have itself."""
        book = self._blueprint
        atoms = [TASK, OUT]
        closed: dict[str, tuple[str, ...]] = {
            "layout": self._families.ids,
            "topic": book.values("topic"),
            "goal": book.values("goal"),
            "audience": book.values("audience"),
            "emphasis": book.values("emphasis"),
            "constraint": book.constraints,
            "content_pack": book.packs,
            "decision_hint": book.hints,
            "contrast_topic": book.values("topic"),
            "contrast_goal": book.values("goal"),
            "contrast_emphasis": book.values("emphasis"),
            "contrast_family": self._families.ids,
            "contrast_form": tuple(f for family in self._families.family for f in family.forms),
        }
        for name, values in closed.items():
            atoms += [tag(name, value) for value in values]
        return tuple(atoms)

    def prose(self) -> tuple[str, ...]:
        """Every other sentence of the training surfaces, told of every topic."""
        told = [
            self._sentence(text, profile)
            for profile in self._blueprint.profile
            for text in (*_OPENINGS[::2], *_AIMS[::2])
        ]
        return (*_STOPS[::2], *_ASIDES[::2], *told)

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prompt for the topic whose turn it is."""
        profiles = self._blueprint.profile
        profile = profiles[index % len(profiles)]
        pack = rng.choice(self._blueprint.packs)
        bundle = bundle_of(profile)
        return Draft(
            prompt=self._draws[surface](profile, pack, rng),
            target=self._language.serialize(bundle),
            family=bundle.family,
            form=bundle.form,
            topic=profile.topic,
            pack=pack,
        )

    # --- anchors: the answer is spelled out -------------------------------------------------

    def _explicit(self, profile: Profile, pack: str, rng: Random) -> str:
        return prompt(explicit_tags(bundle_of(profile)))

    def _explicit_permuted(self, profile: Profile, pack: str, rng: Random) -> str:
        return prompt(shuffled(rng, explicit_tags(bundle_of(profile))))

    def _clean_stop(self, profile: Profile, pack: str, rng: Random) -> str:
        tags = explicit_tags(bundle_of(profile)) if rng.random() < 0.5 else self._core(profile)
        return prompt(shuffled(rng, tags), rng.choice(_STOPS))

    # --- routing: the topic decides ---------------------------------------------------------

    def _core(self, profile: Profile) -> list[str]:
        return [
            tag("topic", profile.topic),
            tag("goal", profile.goal),
            tag("audience", profile.audience),
        ]

    def _asides(self, profile: Profile, pack: str, rng: Random, most: int) -> list[str]:
        """Up to `most` tags that do not change the answer."""
        spare = [
            tag("emphasis", profile.emphasis),
            tag("constraint", rng.choice(self._blueprint.constraints)),
            tag("content_pack", pack),
        ]
        return rng.sample(spare, rng.randint(0, most))

    def _direct(self, profile: Profile, pack: str, rng: Random) -> str:
        return prompt(shuffled(rng, self._core(profile) + self._asides(profile, pack, rng, 1)))

    def _direct_hint(self, profile: Profile, pack: str, rng: Random) -> str:
        given = [tag("layout", profile.family), tag("form", profile.form)]
        given += [tag("decision_hint", hint) for hint in self._hints(profile)]
        tags = self._core(profile) + rng.sample(given, rng.randint(1, len(given) - 1))
        return prompt(shuffled(rng, tags + self._asides(profile, pack, rng, 1)))

    def _recombination(self, profile: Profile, pack: str, rng: Random) -> str:
        tags = [tag("topic", profile.topic), *rng.sample(self._core(profile)[1:], 1)]
        aim = self._sentence(rng.choice(_AIMS), profile).capitalize()
        words = [*rng.sample(_ASIDES, rng.randint(0, 2)), aim]
        parts = shuffled(rng, tags + self._asides(profile, pack, rng, 3))
        for sentence in rng.sample(words, rng.randint(1, len(words))):
            parts.insert(rng.randint(0, len(parts)), sentence)
        return prompt(parts)

    def _form_pair(self, profile: Profile, pack: str, rng: Random) -> str:
        rivals = [p for p in self._rivals(profile) if p.family == profile.family]
        rival = rng.choice([p for p in rivals if p.form != profile.form])
        named = [
            tag("contrast_form", rival.form),
            tag("contrast_topic", rival.topic),
            tag("contrast_emphasis", rival.emphasis),
        ]
        tags = self._core(profile) + rng.sample(named, rng.randint(1, 2))
        return prompt(shuffled(rng, tags + self._asides(profile, pack, rng, 1)))

    def _family_pair(self, profile: Profile, pack: str, rng: Random) -> str:
        rival = rng.choice([p for p in self._rivals(profile) if p.family != profile.family])
        named = [
            tag("contrast_family", rival.family),
            tag("contrast_topic", rival.topic),
            tag("contrast_goal", rival.goal),
        ]
        tags = self._core(profile) + rng.sample(named, rng.randint(1, 2))
        return prompt(shuffled(rng, tags + self._asides(profile, pack, rng, 1)))

    def _style_bridge(self, profile: Profile, pack: str, rng: Random) -> str:
        style = [tag(field, getattr(profile, field)) for field in STYLE_FIELDS]
        counts = [tag(name, value) for name, value in profile.counts.items()]
        some = rng.sample(style, rng.randint(1, 3)) + rng.sample(counts, rng.randint(0, 2))
        return prompt(shuffled(rng, [tag("topic", profile.topic), *some]))

    def _paraphrase(self, profile: Profile, pack: str, rng: Random) -> str:
        text = self._sentence(f"{rng.choice(_OPENINGS)} {rng.choice(_AIMS)}", profile)
        before, after = rng.choice(_ASIDES), rng.choice(_ASIDES)
        return prompt(
            before if rng.random() < 0.3 else "", text, after if rng.random() < 0.3 else ""
        )

    # --- held out: wordings that no training surface has ------------------------------------

    def _holdout_direct(self, profile: Profile, pack: str, rng: Random) -> str:
        tags = shuffled(rng, self._core(profile) + self._asides(profile, pack, rng, 3))
        return prompt(tags, rng.choice(_HOLDOUT_ASIDES))

    def _holdout_style(self, profile: Profile, pack: str, rng: Random) -> str:
        style = [tag(field, getattr(profile, field)) for field in STYLE_FIELDS]
        some = rng.sample(style, rng.randint(1, 3))
        tags = [tag("topic", profile.topic), *some, *self._asides(profile, pack, rng, 2)]
        return prompt(rng.choice(_HOLDOUT_ASIDES), shuffled(rng, tags))

    def _hidden_paraphrase(self, profile: Profile, pack: str, rng: Random) -> str:
        text = f"{rng.choice(_HIDDEN_OPENINGS)} {rng.choice(_HIDDEN_AIMS)}"
        return prompt(self._sentence(text, profile))

    def _hidden_recombination(self, profile: Profile, pack: str, rng: Random) -> str:
        tags = [tag("topic", profile.topic), *rng.sample(self._core(profile)[1:], 1)]
        parts = shuffled(rng, tags + self._asides(profile, pack, rng, 3))
        aside = rng.choice(_HIDDEN_ASIDES)
        at = rng.randint(0, len(parts))
        return prompt(parts[:at], aside, parts[at:])

    # --- words ------------------------------------------------------------------------------

    def _rivals(self, profile: Profile) -> list[Profile]:
        return [other for other in self._blueprint.profile if other.topic != profile.topic]

    def _hints(self, profile: Profile) -> list[str]:
        """Hints whose preferred half is this profile's form or family."""
        return [
            hint
            for hint in self._blueprint.hints
            if _HINT_STANDS_FOR[hint.split("_over_")[0]] in (profile.form, profile.family)
        ]

    def _sentence(self, text: str, profile: Profile) -> str:
        words = self._blueprint.phrases
        return text.format(
            topic=profile.phrase,
            goal=words[str(profile.goal)],
            audience=words[str(profile.audience)],
            emphasis=words[str(profile.emphasis)],
        )


def routebook(families: FamilyTable) -> Routebook:
    """The curriculum over its own blueprint."""
    return Routebook(blueprint("routebook"), families)
