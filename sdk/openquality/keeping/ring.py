"""A private key in the keyring of the operating system, through the library `keyring`.

Secret Service on Linux, Keychain on macOS, Credential Locker on Windows. The keyring holds the key
as PEM, under the service `openquality` and the public key; it opens when its user logs in.
"""

from types import ModuleType
from typing import TYPE_CHECKING

from openquality.keeping.local import LocalSigner
from openquality.keeping.signer import gone, locked, missing
from openquality_validator import documents
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind, PublicKey, multikey
from openquality_validator.message import message

if TYPE_CHECKING:
    from keyring.errors import KeyringError

NAME = "keyring"
SERVICE = "openquality"


class RingSigner:
    """Sign with a key that the keyring gives out, asked for once, by the first signature."""

    def __init__(self, public: PublicKey) -> None:
        self.public = public
        self._key: LocalSigner | None = None

    def __repr__(self) -> str:
        return f"RingSigner({self.public!r})"

    @classmethod
    def store(cls, key: LocalSigner) -> "RingSigner":
        """Put a key into the keyring. Raises IdentityError (K013, K015)."""
        ring, name = _library(), multikey(key.public)
        text = key.to_file().decode("ascii")
        try:
            ring.set_password(SERVICE, name, text)
            kept = ring.get_password(SERVICE, name)
        except ring.errors.KeyringError as error:
            raise _refused(error) from None
        if kept != text:  # a keyring that is switched off takes everything and keeps nothing
            raise missing(message("the keyring does not keep what it is given"), _OTHER_WAY)
        return cls(key.public)

    def sign(self, message: bytes) -> bytes:
        """Sign bytes."""
        return self.unlocked().sign(message)

    def to_file(self) -> bytes:
        """Write a key file that names the entry."""
        return documents.canonical({"v": 1, "signer": NAME, "publicKey": multikey(self.public)})

    def unlocked(self) -> LocalSigner:
        """Return the key itself. Raises IdentityError (K013 to K015)."""
        if self._key is None:
            ring, name = _library(), multikey(self.public)
            try:
                text = ring.get_password(SERVICE, name)
            except ring.errors.KeyringError as error:
                raise _refused(error) from None
            key = None if text is None else LocalSigner.from_file(text.encode())
            if key is None or key.public != self.public:
                raise gone(
                    message(
                        "the keyring has no entry {name} of {service}", name=name, service=SERVICE
                    )
                )
            self._key = key
        return self._key

    def remove(self) -> None:
        """Take the key out of the keyring, once it is kept elsewhere."""
        ring = _library()
        try:
            ring.delete_password(SERVICE, multikey(self.public))
        except ring.errors.KeyringError as error:
            raise _refused(error) from None

    def successor(self, kind: KeyKind) -> "RingSigner":
        """Make another key in the keyring."""
        return self.store(LocalSigner.generate(kind))


_OTHER_WAY = message(
    "Run it where you are logged in with a desktop, or protect the key by a passphrase: "
    "openquality key protect."
)


def _library() -> ModuleType:
    try:
        import keyring
        import keyring.errors
    except ModuleNotFoundError:
        raise missing(
            message("the package keyring is not installed"),
            message("Run: pip install 'openquality[keyring]'."),
        ) from None
    return keyring


def _refused(error: "KeyringError") -> IdentityError:
    from keyring.errors import KeyringLocked, NoKeyringError

    # The library's own sentences may hold names of entries, never what is in them.
    if isinstance(error, NoKeyringError):
        return missing(message("this machine has no keyring that is open to programs"), _OTHER_WAY)
    if isinstance(error, KeyringLocked):
        return locked(message("the keyring"))
    return missing(message("the keyring refused ({why})", why=type(error).__name__), _OTHER_WAY)
