"""The signed statement: a credential in a compact JWS, or with a proof inside it.

    BASE64URL(header) . BASE64URL(credential) . BASE64URL(signature)

    header: {"alg": "EdDSA" | "Ed25519" | "ES256", "cty": "vc"?, "kid": DID URL, "typ": "vc+jwt"}

as RFC 7515 and W3C VC-JOSE-COSE say. The bytes are the statement: one signature has one spelling,
so that one statement has one digest. A statement that begins with { is a credential with a Data
Integrity proof (`dataintegrity.py`), whose white space is free: `canonical_digest` finds its twins.
"""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from openquality_validator import dataintegrity, documents, identity, signatures
from openquality_validator.errors import EnvelopeError, MalformedDocument
from openquality_validator.identity import KeyKind, KeyResolution, PublicKey
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.validate import NO_SCHEMAS, require_valid

MAX_BYTES = 1_048_576  # a statement; the registry's body limit counts on it
MAX_HEADER_BYTES = 4_096  # ours has about 150; a key identifier may have 2,048
MAX_IDENTIFIER_BYTES = 2_048
SIGNATURE_BYTES = 64  # both algorithms
TYPE = "vc+jwt"
CONTENT_TYPE = "vc"

# Read both names of Ed25519: RFC 8037's, which today's verifiers know, and RFC 9864's.
ALGORITHMS: Mapping[str, KeyKind] = {
    "EdDSA": KeyKind.ED25519,
    "Ed25519": KeyKind.ED25519,
    "ES256": KeyKind.P256,
}
_KINDS = {**ALGORITHMS, **dataintegrity.SUITES}
# A key that comes with the message proves nothing, and fetching one is an attack on the reader.
_KEY_PARAMETERS = ("jwk", "jku", "x5u", "x5c")
_JWT_CLAIMS = frozenset({"iss", "sub", "jti", "iat", "nbf", "exp"})

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")

Resolver = Callable[[str], KeyResolution]
"""Find the keys of a DID, or raise IdentityError."""


