"""Make the rows of the query's index anew, when a version of this software derives others.

Rows follow from the statements, and what a version derives may differ from what an earlier one
did: `index.VERSION` counts that, and the database holds the number by which its rows were made.
One transaction: a crash leaves the old rows, and the next start begins again.
"""

import logging

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, update

from openquality_registry.adapters.sql.derived import Chains, derive
from openquality_registry.adapters.sql.evidence import recomputed
from openquality_registry.adapters.sql.index_tables import INDEX_TABLES, measurements
from openquality_registry.adapters.sql.series import mark_current, withdraw
from openquality_registry.adapters.sql.tables import entries, index_state, log_state, statements
from openquality_registry.answering import index
from openquality_validator.entry import Entry
from openquality_validator.evidence import IdentityLevel

CHUNK = 512
_log = logging.getLogger(__name__)


def version_of(connection: Connection) -> int:
    """Return by which version of the derivation the rows were made; 0 before it was counted."""
    if not inspect(connection).has_table(index_state.name):
        return 0
    found: int | None = connection.execute(select(index_state.c.version)).scalar_one_or_none()
    return found or 0


def renew(write: Engine, *, origin: str, operator: str) -> int:
    """Bring the index up to `index.VERSION`; return how many entries were gone through.

    `operator` is the did:key of the registry's status key, whose word withdraws values.
    """
    with write.connect() as connection:
        if version_of(connection) == index.VERSION:
            return 0
    with write.begin() as connection:
        # Another process may write the same log: the row of its size is what all writers take.
        connection.execute(update(log_state).values(size=log_state.c.size))
        if version_of(connection) == index.VERSION:
            return 0
        size: int = connection.execute(select(log_state.c.size)).scalar_one()
        _rows(connection, size, origin=origin, operator=operator)
        connection.execute(delete(index_state))
        connection.execute(insert(index_state).values(id=1, version=index.VERSION))
    return size


def _rows(connection: Connection, size: int, *, origin: str, operator: str) -> None:
    if size:
        _log.info("the index is made anew", extra={"entries": size, "version": index.VERSION})
    levels = _levels(connection)
    for table in INDEX_TABLES:
        connection.execute(delete(table))
    chains = Chains()
    for start in range(0, size, CHUNK):
        _chunk(connection, start, min(size, start + CHUNK), chains, levels)
    for at in sorted(chains.withdrawn(connection, log=origin, operator=operator)):
        digest = select(entries.c.digest).where(entries.c.log_index == at)
        withdraw(connection, connection.execute(digest).scalar_one(), withdrawn=True)


def _levels(connection: Connection) -> dict[int, str]:
    """Return how well issuers were known when statements came in, where more than L0.

    It is the database's own word: no statement tells it.
    """
    m = measurements.c
    found = select(m.log_index, m.identity).where(m.identity != IdentityLevel.L0.value).distinct()
    return {row.log_index: row.identity for row in connection.execute(found)}


def _chunk(
    connection: Connection, start: int, stop: int, chains: Chains, levels: dict[int, str]
) -> None:
    said = connection.execute(
        select(entries.c.log_index, entries.c.entry, statements.c.statement)
        .join(statements, statements.c.log_index == entries.c.log_index)
        .where(entries.c.log_index >= start, entries.c.log_index < stop)
        .order_by(entries.c.log_index)
    ).all()
    proved = recomputed(connection, start, stop)
    made: dict[str, list[dict[str, object]]] = {}
    for row in said:
        derived = derive(row.log_index, Entry.from_bytes(row.entry), row.statement, chains, proved)
        for table in INDEX_TABLES:
            for each in derived.rows.get(table.name, ()):
                whole = {**each, "log_index": row.log_index}
                if table is measurements:
                    whole["identity"] = levels.get(row.log_index, IdentityLevel.L0.value)
                made.setdefault(table.name, []).append(whole)
    for table in INDEX_TABLES:
        if rows := made.get(table.name):
            connection.execute(insert(table), rows)
            if table is measurements:
                mark_current(connection, rows)
