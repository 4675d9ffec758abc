"""Where the documents of did:webvh and did:web are found: the identifier taken apart.

    did:webvh:<SCID>:<host>[%3A<port>][:<path segment>…]    → https://host[:port]/path/did.jsonl
    did:web:<host>[%3A<port>][:<path segment>…]             → https://host[:port]/path/did.json

Without a path the file stands in /.well-known. Hosts are names in ASCII, never IP addresses:
identifiers with names of other alphabets write them in their IDNA form (xn--…).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, unquote

from openquality_validator.errors import IdentityError
from openquality_validator.message import message

WEBVH = "did:webvh:"
WEB = "did:web:"
MAX_DID = 1_024
_MAX_HOST = 253

_SCID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{46}", re.ASCII)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# What a URL parser may take for a number: the last label of an IPv4 address in any spelling.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Hold an identifier taken apart: SCID (did:webvh only), host, port, path segments."""

    did: str
    scid: str | None
    host: str
    port: int | None
    path: tuple[str, ...]

    def url(self, file: str) -> str:
        """Return the https address of a file of this identifier, such as `did.jsonl`."""
        port = "" if self.port is None else f":{self.port}"
        segments = [quote(segment, safe="") for segment in self.path] or [".well-known"]
        return f"https://{self.host}{port}/{'/'.join(segments)}/{file}"


def parse(did: str) -> Address:
    """Take a did:webvh or did:web apart. Raises IdentityError (K100)."""
    if len(did) > MAX_DID:
        raise _malformed(did, message("has more than {max_did} characters", max_did=MAX_DID))
    parts = did.split(":")
    scid = None
    if did.startswith(WEBVH) and len(parts) > 3:  # noqa: PLR2004 - did, webvh, SCID, host
        scid, parts = parts[2], parts[3:]
        if _SCID.fullmatch(scid) is None:
            raise _malformed(did, message("has no SCID of 46 base58btc characters"))
    elif did.startswith(WEB) and len(parts) > 2:  # noqa: PLR2004 - did, web, host
        parts = parts[2:]
    else:
        raise _malformed(did, message("is neither a did:webvh nor a did:web with a host"))
    for part in parts:
        if _SEGMENT.fullmatch(part) is None or _ESCAPE.search(part):
            raise _malformed(did, message("has the part {part!r}", part=part[:60]))
    host, port = _host(did, parts[0])
    return Address(did, scid, host, port, tuple(_segment(did, part) for part in parts[1:]))


def _host(did: str, part: str) -> tuple[str, int | None]:
    name, separator, digits = unquote(part).lower().partition(":")
    port = None
    if separator:
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):  # noqa: PLR2004
            raise _malformed(did, message("has the port {digits!r}", digits=digits[:20]))
        port = int(digits)
        if not 1 <= port <= 65_535:  # noqa: PLR2004 - TCP
            raise _malformed(did, message("has the port {port}", port=port))
    labels = name.split(".")
    if (
        len(name) > _MAX_HOST
        or len(labels) < 2  # noqa: PLR2004 - a fully qualified name
        or not all(_LABEL.fullmatch(label) for label in labels)
        or _NUMERIC.fullmatch(labels[-1])
        or _is_address(name)
    ):
        raise _malformed(
            did, message("has the host {name!r}, which is no fully qualified name", name=name[:80])
        )
    return name, port


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _segment(did: str, part: str) -> str:
    segment = unquote(part, errors="strict") if _utf8(part) else ""
    if (
        not segment
        or segment in {".", ".."}
        or any(character in segment for character in "/\\\0")
        or segment != segment.strip()
    ):
        raise _malformed(did, message("has the path segment {part!r}", part=part[:60]))
    return segment


def _utf8(part: str) -> bool:
    try:
        unquote(part, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _malformed(did: str, what: str) -> IdentityError:
    return IdentityError(
        "K100",
        message("The identifier {did!r} {what}.", did=did[:120], what=what),
        message("Copy it again from its owner; its form is did:webvh:<SCID>:<host>:<path>."),
    )
