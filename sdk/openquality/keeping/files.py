"""Key files: what signs is found by them, and only their owner reads them.

A key file is a private key in PEM, sealed by a passphrase or not, or one line of JSON that says
where the key is kept:

    {"publicKey":"z6Mk…","signer":"keyring","v":1}
    {"label":"openquality","module":"/usr/lib/….so","publicKey":"z6Mk…","signer":"pkcs11",
     "token":"nordbolt","v":1}
    {"command":["/usr/local/bin/kms-sign"],"publicKey":"zDn…","signer":"program","v":1}
"""

import os
import stat
import tempfile
import warnings
from pathlib import Path
from typing import Any

from openquality import home
from openquality.keeping import program, ring, sealed, token
from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import Ask
from openquality.keeping.signer import Signer, unusable
from openquality_validator import documents
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity import from_multikey
from openquality_validator.message import message

MODE = 0o600
OTHERS = 0o077  # group and all others


class LooseKeyPermissions(UserWarning):
    """Warn that others on this machine can read a signing key."""


def parse(data: bytes, *, ask: Ask, where: str) -> Signer:
    """Read the content of a key file. Raises IdentityError (K007; those of `Signer`)."""
    if sealed.LABEL in data:
        return sealed.SealedSigner.from_file(data, ask=ask, where=where)
    if not data.lstrip().startswith(b"{"):
        return LocalSigner.from_file(data)
    try:
        value = documents.parse_object(data).value
        public = from_multikey(_text(value, "publicKey"))
    except InvalidInput as error:
        raise unusable(
            message("it does not read as a key file ({why})", why=error.message)
        ) from None
    kind = value.get("signer")
    if kind == ring.NAME:
        return ring.RingSigner(public)
    if kind == token.NAME:
        slot = token.Slot(*(_text(value, name) for name in ("module", "token", "label")))
        return token.TokenSigner(public, slot, ask)
    if kind == program.NAME:
        command = value.get("command")
        if isinstance(command, list) and command and all(isinstance(e, str) for e in command):
            return program.ProgramSigner(public, tuple(command))
        raise unusable(message("its command is not a list of texts"))
    raise unusable(message("it names a signer that is not known here: {kind!r}", kind=kind))


def read(path: Path) -> bytes:
    """Read the bytes of a key file, or raise IdentityError (K007)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unusable(
            message("{path} cannot be read ({why})", path=path, why=error.strerror)
        ) from None


def warn_of_others(path: Path) -> None:
    """Warn with LooseKeyPermissions if group or others may read or write a key file."""
    others = loose(path)
    if others is not None:
        text = message(
            "{path} has mode {mode}: others on this machine can use this key. "
            "Run: chmod 600 {path}",
            path=path,
            mode=f"{others:04o}",
        )
        warnings.warn(text, LooseKeyPermissions, stacklevel=3)


def loose(path: Path) -> int | None:
    """Return the mode of a file that group or others may read or write, else None."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return mode if os.name == "posix" and mode & OTHERS else None


def write(path: Path, data: bytes) -> None:
    """Write a new key file, durably.

    Never overwrites: a lost key cannot be had again. Raises IdentityError (K008) if the file is
    there already, OSError if it cannot be written.
    """
    try:
        # The mode is given at creation: a chmod afterwards leaves a moment in which others read.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except FileExistsError:
        raise IdentityError(
            "K008",
            message("{path} exists already and is not overwritten: it may hold a key.", path=path),
            message("Choose another name, or move the old file away yourself."),
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Replace a key file by another form of the same key, durably: readers see one or the other.

    What stood in the old file may still be found on the disk by who reads it raw.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        home.sync(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise unusable(message("its member {name} is not a text", name=name))
    return found