@dataclass(frozen=True, slots=True)
class Header:
    """Hold what the header rules leave open: the algorithm's name and the key's DID URL."""

    alg: str
    kid: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Hold a statement taken apart, its header rules checked, its signature not yet verified.

    `digest` is `sha256:<hex>` of the exact statement bytes; `signature` has 64 bytes.
    """

    header: Header
    payload: bytes
    signing_input: bytes
    signature: bytes
    digest: str


def digest(data: bytes) -> str:
    """Name bytes by their SHA-256: `sha256:` and 64 lower-case hexadecimal digits."""
    return "sha256:" + sha256(data).hexdigest()


def write_envelope(
    header: Mapping[str, str], payload: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """Write a compact JWS; `sign` returns the signature of the bytes it is given."""
    signing_input = _written(documents.canonical(dict(header))) + b"." + _written(payload)
    return signing_input + b"." + _written(sign(signing_input))


def parse_envelope(data: bytes, *, typ: str = TYPE) -> Envelope:
    """Take a statement apart: a compact JWS of a type, or a credential with a proof.

    Raises MalformedDocument, or EnvelopeError (codes J001 to J011, and J030 to J032 for a proof).
    """
    if len(data) > MAX_BYTES:
        raise EnvelopeError(
            "J001",
            message(
                "The statement has {count} bytes, more than {max_bytes}.",
                count=len(data),
                max_bytes=MAX_BYTES,
            ),
            message("Move bulk data into evidence files and name them by digest."),
        )
    if data.startswith(b"{") and typ == TYPE:
        return _with_proof(data)
    parts = data.split(b".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515, section 7.1
        raise EnvelopeError(
            "J002",
            message(
                "A compact JWS has three parts separated by dots; this has {count}.",
                count=len(parts),
            ),
            message("Send the exact bytes that `openquality sign` wrote."),
        )
    header = _header(_base64url(parts[0], "header"), typ)
    payload = _base64url(parts[1], "payload")
    signature = _base64url(parts[2], "signature")
    if len(signature) != SIGNATURE_BYTES:
        raise EnvelopeError(
            "J011",
            message(
                "The signature has {count} bytes; {alg} makes {signature_bytes}.",
                count=len(signature),
                alg=header.alg,
                signature_bytes=SIGNATURE_BYTES,
            ),
            message("ES256 is r and s of 32 bytes each, not DER (RFC 7518, section 3.4)."),
        )
    return Envelope(
        header=header,
        payload=payload,
        signing_input=data[: len(parts[0]) + 1 + len(parts[1])],
        signature=signature,
        digest=digest(data),
    )


def _with_proof(data: bytes) -> Envelope:
    value = documents.parse_object(data, max_bytes=MAX_BYTES).value
    content = {name: member for name, member in value.items() if name != "proof"}
    proof = dataintegrity.read(content, value.get("proof"))
    return Envelope(
        header=Header(alg=proof.suite, kid=_key_identifier({"kid": proof.method})),
        payload=documents.canonical_any(content),
        signing_input=proof.message,
        signature=proof.signature,
        digest=digest(data),
    )


def canonical_digest(data: bytes) -> str:
    """Name a statement by what it says: of a credential with a proof, the RFC 8785 form.

    A compact JWS has one spelling, so it is its own name. Raises MalformedDocument.
    """
    if not data.startswith(b"{"):
        return digest(data)
    return digest(documents.canonical_any(documents.parse_object(data).value))


def credential(payload: bytes) -> documents.Record:
    """Read the payload as a credential, without the JWT claims that only repeat it.

    The record keeps the exact payload bytes. Raises MalformedDocument, or EnvelopeError (J018,
    J019).
    """
    record = documents.parse_object(payload)
    value = record.value
    if "vc" in value or "vp" in value:
        raise EnvelopeError(
            "J018",
            message(
                "The payload wraps the credential in a `vc` or `vp` claim, as data model 1.1 did."
            ),
            message("Sign the credential itself as the payload (W3C VC-JOSE-COSE, section 3.1.1)."),
        )
    claims = _JWT_CLAIMS & value.keys()
    if not claims:
        return record
    for name in sorted(claims):
        if not _agrees(name, value):
            raise EnvelopeError(
                "J019",
                message("The JWT claim {name!r} does not say what the credential says.", name=name),
                message("Leave the JWT claims out: the credential holds the same facts."),
            )
    rest = {name: member for name, member in value.items() if name not in claims}
    return replace(record, value=rest)


def issuer_key(
    envelope: Envelope, record: documents.Record, *, resolve: Resolver = identity.resolve
) -> tuple[KeyResolution, PublicKey]:
    """Find the key that must have signed: the issuer's own, under assertionMethod.

    Raises IdentityError (K codes) or EnvelopeError (J013 to J016).
    """
    issuer = issuer_of(record.value)
    kid, alg = envelope.header.kid, envelope.header.alg
    if kid.partition("#")[0] != issuer:
        raise EnvelopeError(
            "J014",
            message(
                "The key {kid!r} does not belong to the issuer {issuer!r}.",
                kid=kid[:100],
                issuer=issuer[:100],
            ),
            message("Sign with the issuer's own key, or put the key's owner as the issuer."),
        )
    resolution = resolve(issuer)
    key = resolution.keys.get(kid)
    if key is None:
        raise EnvelopeError(
            "J015",
            message("The issuer has no key {kid!r} under assertionMethod.", kid=kid[:200]),
            message("For did:key the fragment repeats the part after did:key:."),
        )
    if key.kind is not _KINDS[alg]:
        raise EnvelopeError(
            "J016",
            message("The algorithm {alg} does not go with a {kind} key.", alg=alg, kind=key.kind),
            message("Use EdDSA with an Ed25519 key and ES256 with a P-256 key."),
        )
    return resolution, key


def verify_signature(envelope: Envelope, key: PublicKey) -> None:
    """Check that the key signed exactly this header and payload.

    Raises EnvelopeError: J012 for the malleable half of ES256, J017 for a wrong signature.
    """
    signatures.check(key, envelope.signature, envelope.signing_input)


def verify_statement(
    data: bytes,
    *,
    resolve: Resolver = identity.resolve,
    schemas: Mapping[str, bytes] = NO_SCHEMAS,
) -> VerifiedRecord:
    """Verify a statement: form, issuer, key, signature, schema and rules.

    `resolve` finds the keys of the issuer; by itself it knows did:key. `schemas` are the bytes of
    what `extensionSchemas` may pin, by digest (`sha256-…`).
    Raises an InvalidInput error with a D, J or K code, or InvalidRecord with all findings.
    """
    envelope = parse_envelope(data)
    record = credential(envelope.payload)
    resolution, key = issuer_key(envelope, record, resolve=resolve)
    verify_signature(envelope, key)
    return VerifiedRecord(
        valid=require_valid(record, schemas=schemas),
        issuer=resolution.did,
        digest=envelope.digest,
        key_id=envelope.header.kid,
        identity_level=resolution.level,
    )


def _written(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL_SAFE)


def _base64url(part: bytes, name: str) -> bytes:
    # Decode leniently, write again, compare: whatever spelling the decoder forgave (padding, line
    # breaks, + and /, spare bits that are not zero) comes back different.
    try:
        decoded = binascii.a2b_base64(part.translate(_TO_STANDARD) + b"==")
    except binascii.Error:
        decoded = b""
    if _written(decoded) != part or not part:
        raise EnvelopeError(
            "J003",
            message(
                "The {name} is empty or not base64url without padding in its only spelling.",
                name=name,
            ),
            message("Send the exact bytes that were signed: no line breaks, no =, no + and /."),
        )
    return decoded


@lru_cache(maxsize=identity.CACHED_KEYS)  # an issuer signs with one header
def _header(data: bytes, typ: str) -> Header:
    try:
        value = documents.parse_object(data, max_bytes=MAX_HEADER_BYTES).value
    except MalformedDocument as error:
        raise EnvelopeError(
            "J004",
            message(
                "The header is not acceptable JSON ({code}): {message}",
                code=error.code,
                message=error.message,
            ),
            error.hint,
        ) from None
    _check_types(value, typ)
    return Header(alg=_algorithm(value), kid=_key_identifier(value))


def _check_types(header: Mapping[str, Any], typ: str) -> None:
    if header.get("typ") != typ:
        raise EnvelopeError(
            "J005",
            message(
                "The header's typ is {shown}, not {typ!r}.",
                shown=_shown(header.get("typ")),
                typ=typ,
            ),
            message("A signature over another kind of token must not pass for a statement."),
        )
    if header.get("cty", CONTENT_TYPE) != CONTENT_TYPE:
        raise EnvelopeError(
            "J006",
            message(
                "The header's cty is {shown}, not {content_type!r}.",
                shown=_shown(header["cty"]),
                content_type=CONTENT_TYPE,
            ),
            message("Leave it out or write vc."),
        )
    if "crit" in header:
        raise EnvelopeError(
            "J007",
            message("The header makes extensions critical: {shown}.", shown=_shown(header["crit"])),
            message("This profile knows none; leave crit out."),
        )
    carried = [name for name in _KEY_PARAMETERS if name in header]
    if carried:
        raise EnvelopeError(
            "J008",
            message(
                "The header brings its own key or points to one ({carried}).",
                carried=", ".join(carried),
            ),
            message("Name the key by kid only; the reader finds it through the issuer."),
        )


def _algorithm(header: Mapping[str, Any]) -> str:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise EnvelopeError(
            "J009",
            message("The algorithm {shown} is not allowed.", shown=_shown(alg)),
            message("Sign with one of {algorithms}.", algorithms=", ".join(ALGORITHMS)),
        )
    return alg


def _key_identifier(header: Mapping[str, Any]) -> str:
    kid = header.get("kid")
    if (
        not isinstance(kid, str)
        or not kid.startswith("did:")
        or len(kid.encode()) > MAX_IDENTIFIER_BYTES
        or not all(kid.partition("#"))
    ):
        raise EnvelopeError(
            "J010",
            message(
                "The header's kid is {shown}, not an absolute DID URL with a fragment.",
                shown=_shown(kid),
            ),
            message("Write the key's full identifier, such as did:key:z6Mk…#z6Mk…."),
        )
    return kid


def issuer_of(value: Mapping[str, Any]) -> str:
    """Return the DID that a credential names as its issuer, or raise EnvelopeError (J013)."""
    issuer = value.get("issuer")
    did = issuer.get("id") if isinstance(issuer, dict) else None
    if not isinstance(did, str):
        raise EnvelopeError(
            "J013",
            message("The credential names no issuer: issuer.id is missing or not a text."),
            message('Write "issuer": {"id": "did:key:…", "name": "…"}.'),
        )
    return did


def _agrees(name: str, value: Mapping[str, Any]) -> bool:
    issuer, subject = value.get("issuer"), value.get("credentialSubject")
    match name:
        case "iss":
            return isinstance(issuer, dict) and value["iss"] == issuer.get("id")
        case "sub":
            return isinstance(subject, dict) and value["sub"] == subject.get("id")
        case "jti":
            return bool(value["jti"] == value.get("id"))
        case "exp":
            return _is_second(value["exp"], value.get("validUntil"))
        case _:  # nbf, and iat: the time of signing is validFrom
            return _is_second(value[name], value.get("validFrom"))


def _is_second(number: object, text: object) -> bool:
    if type(number) is not int or not isinstance(text, str):
        return False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and number == moment.timestamp() // 1


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:80]
