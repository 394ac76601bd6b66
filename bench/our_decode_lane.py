"""Our decoding as a lane of the benchmark: `python -m bench.our_decode_lane JOB cache`."""

from __future__ import annotations

import sys

from bench.decode_job import Case, DecodeJob, DecodeLane, Texts
from bench.lane import serve
from engine.decode import generate
from engine.model import Model


def make(job: DecodeJob, layout: str) -> DecodeLane:
    """engine/decode.py as the probes use it, all prompts of a case in one batch."""
    model = Model(job.config)
    model.threads = job.threads
    for name, view in model.parameters.items():
        view[:] = job.weights[name]

    def decode(case: Case) -> Texts:
        made = generate(model, case.prompts, case.max_new, case.eos, len(case.prompts))
        return [row.tokens for row in made]

    return DecodeLane(job, decode)


if __name__ == "__main__":
    sys.exit(serve(make, sys.argv[1:]))
