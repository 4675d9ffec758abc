"""Follow the published log, and write what follows from it: plan, then perform.

    1. plan    entries behind the position, and days that began between them, in their order;
               plain events, and what the evaluation says
    2. write   events, rows and the new position, in one transaction
    3. tell    those who wait and those who deliver

A crash before 2: nothing happened, and the next start does the same again. After 2: the position
has moved, and nothing is done twice. Whoever is told reads the store, so a crash before 3 loses
nothing. Two processes on one database: the guard of the position lets one of them write.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from openquality_registry.events import plain
from openquality_registry.events.event import Event
from openquality_registry.events.ports import (
    Evaluation,
    Events,
    Follows,
    Overtaken,
    Seen,
)
from openquality_registry.ports import Clock, Store
from openquality_registry.repeating import Repeating
from openquality_validator.entry import Entry

INTERVAL = 1.0  # seconds between looks when nobody rings: for days, and for another process
BATCH = 256  # events in one transaction
REST = 0.02  # seconds after an entry, while statements wait for their receipts
TELL_EVERY = 0.05  # seconds, while there is more to follow; those who listen look at the database
# After midnight, before what follows from the day alone: entries of the day before may be on
# their way still, and come before it.
GRACE = timedelta(minutes=1)
_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


class Following:
    """Follow the log in a thread of its own.

    `published` returns the size of the published log, or None while a restored one may not go on;
    `told` hears the newest sequence after each write; while `busy`, there is a rest after each
    entry, since who waits for a receipt comes first. `skipped` counts evaluations that failed and
    were left out.
    """

    def __init__(
        self,
        store: Store,
        events: Events,
        evaluation: Evaluation,
        *,
        clock: Clock,
        origin: str,
        published: Callable[[], int | None],
        told: Callable[[int], None] = lambda _: None,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._busy = busy
        self._events = events
        self._evaluation = evaluation
        self._clock = clock
        self._origin = origin
        self._published = published
        self._told = told
        self.skipped = 0
        self._turns = Repeating(
            self.once,
            name="events",
            failed="the feed of events was not brought up to the log",
            interval=INTERVAL,
        )

    def start(self) -> None:
        """Begin."""
        self._turns.start()

    def wake(self) -> None:
        """Look at the log now: a checkpoint was published."""
        self._turns.wake()

    def close(self) -> None:
        """Stop; what is not written yet follows after the next start."""
        self._turns.close()

    def once(self) -> None:
        """Bring the feed up to the published log and the day."""
        # Before the size: what is published after this moment belongs to no day that begins here.
        today = (self._clock.now().astimezone(UTC) - GRACE).date()
        size = self._published()
        if size is None:
            return
        turn = _Turn(self._events, self._told)
        try:
            self._follow(turn, size, today)
            turn.write()
        except Overtaken as error:
            _log.info("%s", error)
        finally:
            turn.tell()

    def _follow(self, turn: "_Turn", size: int, today: date) -> None:
        start = turn.position.entries
        for seen in self._entries(start, size) if start < size else ():
            if self._turns.pause(REST if self._busy() else 0):
                return
            day = date.fromisoformat(seen.entry.admitted_at[:10])
            self._days(turn, day)
            found = self._said(lambda s=seen: self._evaluation.on_entry(s))  # type: ignore[misc]  # mypy does not infer defaults of lambdas
            events = (*plain.events(seen, origin=self._origin), *found.events)
            turn.add(events, found.rows, entries=seen.index + 1, day=day)
        if turn.position.day:
            self._days(turn, today)

    def _entries(self, start: int, size: int) -> Iterator[Seen]:
        both = zip(
            self._store.entries(start, size), self._store.statements(start, size), strict=True
        )
        for index, (entry, statement) in enumerate(both, start):
            yield Seen(index, Entry.from_bytes(entry), statement)

    def _days(self, turn: "_Turn", day: date) -> None:
        """Begin every day behind the last one up to this one, in their order."""
        if not turn.position.day:
            return  # before the first entry there is nothing that a day could change
        last = date.fromisoformat(turn.position.day)
        while last < day and not self._turns.pause(0):
            last += _DAY
            found = self._said(lambda d=last: self._evaluation.on_day(d))  # type: ignore[misc]  # same
            turn.add(found.events, found.rows, entries=turn.position.entries, day=last)

    def _said(self, evaluate: Callable[[], Follows]) -> Follows:
        try:
            return evaluate()
        except (SQLAlchemyError, OSError):
            raise  # nothing was evaluated; the next turn does it again
        except Exception:  # noqa: BLE001 - logged with its trace
            # One record must not end the feed of all others.
            self.skipped += 1
            _log.exception("an entry or day was not evaluated")
            return Follows()


class _Turn:
    """Gather what follows, and write it: many events at once, rows at once."""

    def __init__(self, events: Events, told: Callable[[int], None]) -> None:
        self._events = events
        self._told = told
        self._committed = events.position()
        self._heard = self._committed.sequence
        self._told_at = time.monotonic()
        self.position = self._committed
        self._gathered: list[Event] = []

    def add(
        self,
        events: Sequence[Event],
        rows: Mapping[str, Sequence[Mapping[str, object]]],
        *,
        entries: int,
        day: date,
    ) -> None:
        """Add what follows from an entry or a day, and move on."""
        self._gathered.extend(events)
        self.position = replace(
            self.position,
            entries=entries,
            sequence=self.position.sequence + len(events),
            day=max(day.isoformat(), self.position.day),
        )
        # The next evaluation reads these rows.
        if rows or len(self._gathered) >= BATCH:
            self.write(rows)

    def write(self, rows: Mapping[str, Sequence[Mapping[str, object]]] | None = None) -> None:
        """Write what was gathered, with the position."""
        if self.position == self._committed:
            return
        self._events.write(self._committed, self.position, self._gathered, rows or {})
        self._committed = self.position
        self._gathered = []
        if time.monotonic() - self._told_at > TELL_EVERY:
            self.tell()

    def tell(self) -> None:
        """Say up to where the feed goes, to those who were not told yet."""
        if self._committed.sequence > self._heard:
            self._heard, self._told_at = self._committed.sequence, time.monotonic()
            self._told(self._heard)


def begins(day: date) -> str:
    """Return the moment at which a UTC day begins, as events write it."""
    moment = datetime.combine(day, datetime.min.time(), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
