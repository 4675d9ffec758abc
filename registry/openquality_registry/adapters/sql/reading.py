"""Open a database to read it as it is: nothing is made, upgraded or written."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from openquality_registry.adapters.sql import engine
from openquality_registry.adapters.sql.engine import SQLITE, UnusableDatabase
from openquality_registry.adapters.sql.opening import HEAD, NewerDatabase
from openquality_registry.adapters.sql.store import SqlStore


def open_read_only(database: Path | str) -> SqlStore:
    """Open a database of this version or an older one, whose tables stay as they are.

    Raises NewerDatabase, UnusableDatabase or FileNotFoundError.
    """
    url = engine.locate(database)
    if url.drivername == SQLITE and not Path(str(url.database)).exists():
        raise FileNotFoundError(2, "There is no database", str(url.database))
    read = engine.reader(url)
    try:
        _check(read, engine.name(url))
    except BaseException:
        read.dispose()
        raise
    # Its writer cannot write either.
    return SqlStore(write=read, read=read)


def _check(read: Engine, name: str) -> None:
    with read.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise UnusableDatabase(name, "has no tables of a registry", "Restore it from a backup.")
        query = text("SELECT version_num FROM alembic_version")
        revision: str | None = connection.execute(query).scalar_one_or_none()
    if revision is not None and revision > HEAD:
        raise NewerDatabase(name, revision)
