"""Evaluate each entry and each day, as the feed of events asks (the port `events.Evaluation`).

Everything that is read is of the tables that this writes, which stand as they were after the entry
before, of watches, or restricted to the entries seen so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, select

from openquality_registry.adapters.sql import watches
from openquality_registry.adapters.sql.conformity import SqlMemory, row_of
from openquality_registry.adapters.sql.event_tables import follower
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.conformity import dates, telling
from openquality_registry.events.event import Event
from openquality_registry.events.ports import Follows, Seen
from openquality_validator import profiles
from openquality_validator.conformity import Deviation, Following, Heard, Moment, hear
from openquality_validator.conformity.watched import Mark, Watch, end, look
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Accreditor
from openquality_validator.profiles import Held, Profile


class SqlEvaluation:
    """Follow the log for deviations.

    `log` is its origin, `operator` the registry's DID, `accreditors` those whose measurements count
    beside a producer's own.
    """

    def __init__(
        self, store: SqlStore, *, log: str, operator: str, accreditors: Sequence[Accreditor]
    ) -> None:
        self._store = store
        self._read = store.read
        self._log = log
        self._operator = operator
        self._accreditors = tuple(accreditors)
        self._below: int | None = None  # how many entries were seen; None after a start

    def on_entry(self, seen: Seen) -> Follows:
        """Return what follows from a published entry."""
        self._below = seen.index + 1
        heard = hear(seen.index, seen.entry, seen.statement, log=self._log)
        if heard.record is None and heard.word is None:
            return Follows()
        with self._read.connect() as connection:
            memory = SqlMemory(connection)
            changed = list(self._following(memory).entry(heard))
            for watch in watches.looking(connection, _subjects(heard, memory), heard.moment.day):
                stands = self._changed(heard, memory)
                changed += self._look(watch, heard.moment, memory, stands, heard)
        told = telling.events(changed, time=seen.entry.admitted_at)
        return Follows(tuple(told), memory.rows)

    def on_day(self, day: date) -> Follows:
        """Return what follows from the beginning of a UTC day."""
        moment = Moment(day)
        with self._read.connect() as connection:
            memory = SqlMemory(connection)
            begun, ended = watches.moving(connection, day)
            changed = list(
                self._following(memory).day(
                    day,
                    begun=[each for watch in begun for each in watch.schedules],
                    ended=[each for watch in ended for each in watch.schedules],
                )
            )
            for watch in ended:
                changed += self._end(watch, moment, memory)
            looked = {watch.id: watch for watch in (*begun, *watches.due(connection, day))}
            for watch in looked.values():
                if watch.profile is not None:
                    changed += self._look(watch, moment, memory, {}, None)
            told = [*telling.events(changed), *self._dated(connection, day)]
        return Follows(tuple(told), memory.rows)

    def _dated(self, connection: Connection, day: date) -> Iterator[Event]:
        if self._below is None:
            self._below = connection.execute(select(follower.c.entries)).scalar_one_or_none() or 0
        return dates.events(connection, self._store, day, log=self._log, below=self._below)

    def _following(self, memory: SqlMemory) -> Following:
        return Following(memory, operator=self._operator, accreditors=self._accreditors)

    def _changed(self, heard: Heard, memory: SqlMemory) -> Mapping[str, bool]:
        """Say whether the statement that an entry speaks of stands after it."""
        word = heard.word
        spoken = None if word is None else memory.spoken(word.target)
        if word is None or spoken is None:
            return {}
        return {word.target: spoken.told(word).stands(self._operator)}

    def _look(
        self,
        watch: Watch,
        moment: Moment,
        memory: SqlMemory,
        changed: Mapping[str, bool],
        heard: Heard | None,
    ) -> Sequence[Deviation]:
        connection = memory.connection
        mark = watches.mark_of(connection, watch)
        try:
            assessed = profiles.evaluate(
                _profile(watches.profile_of(connection, watch)),
                self._records(connection, watch, changed, heard),
                subject=watch.subject,
                as_of=moment.day,
                accreditors=self._accreditors,
            )
        except InvalidInput:
            return ()  # of a type that the profile does not assess: nothing was ever reached
        found = look(watch, mark, assessed, moment)
        memory.keep("watch_marks", **watches.row_of_mark(watch, found.mark))
        return _kept(memory, found.deviations)

    def _records(
        self,
        connection: Connection,
        watch: Watch,
        changed: Mapping[str, bool],
        heard: Heard | None,
    ) -> Iterator[Held]:
        yield from watches.records(
            connection, watch.subject, operator=self._operator, changed=changed
        )
        if heard is not None and heard.record is not None:
            yield Held(heard.record)

    def _end(self, watch: Watch, moment: Moment, memory: SqlMemory) -> Sequence[Deviation]:
        mark = watches.mark_of(memory.connection, watch)
        if watch.profile is None:
            return ()
        memory.keep("watch_marks", **watches.row_of_mark(watch, Mark()))
        return _kept(memory, end(mark, moment))


def _kept(memory: SqlMemory, changed: Sequence[Deviation]) -> Sequence[Deviation]:
    for each in changed:
        memory.keep("deviations", **row_of(each))
    return changed


def _subjects(heard: Heard, memory: SqlMemory) -> Sequence[str]:
    """Name whom an entry may change an assessment of."""
    found: set[str | None] = set()
    if heard.record is not None:
        subject = heard.record.value["credentialSubject"]
        found |= {subject["id"], subject.get("producer", {}).get("party", {}).get("id")}
    if heard.word is not None and (spoken := memory.spoken(heard.word.target)) is not None:
        found |= {spoken.subject, spoken.producer}
    return sorted(each for each in found if each is not None)


@lru_cache(maxsize=64)
def _profile(data: bytes) -> Profile:
    return profiles.parse(data)
