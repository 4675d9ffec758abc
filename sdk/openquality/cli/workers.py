"""Documents checked in several processes: answers in the order of the documents, memory flat."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from openquality.sources import Document, Unreadable

Answer = TypeVar("Answer")
Check = Callable[[Document], Answer]

BATCH: Final = 128  # documents sent at once; one by one, sending would cost more than checking
BATCH_BYTES: Final = 2_097_152
WAITING: Final = 3  # batches for each process that are read ahead


def checked(
    documents: Iterable[Document | Unreadable], check: "Check[Answer]", *, jobs: int
) -> "Iterator[Answer | Unreadable]":
    """Check documents in `jobs` processes, of which 1 is this one alone and 0 means one a core.

    What could not be read is passed on in its place.
    """
    if jobs == 1:
        for each in documents:
            yield each if isinstance(each, Unreadable) else check(each)
    else:
        yield from _spread(iter(documents), check, jobs or cores())


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spread(
    documents: Iterator[Document | Unreadable], check: "Check[Answer]", jobs: int
) -> "Iterator[Answer | Unreadable]":
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor

    # New processes rather than forks: a fork would copy locks of the progress bar's thread.
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_deaf
    )
    waiting: deque[Future[list[Answer | Unreadable]]] = deque()
    try:
        for batch in _batches(documents):
            waiting.append(pool.submit(_check_all, check, batch))
            if len(waiting) >= jobs * WAITING:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _deaf() -> None:
    """Leave Ctrl-C to the process that reads and reports: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_all(
    check: "Check[Answer]", batch: list[Document | Unreadable]
) -> "list[Answer | Unreadable]":
    return [each if isinstance(each, Unreadable) else check(each) for each in batch]


def _batches(
    documents: Iterator[Document | Unreadable],
) -> Iterator[list[Document | Unreadable]]:
    batch: list[Document | Unreadable] = []
    size = 0
    for each in documents:
        batch.append(each)
        size += 0 if isinstance(each, Unreadable) else len(each.data)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
