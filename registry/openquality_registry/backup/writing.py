"""Write a backup of a registry, also of one at work.

1. the published checkpoint is read      what is committed later than it is in the backup too
2. one state of the database is held     the registry goes on; nothing it commits now is seen
3. rows, config, keys into a folder beside the place, each file durable
4. the manifest, with the digest of each file
5. everything is read back and recomputed (`checking.py`)
6. the folder gets its name              a crash before leaves no backup
"""

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

import orjson

from openquality_registry.adapters.files import synchronise
from openquality_registry.adapters.sql import opening, portable
from openquality_registry.backup import checking
from openquality_registry.backup.form import (
    CHECKPOINT,
    CONFIG,
    MANIFEST,
    ROWS,
    BadBackup,
    Manifest,
    TableFile,
    digest_of,
)
from openquality_registry.folder import CONFIG as FOLDER_CONFIG
from openquality_registry.folder import KEY, STATUS_KEY, WEBHOOK_KEY, Folder, FolderError
from openquality_validator.entry import timestamp

Progress = Callable[[int], None]
_LEVEL = 1  # of compression: more costs many times the time, for a tenth of the room


def write(
    folder: Folder,
    out: Path,
    *,
    now: datetime,
    with_keys: bool = False,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Write a backup to `out`, which must not exist; return its manifest.

    Raises FolderError if there is something at `out` or nothing to back up, BadBackup if what was
    written does not verify, and OSError.
    """
    if out.exists():
        raise FolderError(out, "exists", "Name a new place; a backup is never written over.")
    note = folder.tiles.checkpoint()
    if note is None:
        raise FolderError(folder.path, "has no checkpoint yet", "Start the server once.")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a backup that was interrupted
    (partial / ROWS).mkdir(mode=0o700, parents=True)
    partial.chmod(0o700)
    digests: dict[str, str] = {}

    @contextmanager
    def file(name: str) -> Iterator[BufferedWriter]:
        with _durable(partial / name) as opened:
            yield opened
        digests[name] = digest_of(partial / name)

    with portable.snapshot(folder.store) as snapshot:
        tables = tuple(TableFile(form, count) for form, count in snapshot.tables())
        for table in tables:
            with file(table.file) as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
                for row in snapshot.rows(table.form):
                    packed.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
                    progress(1)
        state = snapshot.state
    with file(CHECKPOINT) as opened:
        opened.write(note)
    with file(CONFIG) as opened:
        opened.write((folder.path / FOLDER_CONFIG).read_bytes())
    for name in (KEY, STATUS_KEY, WEBHOOK_KEY) if with_keys else ():
        (partial / name).parent.mkdir(mode=0o700, exist_ok=True)
        with file(name) as opened:
            opened.write((folder.path / name).read_bytes())
    manifest = Manifest(
        made_at=timestamp(now),
        origin=folder.origin,
        vkey=folder.signer.vkey,
        revision=opening.HEAD,
        state=state,
        tables=tables,
        digests=digests,
    )
    with _durable(partial / MANIFEST) as opened:
        opened.write(manifest.to_bytes())
    for path in (*partial.iterdir(), partial):
        if path.is_dir():
            synchronise(path)
    try:
        checking.check(partial, progress=progress)
    except BadBackup:
        shutil.rmtree(partial)
        raise
    partial.rename(out)
    synchronise(out.parent)
    return manifest


@contextmanager
def _durable(path: Path) -> Iterator[BufferedWriter]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
