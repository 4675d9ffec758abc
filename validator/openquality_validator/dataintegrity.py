"""Data Integrity proofs inside a JSON document: `eddsa-jcs-2022` and `ecdsa-jcs-2019`.

W3C Data Integrity EdDSA Cryptosuites (3.3) and ECDSA Cryptosuites (3.3), with RFC 8785:

    proof  {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": DID URL, "proofPurpose": "assertionMethod",
            "created"?: time, "@context"?: as the document's, "proofValue": "z…"}

    signed bytes = SHA-256(RFC 8785 of the proof without proofValue)
                 ‖ SHA-256(RFC 8785 of the document without proof)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from openquality_validator import documents, signatures
from openquality_validator.errors import EnvelopeError, IdentityError
from openquality_validator.identity.key import (
    KeyKind,
    PublicKey,
    base58_decode,
    base58_encode,
)
from openquality_validator.message import any_of, message

TYPE = "DataIntegrityProof"
PURPOSE = "assertionMethod"
SUITES: Mapping[str, KeyKind] = {
    "eddsa-jcs-2022": KeyKind.ED25519,
    "ecdsa-jcs-2019": KeyKind.P256,
}
SIGNATURE_BYTES = 64
_MAX_VALUE = 90  # 64 bytes take at most 88 characters of base58
_MEMBERS = frozenset(
    {"type", "cryptosuite", "verificationMethod", "proofPurpose", "created", "@context", "id"}
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold a proof as read: the suite, the key's DID URL, what is signed, and the signature."""

    suite: str
    method: str
    message: bytes
    signature: bytes
    created: str | None


def read(document: Mapping[str, Any], proof: object) -> Proof:
    """Take one proof of a document apart; `document` holds no `proof` member.

    Raises EnvelopeError: J030 for a proof of another form, J031 for another suite or purpose, J032
    for a context that is not the document's.
    """
    if not isinstance(proof, dict):
        raise _malformed(message("is not one object"))
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    method, created = options.get("verificationMethod"), options.get("created")
    if (
        options.get("type") != TYPE
        or not isinstance(method, str)
        or not (created is None or isinstance(created, str))
        or not {"proofPurpose"} <= options.keys() <= _MEMBERS
    ):
        raise _malformed(message("has not the members of a {type}, or others", type=TYPE))
    suite = options.get("cryptosuite")
    if not isinstance(suite, str) or suite not in SUITES or options["proofPurpose"] != PURPOSE:
        raise EnvelopeError(
            "J031",
            message(
                "The proof has the suite {suite!r} and the purpose {options!r}.",
                suite=str(suite)[:40],
                options=str(options.get("proofPurpose"))[:40],
            ),
            message(
                "Make it with {suites}, for {purpose}.", suites=any_of(SUITES), purpose=PURPOSE
            ),
        )
    return Proof(
        suite=suite,
        method=method,
        message=_message(document, options),
        signature=_signature(proof.get("proofValue")),
        created=created,
    )


def verify(proof: Proof, key: PublicKey) -> None:
    """Prove that a key made a proof.

    Raises EnvelopeError: J016 for a key of another kind, J012 for the malleable half of ECDSA, J017
    for a wrong signature.
    """
    if key.kind is not SUITES[proof.suite]:
        raise EnvelopeError(
            "J016",
            message(
                "The suite {suite} does not go with a {kind} key.", suite=proof.suite, kind=key.kind
            ),
            message("Use eddsa-jcs-2022 with an Ed25519 key and ecdsa-jcs-2019 with a P-256 key."),
        )
    signatures.check(key, proof.signature, proof.message)


def sign(
    document: Mapping[str, Any],
    *,
    suite: str,
    method: str,
    created: str | None,
    sign_bytes: Callable[[bytes], bytes],
) -> dict[str, Any]:
    """Make the proof of a document; `sign_bytes` returns 64 bytes (r ‖ s for P-256)."""
    options: dict[str, Any] = {
        "type": TYPE,
        "cryptosuite": suite,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    if created is not None:
        options["created"] = created
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = sign_bytes(_message(document, options))
    return options | {"proofValue": "z" + base58_encode(signature)}


def _message(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    secured = dict(document)
    if "@context" in options:
        own, theirs = _contexts(document.get("@context")), _contexts(options["@context"])
        if own[: len(theirs)] != theirs:
            raise EnvelopeError(
                "J032",
                message("The proof's @context is not the beginning of the document's."),
                message("Leave it out of the proof, or repeat the document's."),
            )
        # The suite hashes the document under the proof's context, which may be a part of its own:
        # then what stands beyond it would not be signed.
        if own != theirs:
            raise EnvelopeError(
                "J032",
                message("The proof covers only a part of the document's @context."),
                message("Repeat the whole @context of the document in the proof."),
            )
        secured["@context"] = options["@context"]
    return (
        sha256(documents.canonical_any(options)).digest()
        + sha256(documents.canonical_any(secured)).digest()
    )


def _contexts(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _signature(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("z") or len(value) > _MAX_VALUE:
        raise _malformed(message("has no proofValue in base58btc (z…)"))
    try:
        signature = base58_decode(value[1:])
    except IdentityError:
        signature = b""
    if len(signature) != SIGNATURE_BYTES:
        raise _malformed(
            message(
                "has a proofValue that is not {signature_bytes} bytes in base58btc",
                signature_bytes=SIGNATURE_BYTES,
            )
        )
    return signature


def _malformed(what: str) -> EnvelopeError:
    return EnvelopeError(
        "J030",
        message("The document's proof {what}.", what=what),
        message("Give one Data Integrity proof, or sign a compact JWS with `openquality sign`."),
    )
