"""The witness's book: the one tree of each log that it has cosigned last, in a database of its own.

What is written here was decided before anything was signed. So after any crash the witness signs
no second tree of one size, and no smaller one.
"""

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from openquality_validator.errors import OpenQualityError

_TABLE = """
CREATE TABLE IF NOT EXISTS heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL
) STRICT
"""


@dataclass(eq=False)
class Moved(OpenQualityError):
    """Say which size of a log the witness has cosigned, where another was expected."""

    origin: str
    size: int

    def __str__(self) -> str:
        return f"The witness has cosigned {self.size} entries of {self.origin}. Prove from there."


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the size and root (32 bytes) of a tree, and the note that the witness cosigned."""

    size: int
    root: bytes
    note: bytes


class Book:
    """Keep heads durably. May be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A commit must survive the loss of power before a signature leaves this machine.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_TABLE)

    def head(self, origin: str) -> Head | None:
        """Return the tree that was cosigned last, or None before the first."""
        with self._lock:
            return self._read(origin)

    def advance(self, origin: str, old_size: int, new: Head) -> None:
        """Replace the tree of `old_size` (0 for none) in one durable transaction.

        Raises Moved if another size is there: the check and the writing are one.
        """
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._replace(origin, old_size, new)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _replace(self, origin: str, old_size: int, new: Head) -> None:
        known = self._read(origin)
        size = known.size if known else 0
        if size != old_size:
            raise Moved(origin, size)
        self._database.execute(
            "INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE "
            "SET size = excluded.size, root = excluded.root, note = excluded.note",
            (origin, new.size, new.root, new.note),
        )

    def _read(self, origin: str) -> Head | None:
        row = self._database.execute(
            "SELECT size, root, note FROM heads WHERE origin = ?", (origin,)
        ).fetchone()
        return Head(*row) if row else None
