"""The feed of events in SQL (the port Events)."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Dialect

from openquality_registry.adapters.sql import dialects
from openquality_registry.adapters.sql.event_tables import events, follower
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.tables import entries, metadata
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_registry.events import plain
from openquality_registry.events.event import Event, Told
from openquality_registry.events.ports import Asked, Overtaken, Page, Position, Rows
from openquality_validator.status.statement import STATEMENT

WINDOW = 10_000  # events that one page looks through: some hundredths of a second

_e, _f = events.c, follower.c
_POSITION = select(_f.entries, _f.sequence, _f.day)
_BEGIN = text(
    "INSERT INTO follower (id, entries, sequence, day) VALUES (1, 0, 0, '') ON CONFLICT DO NOTHING"
)


class SqlEvents:
    """Keep the feed; `events.ports.Events` says what that promises."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read
        self._fill = dialects.filler(write.dialect)

    def position(self) -> Position:
        """Return how far the log was followed."""
        with self._read.connect() as connection:
            row = connection.execute(_POSITION).first()
        return Position() if row is None else Position(row.entries, row.sequence, row.day)

    def write(self, old: Position, new: Position, events: Sequence[Event], rows: Rows) -> None:
        """Append events, put rows and move the position, in one transaction."""
        assert new.sequence == old.sequence + len(events)
        with dialects.unhurried(self._write) as connection:
            if old == Position():
                connection.execute(_BEGIN)
            moved = connection.execute(
                update(follower)
                .where(_f.entries == old.entries, _f.sequence == old.sequence, _f.day == old.day)
                .values(entries=new.entries, sequence=new.sequence, day=new.day)
            )
            if moved.rowcount != 1:
                raise Overtaken(old)
            self._append(connection, old.sequence, events)
            for name, put in rows.items():
                self._put(connection, metadata.tables[name], put)

    def read(self, asked: Asked, *, after: int, limit: int) -> Page:
        """Return events behind a sequence, in order."""
        with self._read.connect() as connection:
            newest: int = connection.execute(select(_f.sequence)).scalar_one_or_none() or 0
            last = max(after, min(after + WINDOW, newest))
            query = (
                select(events, entries.c.entry)
                .outerjoin(
                    entries, and_(entries.c.log_index == _e.log_index, _e.type == plain.ADMITTED)
                )
                .where(_e.sequence > after, _e.sequence <= last, *_conditions(asked))
                .order_by(_e.sequence)
                .limit(limit)
            )
            found = tuple(_told(row) for row in connection.execute(query))
        seen = found[-1].sequence if len(found) == limit else last
        return Page(found, seen, newest)

    def _append(self, connection: Connection, start: int, events: Sequence[Event]) -> None:
        if events:
            rows = [_row(at, event) for at, event in enumerate(events, start + 1)]
            self._fill(connection, _EVENTS, rows)

    def _put(
        self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
    ) -> None:
        key = [each.name for each in table.primary_key.columns]
        whole = {tuple(row[name] for name in key): row for row in rows}
        if whole:
            keys = [{name: row[name] for name in key} for row in whole.values()]
            connection.exec_driver_sql(_delete_text(table, connection.dialect), keys)
            self._fill(connection, table, list(whole.values()))


_EVENTS = events


@cache
def _delete_text(table: Table, dialect: Dialect) -> str:
    key = table.primary_key.columns
    found = delete(table).where(*(each == bindparam(each.name) for each in key))
    return str(found.compile(dialect=dialect))


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.types:
        found.append(_e.type.in_(asked.types))
    if asked.issuer is not None:
        found.append(func.coalesce(_e.issuer, entries.c.issuer) == asked.issuer)
    if asked.subject is not None:
        k = subject_keys.c
        named = exists().where(k.key == asked.subject, k.log_index == _e.log_index)
        about = [_e.subject == asked.subject, named]
        if (digest := _digest(asked.subject)) is not None:
            about.append(entries.c.digest == digest)
        found.append(or_(*about))
    return found


def _digest(subject: str) -> bytes | None:
    """Return the digest of a statement's key."""
    if not subject.startswith(STATEMENT):
        return None
    try:
        return digest_bytes(subject.removeprefix(STATEMENT))
    except ValueError:
        return None


def _row(sequence: int, event: Event) -> dict[str, object]:
    row: dict[str, object] = {
        "sequence": sequence,
        "type": event.type,
        "log_index": event.index,
        **dict.fromkeys(("key", "subject", "issuer", "time", "data")),
    }
    if event.type != plain.ADMITTED:
        row |= {
            "key": event.key,
            "subject": event.subject,
            "issuer": event.issuer,
            "time": event.time,
            "data": orjson.dumps(event.data).decode(),
        }
    return row


def _told(row: Row[*tuple[Any, ...]]) -> Told:
    if row.type == plain.ADMITTED:
        return Told(row.sequence, plain.admitted(row.log_index, orjson.loads(row.entry)))
    return Told(
        row.sequence,
        Event(
            type=row.type,
            key=row.key,
            subject=row.subject,
            issuer=row.issuer,
            time=row.time,
            data=orjson.loads(row.data),
            index=row.log_index,
        ),
    )
