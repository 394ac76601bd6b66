"""Dialects of the scene language: one document, the Scene, in spellings of their own.

    scene     = '[scene]' header components '[/scene]'
    header    = '[tag:value]' for each Head of the spelling that the family has, in its order
    component = '[tag]' or '[tag:value]', then a tag for each further thing that is said of it, and
                then, where the spelling closes components, '[/tag]'

A tag stands for one token: every value of every tag comes from a closed list. Components stand in
the order of grammar.py and are held to the same rules (assembly.py). What a dialect leaves unsaid
has one usual value, so a dialect has exactly one text for each scene that it can say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, TypeVar

from contracts.errors import LanguageError
from contracts.families import STYLE_FIELDS, Family, FamilyTable
from engine.dsl.assembly import Assembly, blocks
from engine.dsl.grammar import GRAMMAR, SETTINGS, Kind
from engine.dsl.lexer import lex
from engine.dsl.part import Part
from engine.dsl.reader import TagReader
from engine.dsl.scene import Scene, scene_field_group, scene_fields
from engine.dsl.spelling import IRREGULAR, PLACES, SAID, SLOTS, Head, Spelling, Where, plain

Made = TypeVar("Made")


class Dialect:
    """One spelling of scenes, over one family table."""

    opening_tag = "[scene]"
    closing_tag = "[/scene]"

    def __init__(self, spelling: Spelling, families: FamilyTable) -> None:
        self.spelling = spelling
        self.name = spelling.name
        self.families = families
        self._known: dict[tuple[object, ...], Any] = {}

    def _once(self, key: tuple[object, ...], made: Callable[[], Made]) -> Made:
        """What is asked of every scene anew and follows from the spelling alone, made once."""
        if key not in self._known:
            self._known[key] = made()
        found: Made = self._known[key]
        return found

    # --- text to scene ------------------------------------------------------------------------

    def parse(self, text: str) -> Scene:
        """The scene that `text` spells; LanguageError names position, found and expected."""
        reader = TagReader(lex(text, self.name), text, self.name)
        scene = self._read_scene(reader)
        reader.end()
        return scene

    def _read_scene(self, reader: TagReader) -> Scene:
        """All from the scene's opening to its closing tag."""
        reader.bare(Dialect.opening_tag)
        head = self._read_head(reader)
        family = self.families[head["layout"]]
        where = Where(family, head["form"], head.get("topic", ""))
        assembly = Assembly(family, where.form, reader.refusal, self._later(family, reader))
        for kinds in blocks(family.id):
            for kind in kinds.values():
                if kind.name in self.spelling.chained:
                    self._chain(kind, assembly, reader.position)
            tags = {self.spelling.tag(kind): kind for kind in kinds.values()}
            while reader.next_name in tags:
                position = reader.position
                part = self._read_part(reader, tags[reader.next_name], where, assembly)
                assembly.add(part, position)
            for kind in assembly.missing(kinds):
                reader.bare(f"[{self.spelling.tag(kind)}]")
        assembly.check_counts(reader.position)
        reader.bare(self.closing_tag)
        return scene_of(head, tuple(assembly.parts))

    def _read_head(self, reader: TagReader) -> dict[str, str]:
        """What the header says, with what it leaves unsaid."""
        head: dict[str, str] = {}
        for field_ in self.spelling.head:
            names = self._names(field_, head)
            if names is None:
                continue
            position = reader.position
            spelled = reader.value(field_.tag, names)
            meant = names[spelled]
            if head.setdefault(field_.says, meant) != meant:
                other = field_.spelled(head[field_.says])
                raise reader.refusal(position, f"[{field_.tag}:{other}], as was said before")
        return self.head(head)

    def _names(self, head: Head, said: Mapping[str, str]) -> dict[str, str] | None:
        """Legal spellings of a header field beside what was said; None if the family has none."""
        layout = said.get("layout", "")
        return self._once(("head", head.tag, layout), lambda: self._names_in(head, layout))

    def _names_in(self, head: Head, layout: str) -> dict[str, str] | None:
        names = dict(head.names)
        if not layout:
            return names
        allowed = self._allowed(head.says, layout)
        if allowed is None:
            return None
        return {spelled: meant for spelled, meant in names.items() if meant in allowed}

    def _allowed(self, what: str, layout: str) -> tuple[str, ...] | None:
        """Values that a head field may have in a family; None where the family has none."""
        if what in STYLE_FIELDS:
            return self.families.style.values(what)
        fixed = {
            "layout": self.spelling.families,
            "form": self.families[layout].forms,
            "topic": self.spelling.topics,
        }
        return fixed.get(what) or dict(SETTINGS[layout]).get(what)

    def _read_part(self, reader: TagReader, kind: Kind, where: Where, assembly: Assembly) -> Part:
        spelling, form = self.spelling, where.form
        opening = spelling.tag(kind)
        if kind.shape == "fixed":
            reader.bare(f"[{opening}]")
            return Part(kind.name, kind.slot)
        says = self._says(kind, form)
        carried = self._carried(says)
        number = len(assembly.of(kind.name))
        found = {"place": self.usual(kind, form, number), "ref": self._unsaid_ref(kind, number)}
        counted = kind.shape != "join" and "id" not in says
        if counted and number == len(self.ids(kind, where.family)):
            raise reader.refusal(reader.position, f"no more than {number} of {kind.name}")
        if carried:
            values = self._values(kind, carried, where, short=True)
            found[carried] = values[reader.value(opening, values)]
        else:
            reader.bare(f"[{opening}]")
        for what in says:
            if what == carried:
                continue
            values = self._values(kind, what, where)
            tag = self._tag(kind, what, form)
            if what == "place" and found["place"]:
                values = {s: meant for s, meant in values.items() if meant != found["place"]}
                if not reader.opens(tag):
                    continue
            found[what] = values[reader.value(tag, values)]
        if ends := found.pop("ends", ""):
            found["source"], found["target"] = ends.split("->")
        if kind.shape != "join" and "id" not in says:
            found["id"] = self.id_of(kind, where.family, number, found["ref"])
        owner = found.pop("owner", "")
        return Part(kind.name, **{"source": owner, **found})

    def _unsaid_ref(self, kind: Kind, number: int) -> str:
        """Content that is not said, of the component with so many of its kind before it."""
        if kind.name in self.spelling.counted:
            return ref(kind.slot, number + 1)
        return kind.slot if kind.sole else ""

    def _chain(self, kind: Kind, assembly: Assembly, position: int) -> None:
        """Add a join from each component to the next."""
        ids = [part.id for part in assembly.of(*kind.joins)]
        for n, (source, target) in enumerate(pairwise(ids), start=1):
            content = ref(kind.slot, n) if kind.slot else ""
            assembly.add(Part(kind.name, "", content, source, target), position)

    def head(self, said: Mapping[str, str]) -> dict[str, str]:
        """What a header says, with the values of what it leaves unsaid."""
        layout = said["layout"]
        default = {name: values[0] for name, values in SETTINGS[layout]}
        default["form"] = self.families[layout].forms[0]
        return default | dict(self.spelling.unsaid) | dict(said)

    # --- scene to text ------------------------------------------------------------------------

    def serialize(self, document: Scene) -> str:
        """Canonical text; LanguageError when the dialect cannot say something in the scene."""
        body = [tag for _, tags in self.spelled_parts(document) for tag in tags]
        head = self._head_tags(document)
        return " ".join([Dialect.opening_tag, *head, *body, self.closing_tag])

    def spelled_parts(self, scene: Scene) -> Iterator[tuple[Part, list[str]]]:
        """Every component that is written, with its tags; LanguageError as from `serialize`."""
        counted: dict[str, int] = {}
        for part in scene.parts:
            number = counted.get(part.kind, 0)
            counted[part.kind] = number + 1
            if part.kind not in self.spelling.chained:
                yield part, list(self._part_tags(part, number, scene))

    def _head_tags(self, scene: Scene) -> Iterator[str]:
        meant = scene_fields(scene)
        said: dict[str, str] = {}
        for field_ in self.spelling.head:
            names = self._names(field_, said)
            if names is None:
                continue
            value = meant.get(field_.says, "")
            spelled = next((s for s, m in names.items() if m == value), None)
            if spelled is None:
                raise self._unspeakable(f"{field_.says} {value!r}", ", ".join(names.values()))
            said[field_.says] = value
            yield f"[{field_.tag}:{spelled}]"

    def _part_tags(self, part: Part, number: int, scene: Scene) -> Iterator[str]:
        kind, says = self._once(
            ("says", scene.layout, scene.form, part.kind),
            lambda: self._kind_and_says(scene.layout, scene.form, part.kind),
        )
        where = Where(self.families[scene.layout], scene.form, scene.topic)
        opening = self.spelling.tag(kind)
        if part.kind in self.spelling.counted and part.ref != self._unsaid_ref(kind, number):
            raise self._unspeakable(f"{part.ref} of {part.kind}", self._unsaid_ref(kind, number))
        carried = self._carried(says)
        value = ""
        if carried:
            value = ":" + self._spelled(part, kind, carried, where, short=True)
        yield f"[{opening}{value}]"
        for what in says:
            usual = what == "place" and part.place == self.usual(kind, scene.form, number)
            if what == carried or usual:
                continue
            yield f"[{self._tag(kind, what, scene.form)}:{self._spelled(part, kind, what, where)}]"

    def _kind_and_says(self, layout: str, form: str, name: str) -> tuple[Kind, tuple[str, ...]]:
        """A kind of component by name, and what is said of it."""
        kind = next(kind for kind in GRAMMAR[layout] if kind.name == name)
        return kind, self._says(kind, form)

    def _tag(self, kind: Kind, what: str, form: str) -> str:
        """Tag of something that is said of a component; a place goes by its key."""
        return self.spelling.tag(kind, self._key(kind, form) if what == "place" else what)

    def _spelled(self, part: Part, kind: Kind, what: str, where: Where, short: bool = False) -> str:
        meant = part.source if what == "owner" else str(getattr(part, what))
        values = self._values(kind, what, where, short=short)
        spelled = self._once(
            ("spelled", *self._place_of(kind, what, where, short)),
            lambda: {value: spelled for spelled, value in reversed(values.items())},
        ).get(meant)
        if spelled is None:
            raise self._unspeakable(f"{what} {meant!r} of {part.kind}", ", ".join(values.values()))
        return spelled

    def _unspeakable(self, found: str, expected: str) -> LanguageError:
        return LanguageError(self.name, found, expected, "Say it in another dialect", position=0)

    # --- what may be said ---------------------------------------------------------------------

    def _says(self, kind: Kind, form: str) -> tuple[str, ...]:
        """What is said of a component of a kind, in order."""
        if kind.shape == "fixed":
            return ()
        has = {
            "id": kind.shape != "join" and not kind.sole,
            "owner": kind.shape == "leaf",
            "ends": kind.shape in ("join", "span"),
            "source": kind.shape in ("join", "span"),
            "target": kind.shape in ("join", "span"),
            "ref": bool(kind.slot) and not kind.sole and kind.name not in self.spelling.counted,
            "place": kind.place_of(form) is not None,
        }
        return tuple(what for what in SAID if what in self.spelling.said and has[what])

    def _carried(self, says: Sequence[str]) -> str:
        """What the opening tag carries as its value; "" for nothing."""
        return next((what for what in self.spelling.value if what in says), "")

    @staticmethod
    def _key(kind: Kind, form: str) -> str:
        place = kind.place_of(form)
        return place[0] if place else ""

    def usual(self, kind: Kind, form: str, number: int) -> str:
        """The place that is left out, of the component with so many of its kind before it."""
        key = self._key(kind, form)
        unsaid = PLACES[key][:1] if key and "place" not in self.spelling.said else ()
        turn = self.spelling.usual.get(key) or unsaid
        return turn[number % len(turn)] if turn else ""

    def ids(self, kind: Kind, family: Family) -> tuple[str, ...]:
        """Closed list of the ids of a kind."""
        return self._once(("ids", kind.name, family.id), lambda: self._ids_of(kind, family))

    def _ids_of(self, kind: Kind, family: Family) -> tuple[str, ...]:
        if kind.name in self.spelling.ids:
            return self.spelling.ids[kind.name]
        count = next(count for count in family.counts if count.item == kind.name)
        noun = IRREGULAR.get(count.id, count.id.removesuffix("s"))
        last = count.most
        if self.spelling.keyed and not kind.sole:
            last = SLOTS[kind.slot] + self.spelling.numbers
        return (noun,) if kind.sole else tuple(f"{noun}_{n}" for n in range(1, last + 1))

    def id_of(self, kind: Kind, family: Family, place: int, content: str) -> str:
        """The id that is left out: of the component with so many of its kind before it."""
        if self.spelling.keyed and not kind.sole:
            place = int(content.rpartition("_")[2]) - 1
        return self.ids(kind, family)[place]

    def _later(self, family: Family, reader: TagReader) -> tuple[str, ...]:
        """Ids that joins may name before they are declared, as they are further on."""
        sole = [k for k in GRAMMAR[family.id] if k.sole and reader.holds(self.spelling.tag(k))]
        return tuple(id_ for kind in sole for id_ in self.ids(kind, family))

    def _values(self, kind: Kind, what: str, where: Where, short: bool = False) -> dict[str, str]:
        """Closed list of what may be said: spelling to meaning; `short` is an opening tag's own."""
        return self._once(
            ("values", *self._place_of(kind, what, where, short)),
            lambda: self._values_in(kind, what, where, short),
        )

    @staticmethod
    def _place_of(kind: Kind, what: str, where: Where, short: bool) -> tuple[object, ...]:
        """What a closed list depends on."""
        return kind.name, what, where.family.id, where.form, where.topic, short

    def _values_in(self, kind: Kind, what: str, where: Where, short: bool) -> dict[str, str]:
        family = where.family
        if what == "id":
            return dict(plain(*self.ids(kind, family)))
        if what == "ends":
            return dict(plain(*self._pairs(kind, family)))
        if what in ("owner", "source", "target"):
            kinds = kind.targets if what == "target" else kind.joins
            return dict(plain(*self._named(kinds, family)))
        if what == "ref":
            return self.refs(kind.slot, where.topic, short)
        place = kind.place_of(where.form)
        assert place is not None  # a place is said only where there is one
        name, pattern = place
        values = self.spelling.places.get(name, PLACES[name])
        return dict(plain(*(value for value in values if re.fullmatch(pattern, value))))

    def refs(self, slot: str, topic: str, short: bool) -> dict[str, str]:
        """Closed list of references to a slot: spelling to meaning."""
        found = {n: ref(slot, n) for n in range(1, SLOTS[slot] + self.spelling.numbers + 1)}
        return {str(n) if short else f"{slot}.{n}": path for n, path in found.items()}

    def _named(self, kinds: Sequence[str], family: Family) -> list[str]:
        """Every id that components of these kinds may have."""
        of = [kind for kind in GRAMMAR[family.id] if kind.name in kinds]
        return [id_ for kind in of for id_ in self.ids(kind, family)]

    def _pairs(self, kind: Kind, family: Family) -> Iterator[str]:
        """Both ends of every join or span that may be legal; ids that are not said are in order."""
        sources, targets = self._named(kind.joins, family), self._named(kind.targets, family)
        counted = "id" not in self.spelling.said and not self.spelling.keyed
        ordered = counted and (kind.forward or kind.shape == "span")
        for (i, source), (j, target) in product(enumerate(sources), enumerate(targets)):
            backward = ordered and target in sources and i > j
            if not backward and (kind.shape == "span" or source != target):
                yield f"{source}->{target}"

    # --- protocol -----------------------------------------------------------------------------

    def fields(self, document: Scene) -> dict[str, str]:
        """Head, settings and topic, then what each component says of topology and of content."""
        return scene_fields(document)

    def field_group(self, field: str) -> str:
        """family, form, style, topology or content."""
        return scene_field_group(field)

    def control_atoms(self) -> tuple[str, ...]:
        """Every tag that a document of the dialect may hold."""
        atoms = [Dialect.opening_tag, self.closing_tag]
        for head in self.spelling.head:
            atoms += [f"[{head.tag}:{spelled}]" for spelled, _ in head.names]
        for name in self.spelling.families:
            family = self.families[name]
            for kind in GRAMMAR[name]:
                if kind.name not in self.spelling.chained:
                    for form, topic in product(self._forms(family), self.spelling.topics):
                        atoms += self._part_atoms(kind, Where(family, form, topic))
        return tuple(dict.fromkeys(atoms))

    def _forms(self, family: Family) -> Sequence[str]:
        """Forms of a family that the dialect can say."""
        said = next((head for head in self.spelling.head if head.says == "form"), None)
        if said is None:
            return (self.spelling.unsaid.get("form", family.forms[0]),)
        return [form for form in family.forms if said.spelled(form) is not None]

    def _part_atoms(self, kind: Kind, where: Where) -> Iterator[str]:
        spelling = self.spelling
        opening = spelling.tag(kind)
        says = self._says(kind, where.form)
        carried = self._carried(says)
        if not carried:
            yield f"[{opening}]"
        for what in says:
            short = what == carried
            tag = opening if short else self._tag(kind, what, where.form)
            for value in self._values(kind, what, where, short=short):
                yield f"[{tag}:{value}]"


def scene_of(head: Mapping[str, str], parts: tuple[Part, ...]) -> Scene:
    """The scene of a whole header and its components."""
    return Scene(
        layout=head["layout"],
        form=head["form"],
        settings=tuple((name, head[name]) for name, _ in SETTINGS[head["layout"]]),
        parts=parts,
        topic=head.get("topic", ""),
        **{name: head[name] for name in STYLE_FIELDS},
    )


def ref(slot: str, number: int) -> str:
    """Reference to an item of a slot."""
    return f"{slot}.{slot.removesuffix('s')}_{number}"
