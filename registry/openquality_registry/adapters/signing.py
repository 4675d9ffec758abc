"""The log's Ed25519 key on disk (the port Signer): PKCS #8 in PEM, readable by its owner only."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from openquality_registry.adapters.files import synchronise
from openquality_registry.log.errors import UnusableKey
from openquality_validator.tlog import note
from openquality_validator.tlog.note import VerifierKey

_MODE = 0o600


class LogKey:
    """Sign checkpoints under a name, which is the log's origin."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        public = key.public_key().public_bytes_raw()
        self._vkey = VerifierKey.ed25519(name, public).to_text()
        self._name = name
        self._key = key

    @classmethod
    def create(cls, path: Path, *, name: str) -> "LogKey":
        """Make a new key and keep it in a new file of mode 600, durably.

        Raises FileExistsError rather than replace a key: a lost log key ends its log.
        """
        made = cls(name, Ed25519PrivateKey.generate())
        pem = made._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # unlike a rename, never over another key
        finally:
            temporary.unlink()
        synchronise(path.parent)
        return made

    @classmethod
    def load(cls, path: Path, *, name: str) -> "LogKey":
        """Load the key. Raises UnusableKey if it is missing, no such key, or open to others."""
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            pem = path.read_bytes()
        except OSError as error:
            raise UnusableKey(str(path), f"cannot be read ({error.strerror})") from None
        if mode & 0o077:
            raise UnusableKey(str(path), f"can be read by others (mode {mode:03o})")
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UnusableKey(str(path), "is not an unencrypted PEM key") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey(str(path), "is not an Ed25519 key")
        return cls(name, key)

    @property
    def name(self) -> str:
        """The key's name, which is the log's origin."""
        return self._name

    @property
    def vkey(self) -> str:
        """The verifier key text that readers pin (C2SP signed-note)."""
        return self._vkey

    def sign(self, text: bytes) -> bytes:
        """Return the signed note of a text that ends in a newline."""
        return note.sign(text.decode(), name=self._name, key=self._key).to_bytes()
