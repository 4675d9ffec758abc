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
    """Say that a passphrase or PIN, in the words for people, is wrong (K011)."""
    return IdentityError(
        "K011",
        message("The {kind} for {where} is wrong.", kind=kind, where=where),
        message("Try again; check the keyboard's layout, and the file that holds it, if one does."),
    )


def locked(what: str) -> IdentityError:
    """Say that what keeps a key is locked (K015)."""
    return IdentityError(
        "K015",
        message("What keeps this key is locked: {what}.", what=what),
        message(
            "Unlock it in its own software, and run the command again; a token is unlocked by the "
            "PIN of its security officer."
        ),
    )


def no_signature(why: str) -> IdentityError:
    """Say that no signature of the key came back (K017)."""
    return IdentityError(
        "K017",
        message("No signature of this key came back: {why}.", why=why),
        message("Nothing was signed. See that the key file is the one of that token or service."),
    )


def other_key(name: str) -> IdentityError:
    """Say that a token or program answered with a signature of another key (K017)."""
    return no_signature(message("{name} holds another key", name=name))


def unusable(reason: str) -> IdentityError:
    """Say that a key file does not hold a usable key (K007)."""
    return IdentityError(
        "K007",
        message("The signing key is not usable: {reason}.", reason=reason),
        message("Name the file that `openquality init` made, or restore it from your backup."),
    )
