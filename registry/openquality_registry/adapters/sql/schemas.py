"""Published schemas in SQL (the port `Schemas` of `schemas.py`)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from openquality_registry.adapters.sql.schema_tables import (
    schema_deprecations,
    schema_terms,
    schema_versions,
)
from openquality_registry.adapters.sql.tables import entries, statements
from openquality_registry.answering import names
from openquality_registry.schemas import (
    METRIC,
    SECTOR,
    WORD,
    Deprecated,
    Filter,
    Published,
    Standing,
)
from openquality_validator import envelope
from openquality_validator.compatibility.modes import Mode
from openquality_validator.entry import Entry
from openquality_validator.governance import SchemaKind, Version

KEPT = 64  # contents, of 256 KiB at the most
_LAST = "\U0010ffff"  # after every character that a token can hold
_v, _t, _d = schema_versions.c, schema_terms.c, schema_deprecations.c
_higher = schema_versions.alias()

Tests = list[ColumnElement[bool]]


class SqlSchemas:
    """Answer from the rows of published schemas. Safe from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read
        # What records pin is asked for again and again, and never changes.
        self._kept = lru_cache(maxsize=KEPT)(self._content)

    def find(
        self,
        wanted: Filter,
        *,
        limit: int,
        after: tuple[str, str] | None = None,
        size: int | None = None,
    ) -> Sequence[Published]:
        """Return the highest version of each schema that fits, ordered by owner and name."""
        tests = _tests(wanted, size)
        if after is not None:
            tests.append(tuple_(_v.owner, _v.name) > after)
        query = select(schema_versions).where(*tests).order_by(_v.owner, _v.name).limit(limit)
        return self._published(query, size)

    def versions(self, owner: str, name: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the versions of a schema, the lowest first."""
        query = select(schema_versions).where(
            _v.owner == owner, _v.name == name, *_below(_v.log_index, size)
        )
        return self._published(query.order_by(_v.major, _v.minor), size)

    def one(self, digest: str, *, size: int | None = None) -> Published | None:
        """Return the publication whose statement has this digest."""
        query = select(schema_versions).where(
            _v.digest == _raw(digest), *_below(_v.log_index, size)
        )
        return next(iter(self._published(query, size)), None)

    def named(self, identifier: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the publications under a URI, by any owner, in the order of the log."""
        query = select(schema_versions).where(_v.id == identifier, *_below(_v.log_index, size))
        return self._published(query.order_by(_v.log_index), size)

    def by_content(self, digest: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the publications of content with this digest, the newest in the log first."""
        query = select(schema_versions).where(
            _v.content == _raw(digest), *_below(_v.log_index, size)
        )
        return self._published(query.order_by(_v.log_index.desc()), size)

    def content(self, digest: str) -> bytes | None:
        """Return the exact content of the publication whose statement has this digest."""
        try:
            return self._kept(digest)
        except KeyError:
            return None

    def _content(self, digest: str) -> bytes:
        query = (
            select(statements.c.statement)
            .join(schema_versions, _v.log_index == statements.c.log_index)
            .where(_v.digest == _raw(digest))
        )
        with self._read.connect() as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise KeyError(digest)
        said = envelope.credential(envelope.parse_envelope(found).payload).value
        text: str = said["credentialSubject"]["content"]
        return text.encode()

    def owners(
        self, *, limit: int, after: str | None = None, size: int | None = None
    ) -> Sequence[tuple[str, int]]:
        """Return owners in order, each with the number of its schemas."""
        later = [] if after is None else [_v.owner > after]
        query = (
            select(_v.owner, func.count(_v.name.distinct()).label("schemas"))
            .where(*_below(_v.log_index, size), *later)
            .group_by(_v.owner)
            .order_by(_v.owner)
            .limit(limit)
        )
        with self._read.connect() as connection:
            return [(row.owner, row.schemas) for row in connection.execute(query)]

    def count(self, wanted: Filter, *, size: int | None = None) -> int:
        """Count the schemas that fit."""
        query = select(func.count()).select_from(schema_versions).where(*_tests(wanted, size))
        with self._read.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _published(
        self, query: Select[*tuple[Any, ...]], size: int | None
    ) -> tuple[Published, ...]:
        with self._read.connect() as connection:
            found = connection.execute(query).all()
            indexes = [row.log_index for row in found]
            said = _entries(connection, indexes)
            terms = _terms(connection, indexes)
            against = _deprecated(connection, [row.digest for row in found], size)
        return tuple(_value(row, said, terms, against) for row in found)


def _tests(wanted: Filter, size: int | None) -> Tests:
    """Return what the highest version of a schema must fulfil."""
    tests = [
        *_below(_v.log_index, size),
        ~exists().where(
            _higher.c.owner == _v.owner,
            _higher.c.name == _v.name,
            or_(
                _higher.c.major > _v.major,
                and_(_higher.c.major == _v.major, _higher.c.minor > _v.minor),
            ),
            *_below(_higher.c.log_index, size),
        ),
    ]
    if wanted.owner is not None:
        tests.append(_v.owner == wanted.owner)
    if wanted.kind is not None:
        tests.append(_v.kind == wanted.kind.value)
    if wanted.standing is not None:
        against = exists().where(_d.target == _v.digest, *_below(_d.log_index, size))
        tests.append(against if wanted.standing is Standing.DEPRECATED else ~against)
    if wanted.sector is not None:
        tests.append(_has(_t.term == f"{SECTOR}{wanted.sector}"))
    if wanted.metric is not None:
        tests.append(_has(_t.term == f"{METRIC}{wanted.metric}"))
    for word in names.asked(wanted.words or ""):
        first = f"{WORD}{word}"
        tests.append(_has(and_(_t.term >= first, _t.term < first + _LAST)))
    return tests


def _has(term: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_t.log_index == _v.log_index, term)


def _below(column: ColumnElement[int], size: int | None) -> Tests:
    return [] if size is None else [column < size]


def _entries(connection: Connection, indexes: Iterable[int]) -> Mapping[int, str]:
    query = select(entries.c.log_index, entries.c.entry).where(entries.c.log_index.in_(indexes))
    return {
        row.log_index: Entry.from_bytes(row.entry).admitted_at for row in connection.execute(query)
    }


def _terms(connection: Connection, indexes: Iterable[int]) -> Mapping[int, list[str]]:
    query = (
        select(_t.log_index, _t.term)
        .where(_t.log_index.in_(indexes), _t.term < WORD)
        .order_by(_t.log_index, _t.term)
    )
    found: dict[int, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.log_index, []).append(row.term)
    return found


def _deprecated(
    connection: Connection, digests: Iterable[bytes], size: int | None
) -> Mapping[bytes, Deprecated]:
    query = (
        select(schema_deprecations)
        .where(_d.target.in_(digests), *_below(_d.log_index, size))
        .order_by(_d.log_index)  # the newest word is read last, and counts
    )
    return {
        row.target: Deprecated(
            digest=_text(row.digest),
            reason=row.reason,
            effective=dt.date.fromisoformat(row.effective),
            removal=None if row.removal is None else dt.date.fromisoformat(row.removal),
            alternative=row.alternative,
        )
        for row in connection.execute(query)
    }


def _value(
    row: Row[*tuple[Any, ...]],
    said: Mapping[int, str],
    terms: Mapping[int, list[str]],
    against: Mapping[bytes, Deprecated],
) -> Published:
    own = terms.get(row.log_index, ())
    return Published(
        index=row.log_index,
        admitted_at=said[row.log_index],
        digest=_text(row.digest),
        owner=row.owner,
        name=row.name,
        id=row.id,
        kind=SchemaKind(row.kind),
        version=Version(row.major, row.minor),
        content=_text(row.content),
        mode=Mode(row.mode),
        title=row.title,
        description=row.description,
        ancestor=row.ancestor,
        sectors=tuple(t.removeprefix(SECTOR) for t in own if t.startswith(SECTOR)),
        metrics=tuple(t.removeprefix(METRIC) for t in own if t.startswith(METRIC)),
        deprecated=against.get(row.digest),
    )


def _raw(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest.removeprefix("sha256:"))
    except ValueError:
        return b""  # no digest, and found nowhere


def _text(raw: bytes) -> str:
    return f"sha256:{raw.hex()}"
