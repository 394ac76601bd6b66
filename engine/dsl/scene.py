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
from itertools import groupby

from contracts.families import STYLE_FIELDS, Family, FamilyTable
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.lexer import Tag, lex, refuse

_HEADER = "[header_band:header]"


@dataclass(frozen=True)
class Part:
    """One component; fields that its kind does not have are empty. A leaf's `source` owns it."""

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
            ends = _ends(part)
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


def _ends(part: Part) -> str:
    """Both ids that a join or span names, or the owner of a leaf."""
    return f"{part.source}->{part.target}" if part.target else part.source


def _spell(part: Part, scene: Scene) -> str:
    kind = next(kind for kind in GRAMMAR[scene.layout] if kind.name == part.kind)
    place = kind.place_of(scene.form)
    ends = _ends(part)
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
        for _, kinds in groupby(GRAMMAR[family.id], lambda kind: kind.block or kind.name):
            parts += self._parts({kind.name: kind for kind in kinds}, form, tuple(parts))
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

    # parts = { tag of one of these kinds }, all that they name declared, in order, drawn nowhere twice
    def _parts(self, kinds: dict[str, Kind], form: str, before: tuple[Part, ...]) -> list[Part]:
        parts = list[Part]()
        while self._next < len(self._tags) and self._tags[self._next].name in kinds:
            tag = self._take("")
            kind = kinds[tag.name]
            match = kind.pattern(form).fullmatch(tag.value or "")
            if match is None or tag.closing:
                raise self._refuse(tag.position, f"a tag such as {kind.example(form)}")
            found = {name: text or "" for name, text in match.groupdict().items()}
            part = Part(kind=kind.name, **found)
            self._check(kind, form, part, (*before, *parts), tag.position)
            parts.append(part)
        if "address_strip" in kinds and not parts:
            self._bare(kinds["address_strip"].example(form))
        return parts

    def _check(
        self, kind: Kind, form: str, part: Part, before: tuple[Part, ...], position: int
    ) -> None:
        if part.id and any(part.id == other.id for other in before):
            raise self._refuse(position, f"an id that no other component has, not {part.id!r}")
        peers = [other for other in before if other.kind == part.kind]
        place = kind.place_of(form)
        key = place[0] if place else ""
        if kind.shape == "leaf":
            self._check_owner(kind, part, before, peers, position)
        elif part.source:
            self._check_ends(kind, part, before, peers, position)
        elif key == "cell" and any(part.place == other.place for other in before):
            raise self._refuse(position, f"a cell of its own, not {part.place}")
        elif key == "arena" and peers and part.place < peers[-1].place:
            raise self._refuse(position, f"arenas in order, {peers[-1].place} or later")

    def _check_owner(
        self, kind: Kind, part: Part, before: tuple[Part, ...], peers: list[Part], position: int
    ) -> None:
        owners = [other.id for other in before if other.kind in kind.joins]
        self._declared(part.source, owners, position)
        if peers and owners.index(part.source) < owners.index(peers[-1].source):
            raise self._refuse(position, f"each {kind.name} in the order of its {kind.joins[0]}")

    def _check_ends(
        self, kind: Kind, part: Part, before: tuple[Part, ...], peers: list[Part], position: int
    ) -> None:
        sources = [other.id for other in before if other.kind in kind.joins]
        # A link may point at the terminal, which stands after the links.
        targets = [other.id for other in before if other.kind in kind.targets] + [
            (tag.value or "").split("|")[0]
            for tag in self._tags[self._next :]
            if tag.name == "terminal_panel" and "terminal_panel" in kind.targets
        ]
        self._declared(part.source, sources, position)
        self._declared(part.target, targets, position)
        if kind.shape == "join" and part.source == part.target:
            raise self._refuse(position, f"two different ends, not {part.source!r} twice")
        rank = (sources.index(part.source), targets.index(part.target))
        if kind.shape == "span" and rank[0] > rank[1]:
            raise self._refuse(position, "a span from an earlier to a later component")
        if kind.forward and part.target in sources and rank[0] > sources.index(part.target):
            raise self._refuse(position, "a join from an earlier to a later component")
        if peers:
            last = (sources.index(peers[-1].source), targets.index(peers[-1].target))
            if rank <= last:
                raise self._refuse(position, f"each {kind.name} once, in the order of its ends")

    def _declared(self, end: str, ids: list[str], position: int) -> None:
        if end not in ids:
            found = ", ".join(ids) or "none"
            raise self._refuse(position, f"one of the declared ids {found}, not {end!r}")

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
