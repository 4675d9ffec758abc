"""What SQLite and PostgreSQL do not have in common, beyond their connections (`engine.py`)."""

import errno
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    PoolProxiedConnection,
    TableClause,
    and_,
    bindparam,
    func,
    insert,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from openquality_registry.adapters.sql.tables import entries

Rows = Sequence[Mapping[str, Any]]
Fill = Callable[[Connection, TableClause, Rows], None]

_BOTH = 31  # U+001F stands between issuer and id, and in neither
_DISK_FULL = "53100"  # disk_full of PostgreSQL's error codes


def filler(dialect: Dialect) -> Fill:
    """Return what inserts rows into a table, each of which names the same columns."""
    return _copy if dialect.name == "postgresql" else _insert


@contextmanager
def unhurried(write: Engine) -> Iterator[Connection]:
    """Hold a transaction whose commit does not wait for the disk.

    For what can be made again: a loss of power may take the newest such transactions back, each
    whole, and never one that another transaction was committed after with its usual promise.
    """
    with write.connect() as connection:
        if connection.dialect.name == "postgresql":
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
            return
        driver = connection.connection
        _synchronous(driver, "NORMAL")  # not within a transaction; the driver begins none by itself
        try:
            with connection.begin():
                yield connection
        finally:
            _synchronous(driver, "FULL")


def _synchronous(driver: PoolProxiedConnection, level: str) -> None:
    cursor = driver.cursor()
    cursor.execute(f"PRAGMA synchronous = {level}")
    cursor.close()


def by_name(dialect: Dialect) -> ColumnElement[bool]:
    """Return the condition that finds entries by parameters `issuers` and `names`.

    It may find an entry too many, one issuer's with the id that another one sent: that falls out
    where the answer is used. Each database gets the form for which it has an index.
    """
    if dialect.name == "postgresql":
        both = entries.c.issuer + func.chr(_BOTH) + entries.c.credential_id
        return both.in_(bindparam("pairs", expanding=True))
    # Not as pairs: SQLite would read the whole index to find them.
    return and_(
        entries.c.issuer.in_(bindparam("issuers", expanding=True)),
        entries.c.credential_id.in_(bindparam("names", expanding=True)),
    )


def names(dialect: Dialect, pairs: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return the parameters of `by_name` for pairs of issuer and id."""
    if dialect.name == "postgresql":
        return {"pairs": [f"{issuer}{chr(_BOTH)}{name}" for issuer, name in pairs]}
    return {
        "issuers": list({issuer for issuer, _ in pairs}),
        "names": list({name for _, name in pairs}),
    }


def disk_is_full(error: DBAPIError) -> bool:
    """Tell whether a transaction failed because the database had no room, and left nothing."""
    original = error.orig
    return (
        getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(original, "sqlstate", None) == _DISK_FULL
    )


def full_disk() -> OSError:
    """Make the error that says so."""
    return OSError(errno.ENOSPC, "the disk of the database is full")


def _insert(connection: Connection, table: TableClause, rows: Rows) -> None:
    # Straight to the driver: SQLAlchemy's own handling of each parameter takes as long as SQLite's
    # insert.
    connection.exec_driver_sql(_insert_text(table, connection.dialect), list(rows))


@cache
def _insert_text(table: TableClause, dialect: Dialect) -> str:
    return str(insert(table).compile(dialect=dialect))


def _copy(connection: Connection, table: TableClause, rows: Rows) -> None:
    columns = tuple(rows[0])
    quoted = connection.dialect.identifier_preparer.quote
    named = ", ".join(quoted(column) for column in columns)
    statement = f"COPY {quoted(table.name)} ({named}) FROM STDIN"
    errors = connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
    except errors as error:
        # As SQLAlchemy shows those of its own statements.
        raise DBAPIError.instance(
            statement, None, error, errors, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
