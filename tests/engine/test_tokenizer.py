"""Control atoms are one token each, plain text cannot speak as control, and every byte survives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as LibraryTokenizer

from contracts.errors import TokenizerError
from contracts.families import family_table
from contracts.loading import ContractBook
from engine.curriculum import curriculum_for
from engine.curriculum.dataset import build_dataset
from engine.curriculum.rows import item_rng
from engine.curriculum.tag_prefix import TagPrefix
from engine.dsl.bundle import BundleLanguage
from engine.dsl.raw_svg import RawSvgLanguage
from engine.store import ROOT
from engine.tokenizer import (
    ASCII,
    BOS_ID,
    EOS,
    EOS_ID,
    PAD_ID,
    SYSTEM_TOKENS,
    UNK_ID,
    AtomicityFault,
    Kind,
    Tokenizer,
)

KINDS: tuple[Kind, ...] = ("ascii_bpe", "byte_bpe", "char")
BOOK = ContractBook()
NAMES = ("bundle", "routebook")
ATOMS = tuple(
    dict.fromkeys(
        [
            *BundleLanguage(family_table()).control_atoms(),
            *(atom for name in NAMES for atom in curriculum_for(name).prompt_atoms()),
        ]
    )
)
CORPUS = tuple(text for name in NAMES for text in curriculum_for(name).prose())
ASCII_TEXT = st.text(st.sampled_from(ASCII), max_size=40)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
PIECES = st.lists(ASCII_TEXT | st.sampled_from(ATOMS), max_size=8).map("".join)


@cache
def tokenizer(kind: Kind = "ascii_bpe", vocab_size: int = 768) -> Tokenizer:
    """A tokenizer of the shipped atoms and prose."""
    return Tokenizer.train(kind, vocab_size, ATOMS, CORPUS)


def without_system(text: str) -> bool:
    """Whether a text names no system token."""
    return not any(token in text for token in SYSTEM_TOKENS)


# --- round trip -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(PIECES.filter(without_system))
@settings(deadline=None)
def test_ascii_text_survives(kind: Kind, text: str) -> None:
    ids = tokenizer(kind).encode(text)
    assert tokenizer(kind).decode(ids) == text
    assert all(PAD_ID < number < tokenizer(kind).vocab_size for number in ids)


@given(ANY_TEXT.filter(without_system))
@settings(deadline=None)
def test_any_text_survives_bytes(text: str) -> None:
    found = tokenizer("byte_bpe")
    assert found.decode(found.encode(text)) == text


@pytest.mark.parametrize("run", ["spec16_r9", "spec19_r3d"])
def test_every_row_survives(run: str) -> None:
    data = build_dataset(BOOK.contract(run))
    found = tokenizer()
    for row in data.train_rows + data.probe_rows:
        ids, start = found.encode_row(row.prompt, row.target)
        assert ids[:start] == found.encode_prompt(row.prompt)
        assert found.decode(ids[1:start]) == row.prompt
        assert found.decode(ids[start:-1]) == row.target
        assert (ids[0], ids[-1]) == (BOS_ID, EOS_ID)
        assert UNK_ID not in ids


def test_a_seam_between_atom_and_prose_never_moves() -> None:
    found = tokenizer()
    for text in ("[OUT]", "Stop[OUT]", "Stop [OUT] now", "[[OUT]]", "[tone:blue][tone:green]"):
        ids = found.encode(text)
        assert found.decode(ids) == text
        spelled = [found.pieces[number] for number in ids]
        assert sum(piece in ATOMS for piece in spelled) == sum(text.count(a) for a in ATOMS)


# --- atoms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_system_tokens_then_atoms_then_the_rest(kind: Kind) -> None:
    found = tokenizer(kind)
    assert found.pieces[: PAD_ID + 1] == SYSTEM_TOKENS
    assert found.atoms == ATOMS
    assert found.pieces[PAD_ID + 1 : PAD_ID + 1 + len(ATOMS)] == ATOMS
    for number, atom in enumerate(ATOMS, start=PAD_ID + 1):
        assert found.encode(atom) == [number]


def test_a_vocabulary_is_at_most_as_large_as_asked() -> None:
    fixed = len(SYSTEM_TOKENS) + len(ATOMS) + len(ASCII)
    assert tokenizer(vocab_size=600).vocab_size == 600
    assert fixed < tokenizer().vocab_size < 768  # the prose holds no more pairs that repeat
    assert tokenizer("char").vocab_size == fixed
    assert tokenizer("ascii_bpe", fixed).vocab_size == fixed
    with pytest.raises(TokenizerError) as caught:
        Tokenizer.train("ascii_bpe", fixed - 1, ATOMS, CORPUS)
    assert caught.value.where == "tokenizer.vocab_size"
    assert f"at least {fixed}: {len(ATOMS)} control atoms, 98 characters" in caught.value.expected


def test_merges_are_learned_from_prose_alone() -> None:
    tags = tuple(f"[secret:{word}]" for word in ("umbrella", "marmalade")) * 50
    taught = Tokenizer.train("ascii_bpe", 400, ATOMS, [*CORPUS, *tags])
    assert taught.json == Tokenizer.train("ascii_bpe", 400, ATOMS, CORPUS).json
    assert any(len(piece) > 3 for piece in taught.pieces[len(ATOMS) + 4 :])


@pytest.mark.parametrize("kind", KINDS)
def test_trained_twice_gives_the_same_bytes(kind: Kind) -> None:
    assert Tokenizer.train(kind, 768, ATOMS, CORPUS).json == tokenizer(kind).json
    assert Tokenizer.train(kind, 768, ATOMS, iter(CORPUS)).digest == tokenizer(kind).digest


def test_trained_in_another_process_gives_the_same_bytes() -> None:
    code = (
        "from engine.curriculum import curriculum_for as c\n"
        "from engine.tokenizer import Tokenizer\n"
        "prose = [t for n in ('bundle', 'routebook') for t in c(n).prose()]\n"
        "atoms = c('routebook').prompt_atoms()\n"
        "print(Tokenizer.train('ascii_bpe', 600, atoms, prose).digest)\n"
    )
    here = Tokenizer.train("ascii_bpe", 600, curriculum_for("routebook").prompt_atoms(), CORPUS)
    for threads, seed in (("1", "0"), ("4", "7")):
        env = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.stdout.strip() == here.digest, done.stderr


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("token", SYSTEM_TOKENS)
def test_a_system_token_in_text_is_refused(token: str) -> None:
    for encode in (tokenizer().encode, tokenizer().encode_plain, tokenizer().encode_prompt):
        with pytest.raises(TokenizerError, match=r"^text, character 5: found") as caught:
            encode(f"Stop {token}")
        assert repr(token) in caught.value.found
    with pytest.raises(TokenizerError):
        tokenizer().encode_row("Stop", f"now{EOS}")


@pytest.mark.parametrize("atom", ["[bundle]", "[OUT]", "[topic:memory_layout_map]"])
def test_plain_text_cannot_speak_as_control(atom: str) -> None:
    with pytest.raises(TokenizerError) as caught:
        tokenizer().encode_plain(f"Say {atom}.")
    assert caught.value.where == "text, character 4"
    assert caught.value.found == repr(atom)
    assert "encode()" in caught.value.cure
    plain = f"Say {atom[:-1]} ]."
    assert tokenizer().decode(tokenizer().encode_plain(plain)) == plain


@given(ASCII_TEXT.filter(lambda t: without_system(t) and not any(atom in t for atom in ATOMS)))
@settings(deadline=None)
def test_plain_text_gives_no_control_token(text: str) -> None:
    assert min(tokenizer().encode_plain(text), default=999) > PAD_ID + len(ATOMS)


@pytest.mark.parametrize("kind", ["ascii_bpe", "char"])
@given(ASCII_TEXT.filter(without_system), st.characters(codec="utf-8", exclude_characters=ASCII))
@settings(deadline=None)
def test_a_foreign_character_is_refused_where_it_stands(kind: Kind, text: str, odd: str) -> None:
    with pytest.raises(TokenizerError) as caught:
        tokenizer(kind).encode(f"{text}{odd}{text}")
    assert caught.value.where == f"text, character {len(text)}"
    assert caught.value.found == repr(odd)
    assert "byte_bpe" in caught.value.cure


@pytest.mark.parametrize("kind", KINDS)
def test_a_lone_surrogate_is_refused(kind: Kind) -> None:
    with pytest.raises(TokenizerError, match=r"^text, character 3: found '\\udc80'"):
        tokenizer(kind).encode("abc\udc80")


# --- the file -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_the_librarys_own(kind: Kind) -> None:
    found = tokenizer(kind)
    library = LibraryTokenizer.from_str(found.json)
    row = build_dataset(BOOK.contract("spec19_r2")).train_rows[40]
    assert library.encode(row.prompt, add_special_tokens=False).ids == found.encode(row.prompt)
    again = Tokenizer.from_json(found.json)
    assert again.json == found.json
    assert again.digest == found.digest
    assert again.atoms == ATOMS


def test_what_is_no_tokenizer_is_refused() -> None:
    with pytest.raises(TokenizerError, match=r"^tokenizer\.json: found"):
        Tokenizer.from_json('{"model": {}}')


# --- the audit of atoms ---------------------------------------------------------------------


def edited(change: dict[str, int], vocab_size: int = 600) -> Tokenizer:
    """A tokenizer whose learned vocabulary also holds the pieces of `change`."""
    raw = json.loads(tokenizer("ascii_bpe", vocab_size).json)
    raw["model"]["vocab"].update(change)
    return Tokenizer.from_json(json.dumps(raw))


def test_a_sound_tokenizer_has_no_fault() -> None:
    assert tokenizer().atomicity_faults(ATOMS, CORPUS) == []
    assert tokenizer("byte_bpe").atomicity_faults(ATOMS, CORPUS) == []


def test_a_missing_atom_is_found() -> None:
    faults = tokenizer().atomicity_faults([*ATOMS, "[tone:beige]"], CORPUS)
    assert [(fault.token, fault.expected) for fault in faults] == [("[tone:beige]", "one token")]
    assert int(faults[0].found.removesuffix(" tokens")) > 1


def test_a_foreign_atom_is_found() -> None:
    faults = tokenizer().atomicity_faults(ATOMS[1:], CORPUS)
    assert faults == [AtomicityFault(ATOMS[0], "a control atom", "nothing outside the vocabulary")]


@pytest.mark.parametrize("token", ["[tone:blue]", EOS])
def test_control_inside_a_payload_is_found(token: str) -> None:
    faults = tokenizer().atomicity_faults(ATOMS, [*CORPUS, f"Paint it {token}!"])
    assert faults == [AtomicityFault(token, f"inside payload 'Paint it {token}!'", "no atom")]


def test_a_learned_piece_that_holds_a_tag_is_found() -> None:
    piece = "x[tone:beige]"
    faults = edited({piece: 600}).atomicity_faults(ATOMS, CORPUS)
    assert faults == [AtomicityFault(piece, "a learned piece", "no tag among learned pieces")]


# --- raw SVG --------------------------------------------------------------------------------

RAW = RawSvgLanguage()
PREFIX = TagPrefix(family_table())
PREFIX_ATOMS = PREFIX.prompt_atoms()


def test_a_hybrid_makes_every_structural_piece_one_token() -> None:
    atoms = (*RAW.structural_pieces(), *PREFIX_ATOMS)
    hybrid = Tokenizer.train("hybrid_svg_bpe", 1024, atoms, PREFIX.prose())
    plain = Tokenizer.train("ascii_bpe", 1024, PREFIX_ATOMS, PREFIX.prose())
    assert hybrid.atoms == atoms
    assert hybrid.atomicity_faults(atoms, ()) == []
    for number in range(0, 150, 7):
        target = PREFIX.draw("prefix", number, item_rng("t", number)).target
        ids = hybrid.encode(target)
        assert hybrid.decode(ids) == target
        spelled = [hybrid.pieces[i] for i in ids]
        assert not [p for p in spelled if set("<>=") & set(p) and p not in atoms and p != "/>"]
        assert len(ids) < 0.7 * len(plain.encode(target))


def test_ordinary_bpe_spells_everything_and_knows_no_tag() -> None:
    """The published spec03: a byte-perfect round trip, and none of fifty control tags is whole."""
    corpus = [*PREFIX.prose(), *PREFIX_ATOMS * 16]
    ordinary = Tokenizer.train("ascii_bpe", 1024, (), corpus)
    assert ordinary.atoms == ()
    for number in range(0, 150, 7):
        draft = PREFIX.draw("shuffled", number, item_rng("t", number))
        assert ordinary.decode(ordinary.encode(draft.prompt)) == draft.prompt
        assert ordinary.decode(ordinary.encode(draft.target)) == draft.target
    assert sum(len(ordinary.encode(tag)) == 1 for tag in PREFIX_ATOMS) == 0
    assert len(ordinary.atomicity_faults(PREFIX_ATOMS, ())) == len(PREFIX_ATOMS) == 50
