"""The index of the query, asked in SQL; its tables stand in `index_tables.py`.

What makes a row eligible is written once, in `compare.conditions`, and translated in `eligible.py`;
`states.py` says what stood when.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Row, Select, case, func, select, tuple_

from openquality_registry.adapters.sql.eligible import GROUP, Eligible, series_tests
from openquality_registry.adapters.sql.index_tables import categories, measurements
from openquality_registry.adapters.sql.observed import MAX_OBSERVED, OUTLYING
from openquality_registry.adapters.sql.states import Now, Past, State
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.answering.index import Excluded, Tally, measurement
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import Condition, Test
from openquality_validator.compare.ranking import Indexed, SortKey
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Accreditor, Relation
from openquality_validator.query import Where

_COLUMNS = {
    "country": "country",
    "granularity": "granularity",
    "identity": "identity",
    "issuer": "issuer",
    "sizeClass": "size_class",
    "subjectType": "subject_type",
    "verification": "verification",
}


class SqlIndex:
    """Answer the questions of `index.Index` from SQL."""

    def __init__(self, read: Engine, state: State | None = None) -> None:
        self._read = read
        self._state = state or Now()

    def at(self, size: int, *, origin: str) -> "SqlIndex":
        """Return the index of the log of this origin as it stood with `size` entries."""
        return SqlIndex(self._read, Past(origin, size))

    def tally(self, scope: Sequence[Test], conditions: Sequence[Condition]) -> Tally:
        """Count the rows in scope by the first condition that they fail."""
        asked = self._asked(scope)
        counted = (
            select(asked.outcome(conditions).label("outcome"), func.count().label("number"))
            .where(*asked.all(scope))
            .group_by("outcome")
        )
        self._check_observed(asked, scope, conditions)
        rows = self._run(scope, counted)
        return Tally(
            left_out={row.outcome: row.number for row in rows if row.outcome[:1] != GROUP},
            groups=tuple(
                Group(key, family or None, row.number)
                for row in rows
                if row.outcome[:1] == GROUP
                for key, _, family in [row.outcome[1:].partition(GROUP)]
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
        asked = self._asked(scope)
        order = _order(asked.m, where)
        found = select(asked.m).where(*_in_group(asked, scope, conditions, group))
        if after is not None:
            found = found.where(tuple_(*order) > tuple_(*after))
        rows = self._run(scope, found.order_by(*order).limit(limit))
        return tuple(_indexed(row) for row in rows)

    def eligible(
        self, scope: Sequence[Test], conditions: Sequence[Condition], *, limit: int
    ) -> tuple[Indexed, ...]:
        """Return eligible rows of every group, in the order of the log."""
        asked = self._asked(scope)
        c = asked.m.c
        found = select(asked.m).where(*asked.all(scope), *asked.conditions(conditions))
        rows = self._run(scope, found.order_by(c.log_index, c.position).limit(limit))
        return tuple(_indexed(row) for row in rows)

    def excluded(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group | None,
        *,
        after: tuple[int, str],
        limit: int,
    ) -> tuple[Excluded, ...]:
        """Return rows in scope that are not eligible or lie in another group, by index and claim.

        The reason of those in another group is `notComparable`; without `group` they are left out.
        """
        asked = self._asked(scope)
        c = asked.m.c
        outcome = asked.outcome(conditions)
        found = select(
            c.log_index, c.claim, c.digest, c.issuer, c.subject, outcome.label("outcome")
        ).where(*asked.all(scope), tuple_(c.log_index, c.claim) > tuple_(*after))
        inner = found.subquery()
        rows = self._run(
            scope,
            select(inner)
            .where(_outside(inner.c.outcome, group))
            .order_by(inner.c.log_index, inner.c.claim)
            .limit(limit),
        )
        return tuple(
            Excluded(
                index=row.log_index,
                claim=row.claim,
                statement=f"sha256:{row.digest.hex()}",
                issuer=row.issuer,
                subject=row.subject,
                reason="notComparable" if row.outcome[:1] == GROUP else row.outcome,
            )
            for row in rows
        )

    def facet(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group,
        *,
        name: str,
        accreditors: Sequence[Accreditor],
        limit: int,
    ) -> tuple[tuple[str | None, int], ...]:
        """Count the eligible rows of a group by one member, the most frequent first."""
        asked = self._asked(scope)
        tests = _in_group(asked, scope, conditions, group)
        if name == "category":
            value: ColumnElement[Any] = categories.c.node
            tests = [*tests, categories.c.log_index == asked.m.c.log_index]
        elif name == "relation":
            value = _relation(asked, accreditors)
        else:
            value = asked.m.c[_COLUMNS[name]]
        number = func.count()
        counted = select(value.label("value"), number.label("number")).where(*tests)
        rows = self._run(
            scope,
            counted.group_by(value).order_by(number.desc(), func.coalesce(value, "")).limit(limit),
        )
        return tuple((row.value, row.number) for row in rows)

    def nodes(self, indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return the category nodes of the statements at these log indexes."""
        c = categories.c
        found: dict[int, list[str]] = {}
        with self._read.connect() as connection:
            for start in range(0, len(indexes), _CHUNK):
                part = indexes[start : start + _CHUNK]
                for row in connection.execute(select(categories).where(c.log_index.in_(part))):
                    found.setdefault(row.log_index, []).append(row.node)
        return {at: tuple(sorted(each)) for at, each in found.items()}

    def of(self, digests: Sequence[str]) -> tuple[Indexed, ...]:
        """Return every value of the named statements, in the order of the log."""
        wanted = [bytes.fromhex(digest.removeprefix("sha256:")) for digest in digests]
        named = select(entries.c.log_index).where(entries.c.digest.in_(wanted))
        m = measurements.c
        found = select(measurements).where(m.log_index.in_(named)).order_by(m.log_index, m.position)
        with self._read.connect() as connection:
            return tuple(_indexed(row) for row in connection.execute(found).all())

    def _asked(self, scope: Sequence[Test]) -> Eligible:
        return Eligible(self._state.measurements(series_tests(scope)), self._state)

    def _check_observed(
        self, asked: Eligible, scope: Sequence[Test], conditions: Sequence[Condition]
    ) -> None:
        """Raise InvalidInput (Q010) if observations would have to be looked for at too many rows.

        Outliers are found among all values of the metric, the others around each row in scope.
        """
        codes = [t.value.code for c in conditions for t in c.any_of if t.op == "free"]
        if not codes:
            return
        tests = [t for t in scope if OUTLYING not in codes or t.field == "metric"]
        some = select(asked.m.c.log_index).where(*asked.all(tests)).limit(MAX_OBSERVED + 1)
        counted = select(func.count()).select_from(some.subquery())
        if self._run(scope, counted)[0][0] > MAX_OBSERVED:
            named = ", ".join(codes)
            raise InvalidInput(
                "Q010",
                f"{named} would have to be looked for at more than {MAX_OBSERVED} values.",
                f"Narrow by category, subject type or ids, or leave {named} out of `without`.",
            )

    def _run(
        self, scope: Sequence[Test], query: Select[*tuple[Any, ...]]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._read.connect() as connection:
            self._state.check(connection, series_tests(scope))
            return connection.execute(query).all()


_CHUNK = 500  # log indexes in one question; SQLite of old takes 999 parameters


def _in_group(
    asked: Eligible, scope: Sequence[Test], conditions: Sequence[Condition], group: Group
) -> list[ColumnElement[bool]]:
    tests = [*asked.all(scope), *asked.conditions(conditions), asked.m.c.key == group.key]
    if group.family is not None:
        tests.append(asked.m.c.family == group.family)
    return tests


def _outside(outcome: ColumnElement[Any], group: Group | None) -> ColumnElement[bool]:
    """Ask for outcomes that are a reason, or another group."""
    if group is None:
        return func.substr(outcome, 1, 1) != GROUP
    name = GROUP + group.key + GROUP
    if group.family is not None:
        return outcome != name + group.family
    return func.substr(outcome, 1, len(name)) != name


def _relation(asked: Eligible, accreditors: Sequence[Accreditor]) -> ColumnElement[Any]:
    pairs = tuple((a.did, scheme) for a in accreditors for scheme in a.schemes)
    listed = asked.test(Test("issuer", "pair", pairs))
    return case((listed, Relation.ASSESSOR.value), else_=asked.m.c.relation)


def _indexed(row: Row[*tuple[Any, ...]]) -> Indexed:
    return Indexed(row.log_index, measurement(row._asdict()))


def _order(m: FromClause, where: Where) -> tuple[ColumnElement[Any], ...]:
    """Repeat `ranking.sort_key` in SQL."""
    c = m.c
    bound: ColumnElement[Any]
    badness: ColumnElement[Any]
    fallback: ColumnElement[Any]
    if where.metric.direction == "target":
        target = 0.0 if where.target is None else float(where.target)
        low, high = func.abs(c.lower - target), func.abs(c.upper - target)
        bound = case((c.lower.is_(None), None), (low > high, low), else_=high)
        badness, fallback = bound, func.abs(c.value - target)
    elif where.metric.direction == "higherBetter":
        bound, badness, fallback = c.lower, -c.lower, -c.value
    else:
        bound, badness, fallback = c.upper, c.upper, c.value
    return (
        case((bound.is_(None), 1), else_=0),
        func.coalesce(badness, fallback, 0.0),
        c.log_index,
        c.claim,
    )
