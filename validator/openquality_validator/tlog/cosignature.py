"""Cosignatures: a witness's word on a checkpoint, and when it gave it (C2SP tlog-cosignature, v1).

One more signature line of the checkpoint's note, of type 0x04:

    — <witness name> base64(key id ‖ time, uint64 big-endian ‖ Ed25519 signature)

The signature covers

    cosignature/v1
    time <seconds since 1970, decimal>
    <the whole text of the checkpoint, extension lines included>

and says: at that time this was the largest tree of this origin that the witness had seen, and
every earlier one that it saw was the beginning of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog.note import (
    COSIGNATURE,
    Note,
    Signature,
    VerifierKey,
    check_signature,
)

_TIME_SIZE = 8
_SIZE = _TIME_SIZE + 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799  # the last second of the year 9999, which datetime can hold


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Hold a proved cosignature: whose, and the time that it states (UTC, whole seconds)."""

    key: VerifierKey
    moment: datetime


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, moment: datetime) -> Signature:
    """Sign a checkpoint's text as a witness at a time, which is cut to seconds.

    Raises LogFormatError (L005) for a name that no reader accepts.
    """
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    public = key.public_key().public_bytes_raw()
    verifier = VerifierKey.ed25519(name, public, kind=COSIGNATURE)
    stamp = seconds.to_bytes(_TIME_SIZE)
    return Signature(name, verifier.key_id, stamp + key.sign(_message(text, seconds)))


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[Cosignature, ...]:
    """Return the cosignatures of the known witnesses, in the order of the lines.

    Lines of unknown keys are ignored, and there may be none. A witness that signed more than once
    counts with its earliest time. Raises LogFormatError (L060) for a known key's line of another
    form, ProofError (L006) if a known key's signature is wrong.
    """
    known = {(key.name, key.key_id): key for key in keys if key.kind == COSIGNATURE}
    proved: dict[VerifierKey, datetime] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        seconds = int.from_bytes(line.signature[:_TIME_SIZE])
        if len(line.signature) != _SIZE or seconds > _LATEST:
            raise LogFormatError(
                "L060",
                message(
                    "The line of the witness {name} is not a time and an Ed25519 signature.",
                    name=key.name,
                ),
                message("Fetch the note again; if it stays so, ask the witness's operator."),
            )
        check_signature(key, line.signature[_TIME_SIZE:], _message(note.text, seconds))
        moment = _EPOCH + timedelta(seconds=seconds)
        proved[key] = min(moment, proved.get(key, moment))
    return tuple(Cosignature(key, moment) for key, moment in proved.items())


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
