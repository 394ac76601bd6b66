"""Packed batches: rows one after the other, never padded, attention and positions inside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.errors import KernelError
from engine.kernels import IntArray, expect

UNCOUNTED = -1


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of tokens and what each position should predict.

    tokens (N,) int32; row_starts (R+1,) int32 from 0 to N, strictly ascending;
    targets (N,) int32, -1 where the prediction is not counted.
    """

    tokens: IntArray
    row_starts: IntArray
    targets: IntArray

    def __post_init__(self) -> None:
        expect("batch, tokens", self.tokens, (None,), np.int32)
        expect("batch, row_starts", self.row_starts, (None,), np.int32)
        expect("batch, targets", self.targets, (self.tokens.size,), np.int32)
        starts = self.row_starts
        if starts.size < 2 or starts[0] != 0 or starts[-1] != self.tokens.size:
            raise KernelError(
                "batch, row_starts", str(starts.tolist()[:8]), f"0 up to {self.tokens.size}"
            )
        if int(np.diff(starts).min()) < 1:
            raise KernelError("batch, row_starts", "an empty row", "at least one token a row")

    @classmethod
    def pack(cls, rows: Sequence[tuple[Sequence[int], Sequence[bool]]]) -> Batch:
        """Rows of (ids, counted), equally long: ids[:-1] are fed, ids[1:] predicted.

        counted[i] says whether the loss counts the prediction of ids[i]; counted[0] is never
        predicted and has no meaning.
        """
        for at, (ids, counted) in enumerate(rows):
            if len(ids) != len(counted) or len(ids) < 2:
                raise KernelError(
                    f"batch, row {at}",
                    f"{len(ids)} ids and {len(counted)} marks",
                    "equally many, at least two",
                )
        if not rows:
            raise KernelError("batch", "no rows", "at least one")
        inputs = [np.asarray(ids[:-1], np.int32) for ids, _ in rows]
        targets = [
            np.where(np.asarray(counted[1:], bool), ids[1:], UNCOUNTED).astype(np.int32)
            for ids, counted in rows
        ]
        starts = np.cumsum([0, *(row.size for row in inputs)], dtype=np.int32)
        return cls(np.concatenate(inputs), starts, np.concatenate(targets))

    @classmethod
    def unscored(cls, rows: Sequence[Sequence[int]]) -> Batch:
        """Rows to be read, with no target counted."""
        if not rows or min(len(row) for row in rows) < 1:
            raise KernelError("batch", "no rows, or an empty one", "at least one token a row")
        tokens = np.concatenate([np.asarray(row, np.int32) for row in rows])
        starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32)
        return cls(tokens, starts, np.full(tokens.size, UNCOUNTED, np.int32))

    @property
    def counted(self) -> int:
        """Number of counted targets."""
        return int((self.targets >= 0).sum())

    @property
    def longest(self) -> int:
        """Tokens of the longest row."""
        return int(np.diff(self.row_starts).max())
