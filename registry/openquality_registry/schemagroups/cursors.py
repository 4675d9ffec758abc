"""Cursors of lists of schemas: where a page ended, bound to the question that it continues."""

import base64
import binascii
from hashlib import sha256

import orjson

from openquality_registry.problems import Refused
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import join, message


def write(question: object, place: tuple[str, ...]) -> str:
    """Write a cursor; `question` is what must be the same on the next page."""
    data = orjson.dumps([_fingerprint(question), *place])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(question: object, text: str, *, parts: int) -> tuple[str, ...]:
    """Return the place at which a page of this question ended, or raise Refused."""
    try:
        padded = text + "=" * (-len(text) % 4)
        found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        found = None
    right = isinstance(found, list) and len(found) == parts + 1
    if not right or not all(isinstance(each, str) for each in found):
        raise _wrong()
    fingerprint, *place = found
    if fingerprint != _fingerprint(question):
        raise _wrong()
    return tuple(place)


def _fingerprint(question: object) -> str:
    return sha256(repr(question).encode()).hexdigest()[:16]


def _wrong() -> Refused:
    said = message("The cursor does not continue this list.")
    hint = message("Repeat the address of the first page with the cursor of the page before.")
    finding = Finding("Q009", Severity.ERROR, "", said, hint)
    return Refused("invalid-question", join(" ", (said, hint)), (finding,))
