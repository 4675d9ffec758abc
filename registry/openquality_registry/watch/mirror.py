"""What a monitor keeps: a copy of the log that it proved itself, and the index made from it.

<state>/log/tile/…        hash tiles and entry bundles, computed here, byte for byte as published
<state>/log/checkpoint    the newest checkpoint whose every entry is in the copy
<state>/index.sqlite      how far the copy goes, entries by subject and issuer, what is due
<state>/evidence/         files that convince others

Tiles are written and made durable first, then one transaction of the database moves on: whatever a
crash leaves, the database names a size that the tiles hold.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openquality_registry.adapters.files import FileTiles, synchronise
from openquality_registry.folder import FolderError
from openquality_registry.log.reader import TileReader
from openquality_validator import kinds
from openquality_validator.entry import Entry
from openquality_validator.tlog import merkle
from openquality_validator.tlog.growth import Edge, Plan
from openquality_validator.tlog.merkle import HashReader
from openquality_validator.tlog.tiles import WIDTH

INDEX = "index.sqlite"
LOG = "log"
EVIDENCE = "evidence"
VERSION = 1

_TABLES = """
CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, reads_statements INTEGER NOT NULL,
    size INTEGER NOT NULL, root BLOB NOT NULL, admitted_at TEXT NOT NULL, seen BLOB, looked_at TEXT
) STRICT;
CREATE TABLE entries (
    log_index INTEGER PRIMARY KEY, digest BLOB NOT NULL, issuer TEXT NOT NULL, kind TEXT NOT NULL
) STRICT;
CREATE INDEX entries_by_digest ON entries (digest);
CREATE INDEX entries_by_issuer ON entries (issuer, log_index);
CREATE TABLE subjects (
    key TEXT NOT NULL, log_index INTEGER NOT NULL, PRIMARY KEY (key, log_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE due (
    kind TEXT NOT NULL, key TEXT NOT NULL, checked INTEGER NOT NULL, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_first ON due (checked);
CREATE TABLE events (
    log_index INTEGER NOT NULL, about TEXT NOT NULL, kind TEXT NOT NULL, statement BLOB NOT NULL,
    PRIMARY KEY (about, kind, log_index)
) STRICT, WITHOUT ROWID;
"""
# What is asked about again and again, and compared with the copy: see `answers.py`.
SUBJECT, ISSUER, STATUS = "subject", "issuer", "status"


@dataclass(frozen=True, slots=True)
class Known:
    """Hold an entry of the copy: index, digest, issuer and kind."""

    index: int
    digest: str
    issuer: str
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """Hold a statement on which later ones depend: a key event, a status, a successor."""

    index: int
    about: str
    kind: str
    statement: bytes


class Mirror:
    """Keep the proved copy of one log. For one thread; close it, or use it with `closing`."""

    def __init__(self, path: Path, *, origin: str, reads_statements: bool = False) -> None:
        for folder in (path, path / LOG, path / EVIDENCE):
            folder.mkdir(parents=True, exist_ok=True)
        self._path = path
        self.origin: Final = origin
        self.reads_statements: Final = reads_statements
        self.tiles = FileTiles(path / LOG)
        self._reader = TileReader(self.tiles)
        self._database = sqlite3.connect(path / INDEX, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
            self._database.execute(f"PRAGMA {pragma}")
        with self._transaction():
            self._prepare()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @property
    def size(self) -> int:
        """How many entries the copy holds."""
        return self._progress("size")  # type: ignore[no-any-return]  # an INTEGER column

    @property
    def root(self) -> bytes:
        """The root of the copy."""
        return self._progress("root")  # type: ignore[no-any-return]  # a BLOB column

    @property
    def admitted_at(self) -> str:
        """The time of admission of the last entry that could be read, or ""."""
        return self._progress("admitted_at")  # type: ignore[no-any-return]  # a TEXT column

    @property
    def seen(self) -> bytes | None:
        """The largest signed checkpoint note that was seen and not refuted, or None."""
        return self._progress("seen")  # type: ignore[no-any-return]  # a BLOB column

    @property
    def looked_at(self) -> str | None:
        """When that checkpoint was fetched, RFC 3339, or None."""
        return self._progress("looked_at")  # type: ignore[no-any-return]  # a TEXT column

    def saw(self, note: bytes, moment: str) -> None:
        """Remember a signed checkpoint, before anything is done with it."""
        with self._transaction():
            self._database.execute("UPDATE progress SET seen = ?, looked_at = ?", (note, moment))

    def edge(self) -> Edge:
        """Return the right edge of the copy."""
        return self._reader.edge(self.size)

    def nodes(self) -> HashReader:
        """Return a reader of the copy's nodes."""
        return self._reader.nodes(self.size)

    def root_at(self, size: int) -> bytes:
        """Return the root that the copy had at a size up to its own."""
        return merkle.tree_root(size, self.nodes())

    def append(
        self,
        step: Plan,
        entries: Sequence[tuple[int, Entry]],
        events: Sequence[Event],
        *,
        admitted_at: str,
    ) -> None:
        """Continue the copy, durably: tiles, then rows. `entries` are those that could be read."""
        self.tiles.write([(tile.path, data) for tile, data in step.tiles])
        with self._transaction():
            execute = self._database.executemany
            execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?)",
                [(at, _digest(e.digest), e.issuer, e.kind) for at, e in entries],
            )
            execute(
                "INSERT INTO subjects VALUES (?, ?)",
                [(key, at) for at, entry in entries for key in entry.subjects],
            )
            execute("INSERT INTO events VALUES (?, ?, ?, ?)", [_row(event) for event in events])
            due = {(SUBJECT, key) for _, entry in entries for key in entry.subjects}
            due |= {(ISSUER, entry.issuer) for _, entry in entries}
            due |= {(STATUS, about) for about in map(_status_about, events) if about}
            if self.reads_statements:
                # Of records without events too: an answer may invent or hide what moves a state.
                due |= {(STATUS, e.digest) for _, e in entries if e.kind == kinds.ATTESTATION}
            execute(
                "INSERT INTO due VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET checked = 0",
                sorted(due),
            )
            self._database.execute(
                "UPDATE progress SET size = ?, root = ?, admitted_at = ?",
                (step.size, step.root, admitted_at),
            )
        for tile, _ in step.tiles:
            if tile.width == WIDTH:
                self.tiles.drop_partials(tile.path)

    def publish(self, note: bytes) -> None:
        """Keep the checkpoint of exactly this copy beside its tiles."""
        self.tiles.publish_checkpoint(note, self.size)

    def find(self, digest: str) -> Known | None:
        """Return the entry that names a statement."""
        row = self._database.execute(
            "SELECT * FROM entries WHERE digest = ? ORDER BY log_index", (_digest(digest),)
        ).fetchone()
        return _known(row) if row else None

    def entry(self, index: int) -> bytes:
        """Return the exact bytes of an entry of the copy."""
        tile, at = divmod(index, WIDTH)
        return self._reader.entries(tile, min(WIDTH, self.size - tile * WIDTH))[at]

    def of(self, kind: str, key: str, *, below: int) -> Iterator[Known]:
        """Yield the entries with a subject key or issuer and an index below a size, in order."""
        query = (
            "SELECT e.* FROM subjects s JOIN entries e USING (log_index) "
            "WHERE s.key = ? AND s.log_index < ? ORDER BY s.log_index"
            if kind == SUBJECT
            else "SELECT * FROM entries WHERE issuer = ? AND log_index < ? ORDER BY log_index"
        )
        with closing(self._database.execute(query, (key, below))) as rows:
            yield from map(_known, rows)

    def events(self, about: str, kind: str, *, below: int) -> tuple[Event, ...]:
        """Return the events about something with an index below a size, in order."""
        rows = self._database.execute(
            "SELECT log_index, about, kind, statement FROM events "
            "WHERE about = ? AND kind = ? AND log_index < ? ORDER BY log_index",
            (about, kind, below),
        )
        return tuple(Event(*row) for row in rows)

    def has(self, kind: str) -> bool:
        """Tell whether there is any event of a kind."""
        query = "SELECT 1 FROM events WHERE kind = ? LIMIT 1"
        return self._database.execute(query, (kind,)).fetchone() is not None

    def due(self, asked: Sequence[str], count: int) -> list[tuple[str, str]]:
        """Return what has to be compared next: what changed, then what was compared longest ago."""
        marks = ", ".join("?" * len(asked))
        return self._database.execute(
            f"SELECT kind, key FROM due WHERE kind IN ({marks}) "  # noqa: S608 - question marks
            "ORDER BY checked, kind, key LIMIT ?",
            (*asked, count),
        ).fetchall()

    def checked(self, asked: Sequence[tuple[str, str]]) -> None:
        """Put what was compared to the end of what is due."""
        with self._transaction():
            self._database.executemany(
                "UPDATE due SET checked = 1 + (SELECT max(checked) FROM due) "
                "WHERE kind = ? AND key = ?",
                asked,
            )

    def keep_evidence(self, name: str, data: bytes) -> str:
        """Keep a file that convinces others, durably; return its path."""
        folder = self._path / EVIDENCE
        path = folder / name
        temporary = folder / f".{name}.{os.getpid()}.tmp"
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        synchronise(folder)
        return str(path)

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for table in _TABLES.split(";"):
                self._database.execute(table)
            self._database.execute(f"PRAGMA user_version = {VERSION}")
            self._database.execute(
                "INSERT INTO progress VALUES (1, ?, ?, 0, ?, '', NULL, NULL)",
                (self.origin, self.reads_statements, merkle.EMPTY_ROOT),
            )
        elif version != VERSION:
            raise FolderError(
                self._path,
                f"was written by a newer version (format {version})",
                "Upgrade, or give --state another folder.",
            )
        kept = self._progress("origin")
        if kept != self.origin:
            raise FolderError(
                self._path, f"is of the log {kept}", "Give each log a state folder of its own."
            )
        if bool(self._progress("reads_statements")) is not self.reads_statements:
            # What was passed over cannot be had from the database afterwards.
            raise FolderError(
                self._path,
                "was begun with another choice about --statements",
                "Keep to it, or begin another state folder.",
            )

    def _progress(self, column: str) -> Any:  # noqa: ANN401 - what the column holds
        query = f"SELECT {column} FROM progress"  # noqa: S608 - one of our own columns
        return self._database.execute(query).fetchone()[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


_STATUS_OF: Mapping[str, str] = {"status": "statement:", "successor": ""}


def _status_about(event: Event) -> str | None:
    """Return the digest whose status an event touches."""
    prefix = _STATUS_OF.get(event.kind)
    if prefix is None or not event.about.startswith(f"{prefix}sha256:"):
        return None
    return event.about.removeprefix(prefix)


def _known(row: tuple[int, bytes, str, str]) -> Known:
    return Known(row[0], f"sha256:{row[1].hex()}", row[2], row[3])


def _row(event: Event) -> tuple[int, str, str, bytes]:
    return (event.index, event.about, event.kind, event.statement)


def _digest(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("sha256:"))
