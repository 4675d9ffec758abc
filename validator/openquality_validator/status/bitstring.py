"""The status list of W3C Bitstring Status List v1.0, for readers that know nothing of the log.

    credentialStatus of a record (section 2.1), a place in a list:
        {"id": "<list>#94567", "statusListCredential": "<list>", "statusListIndex": "94567",
         "statusPurpose": "revocation" | "suspension", "type": "BitstringStatusListEntry"}

    the list (section 2.2):
        {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": "<list>",
         "type": ["VerifiableCredential", "BitstringStatusListCredential"],
         "issuer": {"id": "<did>"}, "validFrom": "…Z", "validUntil": "…Z",
         "credentialSubject": {"id": "<list>#list", "type": "BitstringStatusList",
             "statusPurpose": "…", "encodedList": "u…", "ttl": milliseconds}}

`encodedList` is "u" (multibase: base64url without padding) and the GZIP of the bits, of which the
first place is the left-most, so the highest of the first byte.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from openquality_validator.entry import timestamp
from openquality_validator.errors import StatusError
from openquality_validator.message import message
from openquality_validator.status.statement import State

CONTEXT = "https://www.w3.org/ns/credentials/v2"
ENTRY = "BitstringStatusListEntry"
SIZE = 131_072  # places of a list: the least that section 3.2 lets a verifier accept
MAX_BYTES = 1_048_576  # of the bits of a list that is read; more is an attack on the reader
_GZIP = 31  # wbits of zlib: a window of 32 KiB, with the header and trailer of RFC 1952
_MULTIBASE = "u"


class Purpose(StrEnum):
    """Say what a set bit means."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"

    def shows(self, state: State) -> bool:
        """Tell whether the bit of something in this state is set.

        What is revoked is set in a list of suspensions too: its reader looks at no other list.
        """
        if self is Purpose.REVOCATION:
            return state is State.REVOKED
        return state in {State.SUSPENDED, State.REVOKED}


@dataclass(frozen=True, slots=True)
class Bitstring:
    """Hold the bits of a list, eight to a byte, the first place in the highest bit."""

    bits: bytes

    @classmethod
    def of(cls, places: Iterable[int], *, size: int = SIZE) -> "Bitstring":
        """Set the bits of these places, from 0 to size−1; `size` is a multiple of 8."""
        bits = bytearray(size // 8)
        for place in places:
            bits[place // 8] |= 0x80 >> place % 8
        return cls(bytes(bits))

    def __len__(self) -> int:
        return 8 * len(self.bits)

    def has(self, place: int) -> bool:
        """Tell whether the bit of a place is set; IndexError outside the list."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        return bool(self.bits[place // 8] & 0x80 >> place % 8)

    def to_text(self) -> str:
        """Write the `encodedList`."""
        packer = zlib.compressobj(9, wbits=_GZIP)  # its header holds no name and no time
        packed = packer.compress(self.bits) + packer.flush()
        return _MULTIBASE + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def from_text(cls, text: str) -> "Bitstring":
        """Read an `encodedList` of at least 131,072 places. Raises StatusError (U012)."""
        if not text.startswith(_MULTIBASE):
            raise _wrong(message("does not begin with u, the multibase sign of base64url"))
        data = text[1:].encode("utf-8", "surrogatepass")
        try:
            packed = base64.b64decode(data + b"=" * (-len(data) % 4), b"-_", validate=True)
        except binascii.Error:
            raise _wrong(message("is not base64url")) from None
        if base64.urlsafe_b64encode(packed).rstrip(b"=") != data:
            raise _wrong(message("is not base64url without padding in its only spelling"))
        unpacker = zlib.decompressobj(wbits=_GZIP)
        try:
            bits = unpacker.decompress(packed, MAX_BYTES + 1)
        except zlib.error:
            raise _wrong(message("is not GZIP")) from None
        if len(bits) > MAX_BYTES:
            raise _wrong(message("unpacks to more than {max_bytes} bytes", max_bytes=MAX_BYTES))
        if not unpacker.eof or unpacker.unused_data:
            raise _wrong("is GZIP that ends too early, or goes on after its end")
        if 8 * len(bits) < SIZE:
            raise _wrong(
                message(
                    "has {count} places, and {size} is the least", count=8 * len(bits), size=SIZE
                )
            )
        return cls(bits)


def entry(url: str, purpose: Purpose, place: int) -> dict[str, str]:
    """Write the `credentialStatus` of a record that holds a place in the list at `url`."""
    return {
        "id": f"{url}#{place}",
        "type": ENTRY,
        "statusPurpose": purpose,
        "statusListIndex": str(place),
        "statusListCredential": url,
    }


def credential(
    url: str,
    purpose: Purpose,
    bits: Bitstring,
    *,
    issuer: str,
    now: datetime,
    valid: timedelta,
    ttl: timedelta,
) -> dict[str, Any]:
    """Write the list at `url` as a credential, to be signed by `issuer`.

    It is valid from `now` for as long as `valid`; readers are asked to get it again after `ttl`.
    """
    return {
        "@context": [CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": issuer},
        "validFrom": timestamp(now),
        "validUntil": timestamp(now + valid),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.to_text(),
            "ttl": ttl // timedelta(milliseconds=1),
        },
    }


def _wrong(problem: str) -> StatusError:
    return StatusError(
        "U012",
        message("The encodedList of the status list {problem}.", problem=problem),
        message(
            "Get the list again from where it is published; the log's own word is "
            "/v1/status/{sha256}."
        ),
    )
