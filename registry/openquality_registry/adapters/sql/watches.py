"""Watches in SQL: who asked what, what each reached, and the records of what is watched."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, Select, func, insert, or_, select, tuple_, update

from openquality_registry.adapters.sql.conformity_tables import (
    statements,
    values,
    watch_marks,
    watches,
)
from openquality_registry.adapters.sql.tables import statements as bytes_of
from openquality_validator import envelope
from openquality_validator.conformity import Spoken
from openquality_validator.conformity.heard import admitted
from openquality_validator.conformity.watched import Mark, Watch
from openquality_validator.profiles import Held

MOST = 500  # statements of one kind that a watched profile looks at
_w, _k, _s, _v = watches.c, watch_marks.c, statements.c, values.c


class SqlWatches:
    """Keep watches, durably. Safe from any thread.

    A watch that was ended stays, so that what followed from it can be told again.
    """

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def add(self, watch: Watch, *, by: str, profile: bytes | None = None) -> None:
        """Keep a new watch of the token `by`, with the exact bytes of its profile."""
        with self._write.begin() as connection:
            connection.execute(insert(watches), _row(watch, by, profile))

    def end(self, identifier: str, *, by: str, ends: dt.date) -> Watch | None:
        """End a watch of a token; return it, or None if it has none of this id that goes on."""
        with self._write.begin() as connection:
            changed = connection.execute(
                update(watches)
                .where(_w.id == identifier, _w.owner == by, _w.ends.is_(None))
                .values(ends=ends.isoformat())
            )
            if changed.rowcount != 1:
                return None
            row = connection.execute(select(watches).where(_w.id == identifier)).one()
        return _watch(row)

    def of(self, by: str, *, limit: int) -> tuple[Watch, ...]:
        """Return the watches of a token that go on, in the order of their ids."""
        wanted = select(watches).where(_w.owner == by, _w.ends.is_(None)).order_by(_w.id)
        with self._read.connect() as connection:
            return tuple(_watch(row) for row in connection.execute(wanted.limit(limit)))


def moving(connection: Connection, day: dt.date) -> tuple[list[Watch], list[Watch]]:
    """Return the watches that begin with a day, and those that end with it."""
    text = day.isoformat()
    found = connection.execute(
        select(watches).where(or_(_w.begins == text, _w.ends == text)).order_by(_w.id)
    )
    both = [_watch(row) for row in found]
    begun = [each for each in both if each.begins == day and each.ends != day]
    return begun, [each for each in both if each.ends == day and each.begins != day]


def looking(connection: Connection, keys: Sequence[str], day: dt.date) -> list[Watch]:
    """Return the watches of profiles that hold on a day, about one of these subjects."""
    text = day.isoformat()
    wanted = select(watches).where(_w.subject.in_(keys), _w.profile.is_not(None), _w.begins <= text)
    running = wanted.where(or_(_w.ends.is_(None), _w.ends > text))
    return [_watch(row) for row in connection.execute(running.order_by(_w.id))]


def due(connection: Connection, day: dt.date) -> list[Watch]:
    """Return the watches whose last assessment no longer holds on a day."""
    wanted = select(watches).join(watch_marks, _k.watch == _w.id)
    ended = wanted.where(
        _k.due <= day.isoformat(), or_(_w.ends.is_(None), _w.ends > day.isoformat())
    )
    return [_watch(row) for row in connection.execute(ended.order_by(_w.id))]


def profile_of(connection: Connection, watch: Watch) -> bytes:
    """Return the exact bytes of the profile that a watch names."""
    found: bytes = connection.execute(select(_w.profile).where(_w.id == watch.id)).scalar_one()
    return found


def mark_of(connection: Connection, watch: Watch) -> Mark:
    """Return what a watched subject has reached."""
    found = connection.execute(select(_k.content).where(_k.watch == watch.id)).scalar_one_or_none()
    return Mark() if found is None else Mark.from_json(orjson.loads(found))


def row_of_mark(watch: Watch, mark: Mark, *, is_over: bool = False) -> Mapping[str, object]:
    """Return the row of a mark."""
    due_on = None if is_over or mark.due is None else mark.due.isoformat()
    text = orjson.dumps(mark.to_json()).decode()
    return {"watch": watch.id, "due": due_on, "content": text}


def records(
    connection: Connection,
    subject: str,
    *,
    operator: str,
    changed: Mapping[str, bool],
) -> Iterator[Held]:
    """Yield what the log holds about a subject, what it makes and who makes it, as it stands.

    Of values the newest of each line, of everything else the newest 500. `changed` says of
    statements by digest whether they stand after the entry that is looked at.
    """
    gone = [digest for digest, stands in changed.items() if not stands]
    own = list(_held(connection, _about(connection, subject, gone), operator, changed))
    yield from own
    makers = sorted(
        {
            str(maker)
            for each in own
            if each.subject["id"] == subject
            and (maker := each.subject.get("producer", {}).get("party", {}).get("id"))
        }
        - {subject}
    )
    for maker in makers:
        yield from _held(connection, _said_of(connection, maker), operator, changed)


def _about(connection: Connection, subject: str, gone: Sequence[str]) -> set[int]:
    away = _places(connection, gone)
    standing = [_v.subject == subject, _v.stands, _v.log_index.not_in(away)]
    newest = select(_v.line, func.max(_v.ended)).where(*standing).group_by(_v.line)
    measured = select(_v.log_index).where(*standing, tuple_(_v.line, _v.ended).in_(newest))
    made = _newest(select(_s.log_index).where(_s.producer == subject))
    found = set(connection.execute(measured).scalars())
    return found | _said_of(connection, subject) | set(connection.execute(made).scalars())


def _said_of(connection: Connection, subject: str) -> set[int]:
    others = select(_s.log_index).where(_s.subject == subject, _s.is_measured.is_(False))
    return set(connection.execute(_newest(others)).scalars())


def _newest(wanted: Select[int]) -> Select[int]:
    return wanted.order_by(_s.log_index.desc()).limit(MOST)


def _places(connection: Connection, digests: Sequence[str]) -> list[int]:
    raw = [bytes.fromhex(each.removeprefix("sha256:")) for each in digests]
    return list(connection.execute(select(_s.log_index).where(_s.digest.in_(raw))).scalars())


def _held(
    connection: Connection, places: set[int], operator: str, changed: Mapping[str, bool]
) -> Iterator[Held]:
    wanted = (
        select(_s.digest, _s.log_index, _s.content, bytes_of.c.statement)
        .join(bytes_of, bytes_of.c.log_index == _s.log_index)
        .where(_s.log_index.in_(sorted(places)))
        .order_by(_s.log_index)
    )
    for row in connection.execute(wanted):
        said: Mapping[str, Any] = orjson.loads(row.content)
        digest = f"sha256:{row.digest.hex()}"
        spoken = Spoken(
            row.log_index,
            said["issuer"],
            "",
            words=said["words"],
            is_superseded=said["superseded"],
        )
        stands = changed.get(digest, spoken.stands(operator))
        record = envelope.credential(envelope.parse_envelope(row.statement).payload)
        verified = admitted(record, issuer=said["issuer"], digest=digest)
        yield Held(verified, state="active" if stands else "withdrawn")


def _row(watch: Watch, by: str, profile: bytes | None) -> dict[str, object]:
    return {
        "id": watch.id,
        "subject": watch.subject,
        "begins": watch.begins.isoformat(),
        "ends": None,
        "owner": by,
        "every": watch.every,
        "metrics": orjson.dumps(list(watch.metrics)).decode(),
        "named": watch.profile,
        "profile": profile,
    }


def _watch(row: Row[*tuple[Any, ...]]) -> Watch:
    return Watch(
        id=row.id,
        subject=row.subject,
        begins=dt.date.fromisoformat(row.begins),
        ends=None if row.ends is None else dt.date.fromisoformat(row.ends),
        every=row.every,
        metrics=tuple(orjson.loads(row.metrics)),
        profile=row.named,
    )
