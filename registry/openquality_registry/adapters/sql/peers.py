"""How values of one comparability group spread: counts and bounds, from the index alone."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Engine, case, func, select

from openquality_registry.adapters.sql.eligible import Eligible
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.states import Now
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import Condition, Test

MOST: Final = 25_000  # values among which one is placed; a query orders any number
_m = measurements.c


class SqlPeers:
    """Ask for the rows that a query would find, and read little of them. For any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def around(
        self, scope: Sequence[Test], conditions: Sequence[Condition], group: Group, goodness: float
    ) -> tuple[int, int, int]:
        """Count the eligible values of a group that have a bound, better ones, and worse ones.

        Bounds are compared as `goodness`, of which more is better. Reads MOST + 1 rows at most.
        """
        g = _m.goodness
        found = (
            select(g)
            .where(*_tests(scope, conditions, group), g.is_not(None))
            .limit(MOST + 1)
            .subquery()
        )
        counted = select(
            func.count(),
            func.coalesce(func.sum(case((found.c.goodness > goodness, 1), else_=0)), 0),
            func.coalesce(func.sum(case((found.c.goodness < goodness, 1), else_=0)), 0),
        ).select_from(found)
        with self._read.connect() as connection:
            row = connection.execute(counted).one()
        return int(row[0]), int(row[1]), int(row[2])

    def bounds(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group,
        *,
        every: int,
    ) -> tuple[tuple[float | None, float | None], ...]:
        """Return lower and upper bounds of each `every`-th eligible value, by place in the log."""
        found = select(_m.lower, _m.upper).where(*_tests(scope, conditions, group))
        if every > 1:
            found = found.where(_m.log_index % every == 0)
        with self._read.connect() as connection:
            return tuple((row.lower, row.upper) for row in connection.execute(found))


def _tests(
    scope: Sequence[Test], conditions: Sequence[Condition], group: Group
) -> list[ColumnElement[bool]]:
    asked = Eligible(measurements, Now())
    tests = [*asked.all(scope), *asked.conditions(conditions), _m.key == group.key]
    return tests if group.family is None else [*tests, _m.family == group.family]
