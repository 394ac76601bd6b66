"""The scene language: every component of a picture is one tag, laid out by the compiler as told.

    scene    = '[scene]' head settings '[header_band:header]' body '[/scene]'
    head     = '[layout:' F ']' '[form:' O ']' '[theme:' V ']' '[tone:' V ']' '[density:' V ']'
               '[background:' V ']'
    settings = one '[name:value]' for each setting of the family (SETTINGS)
    body     = the family's kinds of component in order (GRAMMAR), each as often as its count allows

A component is spelled in one of four shapes:

    fixed   [footer_note:footer]                              says only that it is there
    node    [timeline_stage:stage_1|stages.stage_1|lane=top]  id, content, place in the arrangement
    join    [system_link:stage_1->stage_2|links.link_1]       two ids, content (arrows have none)
    span    [region_bracket:b_1|segment_1->segment_3|brackets.b_1]  id, first->last id, content

Ids are any identifiers. They are unique, every id named by a join or span is declared, joins and
spans stand in the order of what they name, and no two draw the same line: so each document has one
text, and different documents differ in the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from contracts.families import STYLE_FIELDS, Family, FamilyTable
from engine.dsl.lexer import Tag, lex, refuse

Shape = Literal["fixed", "node", "join", "span"]

_ID = r"[a-z][a-z0-9_]*"
_HEADER = "[header_band:header]"
_CELL = r"[1-9]\.[1-9]"


@dataclass(frozen=True)
class Kind:
    """One kind of component: its tag, its shape, the content slot it reads, the ids it joins.

    `places` holds (form, key, value pattern) of the place that its nodes carry in each form.
    """

    name: str
    shape: Shape
    slot: str = ""
    joins: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    places: tuple[tuple[str, str, str], ...] = ()

    def place_of(self, form: str) -> tuple[str, str] | None:
        """Key and value pattern of the place that a node of this kind has in a form."""
        return next(((key, value) for name, key, value in self.places if name == form), None)

    def pattern(self, form: str) -> re.Pattern[str]:
        """Pattern of the tag's value in a form."""
        content = self.slot if self.sole else rf"{self.slot}\.{_ID}"
        ends = rf"(?P<source>{_ID})->(?P<target>{_ID})"
        if self.shape == "fixed":
            return re.compile(rf"(?P<id>{self.slot})")
        if self.shape == "join":
            return re.compile(ends + (rf"\|(?P<ref>{content})" if self.slot else ""))
        if self.shape == "span":
            return re.compile(rf"(?P<id>{_ID})\|{ends}\|(?P<ref>{content})")
        place = self.place_of(form)
        tail = rf"\|{place[0]}=(?P<place>{place[1]})" if place else ""
        return re.compile(rf"(?P<id>{_ID})\|(?P<ref>{content}){tail}")

    @property
    def sole(self) -> bool:
        """Whether its content is the slot itself, not an item of a list."""
        return self.name == "terminal_panel"

    def example(self, form: str) -> str:
        """One well-formed tag, for messages."""
        slot = self.slot
        if self.shape == "fixed":
            return f"[{self.name}:{slot}]"
        if self.shape == "join":
            return f"[{self.name}:a->b{f'|{slot}.item_1' if slot else ''}]"
        if self.shape == "span":
            return f"[{self.name}:id|a->b|{slot}.item_1]"
        place = self.place_of(form)
        ref = slot if self.sole else f"{slot}.item_1"
        return f"[{self.name}:id|{ref}{f'|{place[0]}=…' if place else ''}]"


_EVERY_SYSTEM_FORM = tuple(
    (form, "cell", _CELL) for form in ("linear_pipeline", "build_path", "selection_path")
)

