"""What no registry on this machine can be faster than: its database, its signatures."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openquality_validator import envelope

# What follows from entries is written later, by another transaction.
FOLLOWING = frozenset({"events", "deviations"})
GROUP = 256  # entries in a transaction, as in a full group commit


def database(source: Path, *, first: int, count: int, work: Path) -> Callable[[], None]:
    """Return a call that writes the rows of `count` entries of a registry into a bare SQLite.

    The same tables, indices and rows, WAL and synchronous=FULL, 256 entries a transaction, in a
    new file in the folder `work` each time.
    """
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as registry:
        tables = _tables(registry)
        made = [
            text
            for (text,) in registry.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
                " ORDER BY type DESC"  # tables before indices
            )
        ]
        groups = [
            [
                (insert, _rows(registry, table, start, min(start + GROUP, first + count)))
                for table, insert in tables.items()
            ]
            for start in range(first, first + count, GROUP)
        ]
    numbers = iter(range(1_000_000))

    def write() -> None:
        path = work / f"bare-{next(numbers)}.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as bare:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
                bare.execute(f"PRAGMA {pragma}")
            for statement in made:
                bare.execute(statement)
            for group in groups:
                bare.execute("BEGIN IMMEDIATE")
                for insert, rows in group:
                    bare.executemany(insert, rows)
                bare.execute("COMMIT")
        for file in work.glob(f"{path.name}*"):
            file.unlink()

    return write


def verification(statements: Sequence[bytes]) -> Callable[[], None]:
    """Return a call that verifies the statements' signatures, and nothing else, on one core."""
    parts = []
    for statement in statements:
        taken = envelope.parse_envelope(statement)
        _, key = envelope.issuer_key(taken, envelope.credential(taken.payload))
        public = Ed25519PublicKey.from_public_bytes(key.raw)
        parts.append((public, taken.signature, taken.signing_input))

    def verify() -> None:
        for public, signature, text in parts:
            public.verify(signature, text)

    return verify


def _tables(registry: sqlite3.Connection) -> dict[str, str]:
    """Return the insert statement of each table that holds rows of entries."""
    inserts = {}
    for (table,) in registry.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = [name for _, name, *_ in registry.execute(f"PRAGMA table_info({table})")]
        if "log_index" in columns and table not in FOLLOWING:
            places = ", ".join("?" * len(columns))
            inserts[table] = f"INSERT INTO {table} VALUES ({places})"  # noqa: S608 - our own names
    return inserts


def _rows(registry: sqlite3.Connection, table: str, start: int, stop: int) -> list[tuple[object]]:
    wanted = f"SELECT * FROM {table} WHERE log_index >= ? AND log_index < ?"  # noqa: S608 - same
    return registry.execute(wanted, (start, stop)).fetchall()
