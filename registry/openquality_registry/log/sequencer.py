"""Bring statements into the log: plan, then perform, in an order that survives a crash.

    1. plan          pure                        a crash here: nothing happened
    2. commit        one database transaction    a crash in it: all of it or nothing
                     ............................ from here on the statements are logged
    3. tiles         durable files               a crash here: tiles of a size nobody knows yet
    4. checkpoint    signed, then published      a crash before: committed, not yet visible
    5. receipts                                  a crash before: visible, nobody was told

Steps 3 and 4 follow from the committed rows alone. Recovery runs them again, from the last
published size up to the committed one (`publisher.py`). A sender without a receipt sends the same
bytes again, and gets the receipt of the entry that they have.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass
from typing import TypeGuard

from openquality_registry.log.batch import Batch, Fate, check_entry, place, sort_out
from openquality_registry.log.errors import (
    Conflict,
    LogError,
    LogStopped,
    LostRace,
    NotKept,
    OutcomeUnknown,
    Outdated,
    Overloaded,
)
from openquality_registry.log.publisher import Head, Publisher
from openquality_registry.log.reader import TileReader
from openquality_registry.ports import (
    Clock,
    Commit,
    Logged,
    LogState,
    Pending,
    Placed,
    Receipt,
    Signer,
    Store,
    TileStore,
)
from openquality_validator.tlog.growth import Plan
from openquality_validator.tlog.merkle import HashReader, inclusion_proof

_log = logging.getLogger(__name__)

Answer = Receipt | LogError


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold how much the log takes on at once.

    `batch` entries share one commit; beyond `outstanding` unanswered statements new ones are
    refused, to be sent again after `retry_after` seconds; after a failure behind the commit,
    recovery is tried every `recover_every` seconds, also when nothing new arrives.
    """

    batch: int = 256  # one tile: larger batches make receipts slower and commits hardly cheaper
    outstanding: int = 4096
    retry_after: int = 1
    recover_every: float = 1.0


