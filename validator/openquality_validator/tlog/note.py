"""Signed notes (C2SP signed-note).

<text, one or more lines, each ended by a newline>
                                                      an empty line, the last one
— <key name> base64(key id ‖ signature)               one or more; the dash is U+2014

key id       = SHA-256(key name ‖ 0x0A ‖ type ‖ public key)[:4]
verifier key = <key name>+<hex of the key id>+base64(type ‖ public key)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_bytes, base64_text

ED25519 = 0x01  # signature type: Ed25519 over the note's text
COSIGNATURE = 0x04  # signature type: Ed25519 with a time (`cosignature.py`)
MAX_BYTES = 1_000_000  # room for a hundred post-quantum signatures; nothing is read beyond it
MAX_SIGNATURES = 100  # the standard asks for at least 16

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all below the space, but the newline
_KEY_ID_SIZE = 4
_ED25519_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold one signature line: the key's name and id (4 bytes), and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def to_text(self) -> str:
        """Write the line, with its newline."""
        return f"— {self.name} {base64_text(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a note as read: nothing in it is proved before `verify`."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def from_bytes(cls, data: bytes) -> "Note":
        """Read a note, strictly: the same value is never written in two ways.

        Raises LogFormatError (L001 to L004).
        """
        if len(data) > MAX_BYTES:
            raise _malformed(
                "L001",
                message(
                    "has {count} bytes, more than {max_bytes}", count=len(data), max_bytes=MAX_BYTES
                ),
            )
        try:
            content = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _malformed(
                "L001", message("is not UTF-8 at byte {start}", start=error.start)
            ) from None
        if _CONTROL.search(content):
            raise _malformed("L001", message("holds a control character"))
        text, gap, block = content.rpartition("\n\n")
        if not gap or not block.endswith("\n"):
            raise _malformed("L002", message("has no empty line followed by whole signature lines"))
        lines = block[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _malformed(
                "L003",
                message("has more than {max_signatures} signatures", max_signatures=MAX_SIGNATURES),
            )
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def to_bytes(self) -> bytes:
        """Write the note; `from_bytes` gives the same value back."""
        return f"{self.text}\n{''.join(s.to_text() for s in self.signatures)}".encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Hold a public key under which notes are accepted: name, key id, type byte, key bytes."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def ed25519(cls, name: str, public: bytes, *, kind: int = ED25519) -> "VerifierKey":
        """Make the verifier key of a raw Ed25519 public key (32 bytes), for one signature type."""
        _check_name(name)
        return cls(name, key_id(name, kind, public), kind, public)

    @classmethod
    def from_text(cls, text: str, *, kind: int = ED25519) -> "VerifierKey":
        """Read a verifier key (vkey) text of one signature type, ED25519 or COSIGNATURE.

        Raises LogFormatError (L005) for any other, or a key id that is not its own.
        """
        name, first, rest = text.partition("+")
        digits, second, encoded = rest.partition("+")
        material = base64_bytes(encoded)
        if not (first and second and material):
            raise _bad_key(message("is not name+id+key"))
        if material[0] != kind or len(material) != 1 + _ED25519_KEY_SIZE:
            raise _bad_key(
                message("is not an Ed25519 key of signature type {kind} (32 bytes)", kind=kind)
            )
        key = cls.ed25519(name, material[1:], kind=kind)
        if digits != key.key_id.hex():
            raise _bad_key(
                message(
                    "has the id {digits}, and its name and key give {key_id}",
                    digits=digits[:16],
                    key_id=key.key_id.hex(),
                )
            )
        return key

    def to_text(self) -> str:
        """Write the verifier key text that readers pin."""
        encoded = base64_text(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that point from a signature line to a key."""
    return sha256(f"{name}\n".encode() + bytes([kind]) + public).digest()[:_KEY_ID_SIZE]


def sign(text: str, *, name: str, key: Ed25519PrivateKey) -> Note:
    """Sign a text with an Ed25519 key (signature type 1).

    The text must end in a newline; raises LogFormatError (L001, L002, L005) on one that no reader
    would accept.
    """
    public = key.public_key().public_bytes_raw()
    verifier = VerifierKey.ed25519(name, public)
    note = Note(text, (Signature(name, verifier.key_id, key.sign(text.encode())),))
    if Note.from_bytes(note.to_bytes()) != note:
        raise _malformed("L002", message("would be read back as another one"))
    return note


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return the known keys that signed the note, in the order of its signature lines.

    Signatures of unknown keys are ignored. Raises ProofError: L006 if a known key's signature is
    wrong (also beside a good one), L007 if no known key signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    text = note.text.encode()
    proved: dict[VerifierKey, None] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        check_signature(key, line.signature, text)
        proved[key] = None
    if not proved:
        raise ProofError(
            "L007",
            message(
                "No known key signed the note (its signers: {signers}).", signers=_signers(note)
            ),
            message(
                "Check that the trust file holds this log's key, and that it is the log you mean."
            ),
        )
    return tuple(proved)


def check_signature(key: VerifierKey, signature: bytes, signed: bytes) -> None:
    """Prove that a key signed a message, or raise ProofError (L006)."""
    try:
        _public_key(key.public).verify(signature, signed)
    except InvalidSignature:
        raise ProofError(
            "L006",
            message("The signature of {name} does not fit the note's text.", name=key.name),
            message("Fetch the note again; if it stays so, it was altered after signing."),
        ) from None


@lru_cache(maxsize=64)
def _public_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def _signers(note: Note) -> str:
    return ", ".join(f"{s.name}+{s.key_id.hex()}" for s in note.signatures[:4])


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = base64_bytes(encoded)
    if dash != "—" or not _is_name(name) or blob is None or len(blob) <= _KEY_ID_SIZE:
        raise _malformed(
            "L004", message("has a line {line!r} that is no signature line", line=line[:40])
        )
    return Signature(name, blob[:_KEY_ID_SIZE], blob[_KEY_ID_SIZE:])


def _is_name(name: str) -> bool:
    return bool(name) and not any(
        character == "+" or character < " " or character.isspace() for character in name
    )


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise _bad_key(
            message("has the name {name!r}, which is empty or holds a space or a plus", name=name)
        )


def _malformed(code: str, what: str) -> LogFormatError:
    return LogFormatError(
        code,
        message("The note {what}.", what=what),
        message("Fetch it again as bytes, without an editor in between."),
    )


def _bad_key(what: str) -> LogFormatError:
    return LogFormatError(
        "L005",
        message("The verifier key {what}.", what=what),
        message("Copy it whole from the log's operator: name+8 hex digits+base64."),
    )
