"""spec16: the prompt spells a whole bundle, the answer is that bundle in canonical form.

Twelve styles for each of the eight forms, nine with the form's own counts and three with a
neighbouring count, give the 96 targets. All are trained; what is held out is wording.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from random import Random

from contracts.blueprint import Blueprint, Profile
from contracts.errors import CurriculumError
from contracts.families import STYLE_FIELDS, FamilyTable
from engine.curriculum.prompts import OUT, TASK, bundle_of, explicit_tags, prompt, shuffled, tag
from engine.curriculum.rows import Draft, item_rng
from engine.dsl.bundle import Bundle, BundleLanguage

_STYLES_PER_FORM = 12
_OWN_COUNTS_PER_FORM = 9

_CREATE = (
    "Make one picture from these settings.",
    "Turn the settings into a single bundle.",
    "Write the bundle that these settings describe.",
    "Use each setting once.",
    "Lay the settings out as one bundle.",
    "Give the settings back as a bundle.",
)
_COUNTS = (
    "Keep every count as it is given.",
    "Draw as many parts as the counts say.",
    "Do not round, add or drop a count.",
    "The counts are exact.",
)
_ONLY = (
    "Answer with the bundle alone.",
    "Nothing but the bundle.",
    "No words beside the bundle.",
    "One bundle and no more.",
)
_STYLE = (
    "Theme, tone, density and background stay as they are.",
    "Leave the look untouched.",
    "The style is settled.",
    "Carry the style over unchanged.",
)
_STOP = (
    "Stop at the closing tag.",
    "End where the bundle ends.",
    "Close once, then stop.",
    "After the closing tag comes nothing.",
)
_HOLDOUT = (
    "Take these settings and write their bundle.",
    "The bundle for these settings, please.",
    "Copy each setting into the bundle.",
    "Settings in, bundle out.",
)
_HIDDEN_COMPOSE = (
    "Assemble what is listed here into its scene bundle.",
    "Put the list into its proper order.",
    "Form the canonical text from this list.",
    "A drawing is wanted: state it in canonical form.",
)
_HIDDEN_STOP = (
    "Finish cleanly and say no further word.",
    "Silence after the last tag.",
    "Leave the rest of the page blank.",
    "Be done when the bundle is done.",
)
_SENTENCES = {
    "bridge_create": _CREATE,
    "bridge_count_guard": _COUNTS,
    "bridge_bundle_only": _ONLY,
    "bridge_style_lock": _STYLE,
    "clean_stop": _STOP,
    "holdout_bridge": _HOLDOUT,
    "hidden_compose": _HIDDEN_COMPOSE,
    "hidden_stop": _HIDDEN_STOP,
}
_TAGS_ONLY = ("tag_canonical", "permuted_tags", "holdout_permuted")


class BundleCopy:
    """Draws explicit bundle prompts in the wordings of its surfaces."""

    def __init__(self, blueprint: Blueprint, families: FamilyTable) -> None:
        self._blueprint = blueprint
        self._families = families
        self._language = BundleLanguage(families)

    @cached_property
    def targets(self) -> tuple[tuple[Profile, Bundle], ...]:
        """The 96 targets, the forms taking turns."""
        per_form = [self._targets_of(profile) for profile in self._blueprint.profile]
        return tuple(pair for turn in zip(*per_form, strict=True) for pair in turn)

    def _targets_of(self, profile: Profile) -> list[tuple[Profile, Bundle]]:
        own = bundle_of(profile)
        style = self._families.style
        looks = list(product(*(style.values(field) for field in STYLE_FIELDS)))
        looks.remove(tuple(getattr(profile, field) for field in STYLE_FIELDS))
        item_rng(f"bundle/styles/{profile.form}", 0).shuffle(looks)
        bundles = [own]
        for number, look in enumerate(looks[: _STYLES_PER_FORM - 1], start=1):
            counts = own.counts
            if number >= _OWN_COUNTS_PER_FORM:
                counts = self._neighbour(profile, number - _OWN_COUNTS_PER_FORM)
            chosen = dict(zip(STYLE_FIELDS, look, strict=True))
            bundles.append(Bundle(family=own.family, form=own.form, counts=counts, **chosen))
        return [(profile, bundle) for bundle in bundles]

    def _neighbour(self, profile: Profile, number: int) -> tuple[tuple[str, int], ...]:
        """The `number`-th legal count vector one step away from the profile's own."""
        family = self._families[profile.family]
        found = []
        for field, step in product(family.counts, (-1, 1)):
            counts = {**profile.counts, field.id: profile.counts[field.id] + step}
            if all(f.least <= counts[f.id] <= f.ceiling(counts) for f in family.counts):
                found.append(tuple(counts.items()))
        return found[number % len(found)]

    def surfaces(self) -> tuple[str, ...]:
        """Tag surfaces, then the surfaces that add a sentence."""
        return (*_TAGS_ONLY, *_SENTENCES)

    def prompt_atoms(self) -> tuple[str, ...]:
        """Task, turn marker and the layout tag; all else is the language's own."""
        return (TASK, OUT, *(tag("layout", family) for family in self._families.ids))

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prompt for the target whose turn it is."""
        profile, bundle = self.targets[index % len(self.targets)]
        tags = explicit_tags(bundle)
        if surface == "tag_canonical":
            text = prompt(tags)
        elif surface in _TAGS_ONLY:
            text = prompt(shuffled(rng, tags))
        elif surface in _SENTENCES:
            sentence = rng.choice(_SENTENCES[surface])
            ordered = tags if rng.random() < 0.5 else shuffled(rng, tags)
            text = prompt(sentence, ordered) if rng.random() < 0.5 else prompt(ordered, sentence)
        else:
            raise CurriculumError("bundle curriculum", repr(surface), f"one of {self.surfaces()}")
        return Draft(
            prompt=text,
            target=self._language.serialize(bundle),
            family=bundle.family,
            form=bundle.form,
            topic=profile.topic,
            pack="default",
        )
