"""AdamW with a global gradient norm, over a model's flat buffer."""

from __future__ import annotations

import numpy as np

from contracts.errors import KernelError
from engine import kernels
from engine.kernels import FloatArray, floats
from engine.model import Model

# ADAM_CHUNK of csrc/plan.h: one partial sum of squares for so many gradient elements.
_PARTIAL_FLOATS = 4096


class AdamW:
    """Decoupled weight decay, on matrices only: a norm weight is a scale, not to be shrunk.

    `m`, `v` and `steps` are the whole state: restored, training goes on to the same bytes.
    """

    def __init__(
        self,
        model: Model,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float = 1.0,
    ) -> None:
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1 and eps > 0 and weight_decay >= 0 <= clip_norm):
            raise KernelError(
                "AdamW",
                f"beta1 {beta1}, beta2 {beta2}, eps {eps}, "
                f"weight_decay {weight_decay}, clip_norm {clip_norm}",
                "betas in [0, 1), eps above 0, the rest not negative",
            )
        self.model = model
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.steps = 0
        self.m: FloatArray = np.zeros_like(model.flat)
        self.v: FloatArray = np.zeros_like(model.flat)
        self._segments = np.array(
            [(model.offsets[name], view.size, int(view.ndim == 2))
             for name, view in model.parameters.items()],
            np.int64,
        )
        chunks = int(sum(-(-size // _PARTIAL_FLOATS) for size in self._segments[:, 1]))
        self._partial = np.zeros(chunks, np.float64)

    def step(self, lr: float) -> float:
        """Update the weights from the gradients; returns their global norm before clipping.

        A norm that is not finite is returned with nothing changed.
        """
        norm = float(
            self.model.kernels.adamw(
                floats(self.model.flat),
                floats(self.model.gradient_flat),
                floats(self.m),
                floats(self.v),
                kernels.ffi.cast("int64_t *", self._segments.ctypes.data),
                len(self._segments),
                kernels.ffi.cast("double *", self._partial.ctypes.data),
                lr,
                self.beta1,
                self.beta2,
                self.eps,
                self.weight_decay,
                self.clip_norm,
                self.steps + 1,
                self.model.threads,
            )
        )
        if np.isfinite(norm):
            self.steps += 1
        return norm
