"""Connections: one that writes, several that only read."""

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 10_000  # another process (fsck, backup) may hold the file for a moment
CACHE_KIB = 65_536  # unique indices are hit at random places; this holds those of a million rows


def writer(path: Path) -> Engine:
    """Return an engine whose transactions take SQLite's write lock at their beginning.

    WAL with synchronous=FULL: a committed transaction survives the loss of power.
    """
    return _sqlite(path, begin="BEGIN IMMEDIATE", pool_size=1, pragmas=("synchronous = FULL",))


def reader(path: Path) -> Engine:
    """Return an engine that reads snapshots and cannot write; it never waits for the writer."""
    return _sqlite(path, begin="BEGIN", pool_size=16, pragmas=("query_only = ON",))


def _sqlite(path: Path, *, begin: str, pool_size: int, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        paramstyle="named",  # rows go to the driver as they are, as dictionaries
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own transaction control would begin too late, and deferred.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            f"cache_size = -{CACHE_KIB}",
            "foreign_keys = OFF",  # rows of one entry are written in one transaction, by one caller
            "temp_store = MEMORY",
            *pragmas,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine
