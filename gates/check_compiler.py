"""What the compiler gate measures: clean pictures that draw what was asked, each its own."""

from __future__ import annotations

from contracts.models import Contract
from gates.registry import check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict


def has_pictures(contract: Contract) -> bool:
    """Whether answers are drawn."""
    return contract.spec.pictures


def _from_smoke(name: str, faults: tuple[str, ...], n: int, held: str, cure: str) -> Verdict:
    return judged("compiler", name, list(faults), n, held, cure, evidence="compiler_smoke.json")


@check("compiler", about=has_pictures)
def every_picture_is_clean(rung: RungEvidence) -> Verdict:
    """Every answer compiles, passes lint, renders and is not blank."""
    smoke = rung.smoke
    return _from_smoke(
        "every_picture_is_clean",
        smoke.unclean,
        smoke.pictures,
        f"{smoke.pictures} pictures of {smoke.documents} documents compiled, linted and rendered",
        "Mend the layout; lint names the element",
    )


@check("compiler", about=has_pictures)
def counts_drawn_are_counts_asked(rung: RungEvidence) -> Verdict:
    """The components in a picture, counted from its SVG, are those of its document."""
    smoke = rung.smoke
    return _from_smoke(
        "counts_drawn_are_counts_asked",
        smoke.miscounted,
        smoke.pictures,
        "every segment, bracket, card, stage, arrow, link, terminal and footer is drawn",
        "Mend the layout that drops or adds a component",
    )


@check("compiler", about=has_pictures)
def distinct_documents_give_distinct_pictures(rung: RungEvidence) -> Verdict:
    """No two documents, among the answers and their neighbours in one field, share a picture."""
    smoke = rung.smoke
    return _from_smoke(
        "distinct_documents_give_distinct_pictures",
        smoke.confused,
        smoke.neighbours,
        f"{smoke.neighbours} documents, as many pictures",
        "Let the layout show the field in which the two differ",
    )


@check("compiler")
def same_document_gives_same_bytes(rung: RungEvidence) -> Verdict:
    """Drawn again in another process, which hashes strings differently, a picture has its bytes.

    In a language without pictures it is the text that is spelled again.
    """
    smoke = rung.smoke
    pictured = rung.representation.pictured
    return _from_smoke(
        "same_document_gives_same_bytes",
        smoke.unstable,
        smoke.pictures if pictured else smoke.documents,
        ("SVG and PNG have" if pictured else "no pictures are declared; texts have")
        + " the same bytes in two processes",
        f"Take clocks, sets and hash order out of the {'compiler' if pictured else 'language'}",
    )


@check("compiler")
def altered_documents_are_refused_or_differ(rung: RungEvidence) -> Verdict:
    """Every mutation of an answer is refused, or is another document with another picture.

    In a language without pictures another document is enough.
    """
    smoke = rung.smoke
    return _from_smoke(
        "altered_documents_are_refused_or_differ",
        smoke.swallowed,
        smoke.mutations,
        f"{smoke.mutations} mutations, none swallowed",
        "Make the parser or the compiler see the change",
    )
