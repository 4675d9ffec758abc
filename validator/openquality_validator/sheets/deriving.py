"""What a row may leave empty because the rest of it says it: the ids of a record and its parts."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from openquality_validator.documents import canonical

UNKNOWN: Final = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""Stands for the id of a record until it is made."""

URN: Final = "urn:"
"""Begins an id that is whole; a short name of a claim or of evidence does not begin so."""

_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
_LINK: Final = "https://id.gs1.org/01/"
_GTIN_DIGITS: Final = 14


def subject_id(record: Mapping[str, Any]) -> str | None:
    """Return the id of a subject: its GTIN as a GS1 Digital Link, else a name under the issuer's.

    An organisation is its own issuer. None where neither a GTIN nor the issuer's id is there.
    """
    subject = record["credentialSubject"]
    for each in subject.get("identifiers", ()):
        value = each.get("value")
        if each.get("scheme") == "gtin" and isinstance(value, str) and _GTIN.fullmatch(value):
            return f"{_LINK}{value.zfill(_GTIN_DIGITS)}"
    did = record.get("issuer", {}).get("id")
    if not isinstance(did, str):
        return None
    if subject.get("type") == "Organization":
        return did
    name = re.sub(r"[^a-z0-9]+", "-", str(subject.get("name", "")).lower()).strip("-")
    return f"{did}#subject-{name or 'of-this-record'}"


def record_id(record: object) -> str:
    """Return the id of a record, made from its content: the same content has the same id.

    A UUID of version 8 (RFC 9562, section 5.8) whose bits are of the SHA-256 of the record's
    canonical form, written with `UNKNOWN` for its id.
    """
    bits = bytearray(hashlib.sha256(canonical(record)).digest()[:16])
    bits[6] = bits[6] & 0x0F | 0x80  # the version
    bits[8] = bits[8] & 0x3F | 0x80  # the variant
    return uuid.UUID(bytes=bytes(bits)).urn


def with_id(value: Any, identifier: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with the id of the record wherever `UNKNOWN` stands for it."""
    if isinstance(value, dict):
        return {name: with_id(below, identifier) for name, below in value.items()}
    if isinstance(value, list):
        return [with_id(below, identifier) for below in value]
    if isinstance(value, str) and value.startswith(UNKNOWN):
        return identifier + value[len(UNKNOWN) :]
    return value
