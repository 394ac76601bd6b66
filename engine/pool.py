"""Work on very many items in more than one process; the results come in the order of the items.

What is few is done at home: a process takes half a second to start. Processes are started afresh,
not forked: the kernels' threads would not survive that.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

MANY = 40_000
"""From so many items on it pays."""
CHUNK = 1_000

Item = TypeVar("Item")
Result = TypeVar("Result")


def processes() -> int:
    """How many processes may work: PROBEGATE_THREADS, else one a core."""
    return int(os.environ.get("PROBEGATE_THREADS") or os.cpu_count() or 1)


def mapped(
    work: Callable[[Sequence[Item]], list[Result]], items: Iterable[Item], many: int
) -> Generator[Result, None, None]:
    """The results of `work` on the items; `many` is about how many of them are wanted.

    `work` can be pickled: a function of a module, or a partial one. No more than a few chunks are
    ahead of what has been taken.
    """
    if many < MANY or processes() == 1:
        for item in items:
            yield from work([item])
        return
    chunks = _chunks(items)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes(), mp_context=spawn) as pool:
        ahead = [pool.submit(work, chunk) for chunk in islice(chunks, 2 * processes())]
        while ahead:
            done = ahead.pop(0)
            ahead += [pool.submit(work, chunk) for chunk in islice(chunks, 1)]
            yield from done.result()


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
