"""Webhooks signed as Standard Webhooks says, with Ed25519 (docs/spec/events.md).

    webhook-id: <id of the event>
    webhook-timestamp: <seconds since 1970 at the attempt>
    webhook-signature: v1a,<base64 of the signature>[ v1a,…]

Signed is `<id>.<timestamp>.<body>`, the body byte for byte. A public key is written as `whpk_` and
the base64 of its 32 bytes. Both ends use this module: the registry signs, a receiver verifies.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from openquality_validator.errors import MalformedDocument, OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.signing import SigningKey
    from openquality_validator.identity import PublicKey

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
CONTENT_TYPE = "application/cloudevents+json"
TOLERANCE = timedelta(minutes=5)
MAX_SIGNATURES = 8  # that are tried: a sender has one key, and two while it changes them
_ASYMMETRIC = "v1a"
_PUBLIC = "whpk_"
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HINT = message("Do not act on it; answer 400, and fetch the event from the registry's feed.")


@dataclass(eq=False)
class NotGenuine(OpenQualityError):
    """Say why a webhook does not count."""

    reason: str

    def __str__(self) -> str:
        return message(
            "The webhook is not genuine: {reason} {hint}", reason=self.reason, hint=_HINT
        )


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Collection[str],
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> dict[str, Any]:
    """Return the event (CloudEvents 1.0) of a webhook that one of the pinned keys signed just now.

    `headers` are those of the request, in any case; `body` is its exact bytes; `keys` are texts
    `whpk_…` that the receiver pinned, from `webhooks.keys` of /.well-known/openquality; `now` has a
    time zone. The same event may come more than once: its id, `webhook-id`, says that it is the
    same. Raises NotGenuine, and IdentityError (K004, K005) for a pinned key that is none.
    """
    from openquality_validator import documents

    trusted = [read_key(key) for key in keys]
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise NotGenuine(message("It has no {missing}.", missing=", ".join(missing)))
    identifier, stamp = given[ID], given[TIMESTAMP]
    # (1) A key that the receiver pinned has signed id, time and body.
    content = _content(identifier, stamp, body)
    signatures = list(_signatures(given[SIGNATURE]))
    if not any(key.accepts(each, content) for key in trusted for each in signatures):
        raise NotGenuine(message("No pinned key has signed it."))
    # (2) Just now: what was heard once cannot be sent again tomorrow.
    seconds = int(stamp) if _SECONDS.fullmatch(stamp) else 0
    if abs(now.timestamp() - seconds) > tolerance.total_seconds():
        raise NotGenuine(message("Its timestamp {stamp} is too far from now.", stamp=stamp[:20]))
    # (3) The body is the event of that id.
    try:
        event = documents.parse_object(body).value
    except MalformedDocument as error:
        raise NotGenuine(message("Its body: {message}", message=error.message)) from None
    if event.get("id") != identifier:
        raise NotGenuine(message("Its body is another event than its id names."))
    return event


def sign(identifier: str, body: bytes, key: "SigningKey", *, now: datetime) -> dict[str, str]:
    """Return the headers that sign a body: the three of Standard Webhooks."""
    stamp = str(int(now.timestamp()))
    signature = base64.b64encode(key.sign(_content(identifier, stamp, body))).decode()
    return {ID: identifier, TIMESTAMP: stamp, SIGNATURE: f"{_ASYMMETRIC},{signature}"}


def key_text(public: "PublicKey") -> str:
    """Write a public key as receivers pin it."""
    return _PUBLIC + base64.b64encode(public.raw).decode()


def read_key(text: str) -> "PublicKey":
    """Read a pinned key. Raises IdentityError (K004, K005)."""
    from openquality_validator.identity import KeyKind, PublicKey

    try:
        raw = base64.b64decode(text.removeprefix(_PUBLIC), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not text.startswith(_PUBLIC):
        raw = b""
    return PublicKey.from_bytes(KeyKind.ED25519, raw)


def _content(identifier: str, stamp: str, body: bytes) -> bytes:
    return b".".join((identifier.encode(), stamp.encode(), body))


def _signatures(header: str) -> Iterator[bytes]:
    """Yield the Ed25519 signatures of a list; those of other versions are for others."""
    for each in header.split()[:MAX_SIGNATURES]:
        version, _, text = each.partition(",")
        if version == _ASYMMETRIC:
            try:
                yield base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                continue
