"""The folder of a witness: its key, its name, its book."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from openquality import signing
from openquality_registry.folder import FolderError
from openquality_registry.watch.book import Book

KEY = "witness.key"
NAME = "name"
BOOK = "heads.sqlite"


@dataclass(frozen=True, slots=True)
class Home:
    """Hold what a witness keeps."""

    name: str
    key: Ed25519PrivateKey
    book: Book


def open_home(path: Path, *, name: str | None = None) -> Home:
    """Open a witness's folder; make it, with a new key (0600), if it is not there.

    The name is chosen once, for good, since others pin it with the key. Raises FolderError.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = path / NAME
    if not own.exists():
        if (path / KEY).exists() or (path / BOOK).exists():
            raise FolderError(path, "has no name beside its key", "Restore it from a backup.")
        chosen = name or f"witness.invalid/{secrets.token_hex(8)}"
        signing.write_key(path / KEY, signing.generate())
        _write(own, chosen)
    kept = own.read_text(encoding="utf-8").strip()
    if name is not None and name != kept:
        raise FolderError(path, f"is of the witness {kept}", "Leave --name out.")
    signing.load_key(path / KEY)  # warns if others can read it
    data = (path / KEY).read_bytes()
    signing.SigningKey.from_pem(data)  # a witness signs alone, so its key is in a plain file
    key = load_pem_private_key(data, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise FolderError(path, "has a key that is not Ed25519", "Restore it from a backup.")
    return Home(kept, key, Book(path / BOOK))


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
