"""W3C VC-JOSE-COSE: the inputs of its test suite that are credentials in a compact JWS.

The suite names keys by thumbprint and its issuer is no DID, so every input is refused by our
profile for that (J010). What can be held against it is the rest: media types, signatures with the
suite's keys, and the claims.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from tests.published.result import Result, accepted, excluded, refused

from openquality_validator import documents, envelope, signatures
from openquality_validator.identity import PublicKey
from openquality_validator.identity.document import assertion_keys


def check(folder: Path) -> Iterator[Result]:
    """Judge each credential as the suite expects, with the suite's own keys."""
    root = next(iter([*folder.rglob("input")]), folder)
    keys = dict(_keys(root))
    for path in sorted(root.glob("*.txt")):
        name, data = path.name, path.read_bytes().strip()
        if "jose" not in name and name != "credential-issuer-match-signed.txt":
            yield excluded(name, "COSE and SD-JWT are not read")
        elif name.startswith("presentation"):
            yield excluded(name, "presentations are not read")
        else:
            yield from _check(name, data, keys)


def _check(name: str, data: bytes, keys: dict[str, PublicKey]) -> Iterator[Result]:
    if "bad-media-type" in name:
        yield refused(name, lambda: envelope.parse_envelope(data), "J005 J006")
    elif "unknown-extensions" in name:
        # Signed with ES512: refused before the extensions are looked at.
        yield refused(name, lambda: envelope.parse_envelope(data), "J009")
    elif "vc-vp-claims" in name:
        payload = _parts(data)[1]
        yield refused(name, lambda: envelope.credential(payload), "J018")
    elif "bad-signature" in name:
        yield refused(name, lambda: _verify(data, keys), "J017")
    else:
        yield accepted(name, lambda: _verify(data, keys))
        yield refused(
            f"{name}, its key named by thumbprint", lambda: envelope.parse_envelope(data), "J010"
        )


def _verify(data: bytes, keys: dict[str, PublicKey]) -> None:
    header, _, signature = _parts(data)
    kid = documents.parse_object(header).value["kid"]
    signatures.check(keys[kid], signature, data.rpartition(b".")[0])


def _parts(data: bytes) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + b"==") for part in data.split(b".")]


def _keys(root: Path) -> Iterator[tuple[str, PublicKey]]:
    for path in root.glob("vm-*.json"):
        method = json.loads(path.read_bytes())
        method.pop("secretKeyJwk", None)
        did = method["controller"]
        document = {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]}
        for key in assertion_keys(document).values():
            yield method["publicKeyJwk"]["kid"], key
