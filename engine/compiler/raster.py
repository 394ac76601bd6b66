"""Renders linted SVG to PNG in a worker process with a memory limit and a timeout.

The worker lives as long as its Rasteriser and is started anew after a crash or a timeout. Pictures
already rendered are remembered: a run shows the same few thousands of times.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import selectors
import subprocess
import sys
import time
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from PIL import Image

from contracts.errors import RenderError
from engine.compiler.fonts import font_files
from engine.compiler.lint import lint
from engine.compiler.raster_worker import ANSWER, REQUEST
from engine.compiler.safety import SIDE_MOST, safety_findings

WORKER = Path(__file__).with_name("raster_worker.py")
MEMORY_BYTES = 2**30
TIMEOUT_SECONDS = 20.0
REMEMBERED_PICTURES = 512
# What is asked of a picture that nobody looks at: that it is drawn, and not blank. The cost of
# drawing is its area; every element, text and paint is gone through at any width.
FAULTS_WIDTH = 160


class Rasteriser:
    """One rasteriser; use it as a context manager, so that its worker ends with it."""

    def __init__(
        self, timeout_seconds: float = TIMEOUT_SECONDS, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self.memory_bytes = memory_bytes
        self._worker: subprocess.Popen[bytes] | None = None
        self._remembered: OrderedDict[tuple[str, int | None], bytes] = OrderedDict()

    def __enter__(self) -> Rasteriser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; the next picture would start another."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                # A dead worker may leave a request half written; there is nobody to flush it to.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def png(self, svg: str, width: int | None = None) -> bytes:
        """PNG of a picture, `width` pixels wide or as wide as its canvas; same input, same bytes.

        RenderError when the picture breaks the allow-list, when resvg refuses it, and when the
        worker crashes, runs out of memory or takes longer than the timeout.
        """
        if width is not None and not 1 <= width <= SIDE_MOST:
            raise RenderError("raster", f"width {width}", f"1 to {SIDE_MOST} pixels")
        return self._png(svg, width, safe=False)

    def _png(self, svg: str, width: int | None, *, safe: bool) -> bytes:
        """The picture remembered or rendered; `safe` when lint has gone through it already."""
        key = (hashlib.sha256(svg.encode("utf-8", "surrogatepass")).hexdigest(), width)
        if key in self._remembered:
            self._remembered.move_to_end(key)
            return self._remembered[key]
        if not safe:
            _, findings = safety_findings(svg)
            if findings:
                raise RenderError("raster", str(findings[0]), "a picture within the allow-list")
        png = self._render(svg, width or 0)
        self._remembered[key] = png
        if len(self._remembered) > REMEMBERED_PICTURES:
            self._remembered.popitem(last=False)
        return png

    def faults(self, svg: str) -> list[str]:
        """Why a picture does not count as renderable; empty if it does.

        Drawn FAULTS_WIDTH wide: a detail too small to be seen there does not make a picture.
        """
        findings = [str(finding) for finding in lint(svg)]
        if findings:
            return findings
        try:
            png = self._png(svg, FAULTS_WIDTH, safe=True)
        except RenderError as error:
            return [str(error)]
        return ["blank: the picture has one colour only"] if is_blank(png) else []

    def renderable(self, svg: str) -> bool:
        """Whether a picture passes lint, renders, and shows something."""
        return not self.faults(svg)

    def _render(self, svg: str, width: int) -> bytes:
        worker = self._started()
        data = svg.encode("utf-8")
        deadline = time.monotonic() + self.timeout_seconds
        try:
            _write(worker, REQUEST.pack(width, len(data)) + data, deadline)
            status, length = ANSWER.unpack(_read(worker, ANSWER.size, deadline))
            answer = _read(worker, length, deadline)
        except TimeoutError as error:
            self.close()
            limit = f"{self.timeout_seconds:g} seconds"
            raise RenderError("raster", "no picture in time", f"one within {limit}") from error
        except (EOFError, BrokenPipeError) as error:
            code = worker.wait()
            self.close()
            raise RenderError("raster", f"a worker that died ({code})", "a picture") from error
        except BaseException:
            # After an interrupt the pipe may hold half an answer: the next picture needs a new one.
            self.close()
            raise
        if status:
            raise RenderError("raster", answer.decode("utf-8", "replace"), "a picture")
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._worker is None or self._worker.poll() is not None:
            self.close()
            fonts = [str(path) for path in font_files()]
            command = [sys.executable, "-I", str(WORKER), str(self.memory_bytes), *fonts]
            self._worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            for pipe in (self._worker.stdin, self._worker.stdout):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
        return self._worker


@lru_cache(maxsize=REMEMBERED_PICTURES)
def is_blank(png: bytes) -> bool:
    """Whether a picture has one colour only."""
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGBA").getcolors(maxcolors=1) is not None


def _write(worker: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    descriptor = _descriptor(worker.stdin)
    view = memoryview(data)
    while view:
        _await(descriptor, selectors.EVENT_WRITE, deadline)
        view = view[os.write(descriptor, view) :]


def _read(worker: subprocess.Popen[bytes], length: int, deadline: float) -> bytes:
    descriptor = _descriptor(worker.stdout)
    data = bytearray()
    while len(data) < length:
        _await(descriptor, selectors.EVENT_READ, deadline)
        chunk = os.read(descriptor, length - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def _descriptor(pipe: io.BufferedIOBase | object) -> int:
    assert isinstance(pipe, io.IOBase)
    return pipe.fileno()


def _await(descriptor: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError
