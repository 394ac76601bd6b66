"""Our kernels as a lane of the benchmark: `python -m bench.our_lane JOB packed`."""

from __future__ import annotations

import sys
from typing import Any

from bench.lane import Job, serve
from engine.model import Model
from engine.optimizer import AdamW


class OurLane:
    """Model and optimiser as engine/train.py uses them."""

    def __init__(self, job: Job, layout: str) -> None:
        self.job = job
        self.model = Model(job.config)
        self.model.threads = job.threads
        for name, view in self.model.parameters.items():
            view[:] = job.weights[name]
        self.optimiser = AdamW(self.model, weight_decay=job.weight_decay, clip_norm=job.clip_norm)
        self.block()
        fed = sum(batch.tokens.size for batches in job.updates for batch in batches)
        self.facts: dict[str, Any] = {"layout": layout, "tokens_fed": fed}

    def block(self, what: str = "") -> dict[str, float]:
        """Train once on all updates; returns the last loss."""
        loss = 0.0
        for batches in self.job.updates:
            counted = sum(batch.counted for batch in batches)
            self.model.zero_gradients()
            loss = sum(self.model.loss_and_gradient(batch, counted) for batch in batches)
            self.optimiser.step(self.job.rate)
        return {"loss": loss}


if __name__ == "__main__":
    sys.exit(serve(OurLane, sys.argv[1:]))
