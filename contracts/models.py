"""What a spec file may say: specs and rungs as frozen records that refuse unknown keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, Strict, StringConstraints, field_validator, model_validator

from contracts.families import DEFAULT_TABLE, Frozen, Identifier, Number, Sentence, Whole
from contracts.reading import misfit

Axis = Literal["data", "budget", "tokenizer", "context", "capacity", "instruction", "decode"]
Claim = Literal["memorisation", "wording", "recombination", "composition"]
StageName = Literal["pretrain", "midtrain", "sft"]
STAGE_ORDER: tuple[StageName, ...] = ("pretrain", "midtrain", "sft")
Metric = Literal[
    "exact", "materialised_exact", "svg_exact", "renderable", "parsed", "clean_stop", "truncated"
]
# What only a language with pictures can be held to, and what one without is held to instead.
PICTURE_METRICS: tuple[Metric, ...] = ("svg_exact", "renderable")
UNPICTURED_METRICS: tuple[Metric, ...] = ("parsed",)
GateName = Literal[
    "contract", "dataset", "tokenizer", "compiler", "kernels", "training", "probes", "promotion"
]
# Defects of the published harness that a rung may declare on purpose; what they do stands in
# engine/curriculum/faults.py and engine/stages.py.
DatasetFault = Literal["none", "leak", "fragments", "impossible", "dangling", "unmapped"]
TokenizerFault = Literal["none", "unprotected_atoms", "payload_atoms"]
TrainingFault = Literal["none", "unclosed_rows", "run_on_rows"]
Atoms = Literal["tags", "parts", "bare"]
HeldOut = Literal["dev", "test", "hidden_seen", "hidden_test"]
Stretch = Literal["triples", "counts", "longer", "templates", "typos", "conflicts"]
SplitName = Literal["seen", HeldOut, Stretch]
HELD_OUT: tuple[HeldOut, ...] = get_args(HeldOut)
# Splits that ask for more than a run promises, to see where it breaks: measured, never judged.
STRETCH: tuple[Stretch, ...] = get_args(Stretch)
Slice = Literal["family", "form", "topic", "theme", "tone", "density", "background"]
Share = Annotated[Number, Field(ge=0, le=1)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
_NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
Beside = Annotated[str, StringConstraints(pattern=rf"^{_NAME}(/{_NAME})*$", max_length=200)]
"""A file beside the spec file, or in a folder beside it: the whole can be moved."""

# Which axis a training key lies on; the longest prefix that fits decides.
AXIS_OF_KEY: dict[str, Axis] = {
    "dataset.rows": "data",
    "dataset.files.rows": "data",
    "dataset.fault": "data",
    "training.fault": "data",
    "training.stages.*.mixture": "data",
    "training.stages": "budget",
    "training": "budget",
    "tokenizer": "tokenizer",
    "model.context_len": "context",
    "model": "capacity",
    "dataset.instruction": "instruction",
    "eval": "decode",
}


def _optional(default: Any) -> Any:
    """A key that came later: left out of the dump, so of every digest, while it says nothing."""
    return Field(default=default, exclude_if=lambda value: value == default)


class SpecInfo(Frozen):
    """Which learning problem this is, and what it is here to teach.

    `module` is a Python file beside the spec that defines the language which `representation`
    names (engine/dsl/own.py); such a language may have no pictures, and then says so.
    """

    id: Identifier
    title: Sentence
    representation: Identifier
    module: Beside | None = _optional(None)
    pictures: Annotated[bool, Strict()] = _optional(True)
    lesson: Text

    @model_validator(mode="after")
    def _pictures_of_ours_stay(self) -> SpecInfo:
        if not self.pictures and self.module is None:
            raise misfit("pictures = false without a module", "pictures of every language of ours")
        return self


class Split(Frozen):
    """One set of probes: how many, from which surfaces, and what a pass on it proves."""

    cases: Whole = Field(ge=1)
    surfaces: tuple[Identifier, ...] = Field(min_length=1)
    claim: Claim
    says: Text


class Files(Frozen):
    """JSONL files beside the spec: one a training surface; one a held-out split, or one for all.

    In a file for all splits each row names its own; engine/curriculum/files.py says what a row is.
    """

    rows: dict[Identifier, Beside] = Field(min_length=1)
    probes: Beside | dict[HeldOut | Stretch, Beside]


class Dataset(Frozen):
    """Training rows a surface, and the probe splits beside them.

    Rows come from a `curriculum` of ours, or from `files` of the user's own: `rows` then says how
    many of each file are used, from its first line on.

    `families` is the family table of the spec; a `blueprint`, where there is one, adds competencies
    and failure frontiers that the contract gate audits, and a `routebook` the rules of a routing
    task. `instruction` is how many further copies of each training row stand under a sentence that
    says what to do.
    A spec that trains nothing asks nothing: it has no splits.
    """

    source: Literal["curriculum", "files"]
    curriculum: Identifier | None = _optional(None)
    files: Files | None = _optional(None)
    blueprint: Identifier | None = _optional(None)
    routebook: Identifier | None = _optional(None)
    families: Identifier = _optional(DEFAULT_TABLE)
    stream: Identifier
    fault: DatasetFault = _optional("none")
    instruction: Whole = _optional(0)
    rows: dict[Identifier, Annotated[Whole, Field(ge=1)]]
    splits: dict[SplitName, Split] = _optional({})

    @field_validator("splits")
    @classmethod
    def _held_out_present(cls, splits: dict[SplitName, Split]) -> dict[SplitName, Split]:
        missing = [name for name in HELD_OUT if name not in splits]
        if splits and missing:
            raise ValueError(f"splits {missing} are missing; every spec is held to {HELD_OUT}")
        return splits

    @model_validator(mode="after")
    def _rows_have_one_source(self) -> Dataset:
        given = [name for name in ("curriculum", "files") if getattr(self, name) is not None]
        if given != [self.source]:
            raise misfit(
                f"source = {self.source!r} beside {' and '.join(given) or 'neither of its keys'}",
                "curriculum or files, and the source of that name",
            )
        if self.files is None:
            return self
        if self.files.rows.keys() != self.rows.keys():
            raise misfit(
                f"rows of {sorted(self.rows)}, files.rows of {sorted(self.files.rows)}",
                "a count and a file for each training surface",
            )
        asked = self.splits.keys() - {"seen"}
        if isinstance(self.files.probes, dict) and self.files.probes.keys() != asked:
            raise misfit(
                f"splits {sorted(asked)}, files.probes of {sorted(self.files.probes)}",
                "a file for each split, but none for seen, which asks training rows",
            )
        return self


class Tokenizer(Frozen):
    """A trained tokenizer, or (`frozen_from`) the one that another run trained.

    Control atoms are the language's own tags and the prompt tags of `curricula`; merges are
    learned from their prose. A line of specs that shares weights names the curricula of them all.
    Where rows come from files, merges are learned from half of those as well.
    "hybrid_svg_bpe" protects the structural pieces of the language as well.
    `atoms` says what of a tag is protected: all of it ("tags"), its name and its value apart
    ("parts"), or only tags that have no value ("bare"), the others being spelled by merges or
    characters.
    With `spaced_atoms` every atom also stands with the space before it as one token, so that a
    sequence of tags takes one token a tag and not two.
    `vocab_size` is the most ids; merges end sooner when the prose holds no further pair twice.
    """

    kind: Literal["ascii_bpe", "byte_bpe", "hybrid_svg_bpe", "char"]
    vocab_size: Whole = Field(ge=64, le=65536)
    curricula: tuple[Identifier, ...]
    frozen_from: str | None = None
    atoms: Atoms = _optional("tags")
    spaced_atoms: Annotated[bool, Strict()] = _optional(False)
    fault: TokenizerFault = _optional("none")


class Model(Frozen):
    """Shape of the decoder; widths in floats, context in tokens, the base of rotary positions."""

    layers: Whole = Field(ge=1, le=64)
    embed_dim: Whole = Field(ge=8)
    hidden_dim: Whole = Field(ge=8)
    heads: Whole = Field(ge=1)
    kv_heads: Whole = Field(ge=1)
    context_len: Whole = Field(ge=16)
    rope_theta: Annotated[Number, Field(gt=1)] = _optional(1e6)
    tied_head: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _divides(self) -> Model:
        if self.embed_dim % self.heads or self.heads % self.kv_heads:
            raise ValueError(
                f"heads = {self.heads} must divide embed_dim = {self.embed_dim}, "
                f"and kv_heads = {self.kv_heads} must divide heads"
            )
        if (self.embed_dim // self.heads) % 2:
            raise ValueError("embed_dim / heads must be even: rotary positions turn pairs")
        return self


class Stage(Frozen):
    """One training stage: real tokens to process, peak rate, what the loss counts."""

    tokens: Whole = Field(ge=1)
    rate_peak: Number = Field(gt=0, le=0.1)
    loss: Literal["all", "target"]
    mixture: dict[Identifier, Annotated[Number, Field(gt=0)]]


class Training(Frozen):
    """Optimiser and schedule, shared by the stages of a rung."""

    seed: Whole = Field(ge=0)
    rows_per_batch: Whole = Field(ge=1)
    accumulate: Whole = Field(default=1, ge=1)
    warmup_share: Share
    rate_floor_share: Share
    weight_decay: Number = Field(ge=0)
    clip_norm: Number = Field(gt=0)
    fault: TrainingFault = _optional("none")
    stages: dict[StageName, Stage] = Field(min_length=1)


class Eval(Frozen):
    """How probes are answered; `prompt_bos` false is the published fault of a lost first token."""

    decode: Literal["greedy"]
    max_new_tokens: Whole = Field(ge=1)
    prompt_bos: Annotated[bool, Strict()] = _optional(True)


class Guardrail(Frozen):
    """A rate that must hold absolutely, over every case of every split."""

    metric: Metric
    relation: Literal[">=", "<="]
    threshold: Share


class Goal(Frozen):
    """A rate judged by the lower end of its Wilson interval, split by split.

    `by` judges every family, form or topic of a split by itself, or every value of a style field of
    the expected documents: the mean may pass while one of them is red.
    `of` "pair" counts minimal pairs (probes/pairs.py): a pair holds when both its cases do.
    """

    metric: Metric
    splits: tuple[Literal["seen", HeldOut], ...] = Field(min_length=1)
    by: Slice | None = _optional(None)
    of: Literal["case", "pair"] = _optional("case")
    lower_bound: Share

    @model_validator(mode="after")
    def _pairs_have_no_slices(self) -> Goal:
        if self.of == "pair" and self.by is not None:
            raise misfit(f"of = 'pair' by {self.by}", "a goal over pairs, or one by slices")
        return self


class Pilot(Frozen):
    """What a rung must show against its parent, case by case over the same held-out cases.

    No split of `hold` may lose, nor any slice of all held-out cases that `hold_by` makes; each
    split of `gain` must win, and so must each family of `gain_family` over all of them. Judged by
    the exact one-sided McNemar test at `regression_p`.

    A strong parent of which `freeze_after` children did not win has no further child trained.
    """

    hold: tuple[HeldOut, ...] = ()
    hold_by: Slice | None = None
    gain: tuple[HeldOut, ...] = ()
    gain_family: tuple[Identifier, ...] = ()
    freeze_after: Annotated[Whole, Field(ge=1)] | None = _optional(None)

    @model_validator(mode="after")
    def _asks_something(self) -> Pilot:
        if not any(getattr(self, rule) for rule in type(self).model_fields):
            raise misfit("nothing", "some of " + ", ".join(type(self).model_fields))
        return self


class Promotion(Frozen):
    """What a run must hold to be promoted, and when it counts as worse than its parent."""

    guardrails: tuple[Guardrail, ...] = Field(min_length=1)
    goals: tuple[Goal, ...] = Field(min_length=1)
    pilot: Pilot | None = _optional(None)
    confidence: Annotated[Number, Field(gt=0.5, lt=1)] = 0.95
    regression_p: Annotated[Number, Field(gt=0, lt=1)] = 0.05


class Published(Frozen):
    """What the article or its ledger reports of this rung; absent where nothing is public."""

    cases: Whole | None = None
    exact: Share | None = None
    visible_exact: Share | None = None
    hidden_exact: Share | None = None
    renderable: Share | None = None
    tokens: Whole | None = None
    note: Text | None = None


class Expectation(Frozen):
    """For a rung declared red on purpose: which gate, and no other, says no.

    `check` names the check that must be among the red ones of that gate.
    """

    gate: GateName
    check: Identifier | None = _optional(None)
    status: Literal["failed"]


class Seeds(Frozen):
    """Seeds beside the rung's own, under which it is trained as well, and how goals are judged.

    "all": a case counts where every seed answers it. "mean": the mean of the seeds, rounded down to
    whole cases. "worst": the seed with the fewest. Guardrails hold over every answer of every seed.
    """

    further: tuple[Whole, ...] = Field(min_length=1)
    rule: Literal["all", "mean", "worst"]

    @field_validator("further")
    @classmethod
    def _distinct(cls, further: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(further)) < len(further):
            raise ValueError(f"seeds repeat: {list(further)}")
        return further


class Rung(Frozen):
    """One revision of a spec: its parent, the one axis that it changes, and why.

    `init`: "scratch" draws new weights, "parent" starts from the parent's, "sibling" starts
    where the parent itself started. With `seeds` it is trained several times.
    """

    id: Identifier
    parent: str | None = None
    axis: Axis | None = None
    hypothesis: Text
    init: Literal["scratch", "parent", "sibling"]
    overrides: dict[str, Any] = Field(default_factory=dict)
    published: Published | None = None
    expects: Expectation | None = None
    seeds: Seeds | None = _optional(None)

    @model_validator(mode="after")
    def _parent_and_axis_together(self) -> Rung:
        if (self.parent is None) != (self.axis is None):
            raise ValueError("parent and axis come together; a first rung has neither")
        if self.parent is None and self.init != "scratch":
            raise ValueError(f"init = {self.init!r} needs a parent")
        return self


class _Learning(Frozen):
    """The tables of a spec that trains; one that does not has none of them, and no splits."""

    tokenizer: Tokenizer = _optional(Tokenizer.model_construct(kind="char", curricula=()))
    model: Model = _optional(Model.model_construct())
    training: Training = _optional(Training.model_construct(stages={}))
    eval: Eval = _optional(Eval.model_construct(decode="greedy", max_new_tokens=0))
    promotion: Promotion = _optional(Promotion.model_construct(guardrails=(), goals=()))

    @property
    def trains(self) -> bool:
        """Whether there is anything to train; else the gates look at rows and pictures alone."""
        return bool(self.training.stages)


class SpecFile(_Learning):
    """A whole spec file, as written."""

    spec: SpecInfo
    dataset: Dataset
    rung: tuple[Rung, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _learns_wholly_or_not_at_all(self) -> SpecFile:
        given = sorted(_Learning.model_fields.keys() & self.model_fields_set)
        given += ["dataset.splits"] if self.dataset.splits else []
        if given and len(given) <= len(_Learning.model_fields):
            raise ValueError(f"{given} alone; a spec that trains has the other tables too")
        return self

    @model_validator(mode="after")
    def _metrics_are_measured(self) -> SpecFile:
        foreign = UNPICTURED_METRICS if self.spec.pictures else PICTURE_METRICS
        pictures = str(self.spec.pictures).lower()
        for key in ("guardrails", "goals"):
            for rule in getattr(self.promotion, key):
                if rule.metric in foreign:
                    found = f"promotion.{key} on {rule.metric!r} with pictures = {pictures}"
                    raise misfit(found, f"none of {', '.join(foreign)}: that is not measured here")
        return self

    @model_validator(mode="after")
    def _unique_rungs(self) -> SpecFile:
        ids = [rung.id for rung in self.rung]
        if len(set(ids)) != len(ids):
            raise ValueError(f"rung ids repeat: {sorted(ids)}")
        return self


class Contract(_Learning):
    """A run as it will be executed: the spec with every override of the rung's line applied.

    `beside` holds the sha256 of every file of the user's own that it names; `folder` is where they
    stand here and now, which is no promise and so is never written down.
    """

    run: str
    spec: SpecInfo
    dataset: Dataset
    rung: Rung
    parent: str | None
    init_from: str | None
    families: dict[str, Any]
    blueprint: dict[str, Any] | None = _optional(None)
    routebook: dict[str, Any] | None = _optional(None)
    beside: dict[str, str] = _optional({})
    folder: Path | None = Field(default=None, exclude=True)
    source: str

    @property
    def faults(self) -> dict[str, str]:
        """Published defects that this run declares: key and value."""
        declared = {
            "dataset.fault": self.dataset.fault if self.dataset.fault != "none" else "",
            "tokenizer.fault": self.tokenizer.fault if self.tokenizer.fault != "none" else "",
            "training.fault": self.training.fault if self.training.fault != "none" else "",
            "eval.prompt_bos": "" if self.eval.prompt_bos else "false",
        }
        return {key: value for key, value in declared.items() if value}
