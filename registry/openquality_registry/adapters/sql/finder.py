"""Find records by their names: what matches, in the order of the log, and what it is about."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    distinct,
    exists,
    false,
    func,
    intersect,
    select,
)

from openquality_registry.adapters.sql.index_tables import categories, certificates, measurements
from openquality_registry.adapters.sql.names_tables import names, records
from openquality_registry.adapters.sql.tables import entries

MOST: Final = 5_000  # records that are counted; the newest ones
_CHUNK: Final = 1_000  # numbers in one statement
_LAST = "\U0010ffff"  # after every character that a token can hold
COUNTED: Final = ("type", "country", "metric", "certificate")
FACETS: Final = (*COUNTED, "category")  # what a search is narrowed down by
_r, _m, _n, _c = records.c, measurements.c, names.c, certificates.c


@dataclass(frozen=True, slots=True)
class Sought:
    """Hold a question: beginnings of tokens that all must be there, and what else must hold.

    `facets` maps names of FACETS to the one value that each must have. With `withdrawn` records
    that were suspended, revoked or superseded are found too.
    """

    tokens: tuple[str, ...] = ()
    facets: Mapping[str, str] = field(default_factory=dict)
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """Hold one record found, by its place in the log."""

    index: int
    digest: str
    issuer: str
    admitted: bytes  # the entry's bytes


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold how many records match, up to MOST, and how many of them by facet and value."""

    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]


class SqlFinder:
    """Answer people's searches from SQL. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def page(self, sought: Sought, *, before: int | None, limit: int) -> tuple[Hit, ...]:
        """Return the newest matching records before a log index."""
        e = entries.c
        found = (
            select(e.log_index, e.digest, e.issuer, e.entry)
            .join(records, _r.log_index == e.log_index)
            .where(*_tests(sought))
            .order_by(e.log_index.desc())
            .limit(limit)
        )
        if before is not None:
            found = found.where(e.log_index < before)
        with self._read.connect() as connection:
            return tuple(
                Hit(row.log_index, f"sha256:{row.digest.hex()}", row.issuer, row.entry)
                for row in connection.execute(found)
            )

    def count(self, sought: Sought) -> Counted:
        """Count what matches, and what it is about."""
        matched = (
            select(_r.log_index, _r.subject_type, _r.country)
            .where(*_tests(sought))
            .order_by(_r.log_index.desc())
            .limit(MOST)
        )
        with self._read.connect() as connection:
            rows = connection.execute(matched).all()
            found = [row.log_index for row in rows]
            facets = {
                "type": Counter(row.subject_type for row in rows),
                "country": Counter(row.country for row in rows if row.country),
                "metric": _counted(connection, _m.metric, _m.log_index, found),
                "certificate": _counted(connection, _c.scheme, _c.log_index, found),
            }
        ordered = {
            name: tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
            for name, counted in facets.items()
        }
        return Counted(len(rows), ordered)

    def by_metric(self) -> dict[str, int]:
        """Count the values that stand, by metric."""
        counted = select(_m.metric, func.count()).where(_m.current).group_by(_m.metric)
        with self._read.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(counted)}


def _tests(sought: Sought) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if sought.tokens:
        each = [_having(token) for token in sought.tokens]
        together = each[0] if len(each) == 1 else intersect(*each)
        tests.append(_r.log_index.in_(together))
    if not sought.withdrawn:
        tests.append(_r.withdrawn.is_(false()))
    tests.extend(_FACET_TESTS[name](value) for name, value in sought.facets.items())
    return tests


def _having(token: str) -> Select[*tuple[Any, ...]]:
    return select(_n.log_index).where(and_(_n.token >= token, _n.token < token + _LAST))


def _with_metric(metric: str) -> ColumnElement[bool]:
    return exists().where(_m.log_index == _r.log_index, _m.metric == metric)


def _with_certificate(scheme: str) -> ColumnElement[bool]:
    c = certificates.c
    return exists().where(c.log_index == _r.log_index, c.scheme == scheme)


def _with_category(node: str) -> ColumnElement[bool]:
    c = categories.c
    return exists().where(c.log_index == _r.log_index, c.node == node)


_FACET_TESTS = {
    "type": lambda value: _r.subject_type == value,
    "country": lambda value: _r.country == value,
    "metric": _with_metric,
    "certificate": _with_certificate,
    "category": _with_category,
}


def _counted(
    connection: Connection, column: Column[str], index: Column[int], found: Sequence[int]
) -> Counter[str]:
    """Count records by a column of a table beside them.

    By their numbers, not joined: the database then reads these rows and no others.
    """
    counted: Counter[str] = Counter()
    query = select(column, func.count(distinct(index))).group_by(column)
    for start in range(0, len(found), _CHUNK):
        rows = connection.execute(query.where(index.in_(found[start : start + _CHUNK])))
        counted.update({row[0]: row[1] for row in rows})
    return counted
