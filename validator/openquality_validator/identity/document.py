"""The keys that a DID document lets assert: Multikey and JsonWebKey, Ed25519 and P-256.

W3C Controlled Identifiers 1.0, sections 2.2 and 2.3. Keys of other kinds are left out: they sign
nothing that is read here.
"""

import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity.key import KeyKind, PublicKey, from_multikey
from openquality_validator.message import message

MAX_METHODS = 100
_COORDINATE = 32


def assertion_keys(document: Mapping[str, Any]) -> dict[str, PublicKey]:
    """Return the keys under `assertionMethod` by their absolute DID URL.

    Raises IdentityError (K110) for a document whose shape does not allow to tell.
    """
    did = document.get("id")
    methods = document.get("verificationMethod", [])
    listed = document.get("assertionMethod", [])
    if (
        not isinstance(did, str)
        or not isinstance(methods, list)
        or not isinstance(listed, list)
        or len(methods) + len(listed) > MAX_METHODS
    ):
        raise _malformed(message("has no id, or its methods are not lists of at most 100"))
    known: dict[str, Mapping[str, Any]] = {}
    for method in methods:
        name = _name(did, method)
        if name in known:
            raise _malformed(message("has two methods {name!r}", name=name[:100]))
        known[name] = method
    return dict(_keys(did, listed, known))


def _keys(
    did: str, listed: list[Any], known: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, PublicKey]]:
    for item in listed:
        if isinstance(item, str):
            name = did + item if item.startswith("#") else item
            method = known.get(name)
        else:
            name, method = _name(did, item), item
        # A key of another identifier would let that one speak for this one.
        if method is None or name.partition("#")[0] != did:
            continue
        if method.get("controller", did) != did:
            continue
        key = _key(method)
        if key is not None:
            yield name, key


def _name(did: str, method: object) -> str:
    name = method.get("id") if isinstance(method, dict) else None
    if not isinstance(name, str) or "#" not in name:
        raise _malformed(message("has a method without an id"))
    return did + name if name.startswith("#") else name


def _key(method: Mapping[str, Any]) -> PublicKey | None:
    match method.get("type"), method:
        case "Multikey" | "Ed25519VerificationKey2020", {"publicKeyMultibase": str(text)}:
            try:
                return from_multikey(text)
            except IdentityError as error:
                if error.code == "K003":
                    return None  # a key of another kind
                raise
        case "JsonWebKey" | "JsonWebKey2020", {"publicKeyJwk": dict(jwk)}:
            return _jwk(jwk)
        case _:
            return None


def _jwk(jwk: Mapping[str, Any]) -> PublicKey | None:
    if "d" in jwk:
        raise _malformed(message("holds a private key: it is lost, rotate it"))
    match jwk:
        case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
            return PublicKey.from_bytes(KeyKind.ED25519, _bytes(x))
        case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y)}:
            ends = _bytes(y)[-1:]
            sign = b"\x03" if ends and ends[0] & 1 else b"\x02"
            key = PublicKey.from_bytes(KeyKind.P256, sign + _bytes(x))
            if key.coordinates() != (_bytes(x), _bytes(y)):
                raise _malformed(message("holds a P-256 key that is not a point of the curve"))
            return key
        case _:
            return None


def _bytes(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text.encode().translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except (binascii.Error, InvalidInput):
        data = b""
    if len(data) != _COORDINATE:
        raise _malformed(message("holds a key that is not 32 bytes in base64url"))
    return data


def _malformed(what: str) -> IdentityError:
    return IdentityError(
        "K110",
        message("The DID document {what}.", what=what),
        message("Mend the document as W3C Controlled Identifiers says."),
    )