class Sequencer:
    """Give statements their places in the log, one batch after the other, in one thread.

    No timer: what arrives while a batch is performed is the next batch. So a lone statement never
    waits, and under load the batches grow by themselves.
    """

    def __init__(
        self,
        store: Store,
        tiles: TileStore,
        signer: Signer,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits or Limits()
        self._publisher = Publisher(store, tiles, signer)
        self._reader = TileReader(tiles)
        self._head: Head | None = None  # None: recovery comes before the next batch
        self._stopped: str | None = None  # why no more statements are taken
        self._lost = False  # another process writes the log
        self._queue: deque[tuple[Pending, Future[Receipt]]] = deque()
        self._outstanding = 0
        self._changed = threading.Condition()
        self._tell: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)

    def start(self) -> None:
        """Recover, then take statements. Raises what `recover` raises, and has not started then."""
        self.recover()
        self._stopped = None
        self._thread.start()

    def tell(self, woken: Callable[[], None]) -> None:
        """Call this after each batch, when its receipts are out; it must return at once."""
        self._tell = woken

    def withhold(self, why: str) -> None:
        """Refuse statements until `start`, for a reason that health checks show."""
        self._stopped = why

    def recover(self) -> None:
        """Bring tiles and checkpoint up to the committed state, before `start` or by itself.

        Raises LogDamaged, OSError, or what the Store raises.
        """
        self._recovered()

    def close(self) -> None:
        """Finish what waits, then end the thread; later submissions raise LogStopped."""
        with self._changed:
            self._stopped = self._stopped or "it is shutting down"
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def outstanding(self) -> int:
        """How many submitted statements have no answer yet."""
        return self._outstanding

    @property
    def trouble(self) -> str | None:
        """Say what keeps the log from growing just now (for health checks), or None."""
        if self._stopped is not None:
            return self._stopped
        return None if self._head else "What is published is behind what is committed."

    def submit(self, pending: Pending) -> "Future[Receipt]":
        """Queue one statement; see `submit_all`."""
        return self.submit_all((pending,))[0]

    def submit_all(self, batch: Sequence[Pending]) -> "list[Future[Receipt]]":
        """Queue statements, all or none, and return the future receipt of each.

        Raises Overloaded, LogStopped, or LogFormatError (L052) for an entry that is too long.
        A future fails with Conflict, Outdated, NotKept, OutcomeUnknown or LogStopped. One that is
        cancelled before its batch begins is not logged.
        """
        for pending in batch:
            check_entry(pending)
        futures: list[Future[Receipt]] = [Future() for _ in batch]
        with self._changed:
            if self._stopped is not None:
                raise LogStopped(self._stopped)
            if self._outstanding + len(batch) > self._limits.outstanding:
                raise Overloaded(self._outstanding, self._limits.retry_after)
            self._outstanding += len(batch)
            self._queue.extend(zip(batch, futures, strict=True))
            self._changed.notify_all()
        return futures

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            live = [pair for pair in taken if pair[1].set_running_or_notify_cancel()]
            answers = self._perform([pending for pending, _ in live])
            with self._changed:
                self._outstanding -= len(taken)
            for (_, future), answer in zip(live, answers, strict=True):
                if isinstance(answer, Receipt):
                    future.set_result(answer)
                else:
                    future.set_exception(answer)
            self._tell()

    def _take(self) -> list[tuple[Pending, "Future[Receipt]"]] | None:
        """Wait for statements; an empty batch asks for recovery alone, None ends the thread."""
        with self._changed:
            while not self._queue:
                if self._stopped is not None:
                    return None
                if self._head is None:
                    if not self._changed.wait(self._limits.recover_every):
                        return []
                else:
                    self._changed.wait()
            count = min(len(self._queue), self._limits.batch)
            return [self._queue.popleft() for _ in range(count)]

    def _perform(self, pendings: Sequence[Pending]) -> list[Answer]:
        """Answer a batch; whatever goes wrong becomes answers."""
        if self._lost:
            return [LogStopped(str(self._stopped)) for _ in pendings]
        # (1) Plan. Until the commit nothing new is kept, so a failure is a plain refusal.
        taken: Sequence[Logged | None] = (None,) * len(pendings)
        try:
            if pendings:
                taken = self._store.find_taken(pendings)
            head = self._head or self._recovered()
            if not pendings:
                return []
            batch = sort_out(pendings, taken, head.edge.size, self._heads(pendings))
            rows, step = place(batch.new, head.edge, now=self._clock.now(), after=head.admitted_at)
        except LostRace as error:
            return [self._stop(error) for _ in pendings]
        except Exception as error:  # noqa: BLE001 - becomes the answer
            _log.exception("a batch of %d was refused before its commit", len(pendings))
            return [
                OutcomeUnknown(_reason(error))
                if logged is not None and logged.digest == pending.digest
                else NotKept(_reason(error))
                for pending, logged in zip(pendings, taken, strict=True)
            ]
        # (2) Commit.
        failure = self._commit(Commit(head.state, LogState(step.size, step.root), rows))
        # (3) and (4) Tiles, checkpoint.
        if failure is None:
            failure = self._publish(step, rows)
        # (5) Receipts.
        try:
            return list(self._answers(batch, rows, failure))
        except Exception as error:  # noqa: BLE001 - becomes the answer
            _log.exception("the receipts of a batch could not be made")
            self._head = None
            return [OutcomeUnknown(_reason(error)) for _ in pendings]

    def _heads(self, pendings: Sequence[Pending]) -> Mapping[str, str]:
        names = {head for pending in pendings for head in pending.expects}
        return self._store.heads(names) if names else {}

    def _recovered(self) -> Head:
        self._head = None
        self._head = self._publisher.recover()
        return self._head

    def _commit(self, batch: Commit) -> LogError | None:
        """Commit; return why the batch is not, or may not be, committed."""
        if not batch.rows:
            return None
        try:
            self._store.commit(batch)
        except LostRace as error:
            return self._stop(error)
        except Exception as error:  # noqa: BLE001 - becomes the answer
            _log.exception("the commit of %d entries failed", len(batch.rows))
            return self._after_failed_commit(batch, _reason(error))
        return None

    def _after_failed_commit(self, batch: Commit, reason: str) -> LogError | None:
        """Ask the Store what became of a commit that raised: a lost answer is not a refusal."""
        try:
            state = self._store.state()
        except Exception as error:  # noqa: BLE001 - becomes the answer
            _log.exception("the state after a failed commit cannot be read")
            self._head = None
            return OutcomeUnknown(f"{reason}; then {_reason(error)}")
        if state == batch.new:
            return None
        if state == batch.old:
            return NotKept(reason)
        return self._stop(LostRace(f"the database has {state.size} entries after a failed commit"))

    def _publish(self, step: Plan, rows: Sequence[Placed]) -> LogError | None:
        """Make a committed batch visible; return why it is not, or may not be, visible."""
        if not rows:
            return None
        self._head = None  # until this is done, the next batch begins with recovery
        try:
            self._head = self._publisher.follow(step, rows[-1].admitted_at)
        except LostRace as error:
            return OutcomeUnknown(str(self._stop(error)))
        except Exception as error:  # noqa: BLE001 - becomes the answer
            _log.exception("%d committed entries are not published yet", len(rows))
            return OutcomeUnknown(_reason(error))
        return None

    def _answers(
        self, batch: Batch, rows: Sequence[Placed], failure: LogError | None
    ) -> Iterator[Answer]:
        """Yield the answer to each statement of the batch, in order."""
        head = self._head
        nodes = self._reader.nodes(head.edge.size) if head else None
        fresh = set(range(len(batch.new)))
        for fate in batch.fates:
            if _is_final(fate, batch.size, failure):
                yield fate
            elif failure is not None and not isinstance(fate, Logged):
                yield copy(failure)  # each future raises an exception object of its own
            elif head is None or nodes is None:
                yield OutcomeUnknown("the log's files cannot be written just now")
            elif isinstance(fate, Logged):
                yield _receipt(fate.index, fate.digest, fate.entry, head, nodes, created=False)
            elif isinstance(fate, int):
                row = rows[fate]
                created = fate in fresh
                fresh.discard(fate)
                yield _receipt(
                    row.index, row.pending.digest, row.entry, head, nodes, created=created
                )

    def _stop(self, error: LostRace) -> LogStopped:
        """End this process's writing: two writers would fork the log."""
        _log.error("the log is written by another process: %s", error)
        with self._changed:
            self._lost = True
            self._stopped = str(error)
        return LogStopped(str(error))


def _is_final(fate: Fate, size: int, failure: LogError | None) -> TypeGuard[Conflict | Outdated]:
    """Tell a refusal that stands, whatever becomes of the others in its batch."""
    if isinstance(fate, Conflict):
        return failure is None or fate.index < size
    return isinstance(fate, Outdated) and failure is None


def _receipt(
    index: int, digest: str, entry: bytes, head: Head, nodes: HashReader, *, created: bool
) -> Receipt:
    size = head.edge.size
    proof = inclusion_proof(index, size, nodes)
    return Receipt(index, digest, entry, head.note, size, proof, created)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
