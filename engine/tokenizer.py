"""BPE by the `tokenizers` library, under a control-atom policy of our own.

Ids: system tokens, control atoms, alphabet, merges. An atom is one token wherever control text
stands; in plain text it is refused, so that no payload can speak as control. The file is the
library's standard tokenizer.json. A "hybrid_svg_bpe" is an "ascii_bpe" that is given the structural
pieces of its language as further atoms.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as LibraryTokenizer

from contracts.errors import TokenizerError

Kind = Literal["ascii_bpe", "byte_bpe", "hybrid_svg_bpe", "char"]
UNK, BOS, EOS, PAD = SYSTEM_TOKENS = ("<|unk|>", "<|bos|>", "<|eos|>", "<|pad|>")
UNK_ID, BOS_ID, EOS_ID, PAD_ID = range(4)
ASCII = ["\t", "\n", "\r", *(chr(code) for code in range(32, 127))]

# Words with their leading space, runs of digits, runs of marks: merges never cross these, so a
# piece cannot swallow the seam between two words.
_WORDS = Regex(r" ?[A-Za-z]+| ?[0-9]+| ?[^A-Za-z0-9\s]+|\s+(?!\S)|\s+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"\[/?[A-Za-z][A-Za-z0-9_]*(?::[^\[\]\s]*)?\]")


@dataclass(frozen=True)
class AtomicityFault:
    """One breach of the control-atom policy."""

    token: str
    found: str
    expected: str


class Tokenizer:
    """Encodes control text and plain text; `digest` names the exact file."""

    def __init__(self, library: LibraryTokenizer) -> None:
        self._library = library

    @classmethod
    def train(
        cls, kind: Kind, vocab_size: int, atoms: Sequence[str], corpus: Iterable[str]
    ) -> Tokenizer:
        """A tokenizer with `atoms` protected and merges learned from `corpus` up to `vocab_size`.

        Tags and atoms are cut out of the corpus; without atoms a tag is text like any other.
        Same arguments, same bytes. Raises TokenizerError when atoms and alphabet leave no room.
        """
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet()) if kind == "byte_bpe" else ASCII
        fixed = len(SYSTEM_TOKENS) + len(atoms) + len(alphabet)
        if kind != "char" and vocab_size < fixed:
            raise TokenizerError(
                "tokenizer.vocab_size",
                str(vocab_size),
                f"at least {fixed}: {len(atoms)} control atoms, {len(alphabet)} characters, "
                f"{len(SYSTEM_TOKENS)} system tokens",
            )
        library = LibraryTokenizer(models.BPE())
        if kind == "byte_bpe":
            library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            library.decoder = decoders.ByteLevel()
        else:
            library.pre_tokenizer = pre_tokenizers.Split(_WORDS, behavior="isolated")
            library.decoder = decoders.Fuse()
        trainer = trainers.BpeTrainer(
            vocab_size=fixed if kind == "char" else vocab_size,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            special_tokens=[
                AddedToken(token, normalized=False, special=True)
                for token in (*SYSTEM_TOKENS, *atoms)
            ],
        )
        library.train_from_iterator(_unprotected(corpus, atoms), trainer)
        return cls(library)

    @classmethod
    def from_json(cls, text: str) -> Tokenizer:
        """The tokenizer of a tokenizer.json; TokenizerError when it is none."""
        try:
            return cls(LibraryTokenizer.from_str(text))
        except Exception as error:  # the library raises bare Exception
            raise TokenizerError(
                "tokenizer.json", str(error), "a file that `tokenizers` reads", "Train it again"
            ) from error

    @cached_property
    def json(self) -> str:
        """Content of tokenizer.json."""
        return str(self._library.to_str(pretty=True))

    @cached_property
    def digest(self) -> str:
        """sha256 of tokenizer.json."""
        return hashlib.sha256(self.json.encode()).hexdigest()

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return int(self._library.get_vocab_size())

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Every token's spelling, by id."""
        by_id = {number: piece for piece, number in self._library.get_vocab().items()}
        return tuple(by_id[number] for number in range(len(by_id)))

    @cached_property
    def atoms(self) -> tuple[str, ...]:
        """Control atoms, by id; system tokens are not among them."""
        special = self._library.get_added_tokens_decoder()
        return tuple(special[number].content for number in sorted(special) if number > PAD_ID)

    @cached_property
    def _control(self) -> re.Pattern[str]:
        """Where control stands; an atom with its space holds the one without."""
        spaced = {f" {atom}" for atom in self.atoms}
        return any_of((*SYSTEM_TOKENS, *(atom for atom in self.atoms if atom not in spaced)))

    def encode(self, text: str) -> list[int]:
        """Ids of control text, every atom one id; system tokens, foreign characters are refused."""
        for token in SYSTEM_TOKENS:
            if (at := text.find(token)) >= 0:
                raise TokenizerError(
                    f"text, character {at}", repr(token), "no system token in text"
                )
        return self._checked(text)

    def encode_plain(self, text: str) -> list[int]:
        """Ids of payload: text that holds a control atom or a system token is refused."""
        if match := self._control.search(text):
            raise TokenizerError(
                f"text, character {match.start()}",
                repr(match.group()),
                "plain text without control tokens",
                "Use encode() if the tag is meant as control",
            )
        return self._checked(text)

    def encode_prompt(self, prompt: str) -> list[int]:
        """Ids that a prompt has in training and at inference alike: beginning-of-sequence first."""
        return [BOS_ID, *self.encode(prompt)]

    def encode_row(self, prompt: str, target: str) -> tuple[list[int], int]:
        """Ids of a whole training row, end-of-sequence last, and where its target starts."""
        head = self.encode_prompt(prompt)
        return [*head, *self.encode(target), EOS_ID], len(head)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, system tokens spelled out."""
        return str(self._library.decode(list(ids), skip_special_tokens=False))

    def _checked(self, text: str) -> list[int]:
        if match := _LONE_SURROGATE.search(text):
            raise TokenizerError(
                f"text, character {match.start()}",
                repr(match.group()),
                "characters that UTF-8 can spell",
                "Read the text as UTF-8",
            )
        ids: list[int] = self._library.encode(text, add_special_tokens=False).ids
        if self.decode(ids) != text:
            at = next((i for i, c in enumerate(text) if c not in ASCII), 0)
            raise TokenizerError(
                f"text, character {at}",
                repr(text[at : at + 1]),
                "characters of the tokenizer's alphabet",
                "Use kind = 'byte_bpe' for text outside ASCII",
            )
        return ids

    def atomicity_faults(
        self, closed_vocabulary: Iterable[str], payloads: Iterable[str]
    ) -> list[AtomicityFault]:
        """Every closed-vocabulary tag that is not one token, and every payload that is.

        `payloads` are stretches of plain text (prose of prompts, words of content packs).
        """
        faults = []
        vocabulary = tuple(closed_vocabulary)
        for tag in vocabulary:
            count = len(self._library.encode(tag, add_special_tokens=False).ids)
            if count != 1:
                faults.append(AtomicityFault(tag, f"{count} tokens", "one token"))
        for atom in sorted(set(self.atoms) - set(vocabulary)):
            faults.append(AtomicityFault(atom, "a control atom", "nothing outside the vocabulary"))
        for piece in self.pieces[len(SYSTEM_TOKENS) + len(self.atoms) :]:
            if _TAG.search(piece):
                faults.append(
                    AtomicityFault(piece, "a learned piece", "no tag among learned pieces")
                )
        for payload in sorted(set(payloads)):
            if match := self._control.search(payload):
                faults.append(
                    AtomicityFault(match.group(), f"inside payload {payload!r}", "no atom")
                )
        return faults


def any_of(tokens: Iterable[str]) -> re.Pattern[str]:
    """Where one of these tokens stands, the longest first."""
    ordered = sorted(tokens, key=lambda token: (-len(token), token))
    return re.compile("|".join(re.escape(token) for token in ordered))


def _unprotected(corpus: Iterable[str], atoms: Sequence[str]) -> Iterator[str]:
    """The stretches from which merges are learned."""
    if not atoms:
        yield from corpus
        return
    control = re.compile(f"{_TAG.pattern}|{any_of(atoms).pattern}")
    for text in corpus:
        yield from filter(None, control.split(text))
