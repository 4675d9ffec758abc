"""Signing keys: bound to an identity, and used to sign statements.

Where the private key is kept, in a file or outside of it, is a matter of `keeping/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from openquality import beside
from openquality.keeping import files
from openquality.keeping.files import LooseKeyPermissions
from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import Ask, ask
from openquality.keeping.signer import Signer
from openquality_validator import documents, envelope, identity
from openquality_validator.errors import EnvelopeError, MalformedDocument
from openquality_validator.identity import KeyKind, PublicKey
from openquality_validator.message import message

__all__ = [
    "LooseKeyPermissions",
    "SigningKey",
    "generate",
    "load_key",
    "read_key",
    "sign",
    "sign_request",
    "write_key",
]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold what signs, under the identity that it signs for; its text never shows the secret.

    `document` is the DID log or DID document that lists the key, None for a did:key.
    """

    public: PublicKey
    signer: Signer = field(repr=False, compare=False)
    _method: str | None = None
    document: bytes | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, signer: Signer) -> "SigningKey":
        """Make the key of a signer, under its own did:key."""
        return cls(signer.public, signer)

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
        """Sign bytes: 64 bytes, Ed25519 (RFC 8032) or r ‖ s with a low s (RFC 7518, 3.4).

        May ask for a passphrase or PIN, once. Raises IdentityError (see `keeping.signer`).
        """
        return self.signer.sign(message)

    def successor(self, kind: KeyKind = KeyKind.ED25519) -> "SigningKey":
        """Make another key that is kept in the same way."""
        return self.of(self.signer.successor(kind))

    def to_pem(self) -> bytes:
        """Write the content of its key file: for a generated key unencrypted PKCS #8 in PEM."""
        return self.signer.to_file()

    @classmethod
    def from_pem(cls, data: bytes) -> "SigningKey":
        """Read an unencrypted PEM private key, or raise IdentityError (K007)."""
        return cls.of(LocalSigner.from_file(data))


def generate(kind: KeyKind = KeyKind.ED25519) -> SigningKey:
    """Make a new signing key from the operating system's randomness."""
    return SigningKey.of(LocalSigner.generate(kind))


def write_key(path: Path, key: SigningKey) -> None:
    """Write a key to a new file that only its owner can read, durably.

    Never overwrites: a lost key cannot be had again. Raises IdentityError (K008) if the file is
    there already, OSError if it cannot be written.
    """
    files.write(path, key.signer.to_file())


def read_key(path: Path, *, ask: Ask = ask) -> SigningKey:
    """Read a key file of any kind, under the key's own did:key.

    `ask` gives the passphrase or PIN, when it is needed. Raises IdentityError (K007 for an unusable
    file). Warns with LooseKeyPermissions if group or others may read or write the file.
    """
    data = files.read(path)
    files.warn_of_others(path)
    return SigningKey.of(files.parse(data, ask=ask, where=str(path)))


def load_key(path: Path, *, ask: Ask = ask) -> SigningKey:
    """Read a key file, bound to the identity beside it if there is one (`beside.py`).

    `ask` gives the passphrase or PIN, when it is needed: by default the file that
    OPENQUALITY_PASSPHRASE_FILE or OPENQUALITY_PIN_FILE names, else the person at the terminal.
    Raises IdentityError: K007 for an unusable file, K009 for a key that the identity does not list.
    Warns with LooseKeyPermissions if group or others may read or write the file.
    """
    key = read_key(path, ask=ask)
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
            message("The credential's issuer.id is not this key's identifier {did}.", did=key.did),
            message("Put that identifier as issuer.id, or sign with the issuer's own key."),
        )
    alg = algorithm or ("EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256")
    if envelope.ALGORITHMS.get(alg) is not key.public.kind:
        raise EnvelopeError(
            "J016",
            message(
                "The algorithm {alg} does not go with a {kind} key.", alg=alg, kind=key.public.kind
            ),
            message("Leave the algorithm out: the key decides."),
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
            message("The credential cannot be written as JSON: {error}.", error=error),
            message(
                "Use texts, integers within ±(2^53−1), booleans, lists and dicts with text keys."
            ),
        ) from None