GRAMMAR: dict[str, tuple[Kind, ...]] = {
    "memory_map": (
        Kind("address_strip", "fixed", "offsets"),
        Kind(
            "memory_segment",
            "node",
            "segments",
            places=(
                ("typed_regions", "kind", "[1-4]"),
                ("arena_sections", "arena", "[1-8]"),
                ("layer_stack", "layer", "[1-8]"),
            ),
        ),
        Kind(
            "region_bracket",
            "span",
            "brackets",
            joins=("memory_segment",),
            targets=("memory_segment",),
        ),
        Kind("info_card", "node", "cards"),
    ),
    "timeline": (
        Kind(
            "timeline_stage",
            "node",
            "stages",
            places=(
                ("milestone_chain", "lane", "top|bottom"),
                ("stage_sequence", "lane", "center"),
            ),
        ),
        Kind("timeline_arrow", "join", joins=("timeline_stage",), targets=("timeline_stage",)),
        Kind("footer_note", "fixed", "footer"),
    ),
    "system_diagram": (
        Kind("system_stage", "node", "stages", places=_EVERY_SYSTEM_FORM),
        Kind(
            "system_link",
            "join",
            "links",
            joins=("system_stage",),
            targets=("system_stage", "terminal_panel"),
        ),
        Kind("terminal_panel", "node", "terminal", places=_EVERY_SYSTEM_FORM),
        Kind("footer_note", "fixed", "footer"),
    ),
}

SETTINGS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "memory_map": (),
    "timeline": (),
    "system_diagram": (
        ("canvas", ("wide",)),
        ("inset", ("sm", "md", "lg")),
        ("gap", ("sm", "md", "lg")),
        ("connector", ("arrow", "line")),
    ),
}


@dataclass(frozen=True)
class Part:
    """One component; fields that its kind does not have are empty."""

    kind: str
    id: str = ""
    ref: str = ""
    source: str = ""
    target: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """Name of the part within its scene: its id, or the ends that it joins."""
        return self.id or f"{self.source}->{self.target}"


@dataclass(frozen=True)
class Scene:
    """One scene: head fields, settings of its family, and components in drawing order."""

    layout: str
    form: str
    theme: str
    tone: str
    density: str
    background: str
    settings: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]

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
        return _Reader(lex(text, self.name), text, self).scene()

    def serialize(self, document: Scene) -> str:
        """Canonical text: tags in grammar order, one space between."""
        head = [f"[{name}:{value}]" for name, value in _head(document).items()]
        body = [_spell(part, document) for part in document.parts]
        return " ".join([self.opening_tag, *head, _HEADER, *body, self.closing_tag])

    def fields(self, document: Scene) -> dict[str, str]:
        """Head and settings, then what each component says of topology and of content."""
        fields = _head(document)
        for part in document.parts:
            name = f"{part.kind}.{part.key}"
            ends = f"{part.source}->{part.target}" if part.source else ""
            fields[name] = " ".join(bit for bit in (ends, part.place) if bit) or "present"
            if part.ref:
                fields[f"{name}.ref"] = part.ref
        return fields

    def field_group(self, field: str) -> str:
        """family, form, style, topology or content."""
        if field in ("layout", "form"):
            return "family" if field == "layout" else "form"
        settings = {name for family in SETTINGS.values() for name, _ in family}
        if field in STYLE_FIELDS or field in settings:
            return "style"
        return "content" if field.endswith(".ref") else "topology"

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


def _head(scene: Scene) -> dict[str, str]:
    style = {field: str(getattr(scene, field)) for field in STYLE_FIELDS}
    return {"layout": scene.layout, "form": scene.form, **style, **dict(scene.settings)}


def _spell(part: Part, scene: Scene) -> str:
    kind = next(kind for kind in GRAMMAR[scene.layout] if kind.name == part.kind)
    place = kind.place_of(scene.form)
    ends = f"{part.source}->{part.target}" if part.source else ""
    where = f"{place[0]}={part.place}" if place else ""
    if kind.shape == "fixed":
        return f"[{part.kind}:{part.id}]"
    return f"[{part.kind}:{'|'.join(bit for bit in (part.id, ends, part.ref, where) if bit)}]"


