"""PyTorch as a lane of the benchmark: `python -m bench.torch_lane JOB eager/packed`.

PyTorch is imported before our kernels: its OpenMP library then starts with its own settings.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import torch
import torch._dynamo as dynamo

from bench.lane import Job, serve
from bench.torch_model import Decoder, Extent, joined, prepare
from contracts.errors import TrainingError
from engine.model import rope_table
from engine.parity import relative_error

# Two float32 implementations sum in different orders; 1e-6 is seen, a wrong formula gives 1e-2.
PARITY_MAX = 1e-4
_WARM_UP_PASSES_MAX = 6


class TorchLane:
    """The decoder with fused AdamW and gradient clipping, eager or compiled, in one layout."""

    def __init__(self, job: Job, layout: str) -> None:
        mode, self.layout = layout.split("/")
        torch.set_num_threads(job.threads)
        # A fall-back to eager would be timed as compiled; let it fail instead.
        dynamo.config.fail_on_recompile_limit_hit = True
        self.job = job
        self.decoder = Decoder(job.config, rope_table(job.config))
        self.decoder.load(job.weights)
        self.loss: Any = self.decoder
        if mode == "compile":
            self.loss = torch.compile(self.decoder, dynamic=self.layout not in ("fixed", "dense"))
        largest = Extent.of([batch for batches in job.updates for batch in batches])
        self.updates = [
            [prepare(batch, self.layout, largest) for batch in batches] for batches in job.updates
        ]
        self.counted = [sum(batch.counted for batch in batches) for batches in job.updates]
        self.parameters = list(self.decoder.parameters())
        matrices = [p for p in self.parameters if p.ndim == 2]
        scales = [p for p in self.parameters if p.ndim == 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices}, {"params": scales, "weight_decay": 0.0}],
            lr=job.rate,
            weight_decay=job.weight_decay,
            fused=True,
        )
        self.facts: dict[str, Any] = {
            "layout": self.layout,
            "tokens_fed": sum(len(batch[0]) for batches in self.updates for batch in batches),
            **self._warm_up(),
            "torch": torch.__version__,
            "capability": torch.backends.cpu.get_cpu_capability(),
        }

    def block(self, what: str = "") -> dict[str, float]:
        """Train once on all updates; returns the last loss."""
        total = torch.zeros(())
        for batches, counted in zip(self.updates, self.counted, strict=True):
            self.optimiser.zero_grad(set_to_none=True)
            total = torch.zeros(())
            for batch in batches:
                loss = self.loss(*batch) / counted
                loss.backward()
                total += loss.detach()
            torch.nn.utils.clip_grad_norm_(self.parameters, self.job.clip_norm)
            self.optimiser.step()
        return {"loss": float(total)}

    def _check(self) -> float:
        """Largest relative error of loss and gradients on the first batch against ours."""
        assert self.job.first_loss is not None
        loss = self.loss(*self.updates[0][0]) / self.job.updates[0][0].counted
        loss.backward()
        errors = {"loss": abs(float(loss.detach()) / self.job.first_loss - 1)}
        for name, parameter in self.decoder.named_parameters():
            wanted = joined(name, self.job.first_gradients)
            errors[name] = relative_error(parameter.grad.numpy(), wanted)
        name, worst = max(errors.items(), key=lambda pair: (pair[1] != pair[1], pair[1]))
        if not worst <= PARITY_MAX:
            raise TrainingError(
                f"bench lane {self.layout}, {name}",
                f"relative error {worst:.2g} against our kernels",
                f"at most {PARITY_MAX:g}: two implementations of one model",
                "Mend bench/torch_model.py or the kernels before timing either",
            )
        return worst

    def _warm_up(self) -> dict[str, Any]:
        """Check, then train until a pass compiles nothing new: parity, graphs, seconds of both."""
        started = time.perf_counter()
        parity = self._check()
        graphs = dynamo.utils.counters["stats"]
        for _ in range(_WARM_UP_PASSES_MAX):
            before, compiled = graphs["unique_graphs"], time.perf_counter()
            self.block()
            if graphs["unique_graphs"] == before:
                break
        return {"parity": parity, "graphs": before, "compile_seconds": compiled - started}


if __name__ == "__main__":
    sys.exit(serve(TorchLane, sys.argv[1:]))
