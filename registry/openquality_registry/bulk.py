"""Batches: many statements examined side by side, answered in order, with flat memory.

Each window of statements is examined while the window before it waits for its commit. Verifying
holds Python's lock, so a batch of some size is examined by worker processes.
"""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial

from openquality.wire import Outcome, Problem
from openquality_registry import admit, problems
from openquality_registry.access.gate import Caller
from openquality_registry.admit import Admission
from openquality_registry.facts import Facts, NeedsFacts, NoFacts
from openquality_registry.ports import Pending, Receipt
from openquality_validator.errors import OpenQualityError

WINDOW = 512  # statements on their way at once: two full group commits
CHUNK = 64  # statements handed to a worker at once
SMALL = 64  # up to here a batch is examined in the server: starting workers would take longer

Examined = Pending | Problem
Begun = Examined | Future[Receipt]
Writer = Callable[[bytes, Receipt], bytes]
"""Write the bytes of a statement's receipt."""


class Examiner:
    """Examine statements, in `workers` processes where it pays; with none, in a thread.

    The processes start with the first large batch. They hold nothing that matters: if one dies,
    its statements are examined here, and the next batch starts new ones.
    """

    def __init__(self, workers: int, facts: Facts) -> None:
        self._workers = workers
        self._facts = facts
        self._pool: ProcessPoolExecutor | None = None

    async def examine(self, statements: Sequence[bytes], *, large: bool) -> list[Examined]:
        """Examine statements in order; what is wrong with one is its problem, as a value."""
        if not (large and self._workers):
            return await asyncio.to_thread(examine_all, statements, self._facts)
        chunks = [statements[at : at + CHUNK] for at in range(0, len(statements), CHUNK)]
        found = await asyncio.gather(*(self._chunk(chunk) for chunk in chunks))
        examined = [item for chunk in found for item in chunk]
        return await asyncio.to_thread(self._completed, statements, examined)

    def _completed(
        self, statements: Sequence[bytes], examined: Sequence[Examined | None]
    ) -> list[Examined]:
        """Put the bytes back, which stayed here, and examine what the workers could not."""
        return [
            replace(item, statement=statement)
            if isinstance(item, Pending)
            else item or _examine(statement, self._facts)
            for statement, item in zip(statements, examined, strict=True)
        ]

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def _chunk(self, statements: Sequence[bytes]) -> Sequence[Examined | None]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                # Forking a process that has threads may leave a lock held for ever.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_die_with_parent,
            )
        pool = self._pool
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, _examine_lean, statements)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = None
            return await asyncio.to_thread(examine_all, statements, self._facts)


async def answers(
    statements: Sequence[bytes],
    *,
    admission: Admission,
    caller: Caller,
    examiner: Examiner,
    receipt: Writer,
) -> AsyncIterator[bytes]:
    """Admit statements and yield the answer lines, in order, a window at a time."""
    large = len(statements) > SMALL

    async def begin(window: Sequence[bytes]) -> list[Begun]:
        known = await asyncio.to_thread(admission.again, window)
        fresh = [s for again, s in zip(known, window, strict=True) if again is None]
        examined = iter(await examiner.examine(fresh, large=large))
        return [next(examined) if again is None else again for again in known]

    async def finish(window: Sequence[bytes], begun: list[Begun]) -> bytes:
        submit = partial(admission.submit, caller=caller)
        return await asyncio.to_thread(_finish, window, begun, submit, receipt)

    windows = [statements[at : at + WINDOW] for at in range(0, len(statements), WINDOW)]
    ahead = asyncio.create_task(begin(windows[0])) if windows else None
    try:
        for number, window in enumerate(windows, start=1):
            assert ahead is not None
            begun = await ahead
            ahead = asyncio.create_task(begin(windows[number])) if number < len(windows) else None
            yield await finish(window, begun)
    finally:
        if ahead is not None:
            ahead.cancel()


def examine_all(statements: Sequence[bytes], facts: Facts) -> list[Examined]:
    """Examine statements one after the other."""
    return [_examine(statement, facts) for statement in statements]


def _examine(statement: bytes, facts: Facts) -> Examined:
    try:
        return admit.examine(statement, facts)
    except OpenQualityError as error:
        return problems.of(error)


def _examine_lean(statements: Sequence[bytes]) -> list[Examined | None]:
    """Examine in a worker, without facts: None for what needs them."""
    return [_lean(statement) for statement in statements]


def _lean(statement: bytes) -> Examined | None:
    try:
        return replace(admit.examine(statement, NoFacts()), statement=b"")
    except NeedsFacts:
        return None
    except OpenQualityError as error:
        return problems.of(error)


def _finish(
    window: Sequence[bytes],
    begun: Sequence[Begun],
    submit: Callable[[Sequence[Pending]], "list[Future[Receipt]]"],
    receipt: Writer,
) -> bytes:
    """Queue what was examined, wait for the receipts, write the lines."""
    pending = [item for item in begun if isinstance(item, Pending)]
    try:
        waiting = iter(submit(pending))
    except OpenQualityError as error:
        waiting = iter([_failed(error) for _ in pending])
    settled = [next(waiting) if isinstance(item, Pending) else item for item in begun]
    return b"".join(
        _outcome(statement, item, receipt).to_line()
        for statement, item in zip(window, settled, strict=True)
    )


def _outcome(statement: bytes, item: "Problem | Future[Receipt]", receipt: Writer) -> Outcome:
    if isinstance(item, Problem):
        return Outcome(item.status, problem=item)
    try:
        given = item.result()
    except OpenQualityError as error:
        problem = problems.of(error)
        return Outcome(problem.status, problem=problem)
    status = 201 if given.created else 200
    return Outcome(status, bundle=receipt(statement, given))


def _failed(error: OpenQualityError) -> "Future[Receipt]":
    failed: Future[Receipt] = Future()
    failed.set_exception(error)
    return failed


def _die_with_parent() -> None:
    """End this worker when the server is gone, also when it was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
