"""Restore a backup into a new data folder, and SQLite or an empty PostgreSQL database.

1. the backup is checked                everything in it recomputed
2. a folder beside the place            config, checkpoint, keys, and a marker: nothing is
                                        signed until the log is confirmed (`waiting.py`)
3. the rows, in one transaction
4. the tiles of the checkpoint, from the rows; both roots recomputed
5. the folder gets its name             a crash before leaves nothing at the place
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openquality_registry.adapters.files import FileTiles, synchronise
from openquality_registry.adapters.signing import LogKey
from openquality_registry.adapters.sql import former, portable
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.portable import Form, Row
from openquality_registry.backup import checking, waiting
from openquality_registry.backup.form import CHECKPOINT, CONFIG, Manifest, rows_of
from openquality_registry.folder import (
    DATABASE,
    KEY,
    LOG,
    POSTGRESQL,
    STATUS_KEY,
    WEBHOOK_KEY,
    FolderError,
    check_database,
    retired_file,
    write_config,
)
from openquality_registry.log.publisher import Publisher
from openquality_validator import documents

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class NoSigner:
    """Know the log's key by its public half, and sign nothing (the port Signer)."""

    name: str
    vkey: str

    def sign(self, text: bytes) -> bytes:
        """Raise: nothing is signed in a restore."""
        raise AssertionError(text)


def restore(
    backup: Path,
    data: Path,
    *,
    now: datetime,
    database: str | None = None,
    keys: Path | None = None,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Restore a backup into the folder `data`, which must not exist or be empty.

    The keys come from the folder `keys`, else from the backup; without either, they have to be put
    there before the registry starts. Raises BadBackup, FolderError, UnusableDatabase or OSError.
    """
    if data.exists() and any(data.iterdir()):
        raise FolderError(data, "is not empty", "Name a new one; nothing is written over.")
    manifest = checking.check(backup, progress=progress)
    partial = data.with_name(f".{data.name}.restoring")
    shutil.rmtree(partial, ignore_errors=True)  # of a restore that was interrupted
    partial.mkdir(parents=True)
    _keys(keys if keys is not None else backup / "keys", partial, manifest)
    config = documents.parse_object((backup / CONFIG).read_bytes()).value
    config.pop("database", None)
    write_config(partial, config | ({} if database is None else {"database": POSTGRESQL}))
    (partial / LOG).mkdir()
    _copy(backup / CHECKPOINT, partial / LOG / "checkpoint", 0o644)
    waiting.mark(partial, now, manifest.made_at)

    def tables() -> Iterator[tuple[Form, Iterator[Row]]]:
        for table in manifest.tables:
            yield table.form, _counted(rows_of(backup, table), progress)

    place = database or partial / DATABASE
    portable.fill(place, manifest.revision, tables())
    with closing(open_store(place)) as store:
        assert store.state() == manifest.state
        tiles = FileTiles(partial / LOG)
        Publisher(store, tiles, NoSigner(manifest.origin, manifest.vkey)).rederive()
    for path in (partial / LOG, partial):
        synchronise(path)
    if data.exists():
        data.rmdir()
    partial.rename(data)
    synchronise(data.parent)
    return manifest


def _keys(source: Path, target: Path, manifest: Manifest) -> None:
    """Take the keys that are there; a log key must be the one of the backup."""
    (target / KEY).parent.mkdir(mode=0o700)
    for name in (KEY, STATUS_KEY, WEBHOOK_KEY):
        given = source / Path(name).name
        if given.exists():
            _copy(given, target / name, 0o600)
    if (target / KEY).exists():
        vkey = LogKey.load(target / KEY, name=manifest.origin).vkey
        if vkey != manifest.vkey:
            raise FolderError(source, "holds the key of another log", "Give this log's own.")


def _copy(source: Path, target: Path, mode: int) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())


def _counted(rows: Iterator[Row], progress: Progress) -> Iterator[Row]:
    for row in rows:
        progress(1)
        yield row


def new_log(data: Path, origin: str, *, now: datetime, database: str | None = None) -> str:
    """Open a new log over the same entries: a new origin and key; return its verifier key.

    What was signed for the old log stays true of the old log. Statements that name the old log,
    such as status statements, count in the old one only. What is interrupted signs nothing until
    it was called again. Raises FolderError, UnusableDatabase or OSError.
    """
    config = documents.parse_object((data / CONFIG).read_bytes()).value
    names = [config["origin"], *(each["origin"] for each in config.get("formerLogs", []))]
    if origin in names:
        raise FolderError(data, f"has or had a log {origin} already", "Name another one.")
    check_database(data, config, database)
    if not waiting.is_waiting(data):
        waiting.mark(data, now, None)
    with closing(open_store(database or data / DATABASE)) as store:
        former.leave(store.write)
    old = retired_file(data, config["vkey"])
    if old.exists():
        (data / KEY).unlink(missing_ok=True)  # made by a call that was interrupted, never used
    elif (data / KEY).exists():
        (data / KEY).replace(old)
    key = LogKey.create(data / KEY, name=origin)
    config.pop("nextKey", None)
    before = {
        name: config.pop(name) for name in ("origin", "vkey", "retiredKeys") if name in config
    }
    logs = [*config.get("formerLogs", []), before]
    shutil.rmtree(data / LOG, ignore_errors=True)
    write_config(data, config | {"origin": origin, "vkey": key.vkey, "formerLogs": logs})
    waiting.unmark(data)
    return key.vkey
