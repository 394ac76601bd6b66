"""The bundle language: a family, a form, a style and counts; the compiler does the rest.

    bundle = '[bundle]' '[family:' F ']' '[form:' O ']' style counts '[/bundle]'
    style  = '[theme:' V ']' '[tone:' V ']' '[density:' V ']' '[background:' V ']'
    counts = one '[field:' N ']' for each count field of F, in the family's order

Strict: fields in this order, values of the family table only, nothing missing, nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.families import STYLE_FIELDS, FamilyTable
from engine.dsl.lexer import lex
from engine.dsl.reader import TagReader


@dataclass(frozen=True)
class Bundle:
    """One bundle; `counts` holds the family's count fields in canonical order."""

    family: str
    form: str
    theme: str
    tone: str
    density: str
    background: str
    counts: tuple[tuple[str, int], ...]

    @property
    def count(self) -> dict[str, int]:
        """Counts by field name."""
        return dict(self.counts)


class BundleLanguage:
    """The bundle language over one family table."""

    name = "bundle"
    opening_tag = "[bundle]"
    closing_tag = "[/bundle]"

    def __init__(self, families: FamilyTable) -> None:
        self.families = families

    def parse(self, text: str) -> Bundle:
        """The bundle that `text` spells; LanguageError names position, found and expected."""
        reader = TagReader(lex(text, self.name), text, self.name)
        bundle = self.read(reader)
        reader.end()
        return bundle

    def read(self, reader: TagReader) -> Bundle:
        """The bundle that stands next; LanguageError as `parse`."""
        reader.bare(self.opening_tag)
        family = self.families[reader.value("family", self.families.ids)]
        form = reader.value("form", family.forms)
        style = {
            field: reader.value(field, self.families.style.values(field)) for field in STYLE_FIELDS
        }
        counts = tuple(
            (field.id, int(reader.value(field.id, _spellings(field.least, field.most))))
            for field in family.counts
        )
        reader.bare(self.closing_tag)
        return Bundle(family=family.id, form=form, counts=counts, **style)

    def serialize(self, document: Bundle) -> str:
        """Canonical text: tags in grammar order, one space between."""
        body = " ".join(f"[{field}:{value}]" for field, value in self.fields(document).items())
        return f"{self.opening_tag} {body} {self.closing_tag}"

    def fields(self, document: Bundle) -> dict[str, str]:
        """Family, form, style fields and counts, in canonical order."""
        style = {field: str(getattr(document, field)) for field in STYLE_FIELDS}
        counts = {name: str(value) for name, value in document.counts}
        return {"family": document.family, "form": document.form, **style, **counts}

    def field_group(self, field: str) -> str:
        """family, form, style or topology."""
        if field in ("family", "form"):
            return field
        return "style" if field in STYLE_FIELDS else "topology"

    def control_atoms(self) -> tuple[str, ...]:
        """Opening and closing tag, then every field with every value that it may take."""
        atoms = [self.opening_tag, self.closing_tag]
        atoms += [f"[family:{family}]" for family in self.families.ids]
        atoms += [f"[form:{form}]" for family in self.families.family for form in family.forms]
        for field in STYLE_FIELDS:
            atoms += [f"[{field}:{value}]" for value in self.families.style.values(field)]
        for family in self.families.family:
            for count in family.counts:
                atoms += [f"[{count.id}:{n}]" for n in _spellings(count.least, count.most)]
        return tuple(dict.fromkeys(atoms))


def _spellings(least: int, most: int) -> tuple[str, ...]:
    return tuple(str(n) for n in range(least, most + 1))
