"""Open a database: make its tables, bring older ones up to date, refuse newer ones."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from openquality_registry.adapters.sql import engine
from openquality_registry.adapters.sql.engine import POSTGRESQL, UnusableDatabase
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import index_state, log_state
from openquality_registry.answering import index
from openquality_registry.ports import LogState
from openquality_validator.errors import OpenQualityError

HEAD = "0012"  # the newest step in migrations/versions; a test compares
_LOCK = 0x6F71_6C6F  # any number that other software of the same server is unlikely to take
EMPTY = LogState(
    size=0,
    # SHA-256 of nothing (RFC 9162, section 2.1.1)
    root=bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
)


@dataclass(eq=False)
class NewerDatabase(OpenQualityError):
    """Name a database that a later version of this software wrote."""

    database: str
    revision: str

    def __str__(self) -> str:
        return (
            f"{self.database} was written by a newer version of openquality (its tables are at "
            f"{self.revision}, this version knows up to {HEAD}). Nothing was changed. "
            "Upgrade: pip install --upgrade 'openquality[registry]'."
        )


def open_store(database: Path | str) -> SqlStore:
    """Open a SQLite file, or a PostgreSQL database by its URL, making or upgrading it first.

    Raises NewerDatabase or UnusableDatabase. An upgrade is one transaction: a crash leaves the old
    tables.
    """
    url = engine.locate(database)
    write = engine.writer(url)
    try:
        _upgrade(write, url)
    except OperationalError as error:
        write.dispose()
        if url.drivername != POSTGRESQL:
            raise
        reason = str(error.orig).strip().replace("\n", " ")
        hint = "See that the server runs and that the URL is right."
        raise UnusableDatabase(engine.name(url), f"cannot be opened ({reason})", hint) from None
    except BaseException:
        write.dispose()
        raise
    return SqlStore(write=write, read=engine.reader(url))


def _upgrade(write: Engine, url: URL) -> None:
    with write.begin() as connection:
        if url.drivername == POSTGRESQL:
            _check_encoding(connection, url)
            # One process at a time; SQLite's transaction has the lock already.
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        revision = revision_of(connection)
        if revision == HEAD:
            return
        # Steps are numbered, so a greater one is a later one.
        if revision is not None and revision > HEAD:
            raise NewerDatabase(engine.name(url), revision)
        upgrade(connection, HEAD)
        if connection.execute(select(log_state.c.id)).first() is None:
            connection.execute(insert(log_state).values(id=1, size=EMPTY.size, root=EMPTY.root))
            connection.execute(insert(index_state).values(id=1, version=index.VERSION))


def _check_encoding(connection: Connection, url: URL) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise UnusableDatabase(
            engine.name(url),
            f"has the encoding {encoding}",
            "Make one that holds every text: createdb --encoding=UTF8 --template=template0 NAME.",
        )


def revision_of(connection: Connection) -> str | None:
    """Return the newest step that made the tables of a database, or None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def upgrade(connection: Connection, revision: str) -> None:
    """Run the steps up to this one, in the connection's transaction."""
    # Imported late: a database at head, which is the common case, does not need it.
    from alembic import command
    from alembic.config import Config

    with as_file(files("openquality_registry") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
