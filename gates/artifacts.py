"""The artifact chain of a run, written for people beside the verdict: one file a stage.

contract -> dataset profile -> tokenizer manifest -> compiler smoke -> kernel report ->
training plan, ledger, weights manifest -> tested prompts, responses, probe report ->
baselines, autopsy, next step
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contracts.errors import Blocked, EvidenceError, StoreError, TokenizerError
from engine.curriculum.dataset import shares
from engine.store import write_json
from gates import check_library
from gates.rung import RungEvidence
from probes.next_rung import NEXT_RUNG, next_rung
from probes.score import Outcome


def write(gate: str, rung: RungEvidence, folder: Path) -> None:
    """Write what a gate rests on into `folder`, once; what is blocked or damaged has no file."""
    done = folder / f".{named(rung, gate)}"
    if done.exists():
        return
    try:
        for name, value in _WRITERS[gate](rung).items():
            _put(folder / named(rung, name), value)
    except (Blocked, EvidenceError, StoreError):
        return  # the gate's own verdicts say why
    done.touch()


def write_next_rung(rung: RungEvidence, folder: Path) -> None:
    """Write the draft of the next rung after a red verdict, where a contract can say it."""
    path = folder / named(rung, NEXT_RUNG)
    if rung.responses_file is not None or not rung.run or path.exists():
        return
    step, room = None, 0
    if not rung.contract.faults:
        try:
            step = rung.next_step
        except (Blocked, EvidenceError, StoreError):
            return  # nothing was answered, and no declared defect says why
        longest = max(len(rung.prompt_ids(case)) for case in rung.cases)
        room = rung.contract.model.context_len - longest
    rows = (*rung.rows, *rung.probe_rows)
    draft = next_rung(rung.contract, step, rows, rung.book.names, answer_room=room)
    if draft is not None:
        path.write_text(draft.text, encoding="utf-8")


def named(rung: RungEvidence, name: str) -> str:
    """File name of an artifact: several runs of one session share a folder."""
    return f"{rung.run}.{name}" if rung.run else name


def _put(path: Path, value: Any) -> None:
    if isinstance(value, Path):
        shutil.copyfile(value, path)
    elif isinstance(value, str):
        path.write_text(value, encoding="utf-8")
    else:
        write_json(path, value)


def _contract(rung: RungEvidence) -> dict[str, Any]:
    digest = rung.stages.contract_digest
    return {"contract.json": {"digest": digest, **rung.contract.model_dump(mode="json")}}


def _dataset(rung: RungEvidence) -> dict[str, Any]:
    if not rung.contract.trains:
        return {"library_coverage.json": check_library.report(rung)}
    targets = Counter(row.target for row in rung.rows)
    prompts = Counter(row.prompt for row in rung.rows)
    profile = {
        "rows": len(rung.rows),
        "rows_taught_with_ancestors": len(rung.taught),
        **_row_tokens(rung),
        "distinct_targets": len(targets),
        "repeated_prompts": sum(count - 1 for count in prompts.values()),
        "families": shares(rung.rows, "family"),
        "forms": shares(rung.rows, "form"),
        "surfaces": shares(rung.rows, "surface"),
        "probes": shares(rung.probe_rows, "split"),
        "exact_without_a_model": {
            f"{row.split}/{row.baseline}": row.exact.value for row in rung.baselines
        },
        "audit": {
            "findings": [asdict(finding) for finding in rung.audit.findings],
            "coverage": [asdict(coverage) for coverage in rung.audit.coverage],
        },
    }
    return {"dataset_profile.json": profile}


def _row_tokens(rung: RungEvidence) -> dict[str, Any]:
    """Tokens of all rows; nothing where text has no ids, which is the tokenizer gate's finding."""
    try:
        lengths = [tokens for tokens, _ in rung.row_sizes[: len(rung.rows)]]
    except TokenizerError:
        return {}
    return {"tokens": sum(lengths), "row_tokens": {"least": min(lengths), "most": max(lengths)}}


def _tokenizer(rung: RungEvidence) -> dict[str, Any]:
    tokenizer = rung.stages.tokenizer
    return {
        "tokenizer_manifest.json": {
            "digest": tokenizer.digest,
            "trained_by": rung.tokenizer_owner.run,
            "kind": rung.contract.tokenizer.kind,
            "vocab_size": tokenizer.vocab_size,
            "control_atoms": list(tokenizer.atoms),
            "learned_pieces": list(tokenizer.pieces[4 + len(tokenizer.atoms) :]),
        }
    }


def _compiler(rung: RungEvidence) -> dict[str, Any]:
    return {"compiler_smoke.json": asdict(rung.smoke)}


def _kernels(rung: RungEvidence) -> dict[str, Any]:
    return {"kernels.json": asdict(rung.kernel_report)}


def _training(rung: RungEvidence) -> dict[str, Any]:
    artifact = rung.trained()
    return {
        "training_plan.json": artifact.file("training_plan.json"),
        "ledger.jsonl": artifact.file("ledger.jsonl"),
        "weights_manifest.json": artifact.manifest(),
    }


def _probes(rung: RungEvidence) -> dict[str, Any]:
    return {
        "responses.jsonl": rung.responses_file or rung.responses_artifact.file("responses.jsonl"),
        "probe_report.jsonl": rung.report_artifact.file("probe_report.jsonl"),
        "baselines.md": _baselines(rung),
    }


def _promotion(rung: RungEvidence) -> dict[str, Any]:
    step = rung.next_step
    lines = [
        "# Autopsy",
        "",
        "```",
        *rung.autopsy.lines(),
        "```",
        "",
        f"**Next step {step.step}: {step.title}.**",
    ]
    lines += [step.why + ".", *(f"- touch: {part}" for part in step.touch)]
    lines += ["", "The decision tree, misses a question:", "", "```", *step.walked(), "```"]
    return {"autopsy.md": "\n".join(lines) + "\n", "next_step.json": asdict(step)}


_WRITERS: dict[str, Callable[[RungEvidence], dict[str, Any]]] = {
    "contract": _contract,
    "dataset": _dataset,
    "tokenizer": _tokenizer,
    "compiler": _compiler,
    "kernels": _kernels,
    "training": _training,
    "probes": _probes,
    "promotion": _promotion,
}


def _baselines(rung: RungEvidence) -> str:
    """Exactness of the model beside every rule that answers without one, split by split."""
    splits = list(rung.contract.dataset.splits)
    rates = {(row.baseline, row.split): row.exact for row in rung.baselines}
    names = dict.fromkeys(row.baseline for row in rung.baselines)
    rows = [["model", *(_percent(rung.report.rates(s)["exact"].value) for s in splits)]]
    rows += [[name, *(_percent(rates[name, s].value) for s in splits)] for name in names]
    head = ["exact", *(f"{s} (n={rung.contract.dataset.splits[s].cases})" for s in splits)]
    return "# Baselines\n\n" + markdown_table(head, rows)


def _percent(share: float) -> str:
    return f"{share:.1%}"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown, a line a row, under its head."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def in_words(outcome: Outcome) -> str:
    """What a missed case got wrong, in one line."""
    if outcome.mismatches:
        pairs = (f"{m.field} {m.expected} -> {m.found}" for m in outcome.mismatches)
        return f"{outcome.failure}: {', '.join(pairs)}"
    detail = outcome.parse_error.message if outcome.parse_error else outcome.error
    return f"{outcome.failure}: {detail or outcome.tail[:80]!r}"
