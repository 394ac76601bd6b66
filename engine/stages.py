"""The stages of one run, each built at first need and kept in the store.

    dataset -> tokenizer -> weights

Each stage's key holds the digests of what it is made from, so the key of the weights is the
run's identity: the hash of everything that determines them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any

from contracts.errors import TrainingError
from contracts.families import family_table
from contracts.loading import ContractBook, contract_digest, digest
from contracts.models import Atoms, Contract
from engine import kernels
from engine.checkpoint import load_model, save_checkpoint
from engine.curriculum import curriculum_for
from engine.curriculum.dataset import Dataset, build_dataset
from engine.curriculum.files import OwnRows
from engine.curriculum.rows import Curriculum, Row, read_rows, rows_of, write_rows
from engine.dsl import language_for
from engine.dsl.lexer import scan
from engine.dsl.own import own_of
from engine.dsl.protocol import Language, structural_pieces
from engine.model import Model, ModelConfig
from engine.representations.words import pack_words
from engine.store import Artifact, Store, source_digest
from engine.tokenizer import Tokenizer
from engine.train import Encoded, Example, Progress, train

# Held-out rows whose loss is followed during training: enough for a smooth curve.
_FOLLOWED_ROWS = 36
# How often the published tokenizer corpus of spec03 repeats each control tag.
_TAG_SEED_ROWS = 16
_LANGUAGE_SOURCES = ("engine/dsl", "contracts/families.py")
_DATASET_SOURCES = ("engine/curriculum", *_LANGUAGE_SOURCES)
_TRAINING_SOURCES = (
    "engine/train.py",
    "engine/model.py",
    "engine/rounded.py",
    "engine/batch.py",
    "engine/workspace.py",
    "engine/optimizer.py",
    "engine/checkpoint.py",
    "engine/kernels.py",
    "engine/curriculum/mixture.py",
    "engine/curriculum/rows.py",
    "engine/stages.py",
    "engine/tokenizer.py",
)


def _bare(tag: str) -> tuple[str, ...]:
    """The tag, if it has no value."""
    return () if ":" in tag else (tag,)


def _parts(tag: str) -> tuple[str, ...]:
    """What opens a tag with its name, and the value that closes it."""
    name, colon, value = tag.partition(":")
    return (f"{name}{colon}", value) if colon else (tag,)


# `tokenizer.atoms` to what is reserved of a tag.
_RESERVED: dict[Atoms, Callable[[str], tuple[str, ...]]] = {
    "tags": lambda tag: (tag,),
    "parts": _parts,
    "bare": _bare,
}


class Stages:
    """Dataset, tokenizer and weights of one run."""

    def __init__(self, book: ContractBook, store: Store, run: str) -> None:
        self.book = book
        self.store = store
        self.run = run

    @cached_property
    def contract(self) -> Contract:
        """The resolved contract."""
        return self.book.contract(self.run)

    @cached_property
    def contract_digest(self) -> str:
        """Digest of the contract, fixed before anything is built."""
        return contract_digest(self.contract)

    @cached_property
    def language(self) -> Language[Any]:
        """The language of the run's answers."""
        families = family_table(self.contract.dataset.families)
        return language_for(self.contract.spec.representation, families, own_of(self.contract))

    @cached_property
    def parent(self) -> Stages | None:
        """Stages of the run whose weights this one starts from."""
        start = self.contract.init_from
        return Stages(self.book, self.store, start) if start else None

    # --- dataset ----------------------------------------------------------------------------

    @property
    def dataset_inputs(self) -> dict[str, Any]:
        """What determines the dataset."""
        return {
            "dataset": self.contract.dataset.model_dump(mode="json"),
            "blueprint": self.contract.blueprint,
            "routebook": self.contract.routebook,
            "families": self.contract.families,
            "beside": self.contract.beside,
            "sources": source_digest(*_DATASET_SOURCES),
        }

    @cached_property
    def dataset(self) -> Dataset:
        """Rows as built from the contract; the stored copy is the record of them."""
        return build_dataset(self.contract)

    @cached_property
    def dataset_artifact(self) -> Artifact:
        """train.jsonl and probes.jsonl."""

        def make(folder: Any) -> None:
            write_rows(folder / "train.jsonl", self.dataset.train_rows)
            write_rows(folder / "probes.jsonl", self.dataset.probe_rows)

        return self.store.build("dataset", self.dataset_inputs, make)

    def stored_rows(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """Training and probe rows as the store holds them."""
        artifact = self.dataset_artifact.intact()
        return read_rows(artifact.file("train.jsonl")), read_rows(artifact.file("probes.jsonl"))

    @property
    def stored_probes(self) -> tuple[Row, ...]:
        """Probe rows as the store holds them."""
        return read_rows(self.dataset_artifact.intact().file("probes.jsonl"))

    # --- tokenizer --------------------------------------------------------------------------

    @property
    def tokenizer_curricula(self) -> tuple[Curriculum, ...]:
        """The curricula that share the tokenizer."""
        table = self.contract.dataset.families
        return tuple(curriculum_for(name, table) for name in self.contract.tokenizer.curricula)

    @cached_property
    def closed_vocabulary(self) -> tuple[str, ...]:
        """Every tag, and of a hybrid tokenizer every structural piece, that must be one token.

        Or what the contract reserves of a tag in place of it. With spaced atoms, so must each of
        them be together with the space before it.
        """
        reserved = _RESERVED[self.contract.tokenizer.atoms]
        atoms = [part for tag in self._tags for part in reserved(tag)]
        if self.contract.tokenizer.spaced_atoms:
            atoms += [f" {atom}" for atom in atoms]
        return tuple(dict.fromkeys(atoms))

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        """Every tag and structural piece of answers and prompts."""
        tags = list(self.language.control_atoms())
        if self.contract.tokenizer.kind == "hybrid_svg_bpe":
            tags += structural_pieces(self.language)
        for curriculum in self.tokenizer_curricula:
            tags += curriculum.prompt_atoms()
        return tuple(dict.fromkeys(tags))

    @cached_property
    def control_atoms(self) -> tuple[str, ...]:
        """What the tokenizer protects: the closed vocabulary, but for a declared published defect.

        unprotected_atoms   spec03: ordinary BPE, in which no tag is one token
        payload_atoms       spec08: tags of the rows are reserved with the payload inside them, and
                            so are the words that pictures show
        """
        fault = self.contract.tokenizer.fault
        if fault == "unprotected_atoms":
            return ()
        if fault == "payload_atoms":
            texts = (f"{row.prompt} {row.target}" for row in self.dataset.train_rows)
            tags = (tag.text for text in texts for tag in scan(text))
            topics = sorted({row.topic for row in self.dataset.train_rows if row.topic})
            words = (word for topic in topics for word in pack_words(topic))
            return tuple(dict.fromkeys((*self.closed_vocabulary, *tags, *words)))
        return self.closed_vocabulary

    @property
    def tokenizer_corpus(self) -> tuple[str, ...]:
        """What merges are learned from: the prose of the curricula that share the tokenizer.

        Rows of the user's own have theirs. Where tags are left unprotected, they stand among it,
        as often as in the published corpus; of tags that are not reserved, what their brackets
        hold, for a tag is cut out of a corpus beside reserved ones.
        """
        prose = [text for curriculum in self.tokenizer_curricula for text in curriculum.prose()]
        if self.contract.dataset.source == "files":
            prose += OwnRows(self.contract).prose()
        if self.contract.tokenizer.fault == "unprotected_atoms":
            prose += self.closed_vocabulary * _TAG_SEED_ROWS
        elif self.contract.tokenizer.atoms == "bare":
            loose = [tag.strip("[]") for tag in self._tags if not _bare(tag)]
            prose += loose * _TAG_SEED_ROWS
        return tuple(prose)

    def train_tokenizer(self) -> Tokenizer:
        """A tokenizer trained afresh."""
        plan = self.contract.tokenizer
        return Tokenizer.train(
            plan.kind, plan.vocab_size, self.control_atoms, self.tokenizer_corpus
        )

    @cached_property
    def tokenizer_artifact(self) -> Artifact:
        """tokenizer.json; a frozen tokenizer is the artifact of the run that trained it."""
        plan = self.contract.tokenizer
        if plan.frozen_from is not None:
            return Stages(self.book, self.store, plan.frozen_from).tokenizer_artifact
        inputs = {
            "tokenizer": plan.model_dump(mode="json"),
            "atoms": list(self.control_atoms),
            "corpus": digest(self.tokenizer_corpus),
            "sources": source_digest("engine/tokenizer.py"),
        }

        def make(folder: Any) -> None:
            (folder / "tokenizer.json").write_text(self.train_tokenizer().json, encoding="utf-8")

        return self.store.build("tokenizer", inputs, make)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The run's tokenizer."""
        path = self.tokenizer_artifact.intact().file("tokenizer.json")
        return Tokenizer.from_json(path.read_text(encoding="utf-8"))

    # --- weights ----------------------------------------------------------------------------

    @cached_property
    def weights_inputs(self) -> dict[str, Any]:
        """What determines the weights; needs the finished weights of every ancestor."""
        start = self.parent
        return {
            "model": self.contract.model.model_dump(mode="json"),
            "training": self.contract.training.model_dump(mode="json"),
            "tokenizer": self.tokenizer.digest,
            "dataset": self.dataset_artifact.content_digest,
            "init": start.checkpoint_digest if start else "scratch",
            "kernels": kernels.source_digest(),
            "sources": source_digest(*_TRAINING_SOURCES),
        }

    def find_weights(self) -> Artifact | None:
        """The finished weights, or None when this run or an ancestor is yet to be trained."""
        if not self.contract.trains:
            return None
        if self.parent is not None and self.parent.find_weights() is None:
            return None
        return self.store.find("weights", self.weights_inputs)

    def build_weights(self, report: Callable[[Progress], None] | None = None) -> Artifact:
        """Train unless trained; the ancestors must be there."""
        self._refuse_foreign_start()

        def make(folder: Any) -> None:
            model = self._starting_model()
            pools: dict[str, Encoded] = defaultdict(Encoded)
            for row in rows_of(self.dataset_artifact.intact().file("train.jsonl")):
                pools[row.surface].append(self.example(row))
            dev = (row for row in self.stored_probes if row.split == "dev")
            followed = [self.example(row) for row in islice(dev, _FOLLOWED_ROWS)]
            train(model, self.contract.training, pools, followed, folder, report)
            save_checkpoint(folder / "checkpoint", model, self.tokenizer.json)

        return self.store.build("weights", self.weights_inputs, make, resumable=True)

    def example(self, row: Row) -> Example:
        """A row as training sees it.

        A declared published defect may cut it: unclosed_rows, spec10's answers that stop before
        their closing tag; run_on_rows, spec20's, behind which the next prompt begins
        where the end token belongs.
        """
        target = row.target
        if self.contract.training.fault == "unclosed_rows":
            target = target.removesuffix(self.language.closing_tag).rstrip()
        ids, start = self.tokenizer.encode_row(row.prompt, target)
        if self.contract.training.fault == "run_on_rows":
            ids[-1] = ids[1]
        return Example(tuple(ids), start)

    def _starting_model(self) -> Model:
        shape = self.contract.model.model_dump()
        config = ModelConfig(vocab_size=self.tokenizer.vocab_size, **shape)
        if self.parent is None:
            return Model.initialise(config, seed=self.contract.training.seed)
        return self._grown(self.parent, config)

    def _grown(self, start: Stages, config: ModelConfig) -> Model:
        """The start's weights in this run's shape; only the context may differ."""
        trained = start.load_weights()
        if replace(trained.config, context_len=config.context_len) != config:
            raise TrainingError(
                f"{self.run}, key model",
                f"another shape than that of {start.run}",
                "the shape of the weights that it starts from",
                "Set init = 'scratch', or leave the shape alone",
            )
        model = Model(config)
        model.flat[...] = trained.flat
        return model

    def _refuse_foreign_start(self) -> None:
        start = self.parent
        if start is None:
            return
        if start.find_weights() is None:
            raise TrainingError(self.run, f"no weights of {start.run}", "a trained start")
        if start.tokenizer.digest != self.tokenizer.digest:
            raise TrainingError(
                f"{self.run}, key tokenizer",
                "another tokenizer than its start's",
                f"the tokenizer of {start.run}",
                "Set tokenizer.frozen_from, or init = 'scratch'",
            )

    @property
    def checkpoint_digest(self) -> str:
        """Digest of the trained checkpoint, as sealed."""
        artifact = self.find_weights()
        if artifact is None:
            raise TrainingError(self.run, "no weights", "a trained run")
        return str(artifact.manifest()["files"]["checkpoint/model.safetensors"])

    def load_weights(self) -> Model:
        """The trained model, checked against its seal."""
        artifact = self.find_weights()
        if artifact is None:
            raise TrainingError(self.run, "no weights", "a trained run")
        return load_model(artifact.intact().file("checkpoint"))
