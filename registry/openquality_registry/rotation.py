"""Replace the log's key, with the server stopped (docs/guide/operate.md).

    1. the new key             keys/next.key        a crash here: an unused key, used the next time
    2. both keys sign          the published checkpoint, of the same size: readers of either cross
    3. config.json names both  the intent           a crash here: the old key still signs
    4. the key files swap      keys/log.key         from here on the new key signs
    5. config.json             the old key is retired, with the time

Running it again finishes what was broken off. The old key's file stays beside the new one: destroy
it when nothing restores an older backup any more.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openquality_registry import folder as folders
from openquality_registry.adapters.files import synchronise
from openquality_registry.adapters.signing import LogKey
from openquality_registry.backup import waiting
from openquality_registry.folder import Lock
from openquality_registry.log.publisher import Publisher
from openquality_validator.entry import timestamp
from openquality_validator.message import message
from openquality_validator.tlog.note import Note

NEXT = "keys/next.key"


@dataclass(frozen=True, slots=True)
class Rotated:
    """Hold the verifier keys before and after, and when the old one was retired."""

    old: str
    new: str
    at: str


def rotate(path: Path, *, now: datetime, database: str | None = None) -> Rotated:
    """Give the log a new key; from then on it alone signs.

    Raises FolderError (also while a server holds the folder, or before a restored log is
    confirmed), LogDamaged, UnusableKey or OSError.
    """
    lock = Lock(path)
    try:
        with closing(folders.open_folder(path, database=database)) as opened:
            if waiting.is_waiting(path):
                raise waiting.Unconfirmed(
                    "the log's key cannot be replaced before that",
                    message("Start the registry first."),
                )
            note = Publisher(opened.store, opened.tiles, opened.signer).recover().note
            # (1) The new key.
            new_path = path / NEXT
            made = LogKey.load if new_path.exists() else LogKey.create
            new = made(new_path, name=opened.origin)
            # (2) Both keys sign what is published.
            read = Note.from_bytes(note)
            crossed = Note.from_bytes(new.sign(read.text.encode()))
            both = Note(read.text, (*read.signatures, *crossed.signatures))
            opened.tiles.cross_sign(both.to_bytes())
            old = opened.signer.vkey
        # (3) to (5) The swap.
        at = timestamp(now)
        folders.intend_key(path, new.vkey, at)
        (path / folders.KEY).rename(folders.retired_file(path, old))
        new_path.rename(path / folders.KEY)
        synchronise((path / folders.KEY).parent)
        folders.settle_key(path)
    finally:
        lock.release()
    return Rotated(old, new.vkey, at)
