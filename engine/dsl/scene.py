"""The scene language: every component of a picture is one tag, laid out by the compiler as told.

    scene    = '[scene]' head settings '[header_band:header]' body '[/scene]'
    head     = '[layout:' F ']' '[form:' O ']' '[theme:' V ']' '[tone:' V ']' '[density:' V ']'
               '[background:' V ']'
    settings = one '[name:value]' for each setting of the family (SETTINGS)
    body     = the family's kinds of component in order (GRAMMAR), each as often as its count allows

How each kind of component is spelled stands in grammar.py; kinds of one block stand mixed.

Ids are any identifiers. They are unique, every id that a component names is declared, joins, spans
and leaves stand in the order of what they name, and no two joins draw the same line: so each
document has one text, and different documents differ in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from contracts.families import STYLE_FIELDS, FamilyTable
from engine.dsl.assembly import Assembly, blocks
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.lexer import lex, refuse
from engine.dsl.part import Part as Part
from engine.dsl.reader import TagReader

_HEADER = "[header_band:header]"


@dataclass(frozen=True)
class Scene:
    """One scene: head fields, settings of its family, and components in drawing order.

    `topic` names the words that it shows, in languages whose documents say so themselves.
    """

    layout: str
    form: str
    theme: str
    tone: str
    density: str
    background: str
    settings: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    topic: str = ""

    def of(self, kind: str) -> tuple[Part, ...]:
        """Components of one kind, in order."""
        return tuple(part for part in self.parts if part.kind == kind)

    @cached_property
    def setting(self) -> dict[str, str]:
        """Settings by name."""
        return dict(self.settings)


class SceneLanguage:
    """The scene language over one family table; families without a grammar here have no scenes."""

    name = "scene"
    opening_tag = "[scene]"
    closing_tag = "[/scene]"

    def __init__(self, families: FamilyTable) -> None:
        self.families = families
        self.layouts = tuple(family for family in families.ids if family in GRAMMAR)

    def parse(self, text: str) -> Scene:
        """The scene that `text` spells; LanguageError names position, found and expected."""
        tags = lex(text, self.name)
        reader = TagReader(tags, text, self.name)
        reader.bare(self.opening_tag)
        family = self.families[reader.value("layout", self.layouts)]
        form = reader.value("form", family.forms)
        style = {f: reader.value(f, self.families.style.values(f)) for f in STYLE_FIELDS}
        settings = tuple((name, reader.value(name, vals)) for name, vals in SETTINGS[family.id])
        reader.bare(_HEADER)
        # A link may point at the terminal, which stands after the links.
        later = [(tag.value or "").split("|")[0] for tag in tags if tag.name == "terminal_panel"]
        assembly = Assembly(family, form, lambda *fault: refuse(self.name, text, *fault), later)
        for kinds in blocks(family.id):
            while reader.next_name in kinds:
                assembly.add(*_part(reader, kinds, form))
            for kind in assembly.missing(kinds):
                reader.bare(kind.example(form))
        assembly.check_counts(reader.position)
        reader.bare(self.closing_tag)
        reader.end()
        return Scene(
            layout=family.id, form=form, settings=settings, parts=tuple(assembly.parts), **style
        )

    def serialize(self, document: Scene) -> str:
        """Canonical text: tags in grammar order, one space between."""
        head = [f"[{name}:{value}]" for name, value in _head(document).items()]
        body = [_spell(part, document) for part in document.parts]
        return " ".join([self.opening_tag, *head, _HEADER, *body, self.closing_tag])

    def fields(self, document: Scene) -> dict[str, str]:
        """Head and settings, then what each component says of topology and of content."""
        return scene_fields(document)

    def field_group(self, field: str) -> str:
        """family, form, style, topology or content."""
        return scene_field_group(field)

    def control_atoms(self) -> tuple[str, ...]:
        """Tags of the closed vocabulary: head, settings, fixed components; ids are open."""
        atoms = [self.opening_tag, self.closing_tag]
        atoms += [f"[layout:{family}]" for family in self.layouts]
        atoms += [
            f"[form:{form}]" for family in self.layouts for form in self.families[family].forms
        ]
        for field in STYLE_FIELDS:
            atoms += [f"[{field}:{value}]" for value in self.families.style.values(field)]
        for family in self.layouts:
            atoms += [f"[{name}:{value}]" for name, values in SETTINGS[family] for value in values]
        atoms.append(_HEADER)
        for family in self.layouts:
            atoms += [kind.example("") for kind in GRAMMAR[family] if kind.shape == "fixed"]
        return tuple(dict.fromkeys(atoms))


def scene_fields(scene: Scene) -> dict[str, str]:
    """Head, settings and topic, then what each component says of topology and of content."""
    fields = _head(scene) | ({"topic": scene.topic} if scene.topic else {})
    for part in scene.parts:
        name = f"{part.kind}.{part.key}"
        fields[name] = " ".join(bit for bit in (part.ends, part.place) if bit) or "present"
        if part.ref:
            fields[f"{name}.ref"] = part.ref
    return fields


def scene_field_group(field: str) -> str:
    """Group of a field of `scene_fields`: family, form, style, topology or content."""
    if field in ("layout", "form"):
        return "family" if field == "layout" else "form"
    settings = {name for family in SETTINGS.values() for name, _ in family}
    if field in STYLE_FIELDS or field in settings:
        return "style"
    return "content" if field == "topic" or field.endswith(".ref") else "topology"


def _head(scene: Scene) -> dict[str, str]:
    style = {field: str(getattr(scene, field)) for field in STYLE_FIELDS}
    return {"layout": scene.layout, "form": scene.form, **style, **dict(scene.settings)}


def _spell(part: Part, scene: Scene) -> str:
    kind = next(kind for kind in GRAMMAR[scene.layout] if kind.name == part.kind)
    place = kind.place_of(scene.form)
    where = f"{place[0]}={part.place}" if place else ""
    if kind.shape == "fixed":
        return f"[{part.kind}:{part.id}]"
    return f"[{part.kind}:{'|'.join(bit for bit in (part.id, part.ends, part.ref, where) if bit)}]"


def _part(reader: TagReader, kinds: dict[str, Kind], form: str) -> tuple[Part, int]:
    """The next component, of one of these kinds, and where it stands."""
    kind = kinds[reader.next_name]
    expected = f"a tag such as {kind.example(form)}"
    tag = reader.take(expected)
    match = kind.pattern(form).fullmatch(tag.value or "")
    if match is None or tag.closing:
        raise reader.refusal(tag.position, expected)
    found = {name: text or "" for name, text in match.groupdict().items()}
    return Part(kind=kind.name, **found), tag.position
