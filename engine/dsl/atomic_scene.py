"""The atomic scene language (gen1): a component, its name and what it is bound to, one by one.

    scene     = '[scene]' head '[topic]' word components '[/scene]'
    head      = '[layout:' F ']' '[form:' O ']' '[theme:' V ']' '[tone:' V ']' '[density:' V ']'
                '[background:' V ']'
    node      = '[tag]' name '[bind]' path [ place ]
    leaf      = '[tag]' name '[in]' name '[bind]' path [ place ]
    span      = '[tag]' name '[from]' name '[to]' name '[bind]' path
    join      = '[tag]' name '[to]' name [ '[bind]' path ] [ place ]
    fixed     = '[tag]'

Tags are closed; topic, names and bind paths are open: any word of letters, in any script, digits
and underscores, a path of several joined by stops. So nothing of them can be known beforehand, and
whoever writes a scene has to carry them over. Settings are as the family has them, and a place that
is as usual is left out. The rules of assembly.py hold as for every scene.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from contracts.errors import LanguageError
from contracts.families import FamilyTable
from engine.dsl.assembly import Assembly, blocks
from engine.dsl.asset_scenes import LEVELS, USUAL
from engine.dsl.dialect import scene_of
from engine.dsl.full_scene import LOOK, NAMES, SPELLED, TAGS
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.lexer import lex
from engine.dsl.part import Part
from engine.dsl.reader import TagReader
from engine.dsl.scene import Scene, scene_field_group, scene_fields
from engine.dsl.spelling import PLACES

LAYOUTS = (
    "flow_graph",
    "comparison_span_chart",
    "bullet_panel",
    "dashboard_cards",
    "decision_tree",
    "spectrum_band",
    "system_diagram",
)
"""Families whose pictures show nothing of their words but titles and notes."""
NAME = r"[^\W\d_]\w*"
PATH = rf"{NAME}(?:\.{NAME})*"
WORDS_MOST = {NAME: 24, PATH: 28}
"""Characters of the longest name and path: a card, or the label of an arrow, has room for them."""
ENDS = {
    "node": (),
    "leaf": (("source", "in"),),
    "span": (("source", "from"), ("target", "to")),
    "join": (("target", "to"),),
}
"""What is said of each shape of component behind its first word: field and tag."""


class AtomicScene:
    """The atomic scene language over a family table."""

    name = "atomic_scene"
    opening_tag = "[scene]"
    closing_tag = "[/scene]"

    def __init__(self, families: FamilyTable) -> None:
        self.families = families
        self._layouts = {name: layout for name, layout in NAMES.items() if layout in LAYOUTS}

    def parse(self, text: str) -> Scene:
        """The scene that `text` spells; LanguageError names position, found and expected."""
        tags = lex(text, self.name, words=r"[\w.]+")
        reader = TagReader(tags, text, self.name)
        reader.bare(self.opening_tag)
        family = self.families[self._layouts[reader.value("layout", tuple(self._layouts))]]
        head = {name: values[0] for name, values in SETTINGS[family.id]} | {"layout": family.id}
        head["form"] = reader.value("form", family.forms)
        head |= {field: reader.value(field, values) for field, values in LOOK.items()}
        reader.bare("[topic]")
        head["topic"] = _word(reader, NAME)
        # A link may point at the terminal, which stands after the links.
        terminal = f"[{TAGS['terminal_panel']}]"
        later = [name.text for tag, name in pairwise(tags) if tag.text == terminal]
        assembly = Assembly(family, head["form"], reader.refusal, later)
        for kinds in blocks(family.id):
            named = {_tag(kind): kind for kind in kinds.values()}
            while reader.next_name in named:
                position = reader.position
                kind = named[reader.next_name]
                number = len(assembly.of(kind.name))
                assembly.add(_read(reader, kind, head["form"], number), position)
        assembly.check_counts(reader.position)
        reader.bare(self.closing_tag)
        reader.end()
        return scene_of(head, tuple(assembly.parts))

    def serialize(self, document: Scene) -> str:
        """Canonical text; LanguageError for settings, which are not said."""
        for name, values in SETTINGS[document.layout]:
            if document.setting[name] != values[0]:
                found = f"{name} {document.setting[name]!r}"
                raise LanguageError(
                    self.name, found, values[0], "Say it in another language", position=0
                )
        head = [f"[layout:{SPELLED[document.layout]}]", f"[form:{document.form}]"]
        head += [f"[{field}:{getattr(document, field)}]" for field in LOOK]
        body = [mark for _, tags in self.spelled_parts(document) for mark in tags]
        head += ["[topic]", document.topic]
        return " ".join([self.opening_tag, *head, *body, self.closing_tag])

    def spelled_parts(self, scene: Scene) -> Iterator[tuple[Part, list[str]]]:
        """Every component with its tags and words."""
        kinds = {kind.name: kind for kind in GRAMMAR[scene.layout]}
        counted = dict.fromkeys(kinds, 0)
        for part in scene.parts:
            yield part, list(_spelled(kinds[part.kind], part, scene.form, counted[part.kind]))
            counted[part.kind] += 1

    def fields(self, document: Scene) -> dict[str, str]:
        """Head, settings and topic, then what each component says of topology and of content."""
        return scene_fields(document)

    def field_group(self, field: str) -> str:
        """family, form, style, topology or content."""
        return scene_field_group(field)

    def control_atoms(self) -> tuple[str, ...]:
        """Every tag; words are open."""
        atoms = [self.opening_tag, self.closing_tag, "[topic]", "[bind]", "[in]", "[from]", "[to]"]
        atoms += [f"[layout:{name}]" for name in self._layouts]
        atoms += [f"[{field}:{value}]" for field, values in LOOK.items() for value in values]
        for layout in LAYOUTS:
            forms = self.families[layout].forms
            atoms += [f"[form:{form}]" for form in forms]
            for kind in GRAMMAR[layout]:
                atoms.append(f"[{_tag(kind)}]")
                places = [_place(kind, form) for form in forms]
                atoms += [
                    f"[{key}:{value}]" for key, values in filter(None, places) for value in values
                ]
        return tuple(dict.fromkeys(atoms))


def _tag(kind: Kind) -> str:
    return TAGS.get(kind.name, kind.name)


def _place(kind: Kind, form: str) -> tuple[str, tuple[str, ...]] | None:
    """Key and values of the place that a component has in a form."""
    place = kind.place_of(form)
    if place is None:
        return None
    key, pattern = place
    values = LEVELS if key == "value" else PLACES[key]
    return key, tuple(value for value in values if re.fullmatch(pattern, value))


def _usual(key: str, number: int) -> str:
    """The place that is left out, of the component with so many of its kind before it."""
    turn = USUAL.get(key, ("",))
    return turn[number % len(turn)]


def _word(reader: TagReader, pattern: str) -> str:
    """Take a name or path."""
    position, found = reader.position, reader.word()
    most = WORDS_MOST[pattern]
    if len(found) > most or not re.fullmatch(pattern, found):
        expected = "a name" if pattern == NAME else "names joined by stops"
        raise reader.refusal(position, f"{expected}, of {most} characters at most")
    return found


def _read(reader: TagReader, kind: Kind, form: str, number: int) -> Part:
    """The next component."""
    reader.bare(f"[{_tag(kind)}]")
    if kind.shape == "fixed":
        return Part(kind.name, kind.slot)
    found = {"source" if kind.shape == "join" else "id": _word(reader, NAME)}
    for field, tag in ENDS[kind.shape]:
        reader.bare(f"[{tag}]")
        found[field] = _word(reader, NAME)
    if kind.slot:
        reader.bare("[bind]")
        found["ref"] = _word(reader, PATH)
    if place := _place(kind, form):
        key, values = place
        usual = found["place"] = _usual(key, number)
        if not usual or reader.opens(key):
            found["place"] = reader.value(key, tuple(v for v in values if v != usual))
    return Part(kind.name, **found)


def _spelled(kind: Kind, part: Part, form: str, number: int) -> Iterator[str]:
    yield f"[{_tag(kind)}]"
    if kind.shape == "fixed":
        return
    yield part.source if kind.shape == "join" else part.id
    for field, tag in ENDS[kind.shape]:
        yield f"[{tag}]"
        yield str(getattr(part, field))
    if kind.slot:
        yield "[bind]"
        yield part.ref
    if place := _place(kind, form):
        key, _ = place
        if part.place != _usual(key, number):
            yield f"[{key}:{part.place}]"
