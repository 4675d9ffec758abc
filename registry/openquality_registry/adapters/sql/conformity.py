"""The port `conformity.Memory` over SQL: reads what is committed, and gathers the rows to write."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, select

from openquality_registry.adapters.sql.conformity_tables import (
    statements,
    tracks,
    values,
)
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_validator.conformity import Deviation, Memory, Schedule, Spoken, Track
from openquality_validator.conformity.memory import Name
from openquality_validator.conformity.point import Point
from openquality_validator.conformity.schedule import Expected
from openquality_validator.conformity.series import Series
from openquality_validator.conformity.track import Value

Rows = dict[str, list[Mapping[str, object]]]
_t, _v, _s = tracks.c, values.c, statements.c


class SqlMemory(Memory):
    """Hold what one entry or day does. For one entry or day, and one thread.

    `rows` are whole rows by table, which replace those of the same primary key. What was kept here
    is not read again here.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._tracks: dict[Name, Track] = {}
        self.rows: Rows = {}

    def track(self, name: Name) -> Track:
        """Return a track as it was committed."""
        if name not in self._tracks:
            subject, metric = name
            query = select(_t.content).where(_t.subject == subject, _t.metric == metric)
            found = self.connection.execute(query).scalar_one_or_none()
            self._tracks[name] = Track(*name) if found is None else _track(name, found)
        return self._tracks[name]

    def values(self, name: Name, *, since: dt.date | None) -> Iterable[Value]:
        """Return the values of a track whose statements stood."""
        subject, metric = name
        query = select(_v.line, _v.content).where(
            _v.subject == subject, _v.metric == metric, _v.stands
        )
        if since is not None:
            query = query.where(_v.ended >= since.isoformat())
        lines = self.track(name).series
        for row in self.connection.execute(query):
            if row.line in lines:  # else it is one of too many
                yield lines[row.line].line, _point(row.content)

    def spoken(self, digest: str) -> Spoken | None:
        """Return an attestation or assessment."""
        try:
            wanted = _s.digest == digest_bytes(digest)
        except ValueError:
            return None  # what a statement names need not be a digest
        row = self.connection.execute(select(statements).where(wanted)).first()
        if row is None:
            return None
        said = orjson.loads(row.content)
        found = self.connection.execute(select(values).where(_v.log_index == row.log_index))
        return Spoken(
            index=row.log_index,
            issuer=said["issuer"],
            subject=row.subject,
            producer=row.producer,
            is_measured=row.is_measured,
            values=tuple(v for each in found.mappings() if (v := self._value(each)) is not None),
            schedules=tuple(Schedule.from_json(each) for each in said["schedules"]),
            words=said["words"],
            is_superseded=said["superseded"],
        )

    def due(self, day: dt.date) -> Sequence[Name]:
        """Return the tracks on which something changes by this day."""
        query = select(_t.subject, _t.metric).where(_t.due <= day.isoformat())
        return sorted((row.subject, row.metric) for row in self.connection.execute(query))

    def keep_spoken(self, digest: str, spoken: Spoken, *, stands: bool) -> None:
        """Keep a statement, and whether its values stand."""
        for line, point in spoken.values:
            self.keep(
                "conformity_values",
                log_index=point.index,
                position=point.position,
                subject=line.subject,
                metric=line.metric,
                line=line.id,
                ended=point.end.isoformat(),
                stands=stands,
                content=_text(point.to_json()),
            )
        self.keep(
            "conformity_statements",
            digest=digest_bytes(digest),
            log_index=spoken.index,
            subject=spoken.subject,
            producer=spoken.producer,
            is_measured=spoken.is_measured,
            content=_text(
                {
                    "issuer": spoken.issuer,
                    "schedules": [each.to_json() for each in spoken.schedules],
                    "words": dict(spoken.words),
                    "superseded": spoken.is_superseded,
                }
            ),
        )

    def keep_track(
        self, track: Track, changed: Sequence[Deviation], *, due: dt.date | None
    ) -> None:
        """Keep a track with the deviations that were opened or closed."""
        self.keep(
            "conformity_tracks",
            subject=track.subject,
            metric=track.metric,
            due=None if due is None else due.isoformat(),
            content=_text(
                {
                    "series": [each.to_json() for each in track.series.values()],
                    "expected": [
                        [each.schedule.to_json(), each.to_json(), each.stands]
                        for each in track.expected.values()
                    ],
                    "open": [each.to_json() for each in track.open],
                }
            ),
        )
        for each in changed:
            self.keep("deviations", **row_of(each))

    def keep(self, table: str, **row: object) -> None:
        """Keep a whole row of a table."""
        self.rows.setdefault(table, []).append(row)

    def _value(self, row: RowMapping) -> Value | None:
        series = self.track((row["subject"], row["metric"])).series.get(row["line"])
        return None if series is None else (series.line, _point(row["content"]))


def row_of(deviation: Deviation) -> dict[str, object]:
    """Return the row of a deviation."""
    moved = deviation.closed or deviation.opened
    return {
        "id": deviation.id,
        "at": place(deviation),
        "subject": deviation.subject,
        "issuer": deviation.found.issuer,
        "kind": deviation.kind.value,
        "is_open": deviation.closed is None,
        "moved": moved.day.isoformat(),
        "content": _text(deviation.to_json()),
    }


def place(deviation: Deviation) -> str:
    """Return what orders deviations: day, entry (what a day alone opens comes first), then id."""
    opened = deviation.opened
    index = 0 if opened.index is None else opened.index + 1
    return f"{opened.day.isoformat()} {index:012} {deviation.id}"


def _track(name: Name, content: str) -> Track:
    said = orjson.loads(content)
    series = [Series.from_json(each) for each in said["series"]]
    expected = [
        Expected.from_json(Schedule.from_json(schedule), came, stands=stands)
        for schedule, came, stands in said["expected"]
    ]
    return Track(
        *name,
        series={each.line.id: each for each in series},
        expected={each.schedule.key: each for each in expected},
        open=tuple(Deviation.from_json(each) for each in said["open"]),
    )


def _point(content: str) -> Point:
    return Point.from_json(orjson.loads(content))


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return orjson.dumps(value).decode()
