"""The index of the query, asked in SQL; its tables stand in `index_tables.py`.

What makes a row eligible is written once, in `compare.conditions`; this module translates.
`current` marks the one row that stands for its (issuer, subject, metric, key): the newest period
of each characteristic (`latest`), and among those the worst critical one. History is kept beside
it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)

from openquality_registry.adapters.sql.index_tables import categories, certificates, measurements
from openquality_registry.adapters.sql.names_tables import records
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.index import Tally, category_node, measurement, qualifier_text
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import Certified, Condition, Test
from openquality_validator.compare.ranking import Indexed, SortKey
from openquality_validator.query import Where

# Most new rows begin a series, and stand for it as they came in.
_CONTESTED = text(
    """
    SELECT new.series FROM measurements AS new
    WHERE new.log_index >= :first AND EXISTS (
        SELECT 1 FROM measurements AS other
        WHERE other.series = new.series AND other.latest
          AND (other.log_index, other.position) <> (new.log_index, new.position))
    """
)
# New rows come in as latest, so that a characteristic has its old latest row and the new ones: a
# handful, however long its history is.
_MARK_LATEST = text(
    """
    UPDATE measurements SET latest = false, current = false
    WHERE series = :series AND latest AND coalesce(characteristic, '') = :characteristic
      AND (log_index, position) <> (
        SELECT x.log_index, x.position FROM measurements AS x
        WHERE x.series = :series AND x.latest AND coalesce(x.characteristic, '') = :characteristic
        ORDER BY coalesce(x."end", '') DESC, x.log_index DESC,
                 CASE WHEN x.goodness IS NULL THEN 0 ELSE 1 END, x.goodness, x.position
        LIMIT 1)
    """
)
_MARK_CURRENT = text(
    """
    UPDATE measurements SET current = (log_index, position) = (
        SELECT x.log_index, x.position FROM measurements AS x
        WHERE x.series = :series AND x.latest
        ORDER BY CASE x.characteristic_class WHEN 'critical' THEN 0 ELSE 1 END,
                 CASE WHEN x.goodness IS NULL THEN 0 ELSE 1 END, x.goodness,
                 x.log_index, x.position
        LIMIT 1)
    WHERE series = :series AND latest
    """
)


def mark_current(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Decide again which row stands for each series that the new `measurements` rows touch.

    The rows are inserted already, at the end of the log and marked latest and current.
    """
    first = min(row["log_index"] for row in rows)
    contested = set(connection.execute(_CONTESTED, {"first": first}).scalars())
    if contested:
        touched = {
            (row["series"], row["characteristic"] or "")
            for row in rows
            if row["series"] in contested
        }
        connection.execute(
            _MARK_LATEST,
            [{"series": series, "characteristic": name} for series, name in touched],
        )
        connection.execute(_MARK_CURRENT, [{"series": series} for series in contested])


def withdraw(connection: Connection, digest: bytes, *, withdrawn: bool) -> None:
    """Take the values of a statement out of answers, or let them stand again.

    Decides for each of its series again which row stands for it, among those that are left.
    """
    m = measurements
    index = connection.execute(
        select(entries.c.log_index).where(entries.c.digest == digest)
    ).scalar_one()
    for table in (m, certificates, records):
        connection.execute(
            update(table).where(table.c.log_index == index).values(withdrawn=withdrawn)
        )
    touched = select(m.c.series).where(m.c.log_index == index).distinct()
    for series in connection.execute(touched).scalars().all():
        _decide(connection, series)


def _decide(connection: Connection, series: bytes) -> None:
    """Mark the latest rows of a series from all that are left, then the one that stands for it."""
    m = measurements.c
    left = select(m.log_index, m.position, m.characteristic, m.end, m.goodness).where(
        m.series == series, m.withdrawn.is_(false())
    )
    newest: dict[str, tuple[tuple[str, int, float, int], int, int]] = {}
    for row in connection.execute(left):
        # The order of _MARK_LATEST: newest period, newest entry, worst value, first place.
        goodness = math.inf if row.goodness is None else -row.goodness
        rank = (row.end or "", row.log_index, goodness, -row.position)
        name = row.characteristic or ""
        if name not in newest or rank > newest[name][0]:
            newest[name] = (rank, row.log_index, row.position)
    connection.execute(
        update(measurements).where(m.series == series).values(latest=False, current=False)
    )
    for _, log_index, position in newest.values():
        connection.execute(
            update(measurements)
            .where(m.log_index == log_index, m.position == position)
            .values(latest=True)
        )
    connection.execute(_MARK_CURRENT, {"series": series})


_GROUP = "\x1e"  # between key and family in one text; a control character, which neither contains


