"""Protect a key when it is made, or change how an existing key file is protected."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from openquality.keeping import files
from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import PASSPHRASE, Wanted, ask, ask_new
from openquality.keeping.ring import RingSigner
from openquality.keeping.sealed import SealedSigner
from openquality.keeping.signer import Signer, cannot, unusable
from openquality_validator.identity import KeyKind
from openquality_validator.message import message

Open: TypeAlias = LocalSigner | SealedSigner | RingSigner
"""Signers that can give out their key."""


class Protection(StrEnum):
    """Choose what keeps a private key from those who can read the disk."""

    NONE = "none"
    PASSPHRASE = "passphrase"  # noqa: S105 - the word, and no secret
    KEYRING = "keyring"


def make(protection: Protection, *, where: str, kind: KeyKind = KeyKind.ED25519) -> Signer:
    """Make a key; asks for a new passphrase if that is what protects it.

    Raises IdentityError (K012, K013, K015, K018).
    """
    passphrase = b""
    if protection is Protection.PASSPHRASE:
        passphrase = ask_new(Wanted(PASSPHRASE, where))
    return _kept(LocalSigner.generate(kind), protection, passphrase, where)


def convert(paths: Sequence[Path], protection: Protection) -> None:
    """Keep the keys of files in another way; one new passphrase is asked for, for all of them.

    Each new file is read back before it takes the old one's place, and what the keyring held goes
    last: a crash leaves a key file that works. Raises IdentityError.
    """
    kept = [(path, _read(path)) for path in paths]
    passphrase = b""
    if protection is Protection.PASSPHRASE:
        passphrase = ask_new(Wanted(PASSPHRASE, str(paths[0])))
    for path, old in kept:
        _convert(path, old, protection, passphrase)


def _read(path: Path) -> Open:
    data = files.read(path)
    old = files.parse(data, ask=ask, where=str(path))
    if not isinstance(old, (LocalSigner, SealedSigner, RingSigner)):
        raise cannot(
            message("taken out of where it is"),
            message("It is protected there, and never leaves it."),
        )
    old.unlocked()  # asks for the old passphrase before the new one
    return old


def _convert(path: Path, old: Open, protection: Protection, passphrase: bytes) -> None:
    key = old.unlocked()
    new = _kept(key, protection, passphrase, str(path))
    written = new.to_file()
    again = files.parse(written, ask=lambda _: passphrase, where=str(path))
    if again.public != key.public or not key.public.accepts(again.sign(written), written):
        raise unusable(message("its new form does not read; the old file was left as it is"))
    files.replace(path, written)
    if isinstance(old, RingSigner) and not isinstance(new, RingSigner):
        old.remove()


def _kept(key: LocalSigner, protection: Protection, passphrase: bytes, where: str) -> Signer:
    if protection is Protection.PASSPHRASE:
        return SealedSigner.seal(key, passphrase, where=where)
    if protection is Protection.KEYRING:
        return RingSigner.store(key)
    return key
