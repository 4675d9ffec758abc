"""Which row stands for a series: marks kept when statements are committed or withdrawn.

`current` marks the one row that stands for its (issuer, subject, metric, key): the newest period
of each characteristic (`latest`), and among those the worst critical one. History is kept beside
it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, false, select, text, update

from openquality_registry.adapters.sql.index_tables import INDEX_TABLES, measurements
from openquality_registry.adapters.sql.tables import entries

_WITHDRAWABLE = tuple(table for table in INDEX_TABLES if "withdrawn" in table.c)
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
    for table in _WITHDRAWABLE:
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
