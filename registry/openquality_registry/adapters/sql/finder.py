"""Find records by their names: what matches, in the order of the log, and what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Engine,
    Select,
    and_,
    distinct,
    exists,
    false,
    func,
    intersect,
    literal,
    select,
    union_all,
)

from openquality_registry.adapters.sql.index_tables import categories, certificates, measurements
from openquality_registry.adapters.sql.names_tables import names, records
from openquality_registry.adapters.sql.tables import entries

MOST: Final = 10_000  # records that are counted; the newest ones
_LAST = "\U0010ffff"  # after every character that a token can hold
FACETS: Final = ("type", "country", "metric", "certificate", "category")
_r, _m, _n = records.c, measurements.c, names.c


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
            .cte("matched")
        )
        with self._read.connect() as connection:
            rows = connection.execute(union_all(*_facets(matched))).all()
        facets: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
        total = 0
        for facet, value, count in rows:
            if facet == "total":
                total = count
            elif value is not None:
                facets[facet].append((value, count))
        ordered = {
            name: tuple(sorted(values, key=lambda v: (-v[1], v[0])))
            for name, values in facets.items()
        }
        return Counted(total, ordered)

    def by_metric(self) -> dict[str, int]:
        """Count the values that stand, by metric."""
        counted = (
            select(_m.metric, func.count())
            .where(_m.current, _m.withdrawn.is_(false()))
            .group_by(_m.metric)
        )
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


def _facets(matched: CTE) -> Sequence[Select[*tuple[Any, ...]]]:
    c = matched.c
    beside = (
        ("metric", measurements, _m.metric),
        ("certificate", certificates, certificates.c.scheme),
        ("category", categories, categories.c.node),
    )
    return [
        select(literal("total"), literal(""), func.count()).select_from(matched),
        select(literal("type"), c.subject_type, func.count()).group_by(c.subject_type),
        select(literal("country"), c.country, func.count()).group_by(c.country),
        *(
            select(literal(name), column, func.count(distinct(c.log_index)))
            .join(matched, table.c.log_index == c.log_index)
            .group_by(column)
            for name, table, column in beside
        ),
    ]
