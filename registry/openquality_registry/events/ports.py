"""What the feed needs: a store of events with the position in the log, and who evaluates.

A function of the log and the calendar alone: the same entries on the same days give the same
events in the same order, whoever follows the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Protocol

from openquality_registry.events.event import Event, Told
from openquality_validator.entry import Entry
from openquality_validator.errors import OpenQualityError

Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""By table: whole rows that replace those of the same primary key."""


@dataclass(frozen=True, slots=True)
class Position:
    """Hold how far the log was followed.

    `entries` are followed, `sequence` is that of the newest event, `day` the last UTC day that was
    begun ("" before the first entry).
    """

    entries: int = 0
    sequence: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold which events are asked for; an empty or absent member asks for all.

    `types` are short. `subject` is the key of an event, or one under which look-up finds the
    statement that it follows from.
    """

    types: tuple[str, ...] = ()
    subject: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Hold events in order; the feed was looked through up to `seen`, and goes to `newest`."""

    events: tuple[Told, ...]
    seen: int
    newest: int


@dataclass(eq=False)
class Overtaken(OpenQualityError):
    """Say that another process has followed the log further."""

    position: Position

    def __str__(self) -> str:
        return (
            f"The feed of events is no longer at {self.position.entries} entries: another process "
            "follows the log. Run one server on a database."
        )


class Events(Protocol):
    """Keep the events, the position, and the rows that follow from the same entries.

    Durability: what `write` wrote survives the end of the process. A loss of power may take the
    newest writes back, each whole: they follow from the log, and are written again the same.
    Consistency: a reader sees a write whole or not at all. Sequences have no gaps.
    Concurrency: every method may be called from any thread and from several processes; of two
    writes from one position, one gets Overtaken and leaves nothing behind.
    Retries: after any other exception the outcome is open; `position` says what became of it, or
    the next write from the same position finds out.
    """

    def position(self) -> Position:
        """Return how far the log was followed, as committed."""
        ...

    def write(self, old: Position, new: Position, events: Sequence[Event], rows: Rows) -> None:
        """Append events from `old.sequence` + 1 on, put the rows, move the position. All or none.

        `new.sequence` is that of the last event. Raises Overtaken.
        """
        ...

    def read(self, asked: Asked, *, after: int, limit: int) -> Page:
        """Return up to `limit` events behind a sequence, in order.

        Looks through a bounded part of the feed, so that a page may be empty and yet not the last.
        """
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold a published entry with its log index and the exact bytes of its statement."""

    index: int
    entry: Entry
    statement: bytes


@dataclass(frozen=True, slots=True)
class Follows:
    """Hold what follows from an entry or a day: events, and rows of whoever evaluated."""

    events: tuple[Event, ...] = ()
    rows: Rows = field(default_factory=lambda: MappingProxyType({}))


class Evaluation(Protocol):
    """Say what follows from entries and days, beside the plain events.

    Called in the order of the log, by one thread. What it returned with rows is committed before it
    is called again; what it reads beside its own rows must be of the log up to the entry, since the
    database may hold later ones. An exception other than a database's is logged, and the feed goes
    on without what would have followed.
    """

    def on_entry(self, seen: Seen) -> Follows:
        """Return what follows from a published entry."""
        ...

    def on_day(self, day: date) -> Follows:
        """Return what follows from the beginning of a UTC day.

        Every entry admitted before that day was seen, and none of that day.
        """
        ...


class NoEvaluation:
    """Find nothing: the feed then has the plain events alone."""

    def on_entry(self, seen: Seen) -> Follows:  # noqa: ARG002 - the port's
        """Return nothing."""
        return Follows()

    def on_day(self, day: date) -> Follows:  # noqa: ARG002 - the port's
        """Return nothing."""
        return Follows()
