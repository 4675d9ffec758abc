"""Make the lines of a did:webvh log: the first, and each one after it.

Keys are rotated beforehand: every line commits to the hash of the update key of the next, which is
kept apart, so that a thief of the present keys cannot write the next line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openquality_validator import dataintegrity, documents
from openquality_validator.identity.didlog import PLACEHOLDER, SUITE, Line, entry_hash
from openquality_validator.identity.key import METHOD, PublicKey, multihash, multikey
from openquality_validator.identity.parameters import VERSION

CONTEXT = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


@dataclass(frozen=True, slots=True)
class Signer:
    """Hold the public side of an update key (Ed25519), and what signs with it: bytes → 64 bytes."""

    public: PublicKey
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Content:
    """Say what a line sets: the keys that may assert, and the update key that comes next.

    With `deactivated` the identifier ends here.
    """

    assertion: tuple[PublicKey, ...]
    next_update: PublicKey | None = None
    deactivated: bool = False


def first_line(place: str, content: Content, *, update: Signer, time: datetime) -> bytes:
    """Make the first line of an identifier at `place`, such as `example.com:issuers:nordbolt`.

    The identifier is in the line's document. Ends without a newline.
    """
    did = f"did:webvh:{PLACEHOLDER}:{place}"
    entry: dict[str, Any] = {
        "versionId": PLACEHOLDER,
        "versionTime": _text(time),
        "parameters": {
            "method": VERSION,
            "scid": PLACEHOLDER,
            "portable": False,
            **_keys(content, update),
        },
        "state": _document(did, content),
    }
    text = documents.canonical_any(entry).decode()
    scid = multihash(text.encode())
    filled: dict[str, Any] = documents.parse_object(text.replace(PLACEHOLDER, scid).encode()).value
    return _finished(filled, number=1, previous=scid, update=update)


def next_line(lines: Sequence[Line], content: Content, *, update: Signer, time: datetime) -> bytes:
    """Make the line after verified ones; `update` is the key that the last one committed to."""
    last = lines[-1]
    parameters: dict[str, Any] = _keys(content, update)
    if content.deactivated:
        parameters["deactivated"] = True
    entry = {
        "versionId": last.version_id,
        "versionTime": _text(time),
        "parameters": parameters,
        "state": _document(last.did, content),
    }
    return _finished(entry, number=last.number + 1, previous=last.version_id, update=update)


def _finished(entry: Mapping[str, Any], *, number: int, previous: str, update: Signer) -> bytes:
    hashed = entry_hash({**entry, "versionId": previous})
    content = {**entry, "versionId": f"{number}-{hashed}"}
    key = multikey(update.public)
    proof = dataintegrity.sign(
        content,
        suite=SUITE,
        method=f"{METHOD}{key}#{key}",
        created=content["versionTime"],
        sign_bytes=update.sign,
    )
    return documents.canonical_any({**content, "proof": [proof]})


def _keys(content: Content, update: Signer) -> dict[str, Any]:
    following = content.next_update
    return {
        "updateKeys": [multikey(update.public)],
        "nextKeyHashes": [multihash(multikey(following).encode())] if following else [],
    }


def _document(did: str, content: Content) -> dict[str, Any]:
    methods = [
        {
            "id": f"{did}#{multikey(key)}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": multikey(key),
        }
        for key in content.assertion
    ]
    return {
        "@context": list(CONTEXT),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _text(time: datetime) -> str:
    return time.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
