"""The kernels against the float64 reference: what is compared, and how close it must be.

Tests and gates call the same functions. Each check takes the kernel table as an argument, so that
a table with one bent operation shows that exactly its own checks turn red.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.errors import KernelError
from engine import kernels
from engine.model import ModelConfig, c_batch
from engine.optimizer import AdamW
from engine.parity_cases import CASES, RAGGED, SMALL, parity_batch, parity_model
from engine.workspace import check_pass

__all__ = [
    "CASES",
    "RAGGED",
    "TOLERANCE",
    "BentTable",
    "Parity",
    "check_canaries",
    "check_parity",
    "check_threads",
    "parity_batch",
    "parity_cases",
    "relative_error",
    "train_bytes",
    "training_digest",
]

REAL = ModelConfig(149)
SMALL_TRAINING = ModelConfig(
    53, layers=2, embed_dim=40, hidden_dim=52, heads=3, kv_heads=1, head_dim=10
)

# Largest error allowed, relative to the largest magnitude of the expected array. One float32
# rounding is 6e-8; each figure is a few times the worst error measured over all instruction sets.
TOLERANCE: dict[str, tuple[float, str]] = {
    "matmul": (2e-6, "one chain of up to 768 additions, no blocking"),
    "matmul_weight_backward": (2e-6, "chains of 128 additions, then one addition a chain"),
    "rmsnorm": (1e-6, "a sum of 192 squares, a root and two products"),
    "rmsnorm_backward": (2e-6, "dw sums over all tokens, 64 at a time"),
    "qknorm_rope": (1e-6, "a root, two products, a rotation by float32 cosines"),
    "qknorm_rope_backward": (4e-6, "dqw sums 8 heads of every token with both signs"),
    "attention": (2e-6, "scores of 24 products, exponentials good to 1e-7, sums over the row"),
    "attention_backward": (4e-6, "dp - D_i cancels before it is multiplied and summed again"),
    "attention_sharp": (1e-5, "scores reach 80, whose rounding alone is 4e-6 in an exponential"),
    "swiglu": (1e-6, "one exponential and one division"),
    "swiglu_backward": (1e-6, "one exponential and one division"),
    "cross_entropy": (1e-6, "a sum of exponentials; the loss is finished in double"),
    "embedding": (0.0, "a copy"),
    "embedding_backward": (1e-6, "a sum over the tokens of one id"),
    "adamw": (1e-6, "a dozen roundings an element"),
    "model_loss": (5e-7, "float32 logits through 3 layers"),
    "model_gradients": (1e-5, "float32 through 3 layers and back; worst tensors are the k_norms"),
    "accumulation": (2e-6, "the same sums in another order"),
}


@dataclass(frozen=True)
class Parity:
    """One comparison: worst relative error over its arrays, what is allowed, and where it is."""

    name: str
    worst_error: float
    tolerance: float
    where: str

    @property
    def holds(self) -> bool:
        """False for NaN too."""
        return self.worst_error <= self.tolerance


def parity_cases() -> list[str]:
    """Ids of all parity checks, in order."""
    return list(CASES)


def check_parity(case_id: str, table: Any = None) -> Parity:
    """Compare one operation, or the model, with the reference. KernelError for another id."""
    if case_id not in CASES:
        raise KernelError("parity", repr(case_id), "one of " + ", ".join(CASES))
    name, function = CASES[case_id]
    pairs = function(kernels.table() if table is None else table)
    errors = [(relative_error(got, wanted), where) for where, got, wanted in pairs]
    worst, where = max(errors, key=lambda pair: (np.isnan(pair[0]), pair[0]))
    return Parity(case_id, worst, TOLERANCE[name][0], where)


def relative_error(got: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> float:
    """Largest difference over the largest magnitude wanted; NaN when anything got is not finite."""
    if got.shape != wanted.shape or not np.isfinite(got).all():
        return float("nan")
    scale = float(np.abs(wanted).max())
    return float(np.abs(got - wanted).max()) / (scale or 1.0)


def train_bytes(table: Any, threads: int, steps: int = 3) -> bytes:
    """Weights after a few updates of the real model on ragged rows, as bytes."""
    return _train(table, threads, REAL, [(60 + step, 130, 1, 33) for step in range(steps)])[0]


def training_digest(table: Any) -> str:
    """Hexadecimal sha256 over losses and weights of two short trainings, cheap enough to emulate.

    Equal wherever multiply-adds are fused, whatever the processor; and wherever none is. The real
    model takes one update on short rows. A small one takes four: its widths leave odd tails in
    every tile, and its rows pass a block of queries and one of keys.
    """
    digest = hashlib.sha256()
    for config, batches in (
        (REAL, [(33, 1)]),
        (SMALL_TRAINING, [(60 + step, 130, 1, 33) for step in range(4)]),
    ):
        for part in _train(table, 1, config, batches):
            digest.update(part)
    return digest.hexdigest()


def _train(
    table: Any, threads: int, config: ModelConfig, batches: Sequence[tuple[int, ...]]
) -> tuple[bytes, bytes]:
    """Weights and losses of one update on each batch of rows of those lengths."""
    model = parity_model(config, table)
    model.threads = threads
    optimizer = AdamW(model)
    losses = []
    for lengths in batches:
        model.zero_gradients()
        losses.append(model.loss_and_gradient(parity_batch(lengths, config.vocab_size)))
        optimizer.step(1e-3)
    return model.flat.tobytes(), np.array(losses).tobytes()


def check_threads(table: Any = None) -> bool:
    """Whether one, two and three threads train to the same bytes."""
    k = kernels.table() if table is None else table
    alone = train_bytes(k, 1)
    return all(train_bytes(k, threads) == alone for threads in (2, 3))


def check_canaries(table: Any = None) -> str:
    """Let a pass write behind one slice of its arena; returns the slice that is named, or "".

    The logits of one position are sent to the gap behind a slice instead of to their own array.
    """
    config = ModelConfig(8, layers=1)
    model = parity_model(config, table)
    model.pack()
    batch = parity_batch(SMALL, config.vocab_size)
    packed, _alive = c_batch(batch.tokens, batch.row_starts, np.zeros(1, np.int32))
    arena, plan = model.arena_for(packed, keep=False)
    victim = plan.slices[len(plan.slices) // 2]
    gap = kernels.ffi.cast("float *", arena.memory + victim.offset + victim.bytes)
    null = kernels.ffi.NULL
    status = model.kernels.forward(model.c_model(), packed, arena, null, gap, null)
    try:
        check_pass(status, "canary", arena, plan)
    except KernelError:
        return str(plan.slices[arena.smashed])
    return ""


class BentTable:
    """A kernel table with some operations replaced: how a test seeds a defect."""

    def __init__(self, table: Any, **replaced: Callable[..., Any]) -> None:
        self._table = table
        self._replaced = replaced

    def __getattr__(self, name: str) -> Any:
        replaced = self.__dict__["_replaced"]
        return replaced[name] if name in replaced else getattr(self.__dict__["_table"], name)
