"""A private key in memory; its file is PKCS #8 in PEM (RFC 5958, RFC 7468), not encrypted."""

from dataclasses import dataclass, field
from typing import Self, TypeAlias

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

from openquality.keeping.signer import unusable
from openquality_validator import signatures
from openquality_validator.identity import KeyKind, PublicKey
from openquality_validator.message import message

Private: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """Sign with a key in this process."""

    public: PublicKey
    _private: Private = field(repr=False, compare=False)

    @classmethod
    def generate(cls, kind: KeyKind) -> Self:
        """Make a key from the operating system's randomness."""
        if kind is KeyKind.ED25519:
            return cls.of(Ed25519PrivateKey.generate())
        return cls.of(generate_private_key(SECP256R1()))

    @classmethod
    def of(cls, private: object) -> Self:
        """Take a private key, or raise IdentityError (K007) for one of another kind."""
        if isinstance(private, Ed25519PrivateKey):
            raw = private.public_key().public_bytes_raw()
            return cls(PublicKey.from_bytes(KeyKind.ED25519, raw), private)
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            raw = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            return cls(PublicKey.from_bytes(KeyKind.P256, raw), private)
        raise unusable(message("it is neither an Ed25519 nor a P-256 key"))

    @classmethod
    def from_file(cls, data: bytes) -> Self:
        """Read a PEM private key, or raise IdentityError (K007)."""
        try:
            private = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise unusable(
                message("it does not read as an unencrypted PEM private key ({why})", why=error)
            ) from None
        return cls.of(private)

    def sign(self, message: bytes) -> bytes:
        """Sign bytes."""
        if isinstance(self._private, Ed25519PrivateKey):
            return self._private.sign(message)
        return from_der(self._private.sign(message, ECDSA(SHA256())))

    def to_file(self) -> bytes:
        """Write the private key as unencrypted PKCS #8 in PEM."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def to_der(self) -> bytes:
        """Write the private key as unencrypted PKCS #8, for what encrypts it."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public_pem(self) -> bytes:
        """Write the public key as SubjectPublicKeyInfo in PEM."""
        public = self._private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def unlocked(self) -> "LocalSigner":
        """Return the key itself."""
        return self

    def successor(self, kind: KeyKind) -> "LocalSigner":
        """Make another key for a plain file."""
        return LocalSigner.generate(kind)


def from_der(signature: bytes) -> bytes:
    """Turn an ECDSA signature in DER into r ‖ s with a low s; raises ValueError."""
    r, s = decode_dss_signature(signature)
    return low(r.to_bytes(32) + s.to_bytes(32))


def low(signature: bytes) -> bytes:
    """Return r ‖ s with the lower one of the two values of s that verify."""
    s = int.from_bytes(signature[32:])
    return signature[:32] + min(s, signatures.P256_ORDER - s).to_bytes(32)
