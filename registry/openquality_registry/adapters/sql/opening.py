"""Open a database file: make its tables, bring older ones up to date, refuse newer ones."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from openquality_registry.adapters.sql import engine
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import log_state
from openquality_registry.ports import LogState
from openquality_validator.errors import OpenQualityError

HEAD = "0002"  # the newest step in migrations/versions; a test compares
EMPTY = LogState(
    size=0,
    # SHA-256 of nothing (RFC 9162, section 2.1.1)
    root=bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
)


@dataclass(eq=False)
class NewerDatabase(OpenQualityError):
    """Name a database that a later version of this software wrote."""

    path: Path
    revision: str

    def __str__(self) -> str:
        return (
            f"{self.path} was written by a newer version of openquality (its tables are at "
            f"{self.revision}, this version knows up to {HEAD}). Nothing was changed. "
            "Upgrade: pip install --upgrade 'openquality[registry]'."
        )


def open_store(path: Path) -> SqlStore:
    """Open the database at `path`, making or upgrading it first.

    Raises NewerDatabase. An upgrade is one transaction: a crash leaves the old tables.
    """
    write = engine.writer(path)
    try:
        _upgrade(write, path)
    except BaseException:
        write.dispose()
        raise
    return SqlStore(write=write, read=engine.reader(path))


def _upgrade(write: Engine, path: Path) -> None:
    with write.begin() as connection:
        revision = _revision(connection)
        if revision == HEAD:
            return
        # Steps are numbered, so a greater one is a later one.
        if revision is not None and revision > HEAD:
            raise NewerDatabase(path, revision)
        _run(connection)
        if connection.execute(select(log_state.c.id)).first() is None:
            connection.execute(insert(log_state).values(id=1, size=EMPTY.size, root=EMPTY.root))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def _run(connection: Connection) -> None:
    # Imported late: a database at head, which is the common case, does not need it.
    from alembic import command
    from alembic.config import Config

    with as_file(files("openquality_registry") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
