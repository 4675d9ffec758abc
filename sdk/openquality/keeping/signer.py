"""The port that everything which signs uses: statements, key events, decision logs."""

from typing import Protocol

from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind, PublicKey
from openquality_validator.message import message

SIGNATURE = 64  # bytes: Ed25519 (RFC 8032), or r ‖ s with a low s (RFC 7518, 3.4)


class Signer(Protocol):
    """Sign with one private key, wherever it is kept.

    The public key is known at once: a passphrase or PIN is asked for by the first signature, and
    then at most once. Signing changes nothing that lasts, so it may be repeated. One thread at a
    time. No message, representation or error holds a secret. Every method raises IdentityError:
    K011 for a wrong passphrase or PIN, K012 if there is nobody to ask for it, K013 if what keeps
    the key is not there, K014 if it does not hold the key, K015 if it is locked, K016 for what it
    cannot do, K017 for an answer that is no signature of the key.
    """

    @property
    def public(self) -> PublicKey:
        """The public key."""

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes that the public key accepts, for P-256 with a low s."""

    def to_file(self) -> bytes:
        """Return the content of a key file by which this signer is found again."""

    def successor(self, kind: KeyKind) -> "Signer":
        """Make another key, kept in the same way; it lasts once its file is written."""


def cannot(what: str, hint: str) -> IdentityError:
    """Say that a way of keeping keys cannot do something (K016)."""
    return IdentityError("K016", message("This key cannot be {what}.", what=what), hint)


def missing(what: str, hint: str) -> IdentityError:
    """Say that what keeps a key is not there (K013)."""
    return IdentityError(
        "K013", message("What keeps this key is not there: {what}.", what=what), hint
    )


def gone(what: str) -> IdentityError:
    """Say that a keyring or token does not hold the key (K014)."""
    return IdentityError(
        "K014",
        message("The key is not where its file says: {what}.", what=what),
        message("Unlock or plug in what holds it, or restore the key from your backup."),
    )


def wrong(kind: str, where: str) -> IdentityError:
    """Say that a passphrase or PIN is wrong (K011)."""
    return IdentityError(
        "K011",
        message("The {kind} for {where} is wrong.", kind=kind, where=where),
        message("Try again; check the keyboard's layout, and the file that holds it, if one does."),
    )


def unusable(reason: str) -> IdentityError:
    """Say that a key file does not hold a usable key (K007)."""
    return IdentityError(
        "K007",
        message("The signing key is not usable: {reason}.", reason=reason),
        message("Name the file that `openquality init` made, or restore it from your backup."),
    )
