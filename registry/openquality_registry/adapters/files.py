"""The log's public files in a folder (the port TileStore).

<folder>/tile/…        as in C2SP tlog-tiles, so that any web server can serve the folder
<folder>/checkpoint
<folder>/.lock         held (flock) while a checkpoint is compared and replaced
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from openquality_registry.log.errors import LostRace
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import Note
from openquality_validator.tlog.tiles import Tile


class FileTiles:
    """Keep tiles and checkpoint as files: written aside, made durable, then renamed.

    A rename within a folder is atomic (POSIX), and durable once the folder is synchronised.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoint = folder / "checkpoint"

    def read(self, path: str) -> bytes | None:
        """Return a tile's bytes, or None. Raises LogFormatError (L020) on what is no tile path."""
        Tile.from_path(path)  # nothing else in the folder is served, and nothing outside it
        # What readers ask for most: pathlib and a buffer would double the time.
        name = f"{self._folder}/{path}"
        with suppress(FileNotFoundError), open(name, "rb", buffering=0) as file:  # noqa: PTH123 - so
            return file.read()
        return None

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write tiles in order; all are durable when this returns. Raises OSError."""
        folders: dict[Path, None] = {}
        for path, data in files:
            target = self._folder / Tile.from_path(path).path
            folders.update(dict.fromkeys(_make(target.parent)))
            _replace(target, data)
            folders[target.parent] = None
        for folder in folders:
            synchronise(folder)

    def drop_partials(self, path: str) -> None:
        """Remove the partial tiles of a full one, and their folder. Raises OSError."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._folder / f"{Tile.from_path(path).full.path}.p")

    def checkpoint(self) -> bytes | None:
        """Return the published checkpoint note, or None before the first."""
        with suppress(FileNotFoundError):
            return self._checkpoint.read_bytes()
        return None

    def publish_checkpoint(self, note: bytes, size: int) -> None:
        """Replace a smaller checkpoint. Raises LostRace if a larger one is there, and OSError."""
        for folder in _make(self._folder):
            synchronise(folder)
        with _locked(self._folder / ".lock"):
            current = self.checkpoint()
            published = -1 if current is None else checkpoints.parse(current)[0].size
            if published > size:
                raise LostRace(f"a checkpoint of {published} entries is published, beyond {size}")
            if published < size:
                _replace(self._checkpoint, note)
                synchronise(self._folder)

    def cross_sign(self, note: bytes) -> None:
        """Replace the checkpoint by its text with more signatures. Raises LostRace, OSError."""
        with _locked(self._folder / ".lock"):
            current = self.checkpoint()
            text = None if current is None else Note.from_bytes(current).text
            if text != Note.from_bytes(note).text:
                raise LostRace("another checkpoint is published by now")
            _replace(self._checkpoint, note)
            synchronise(self._folder)


def _make(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it; yield each folder that got a new member."""
    if not folder.is_dir():
        yield from _make(folder.parent)
        folder.mkdir(exist_ok=True)
        yield folder.parent


def _replace(target: Path, data: bytes) -> None:
    # Of this process alone, and never a tile's name, so that nobody reads or renames half a file.
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError:
        with suppress(OSError):
            temporary.unlink()  # on a full disk half a file is in the way of everybody
        raise


def synchronise(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # gives the lock back too