class _Reader:
    """Takes tags one by one; after each component it knows all ids declared so far."""

    def __init__(self, tags: list[Tag], text: str, language: SceneLanguage) -> None:
        self._tags = tags
        self._text = text
        self._language = language
        self._next = 0

    def scene(self) -> Scene:
        language = self._language
        self._bare(language.opening_tag)
        family = language.families[self._value("layout", language.layouts)]
        form = self._value("form", family.forms)
        style = {f: self._value(f, language.families.style.values(f)) for f in STYLE_FIELDS}
        settings = tuple((name, self._value(name, values)) for name, values in SETTINGS[family.id])
        self._bare(_HEADER)
        parts: list[Part] = []
        for kind in GRAMMAR[family.id]:
            parts += self._parts(kind, form, tuple(parts))
        self._check_counts(family, parts)
        self._bare(language.closing_tag)
        if self._next < len(self._tags):
            raise self._refuse(self._tags[self._next].position, "nothing after the closing tag")
        return Scene(layout=family.id, form=form, settings=settings, parts=tuple(parts), **style)

    def _refuse(self, position: int, expected: str) -> Exception:
        return refuse(self._language.name, self._text, position, expected)

    def _take(self, expected: str) -> Tag:
        if self._next == len(self._tags):
            raise self._refuse(len(self._text), expected)
        self._next += 1
        return self._tags[self._next - 1]

    def _bare(self, spelling: str) -> None:
        tag = self._take(spelling)
        if tag.text != spelling:
            raise self._refuse(tag.position, spelling)

    def _value(self, field: str, allowed: tuple[str, ...]) -> str:
        expected = f"[{field}:…] with one of {', '.join(allowed)}"
        tag = self._take(expected)
        if tag.closing or tag.name != field or tag.value not in allowed:
            raise self._refuse(tag.position, expected)
        return tag.value

    # parts = { tag of this kind }, each joined ids declared, in order, drawn nowhere twice
    def _parts(self, kind: Kind, form: str, before: tuple[Part, ...]) -> list[Part]:
        pattern, parts = kind.pattern(form), list[Part]()
        while self._next < len(self._tags) and self._tags[self._next].name == kind.name:
            tag = self._take("")
            match = pattern.fullmatch(tag.value or "")
            if match is None or tag.closing:
                raise self._refuse(tag.position, f"a tag such as {kind.example(form)}")
            found = {name: text or "" for name, text in match.groupdict().items()}
            part = Part(kind=kind.name, **found)
            self._check(kind, form, part, (*before, *parts), tag.position)
            parts.append(part)
        if kind.name == "address_strip" and not parts:
            self._bare(kind.example(form))
        return parts

    def _check(
        self, kind: Kind, form: str, part: Part, before: tuple[Part, ...], position: int
    ) -> None:
        if part.id and any(part.id == other.id for other in before):
            raise self._refuse(position, f"an id that no other component has, not {part.id!r}")
        peers = [other for other in before if other.kind == part.kind]
        place = kind.place_of(form)
        key = place[0] if place else ""
        if part.source:
            self._check_ends(kind, part, before, peers, position)
        elif key == "cell" and any(part.place == other.place for other in before):
            raise self._refuse(position, f"a cell of its own, not {part.place}")
        elif key == "arena" and peers and part.place < peers[-1].place:
            raise self._refuse(position, f"arenas in order, {peers[-1].place} or later")

    def _check_ends(
        self, kind: Kind, part: Part, before: tuple[Part, ...], peers: list[Part], position: int
    ) -> None:
        sources = [other.id for other in before if other.kind in kind.joins]
        # A link may point at the terminal, which stands after the links.
        targets = sources + [
            (tag.value or "").split("|")[0]
            for tag in self._tags[self._next :]
            if tag.name == "terminal_panel" and "terminal_panel" in kind.targets
        ]
        for end, declared in ((part.source, sources), (part.target, targets)):
            if end not in declared:
                ids = ", ".join(declared)
                raise self._refuse(position, f"one of the declared ids {ids}, not {end!r}")
        rank = (sources.index(part.source), targets.index(part.target))
        if kind.shape == "join" and rank[0] == rank[1]:
            raise self._refuse(position, f"two different ends, not {part.source!r} twice")
        if kind.shape == "span" and rank[0] > rank[1]:
            raise self._refuse(position, "a span from an earlier to a later segment")
        if peers:
            last = (sources.index(peers[-1].source), targets.index(peers[-1].target))
            if rank <= last:
                raise self._refuse(position, f"each {kind.name} once, in the order of its ends")

    def _check_counts(self, family: Family, parts: list[Part]) -> None:
        counts = {f.id: sum(part.kind == f.item for part in parts) for f in family.counts}
        end = self._tags[self._next].position if self._next < len(self._tags) else len(self._text)
        for field in family.counts:
            ceiling = field.ceiling(counts)
            if not field.least <= counts[field.id] <= ceiling:
                raise self._refuse(
                    end,
                    f"{field.least} to {ceiling} of {field.item}, not {counts[field.id]}",
                )
