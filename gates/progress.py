"""A progress bar for training under pytest: shown on a terminal, silent when piped."""

from __future__ import annotations

import os
import sys
from typing import Never

import pytest
from tqdm import tqdm

from engine.executor import Status


class TrainingBar:
    """Callable that a rung under training reports to."""

    def __init__(self, config: pytest.Config) -> None:
        self._capture = config.pluginmanager.getplugin("capturemanager")
        self._bar: tqdm[Never] | None = None
        self._of: tuple[str, str] | None = None
        worker = "PYTEST_XDIST_WORKER" in os.environ
        self._shown = sys.__stderr__ is not None and sys.__stderr__.isatty() and not worker

    def __call__(self, run: str, status: Status) -> None:
        """Draw where the training stands."""
        if not self._shown or self._capture is None:
            return
        with self._capture.global_and_fixture_disabled():
            self._draw(run, status)

    def _draw(self, run: str, status: Status) -> None:
        progress = status.progress
        if progress is not None:
            key = (run, progress.stage)
            if key != self._of:
                self._close()
                self._of = key
                self._bar = tqdm(
                    total=progress.tokens_total,
                    desc=f"training {run} {progress.stage}",
                    unit="tok",
                    unit_scale=True,
                    dynamic_ncols=True,
                )
            assert self._bar is not None
            self._bar.n = min(progress.tokens, progress.tokens_total)
            self._bar.set_postfix(loss=f"{progress.loss:.4f}")
        if status.state != "running":
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None
