"""spec16: the prompt spells a whole bundle, the answer is that bundle in canonical form.

Twelve styles for each of the eight forms, nine with the form's own counts and three with a
neighbouring count, give the 96 targets. All are trained; what is held out is wording.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from random import Random

from contracts.blueprint import Blueprint, Profile, blueprint
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
    "From what is given, make the bundle.",
    "Build one bundle out of this.",
    "A bundle is wanted with just these values.",
    "Collect the values below.",
    "Here are the values that I chose.",
    "Please set this in a bundle.",
    "Order these values as the language wants.",
    "A drawing needs exactly these settings.",
    "State the same facts as tags.",
    "Compose the scene that this names.",
    "What follows is all you need.",
    "Arrange them properly.",
    "Put it together, please.",
    "My choice is this.",
)
_COUNTS = (
    "Keep every count as it is given.",
    "Draw as many parts as the counts say.",
    "Do not round, add or drop a count.",
    "The counts are exact.",
    "Numbers matter here.",
    "Count twice, write once.",
    "No part more, no part fewer.",
    "Each number was chosen with care.",
    "As many as written.",
    "Check the numbers before you answer.",
    "Every number stands.",
    "A wrong count spoils the picture.",
    "Copy the figures digit by digit.",
    "Parts are numbered on purpose.",
)
_ONLY = (
    "Answer with the bundle alone.",
    "Nothing but the bundle.",
    "No words beside the bundle.",
    "One bundle and no more.",
    "I need no explanation.",
    "Leave all comment out.",
    "Plain output only.",
    "Just the tags.",
    "Skip the greeting.",
    "Silence apart from tags.",
    "The reader is a machine.",
    "Your answer goes straight to the compiler.",
    "No prose in the answer.",
    "Say it in tags.",
)
_STYLE = (
    "Theme, tone, density and background stay as they are.",
    "Leave the look untouched.",
    "The style is settled.",
    "Carry the style over unchanged.",
    "Colours were agreed with the printer.",
    "Do not choose another look.",
    "It must match the other figures.",
    "We like it this way.",
    "Looks are not yours to change.",
    "The house style is law.",
    "Every shade was picked by hand.",
    "Same mood as requested.",
    "Let the appearance be.",
    "Honour the chosen theme.",
)
_STOP = (
    "Stop at the closing tag.",
    "End where the bundle ends.",
    "Close once, then stop.",
    "After the closing tag comes nothing.",
    "Do not begin again.",
    "Add no second answer.",
    "That is all we need.",
    "Then you are finished.",
    "Nothing may trail behind.",
    "Put down the pen afterwards.",
    "Finish on the last tag.",
    "Leave what comes after empty.",
    "One answer is enough.",
    "Be brief and be done.",
)
_HOLDOUT = (
    "Take these settings and write their bundle.",
    "The bundle for these settings, please.",
    "Copy each setting into the bundle.",
    "Settings in, bundle out.",
)
_HIDDEN_COMPOSE = (
    "Gather the items into their sequence.",
    "Translate this note for the renderer.",
    "Which text do these items spell?",
    "Render unto us the official spelling.",
)
_HIDDEN_STOP = (
    "Quit once you reach the bracket's end.",
    "Any further token counts as an error.",
    "Keep quiet thereafter.",
    "Cease when complete.",
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
_TRAINED = (
    "bridge_create",
    "bridge_count_guard",
    "bridge_bundle_only",
    "bridge_style_lock",
    "clean_stop",
)
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

    def prose(self) -> tuple[str, ...]:
        """Every other sentence of the training surfaces."""
        return tuple(sentence for surface in _TRAINED for sentence in _SENTENCES[surface][::2])

    def draw(self, surface: str, index: int, rng: Random) -> Draft:
        """One prompt for the target whose turn it is."""
        profile, bundle = self.targets[index % len(self.targets)]
        tags = explicit_tags(bundle)
        if surface == "tag_canonical":
            text = prompt(tags)
        elif surface in _TAGS_ONLY:
            text = prompt(shuffled(rng, tags))
        else:
            text = prompt(self._worded(surface, tags, rng))
        return Draft(
            prompt=text,
            target=self._language.serialize(bundle),
            family=bundle.family,
            form=bundle.form,
            topic=profile.topic,
            pack="default",
        )

    def _worded(self, surface: str, tags: list[str], rng: Random) -> list[str]:
        """The tags, in order or not, with its surface's sentence; in training often a second."""
        parts = tags if rng.random() < 0.3 else shuffled(rng, tags)
        sentences = [rng.choice(_SENTENCES[surface])]
        if surface in _TRAINED and rng.random() < 0.5:
            sentences.append(rng.choice(_SENTENCES[rng.choice(_TRAINED)]))
        for sentence in sentences:
            at = rng.choice((0, len(parts), rng.randint(0, len(parts))))
            parts = [*parts[:at], sentence, *parts[at:]]
        return parts


def bundle_copy(families: FamilyTable) -> BundleCopy:
    """The curriculum over its own blueprint."""
    return BundleCopy(blueprint("bundle"), families)
