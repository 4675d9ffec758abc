"""Signing keys: made, kept in a file that only its owner can read, and used to sign statements.

A key file is PKCS #8 in PEM (RFC 5958, RFC 7468), not encrypted: its protection is the mode 0600
and the disk below it.
"""

import os
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from openquality import beside
from openquality_validator import documents, envelope, identity, signatures
from openquality_validator.errors import EnvelopeError, IdentityError, MalformedDocument
from openquality_validator.identity import KeyKind, PublicKey

MODE = 0o600


class LooseKeyPermissions(UserWarning):
    """Warn that others on this machine can read a signing key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold a private key with its public side; its text never shows the secret.

    `document` is the DID log or DID document that lists the key, None for a did:key.
    """

    public: PublicKey
    _private: Ed25519PrivateKey | EllipticCurvePrivateKey = field(repr=False, compare=False)
    _method: str | None = None
    document: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def did(self) -> str:
        """The issuer that this key signs for: the one it was bound to, else its own did:key."""
        return self.key_id.partition("#")[0]

    @property
    def key_id(self) -> str:
        """The DID URL of this key, which statements name."""
        return self._method or identity.key_id(identity.did_key(self.public))

    def bound_to(self, method: str, *, document: bytes | None = None) -> "SigningKey":
        """Return the key under a DID URL of the document that lists it."""
        return replace(self, _method=method, document=document)

    def sign(self, message: bytes) -> bytes:
        """Sign bytes: 64 bytes, Ed25519 (RFC 8032) or r ‖ s with a low s (RFC 7518, 3.4)."""
        if isinstance(self._private, Ed25519PrivateKey):
            return self._private.sign(message)
        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32) + min(s, signatures.P256_ORDER - s).to_bytes(32)

    def to_pem(self) -> bytes:
        """Write the private key as unencrypted PKCS #8 in PEM."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @classmethod
    def from_pem(cls, data: bytes) -> "SigningKey":
        """Read a PEM private key, or raise IdentityError (K007)."""
        try:
            private = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _unusable(
                f"it does not read as an unencrypted PEM private key ({error})"
            ) from None
        if isinstance(private, Ed25519PrivateKey):
            raw = private.public_key().public_bytes_raw()
            return cls(PublicKey.from_bytes(KeyKind.ED25519, raw), private)
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            raw = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            return cls(PublicKey.from_bytes(KeyKind.P256, raw), private)
        raise _unusable("it is neither an Ed25519 nor a P-256 key")


def generate(kind: KeyKind = KeyKind.ED25519) -> SigningKey:
    """Make a new signing key from the operating system's randomness."""
    if kind is KeyKind.ED25519:
        private: Ed25519PrivateKey | EllipticCurvePrivateKey = Ed25519PrivateKey.generate()
    else:
        private = generate_private_key(SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey.from_pem(pem)


def write_key(path: Path, key: SigningKey) -> None:
    """Write a key to a new file that only its owner can read, durably.

    Never overwrites: a lost key cannot be had again. Raises IdentityError (K008) if the file is
    there already, OSError if it cannot be written.
    """
    try:
        # The mode is given at creation: a chmod afterwards leaves a moment in which others read.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except FileExistsError:
        raise IdentityError(
            "K008",
            f"{path} exists already and is not overwritten: it may hold a key.",
            "Choose another name, or move the old file away yourself.",
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(key.to_pem())
        file.flush()
        os.fsync(file.fileno())


def read_file(path: Path) -> bytes:
    """Read the bytes of a key file, or raise IdentityError (K007).

    Warns with LooseKeyPermissions if group or others may read or write the file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(f"{path} cannot be read ({error.strerror})") from None
    if os.name == "posix" and mode & 0o077:
        warnings.warn(
            f"{path} has mode {mode:04o}: others on this machine can use this key. "
            f"Run: chmod 600 {path}",
            LooseKeyPermissions,
            stacklevel=2,
        )
    return data


def load_key(path: Path) -> SigningKey:
    """Read a key file, bound to the identity beside it if there is one (`beside.py`).

    Raises IdentityError: K007 for an unusable file, K009 for a key that the identity does not list.
    Warns with LooseKeyPermissions if group or others may read or write the file.
    """
    key = SigningKey.from_pem(read_file(path))
    method = beside.method(path, key.public)
    if method is None:
        return key
    return key.bound_to(method, document=beside.document(path))


def sign(
    credential: Mapping[str, Any] | bytes, key: SigningKey, *, algorithm: str | None = None
) -> bytes:
    """Sign a credential: the statement as a compact JWS.

    The payload is the credential written compactly, which the strict reader reads fastest.
    `algorithm` is `EdDSA` or `ES256` by the key's kind; `Ed25519` (RFC 9864) can be chosen.
    Raises MalformedDocument, or EnvelopeError if the issuer is not the key's (J014), the
    algorithm does not go with the key (J016) or the statement is too large (J001). It does not
    validate: see `openquality.validate`.
    """
    payload = _compact(credential)
    issuer = documents.parse_object(payload).value.get("issuer")
    if not isinstance(issuer, dict) or issuer.get("id") != key.did:
        raise EnvelopeError(
            "J014",
            f"The credential's issuer.id is not this key's identifier {key.did}.",
            "Put that identifier as issuer.id, or sign with the issuer's own key.",
        )
    alg = algorithm or ("EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256")
    if envelope.ALGORITHMS.get(alg) is not key.public.kind:
        raise EnvelopeError(
            "J016",
            f"The algorithm {alg} does not go with a {key.public.kind} key.",
            "Leave the algorithm out: the key decides.",
        )
    header = {
        "alg": alg,
        "cty": envelope.CONTENT_TYPE,
        "kid": key.key_id,
        "typ": envelope.TYPE,
    }
    statement = envelope.write_envelope(header, payload, key.sign)
    envelope.parse_envelope(statement)  # what we would refuse to read, we do not write
    return statement


def sign_request(claims: Mapping[str, Any], key: SigningKey, *, typ: str) -> str:
    """Sign what an issuer asks of one registry, now: a compact JWS of a type of its own."""
    algorithm = "EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256"
    header = {"alg": algorithm, "kid": key.key_id, "typ": typ}
    return envelope.write_envelope(header, documents.canonical(claims), key.sign).decode()


def _compact(credential: Mapping[str, Any] | bytes) -> bytes:
    value = (
        documents.parse_object(credential).value
        if isinstance(credential, bytes)
        else dict(credential)
    )
    try:
        return orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError as error:
        raise MalformedDocument(
            "D007",
            f"The credential cannot be written as JSON: {error}.",
            "Use texts, integers within ±(2^53−1), booleans, lists and dicts with text keys.",
        ) from None


def _unusable(reason: str) -> IdentityError:
    return IdentityError(
        "K007",
        f"The signing key is not usable: {reason}.",
        "Name the file that `openquality init` made, or restore it from your backup.",
    )
