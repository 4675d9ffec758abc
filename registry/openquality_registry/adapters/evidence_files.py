"""Data files of suppliers in a folder, by the SHA-256 of their bytes; nobody else may read them.

<folder>/<64 hexadecimal digits>    mode 0600, in a folder of mode 0700
"""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from openquality_registry.adapters.files import synchronise


class EvidenceFiles:
    """Keep data files: written aside, made durable, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, digest: str, data: bytes) -> None:
        """Keep the bytes under their digest (`sha256:…`); durable when this returns."""
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            synchronise(self._folder.parent)
        target = self._path(digest)
        aside = target.with_suffix(".tmp")
        with suppress(FileNotFoundError):
            aside.unlink()  # of a write that was interrupted
        try:
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except OSError:
            with suppress(OSError):
                aside.unlink()  # on a full disk half a file is in the way of everybody
            raise
        synchronise(self._folder)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are here."""
        return self._path(digest).exists()

    def delete(self, digest: str) -> None:
        """Delete the bytes, durably; that there are none is no error."""
        with suppress(FileNotFoundError):
            self._path(digest).unlink()
            synchronise(self._folder)

    def keep_only(self, digests: Collection[str]) -> None:
        """Delete every file that is none of these: of what was interrupted, or deleted halfway."""
        if not self._folder.is_dir():
            return
        named = {self._path(digest) for digest in digests}
        for path in self._folder.iterdir():
            if path not in named:
                path.unlink()
        synchronise(self._folder)

    def _path(self, digest: str) -> Path:
        return self._folder / digest.removeprefix("sha256:")
