"""Numbers and hashes as the text formats of C2SP write them, in exactly one spelling."""

import binascii
import re

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog.merkle import HASH_SIZE, MAX_SIZE

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def base64_text(data: bytes) -> str:
    """Write standard base64 (RFC 4648, section 4), with padding."""
    return binascii.b2a_base64(data, newline=False).decode()


def base64_bytes(text: str) -> bytes | None:
    """Read standard base64 in its one canonical spelling, or return None.

    Python's decoder accepts stray bits after the last byte; two spellings of one value would let
    anybody write a second form of a signed file.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one; text that is not ASCII is another
        return None
    return data if base64_text(data) == text else None


def parse_number(text: str, *, code: str, what: str) -> int:
    """Read a decimal without sign or leading zeros, up to 2^63 − 1, or raise LogFormatError."""
    # The pattern comes first: int() of a million digits is itself an attack.
    value = int(text) if _DECIMAL.fullmatch(text) else MAX_SIZE + 1
    if value > MAX_SIZE:
        raise LogFormatError(
            code,
            message(
                "The {what} {text!r} is not a plain decimal number up to 2^63 − 1.",
                what=what,
                text=text[:24],
            ),
            message("Fetch the file again from the log."),
        )
    return value


def parse_hash(text: str, *, code: str, what: str) -> bytes:
    """Read the base64 of one SHA-256 value, or raise LogFormatError."""
    value = base64_bytes(text)
    if value is None or len(value) != HASH_SIZE:
        raise LogFormatError(
            code,
            message(
                "The {what} {text!r} is not the base64 of {hash_size} bytes.",
                what=what,
                text=text[:48],
                hash_size=HASH_SIZE,
            ),
            message("Fetch the file again from the log."),
        )
    return value
