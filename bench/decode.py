"""Decoding speed beside PyTorch with a key/value cache: `python -m bench.decode`.

The dense model of bench/train.py with random weights continues prompts of 40 tokens by 120, in
batches of several sizes; in the ragged case prompts are of 8 to 72 tokens and rows leave at their
end token. Tokens a second are new tokens over the whole call, prompts included. Every lane is
a process of its own; texts of all lanes are compared before anything is timed: they are equal
token by token, up to a tie between the two best logits.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.command import conclude, machine, need_torch, parser
from bench.decode_job import Case, DecodeJob, Texts
from bench.record import Rows, aligned, figure, most, ratios, spread, spread_text
from bench.rounds import Work, warmed_up
from bench.train import DENSE_CONFIG
from contracts.errors import TrainingError
from engine.decode import teacher_forced_logits
from engine.model import Model, ModelConfig
from reports.command import count

SCHEMA = "probegate.bench_decode.v1"
OURS = "ours/cache"
LANES = (OURS, "eager/cache", "compile/cache", "compile/frozen")
BATCHES = (1, 8, 44, 256)
RAGGED = 44
PROMPT, NEW = 40, 120
# Two float32 implementations part where two logits are closer than their rounding.
TIE_MAX = 1e-4
_EOS = 0
# A random head that speaks its end token about once in fifty tokens.
_EOS_LOUDER = 1.6
_SEED = 1
_SECONDS_A_BLOCK = 0.3


def make_job(
    config: ModelConfig,
    threads: int,
    batches: Sequence[int] = BATCHES,
    ragged: int = RAGGED,
    prompt: int = PROMPT,
    new: int = NEW,
    seconds: float = _SECONDS_A_BLOCK,
) -> DecodeJob:
    """Weights and prompts; "b44" is a batch of 44 equal lengths, "ragged44" one of different."""
    model = Model.initialise(config, _SEED)
    model.parameters["lm_head.weight"][_EOS] *= _EOS_LOUDER
    rng = np.random.default_rng(_SEED)

    def prompts(lengths: Sequence[int]) -> Texts:
        return [rng.integers(0, config.vocab_size, length).tolist() for length in lengths]

    never = config.vocab_size
    cases = {f"b{rows}": Case(prompts([prompt] * rows), new, never) for rows in batches}
    # Lengths from a fifth to nine fifths of the others', so that the mean is theirs.
    lengths = np.linspace(prompt / 5, prompt * 9 / 5, ragged).round().astype(int).tolist()
    cases[f"ragged{ragged}"] = Case(prompts(lengths), new, _EOS)
    return DecodeJob(config, model.parameters, cases, threads, seconds)


def compare(job: DecodeJob, name: str, ours: Texts, theirs: Texts, lane: str) -> dict[str, Any]:
    """How many rows are equal, and where the others part. TrainingError where that is no tie."""
    case = job.cases[name]
    ties = []
    for row, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        # The end token stands behind what ended early, so that a missing one shows.
        mine, other = (text + [case.eos] * (len(text) < case.max_new) for text in (mine, other))
        if mine == other:
            continue
        at = next((at for at, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), None)
        if at is None:
            gap = float("inf")  # one goes on where the other's budget was not yet spent
        else:
            gap = _gap(job, case.prompts[row] + mine[:at], mine[at], other[at])
        if not gap < TIE_MAX:
            raise TrainingError(
                f"bench decode, {name}, {lane}, row {row}",
                f"other tokens than ours from new token {at} on, where logits are {gap:.2g} apart",
                f"equal texts, or a tie below {TIE_MAX:g}",
                "Mend bench/torch_decode_lane.py or the kernels before timing either",
            )
        ties.append({"row": row, "new_token": at, "gap": gap})
    return {"rows": len(ours), "equal": len(ours) - len(ties), "ties": ties}


def _gap(job: DecodeJob, tokens: list[int], mine: int, other: int) -> float:
    model = Model(job.config)
    for name, view in model.parameters.items():
        view[:] = job.weights[name]
    logits = teacher_forced_logits(model, tokens)[-1]
    return float(abs(logits[mine] - logits[other]))


def measure(job: DecodeJob, lanes: Sequence[str], rounds: int) -> dict[str, Any]:
    """Warm up, compare every text, then one sample a round of every case and lane."""
    work = {
        lane: Work(
            "bench.our_decode_lane" if lane == OURS else "bench.torch_decode_lane", job, lane
        )
        for lane in lanes
    }
    with warmed_up(work) as running:
        texts = {lane: facts.pop("texts") for lane, facts in running.facts.items()}
        agreement = {
            name: {
                lane: compare(job, name, texts[OURS][name], texts[lane][name], lane)
                for lane in lanes
                if lane != OURS
            }
            for name in job.cases
        }
        samples = running.interleave(rounds, list(job.cases))
    about = {
        name: {
            "rows": len(case.prompts),
            "prompt_tokens": sum(map(len, case.prompts)),
            "new_tokens": sum(map(len, texts[OURS][name])),
            "ended": sum(len(text) < case.max_new for text in texts[OURS][name]),
            "agreement": agreement[name],
        }
        for name, case in job.cases.items()
    }
    return summarise(about, running.facts, samples)


def summarise(
    about: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]],
) -> dict[str, Any]:
    """For every case: lanes' tokens a second, our ratio to each, PyTorch's fastest lane."""
    cases = {}
    for name, case in about.items():
        speeds = {
            lane: [sample["new_tokens"] / sample["seconds"] for sample in by_case[name]]
            for lane, by_case in samples.items()
        }
        peers = [lane for lane in speeds if lane != OURS]
        cases[name] = {
            **case,
            "tokens_per_s": {lane: spread(found) for lane, found in speeds.items()},
            "ours_over": {lane: ratios(speeds[OURS], speeds[lane]) for lane in peers},
            "best": max(peers, key=lambda lane: spread(speeds[lane])["median"]),
        }
    lanes = {
        lane: {
            "facts": dict(facts[lane]),
            "samples": {name: [dict(s) for s in rounds] for name, rounds in by_case.items()},
            "memory_mb_peak": most(
                [s["memory_mb_peak"] for rounds in by_case.values() for s in rounds]
            ),
        }
        for lane, by_case in samples.items()
    }
    return {"cases": cases, "lanes": lanes}


def bench(options: Any) -> dict[str, Any]:
    """The whole comparison as one record. Raises TrainingError where PyTorch is missing."""
    need_torch("decode")
    here = machine()
    job = make_job(DENSE_CONFIG, options.threads)
    return {
        "schema": SCHEMA,
        "machine": here,
        "pairs": options.pairs,
        "threads": options.threads,
        "prompt": PROMPT,
        "new": NEW,
        **measure(job, LANES, options.pairs),
    }


def rows(record: Mapping[str, Any]) -> Rows:
    """One line a case and lane; PyTorch's fastest carries a star."""
    table: Rows = [("case", "lane", "tokens/s", "ours/this", "texts equal", "MB")]
    for name, case in told(record["cases"]):
        for lane, speed in sorted(
            case["tokens_per_s"].items(), key=lambda pair: (pair[0] != OURS, pair[0])
        ):
            against = case["ours_over"].get(lane)
            same = case["agreement"].get(lane)
            table.append(
                (
                    name,
                    lane + (" *" if lane == case["best"] else ""),
                    spread_text(speed, 0),
                    "-" if against is None else spread_text(against, 2),
                    "-" if same is None else f"{same['equal']} of {same['rows']}",
                    figure(record["lanes"][lane]["memory_mb_peak"]),
                )
            )
    return table


def told(cases: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Equal lengths first, small batches first."""
    return sorted(cases.items(), key=lambda pair: ("ragged" in pair[0], pair[1]["rows"]))


def last_lines(record: Mapping[str, Any]) -> list[str]:
    """The figures in one line: speeds by case, then our ratios to PyTorch's fastest lanes."""
    cases = told(record["cases"])
    speeds = [f"{name}={case['tokens_per_s'][OURS]['median']:.0f}" for name, case in cases]
    against = [
        f"ratio_{name}={case['ours_over'][case['best']]['median']:.2f}" for name, case in cases
    ]
    return [" ".join(["decode", *speeds, "tokens_per_s", *against, f"pairs={record['pairs']}"])]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the record, print the table; 1 when refused."""
    options = parser("decode", __doc__)
    options.add_argument("--threads", type=count, default=2, help="threads of every lane")
    given = options.parse_args(arguments)
    return conclude(
        given.out, lambda: bench(given), lambda record: aligned(rows(record)), last_lines
    )


if __name__ == "__main__":
    sys.exit(main())