class SqlIndex:
    """Answer the questions of `index.Index` from SQL."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def tally(self, scope: Sequence[Test], conditions: Sequence[Condition]) -> Tally:
        """Count the rows in scope by the first condition that they fail."""
        counted = (
            select(_outcome(conditions).label("outcome"), func.count().label("number"))
            .where(*_all(scope))
            .group_by("outcome")
        )
        with self._read.connect() as connection:
            rows = connection.execute(counted).all()
        return Tally(
            left_out={row.outcome: row.number for row in rows if _GROUP not in row.outcome},
            groups=tuple(
                Group(key, family or None, row.number)
                for row in rows
                for key, found, family in [row.outcome.partition(_GROUP)]
                if found
            ),
        )

    def page(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group,
        where: Where,
        *,
        after: SortKey | None,
        limit: int,
    ) -> tuple[Indexed, ...]:
        """Return eligible rows of one group, best first, after a place in that order."""
        order = _order(where)
        found = select(measurements).where(
            *_all(scope), *_eligible(conditions), measurements.c.key == group.key
        )
        if group.family is not None:
            found = found.where(measurements.c.family == group.family)
        if after is not None:
            found = found.where(tuple_(*order) > tuple_(*after))
        with self._read.connect() as connection:
            rows = connection.execute(found.order_by(*order).limit(limit)).all()
        return tuple(_indexed(row) for row in rows)

    def of(self, digests: Sequence[str]) -> tuple[Indexed, ...]:
        """Return every value of the named statements, in the order of the log."""
        wanted = [bytes.fromhex(digest.removeprefix("sha256:")) for digest in digests]
        named = select(entries.c.log_index).where(entries.c.digest.in_(wanted))
        m = measurements.c
        found = select(measurements).where(m.log_index.in_(named)).order_by(m.log_index, m.position)
        with self._read.connect() as connection:
            return tuple(_indexed(row) for row in connection.execute(found).all())


def _indexed(row: Row[*tuple[Any, ...]]) -> Indexed:
    return Indexed(row.log_index, measurement(row._asdict()))


def _order(where: Where) -> tuple[ColumnElement[Any], ...]:
    """Repeat `ranking.sort_key` in SQL."""
    m = measurements.c
    bound: ColumnElement[Any]
    badness: ColumnElement[Any]
    fallback: ColumnElement[Any]
    if where.metric.direction == "target":
        target = 0.0 if where.target is None else float(where.target)
        low, high = func.abs(m.lower - target), func.abs(m.upper - target)
        bound = case((m.lower.is_(None), None), (low > high, low), else_=high)
        badness, fallback = bound, func.abs(m.value - target)
    elif where.metric.direction == "higherBetter":
        bound, badness, fallback = m.lower, -m.lower, -m.value
    else:
        bound, badness, fallback = m.upper, m.upper, m.value
    return (
        case((bound.is_(None), 1), else_=0),
        func.coalesce(badness, fallback, 0.0),
        m.log_index,
        m.claim,
    )


def _outcome(conditions: Sequence[Condition]) -> ColumnElement[Any]:
    """Give the reason why a row is left out, or the group of an eligible one, in one value.

    One value and not three columns, because a database evaluates and sorts it once for each row.
    """
    m = measurements.c
    whens = [(_any(c).is_not(true()), c.reason) for c in conditions]
    return case(*whens, else_=m.key + _GROUP + func.coalesce(m.family, ""))


def _eligible(conditions: Sequence[Condition]) -> tuple[ColumnElement[bool], ...]:
    return tuple(_any(condition) for condition in conditions)


def _any(condition: Condition) -> ColumnElement[bool]:
    return or_(false(), *(_sql(test) for test in condition.any_of))


def _all(tests: Sequence[Test]) -> tuple[ColumnElement[bool], ...]:
    return tuple(_sql(test) for test in tests)


def _sql(test: Test) -> ColumnElement[bool]:
    if test.op == "certified":
        return _certified(test.value)
    if test.field == "categories":
        c = categories.c
        return exists().where(
            c.node == category_node(test.value), c.log_index == measurements.c.log_index
        )
    if test.field == "qualifiers":
        # Case-sensitive on every database, unlike LIKE.
        needle = qualifier_text(*test.value)
        return func.replace(measurements.c.qualifiers, needle, "") != measurements.c.qualifiers
    if test.op == "pair":
        m = measurements.c
        return or_(
            false(),
            *(and_(m.issuer == did, m.assessed_under == scheme) for did, scheme in test.value),
        )
    return _OPERATORS[test.op](measurements.c[test.field], test.value)


_OPERATORS: Mapping[str, Callable[[Column[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, value: column.in_(value),
    "ge": lambda column, value: column >= value,
    "le": lambda column, value: column <= value,
    "given": lambda column, _value: column.is_not(None),
}


def _certified(asked: Certified) -> ColumnElement[bool]:
    c = certificates.c
    on = asked.on.isoformat()
    tests: list[ColumnElement[bool]] = [
        or_(c.holder == measurements.c.subject, c.holder == measurements.c.producer),
        c.scheme == asked.wanted.scheme,
        c.status == "active",
        c.withdrawn.is_(false()),
        c.start <= on,
        or_(c.end.is_(None), c.end >= on),
    ]
    if asked.wanted.edition is not None:
        tests.append(c.edition == asked.wanted.edition)
    if asked.wanted.accredited:
        issuers = [did for did, scheme in asked.pairs if scheme == asked.wanted.scheme]
        tests.append(c.issuer.in_(issuers))
    return exists().where(*tests)
