"""Connections to SQLite or PostgreSQL: one that writes, several that only read."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from openquality_validator.errors import OpenQualityError

if TYPE_CHECKING:
    import psycopg

SQLITE = "sqlite+pysqlite"
POSTGRESQL = "postgresql+psycopg"
READERS = 16  # connections that read at once

BUSY_MS = 10_000  # another process (fsck, backup) may hold SQLite's file for a moment
CACHE_KIB = 65_536  # unique indices are hit at random places; this holds those of a million rows

# PostgreSQL: `on` waits for the disk, and for synchronous standbys if there are any. Whoever asks
# for more (remote_apply) keeps it. A lock that another commit holds for long is not waited for.
_AS_WRITER = """
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '60s'
"""
# As SQLite gives it: one state for all questions of a transaction.
_AS_READER = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(eq=False)
class UnusableDatabase(OpenQualityError):
    """Say why a database cannot be used, and what to do."""

    database: str
    problem: str
    hint: str

    def __str__(self) -> str:
        return f"The database {self.database} {self.problem}. {self.hint}"


def locate(database: Path | str) -> URL:
    """Return the URL of a SQLite file, or read one of a PostgreSQL database.

    Raises UnusableDatabase for a URL of another kind, or where the driver is not installed.
    """
    if isinstance(database, Path):
        return URL.create(SQLITE, database=str(database))
    try:
        url = make_url(database)
    except ArgumentError:
        raise UnusableDatabase("of the setting", "has no URL that can be read", _FORM) from None
    if url.drivername not in {POSTGRESQL, "postgresql", "postgres"}:
        raise UnusableDatabase(name(url), f"is of the kind {url.drivername}", _FORM)
    if find_spec("psycopg") is None:
        raise UnusableDatabase(
            name(url),
            "needs a driver that is not installed",
            "Run: pip install 'openquality[registry,postgresql]'",
        )
    return url.set(drivername=POSTGRESQL)


def name(url: URL) -> str:
    """Name a database to people: a file by its path, another by its URL without the password."""
    return str(url.database) if url.drivername == SQLITE else url.render_as_string()


def writer(url: URL) -> Engine:
    """Return an engine for the one connection that writes.

    A committed transaction survives the loss of power: SQLite by WAL with synchronous=FULL,
    PostgreSQL by synchronous_commit. SQLite's transactions take the write lock at their beginning;
    PostgreSQL's lock the row of `log_state`.
    """
    if url.drivername == POSTGRESQL:
        return _postgresql(url, _AS_WRITER, pool_size=1)
    return _sqlite(url, begin="BEGIN IMMEDIATE", pool_size=1, pragmas=("synchronous = FULL",))


def reader(url: URL) -> Engine:
    """Return an engine that reads snapshots and cannot write; it never waits for the writer."""
    if url.drivername == POSTGRESQL:
        engine = _postgresql(url, _AS_READER, pool_size=READERS)
        event.listen(engine, "connect", _ask_without_nul)
        return engine
    return _sqlite(url, begin="BEGIN", pool_size=READERS, pragmas=("query_only = ON",))


def _postgresql(url: URL, settings: str, *, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        connect_args={"application_name": "openquality", "connect_timeout": 10},
    )

    def on_connect(connection: "psycopg.Connection", _entry: ConnectionPoolEntry) -> None:
        connection.execute(settings)
        connection.commit()

    event.listen(engine, "connect", on_connect)
    return engine


def _ask_without_nul(connection: "psycopg.Connection", _entry: ConnectionPoolEntry) -> None:
    """Let a question with U+0000 find nothing, as on SQLite.

    PostgreSQL's texts cannot hold it, and its driver would raise. No text that is kept holds any
    control character below U+001E, so another of those finds nothing either.
    """
    from psycopg.types.string import StrDumper

    class Dumper(StrDumper):
        def dump(self, obj: str) -> "psycopg.abc.Buffer | None":
            return super().dump(obj.replace("\x00", "\x01"))

    connection.adapters.register_dumper(str, Dumper)


def _sqlite(url: URL, *, begin: str, pool_size: int, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        url,
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


_FORM = "Write it as postgresql+psycopg://user:password@host/name, or leave it out for SQLite."
