"""Everything that a session knows of one rung, found out once, kept in the store where it is dear.

rows, cases, audit          from the contract, at once
smoke, kernel report        built once for their inputs
trained()                   only after every preflight check of the rung and its ancestors
answers, report             one decode a run; every rate and case reads the same file
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from contracts.errors import Blocked, EvidenceError, TokenizerError
from contracts.families import FamilyTable
from contracts.loading import ContractBook, digest, reseeded
from contracts.models import HELD_OUT, STRETCH, Contract
from engine import kernels
from engine.curriculum.rows import Row
from engine.decode import generate
from engine.dsl.own import own_of
from engine.dsl.protocol import Language
from engine.executor import Job, LocalExecutor, Status
from engine.model import Model
from engine.representation import PICTURE_SOURCES, Representation, representation_for
from engine.stages import Stages
from engine.store import Artifact, Store, source_digest, write_json
from engine.tokenizer import EOS_ID
from gates import kernel_report, smoke
from gates.advice import advise
from gates.registry import PREFLIGHT, Check, completeness, fixed_checks
from gates.scoring import Shown, compile_for, expected_pictures
from probes.audits import Audit, audit
from probes.autopsy import Autopsy
from probes.baselines import BaselineRow, baseline_table
from probes.cases import Case, case_digest
from probes.decide import NextStep
from probes.report import ProbeReport, build_report, read_report, write_report
from probes.responses import Answers, Response, Source, read_responses, write_responses
from probes.score import Outcome, Picture, score_all
from probes.statistics import Paired, paired, rate
from probes.verdict import Verdict, skipped

_POLL_EVERY_S = 0.1
_DECODE_SOURCES = (
    "engine/decode.py",
    "engine/model.py",
    "engine/rounded.py",
    "engine/batch.py",
    "engine/workspace.py",
    "engine/kernels.py",
    "engine/tokenizer.py",
)
_SCORING_SOURCES = ("probes", "gates/scoring.py", *PICTURE_SOURCES)

Watch = Callable[[str, Status], None]


class RungEvidence:
    """One rung under judgement."""

    def __init__(
        self,
        book: ContractBook,
        store: Store,
        run: str,
        *,
        contract_folders: tuple[str, ...] = (),
        responses_file: Path | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.book = book
        self.store = store
        self.run = run
        self.responses_file = responses_file
        self._contract_folders = contract_folders
        self._watch = watch
        self.stages = Stages(book, store, run)
        self._verdicts: dict[str, Verdict] = {}

    def sibling(self, run: str) -> RungEvidence:
        """Another run of the same session; what it trained itself is its own answer."""
        return RungEvidence(
            self.book, self.store, run, contract_folders=self._contract_folders, watch=self._watch
        )

    # --- what was promised ------------------------------------------------------------------

    @property
    def contract(self) -> Contract:
        """The resolved contract."""
        return self.stages.contract

    @property
    def language(self) -> Language[Any]:
        """The language of the answers."""
        return self.stages.language

    @cached_property
    def representation(self) -> Representation[Any]:
        """The language of the answers with its pictures, over the contract's own family table."""
        families = FamilyTable.model_validate(self.contract.families)
        return representation_for(
            self.contract.spec.representation, families, own_of(self.contract)
        )

    @cached_property
    def lineage(self) -> tuple[str, ...]:
        """Runs whose weights this run rests on, itself last."""
        return self.book.lineage(self.run)

    @cached_property
    def comparable_parent(self) -> RungEvidence | None:
        """The parent, where it is asked the same cases and its answers are worth comparing."""
        parent = self.book.comparable_parent(self.run)
        return None if parent is None else self.sibling(parent)

    @property
    def tokenizer_owner(self) -> Stages:
        """Stages of the run that trained this run's tokenizer."""
        owner = self.contract.tokenizer.frozen_from
        return Stages(self.book, self.store, owner) if owner else self.stages

    @cached_property
    def under_every_seed(self) -> tuple[RungEvidence, ...]:
        """This run, and the same under each further seed that its rung asks for."""
        seeds = self.contract.rung.seeds if self.responses_file is None else None
        further = seeds.further if seeds else ()
        return (self, *(self.sibling(reseeded(self.run, seed)) for seed in further))

    def verdict(self, check: Check) -> Verdict:
        """The verdict of a check, measured once a session."""
        if check.id not in self._verdicts:
            try:
                verdict = check.measure(self)
            except (Blocked, TokenizerError) as blocked:
                # Text without ids is the finding of the tokenizer gate, and blocks all others.
                verdict = skipped(check.gate, check.name, str(blocked), kind=check.kind)
            self._verdicts[check.id] = verdict
        return self._verdicts[check.id]

    # --- dataset and cases ------------------------------------------------------------------

    @cached_property
    def _stored(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        return self.stages.stored_rows()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Training rows as stored."""
        return self._stored[0]

    @property
    def probe_rows(self) -> tuple[Row, ...]:
        """Probe rows as stored."""
        return self._stored[1]

    @cached_property
    def row_sizes(self) -> tuple[tuple[int, int], ...]:
        """Tokens of every row, training rows first, and those before its answer; TokenizerError."""
        encode, rows = self.stages.tokenizer.encode_row, (*self.rows, *self.probe_rows)
        return tuple((len(ids), at) for ids, at in (encode(r.prompt, r.target) for r in rows))

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """What is asked."""
        claims = {name: split.claim for name, split in self.contract.dataset.splits.items()}
        return tuple(
            Case(
                id=row.id,
                split=row.split,
                surface=row.surface,
                family=row.family,
                form=row.form,
                prompt=row.prompt,
                expected=row.target,
                topic=row.topic,
                pack=row.pack,
                claim=claims[row.split],  # type: ignore[index]
            )
            for row in self.probe_rows
        )

    @cached_property
    def held_out_digest(self) -> str:
        """Digest of the held-out cases."""
        return case_digest([case for case in self.cases if case.split in HELD_OUT])

    @cached_property
    def taught(self) -> tuple[tuple[str, str], ...]:
        """(prompt, target) of every row that these weights were ever trained on."""
        ancestors = [Stages(self.book, self.store, run) for run in self.lineage[:-1]]
        rows = [*self.rows, *(row for s in ancestors for row in s.stored_rows()[0])]
        return tuple((row.prompt, row.target) for row in rows)

    @cached_property
    def audit(self) -> Audit:
        """Leaks, repeats, contradictions, overlaps, sizes and claims."""
        splits = self.contract.dataset.splits
        declared = {str(name): split.cases for name, split in splits.items()}
        return audit(self.taught, self.cases, held_out=(*HELD_OUT, *STRETCH), declared=declared)

    @cached_property
    def baselines(self) -> tuple[BaselineRow, ...]:
        """What rules that need no model answer of each split, from rows and cases alone."""
        inputs = {
            "cases": case_digest(self.cases),
            "rows": digest(self.taught),
            "language": self.language.name,
            "families": digest(self.contract.families),
            "beside": self.contract.beside,
            "sources": source_digest("probes/baselines.py", "engine/dsl"),
        }

        def make(folder: Path) -> None:
            table = baseline_table(self.cases, self.taught, self.language)
            found = [[row.baseline, row.split, row.exact.k, row.exact.n] for row in table]
            write_json(folder / "baselines.json", found)

        file = self.store.build("baselines", inputs, make).intact().file("baselines.json")
        kept = json.loads(file.read_text(encoding="utf-8"))
        return tuple(BaselineRow(name, split, rate(k, n)) for name, split, k, n in kept)

    # --- compiler and kernels ---------------------------------------------------------------

    @cached_property
    def smoke(self) -> smoke.Smoke:
        """Every distinct picture of the run, compiled, linted, rendered and counted."""
        families, own = self.contract.families, own_of(self.contract)
        return smoke.measure(self.store, self.representation, families, self.cases, self.rows, own)

    @cached_property
    def kernel_report(self) -> kernel_report.KernelReport:
        """Parity, threads, canaries and sanitizer of the kernels in use."""
        return kernel_report.measure(self.store)

    # --- training ---------------------------------------------------------------------------

    def red_preflight(self) -> list[Verdict]:
        """Preflight verdicts that forbid training."""
        checks = [check for gate in PREFLIGHT for check in fixed_checks(gate, self.contract)]
        return [v for v in map(self.verdict, checks) if v.status != "passed"]

    def trained(self) -> Artifact:
        """The weights; trains rung and ancestors if need be. Blocked while a gate is red."""
        if due := self._untrained():
            self._train(due)
        artifact = self.stages.find_weights()
        if artifact is None:
            raise EvidenceError(self.run, "no weights after training", "the weights just trained")
        return artifact

    def _untrained(self) -> tuple[str, ...]:
        """Runs of the lineage without weights, oldest first; Blocked while a gate of one is red."""
        if red := self.red_preflight():
            cure = "Mend that first: nothing was trained"
            raise Blocked(self.run, _told(red), "green preflight gates", cure)
        if self.stages.find_weights():
            return ()
        start = self.contract.init_from
        return (*(self.sibling(start)._untrained() if start else ()), self.run)

    def _train(self, runs: tuple[str, ...]) -> None:
        """Train these in one process: each start of one costs a second."""
        executor = LocalExecutor()
        job = Job(runs, self._contract_folders, str(self.store.root), kernels.threads())
        handle = executor.submit(job)
        try:
            while (status := executor.poll(handle)).state == "running":
                if self._watch:
                    self._watch(status.run or self.run, status)
                handle.wait(_POLL_EVERY_S)
        finally:
            executor.cancel(handle)
        if self._watch:
            self._watch(status.run or self.run, status)
        if status.state == "failed":
            raise EvidenceError(
                f"training of {status.run or self.run}",
                str(status.reason),
                "a finished training",
                "Run again: what was saved is taken up where it stopped",
            )

    @cached_property
    def model(self) -> Model:
        """The trained model, read from its sealed checkpoint."""
        self.trained()
        return self.stages.load_weights()

    @cached_property
    def training_plan(self) -> dict[str, Any]:
        """The training plan: shape, budget, memory."""
        text = self.trained().file("training_plan.json").read_text(encoding="utf-8")
        plan: dict[str, Any] = json.loads(text)
        return plan

    @cached_property
    def ledger(self) -> tuple[dict[str, Any], ...]:
        """The training ledger, a record an update."""
        text = self.trained().file("ledger.jsonl").read_text(encoding="utf-8")
        return tuple(json.loads(line) for line in text.splitlines())

    # --- answers and what they are worth ----------------------------------------------------

    @cached_property
    def source(self) -> Source:
        """Digests that the answers must carry."""
        if self.responses_file is not None:
            return Source()
        self.trained()
        return Source(
            contract=self.stages.contract_digest,
            weights=self.stages.checkpoint_digest,
            tokenizer=self.stages.tokenizer.digest,
        )

    def prompt_ids(self, case: Case) -> list[int]:
        """The ids that decoding is given for a case."""
        ids = self.stages.tokenizer.encode_prompt(case.prompt)
        return ids if self.contract.eval.prompt_bos else ids[1:]

    @cached_property
    def responses_artifact(self) -> Artifact:
        """responses.jsonl: one greedy decode of every case."""
        inputs = {
            "source": vars(self.source),
            "cases": case_digest(self.cases),
            "eval": self.contract.eval.model_dump(mode="json"),
            "kernels": kernels.source_digest(),
            "sources": source_digest(*_DECODE_SOURCES),
        }

        def make(folder: Path) -> None:
            tokenizer = self.stages.tokenizer
            prompts = [self.prompt_ids(case) for case in self.cases]
            budget = self.contract.eval.max_new_tokens
            answers = generate(self.model, prompts, max_new=budget, eos=EOS_ID)
            responses = [
                Response(
                    case.id, case.prompt_sha256, tokenizer.decode(a.tokens), len(a.tokens), a.stop
                )
                for case, a in zip(self.cases, answers, strict=True)
            ]
            write_responses(folder / "responses.jsonl", self.cases, responses, self.source)

        return self.store.build("responses", inputs, make)

    @cached_property
    def answers(self) -> Answers:
        """One answer a case, checked for completeness, prompts and source."""
        if self.responses_file is not None:
            return read_responses(self.responses_file, self.cases)
        path = self.responses_artifact.file("responses.jsonl")
        return read_responses(path, self.cases, self.source)

    @cached_property
    def expected_pictures(self) -> dict[Shown, Picture]:
        """Pictures of the expected documents, drawn once for all rungs that are asked these."""
        table, beside = self.contract.families, self.contract.beside
        return expected_pictures(self.store, self.representation, table, beside, self.cases)

    @cached_property
    def report_artifact(self) -> Artifact:
        """probe_report.jsonl: outcomes, rates, autopsy and baselines."""
        source = self.source  # first: where nothing was trained, its reason is the one to give
        complete = self.verdict(completeness())
        if complete.status != "passed":
            raise Blocked(self.run, complete.message, "a complete set of answers", complete.cure)
        answers = self.answers
        inputs = {
            "source": vars(source),
            "answers": digest([vars(response) for response in answers.responses]),
            "cases": answers.cases,
            "rows": digest(self.taught),
            "families": digest(self.contract.families),
            "beside": self.contract.beside,
            "sources": source_digest(*_SCORING_SOURCES),
        }

        def make(folder: Path) -> None:
            with compile_for(self.representation, self.expected_pictures) as compile:
                outcomes = score_all(self.cases, answers.responses, self.language, compile)
            report = build_report(outcomes, source, self.baselines)
            write_report(folder / "probe_report.jsonl", report)

        return self.store.build("report", inputs, make)

    @cached_property
    def report(self) -> ProbeReport:
        """The probe report, recomputed from its outcomes as it is read."""
        path = self.report_artifact.file("probe_report.jsonl")
        return read_report(path, self.answers.cases, self.source)

    @property
    def judged_report(self) -> ProbeReport:
        """The report, for a verdict that promotes; Blocked while the training gate is red.

        Answers of other weights, or to other ids than training used, are shown and not judged.
        """
        if self.responses_file is None:
            self.trained()
            red = [v for v in map(self.verdict, fixed_checks("training")) if v.status != "passed"]
            if red:
                raise Blocked(self.run, _told(red), "a green training gate", red[0].cure)
        return self.report

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {outcome.case.id: outcome for outcome in self.report.outcomes}

    def outcome(self, case_id: str) -> Outcome:
        """The scored answer to one case."""
        return self._outcomes[case_id]

    @cached_property
    def against_parent(self) -> Paired | None:
        """Held-out exactness case by case against the parent's run; None without such a parent."""
        parent = self.comparable_parent
        if parent is None:
            return None
        after = self.judged_report  # first: a run that is blocked needs nothing of its parent
        return paired(parent.report.marks("exact", HELD_OUT), after.marks("exact", HELD_OUT))

    @property
    def autopsy(self) -> Autopsy:
        """What the misses are."""
        return self.report.autopsy

    @cached_property
    def next_step(self) -> NextStep:
        """The decision tree's advice."""
        return advise(self)

    @property
    def held_out_losses(self) -> list[float]:
        """Held-out loss in nats a token, from before the first update to after the last."""
        return [record["loss"] for record in self.ledger if record["kind"] == "held_out"]


def _told(red: list[Verdict]) -> str:
    """What the first red checks say; those that were only blocked by others say nothing new."""
    failed = [v for v in red if v.status != "skipped"] or red
    return "; ".join(f"{v.gate}/{v.name}: {v.message}" for v in failed[:3])
