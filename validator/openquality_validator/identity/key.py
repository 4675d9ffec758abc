"""Public keys and did:key, with Ed25519 and P-256.

did:key (W3C CCG, section 3): `did:key:z` ‖ base58btc(multicodec varint ‖ public key). The one
verification method has the id `<did>#<multibase value>` and stands under `assertionMethod`.
Nothing is fetched: the identifier is the key, so an identity proved this way is level L0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from openquality_validator.errors import IdentityError
from openquality_validator.message import message

METHOD = "did:key:"
MAX_MULTIBASE = 64  # the longest key read here takes 49 characters; base58 decoding is quadratic
CACHED_KEYS = 4096  # a key object is about 1 kB, reading one about 10 µs

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}

# Multicodec table: ed25519-pub 0xed, p256-pub 0x1200, as unsigned varints in their only minimal
# spelling; a longer spelling of the same number matches neither.
_ED25519_PREFIX = b"\xed\x01"
_P256_PREFIX = b"\x80\x24"

_P = 2**255 - 19  # the field of Ed25519 (RFC 8032, section 5.1)
_SIGN_BIT = 1 << 255

# y of every Ed25519 point whose order divides 8. With such a key anyone can make a signature that
# verifies for any message (OpenSSL checks nothing here). Both signs of x count, and so do the
# unreduced spellings p and p + 1 of 0 and 1.
_ORDER_8_Y = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _P, _P + 1, _ORDER_8_Y, _P - _ORDER_8_Y})


class KeyKind(StrEnum):
    """Name the kinds of keys that may sign statements."""

    ED25519 = "Ed25519"
    P256 = "P-256"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Hold a checked public key: 32 bytes for Ed25519, a compressed point of 33 for P-256."""

    kind: KeyKind
    raw: bytes
    _key: Ed25519PublicKey | EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def from_bytes(cls, kind: KeyKind, raw: bytes) -> "PublicKey":
        """Read a raw public key, or raise IdentityError (codes K004 to K006)."""
        length = 32 if kind is KeyKind.ED25519 else 33
        if len(raw) != length:
            raise IdentityError(
                "K004",
                message(
                    "A {kind} key has {length} bytes here (P-256: compressed), not {count}.",
                    kind=kind,
                    length=length,
                    count=len(raw),
                ),
                message("Make the key with `openquality init`, or encode it as did:key says."),
            )
        if kind is KeyKind.ED25519:
            return cls(kind, raw, _ed25519(raw))
        try:
            return cls(kind, raw, EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw))
        except ValueError:
            raise IdentityError(
                "K006",
                message("The P-256 key is not a point of the curve in compressed form."),
                message("Make a new key with `openquality init --key p256`; this one cannot sign."),
            ) from None

    def coordinates(self) -> tuple[bytes, bytes]:
        """Return x and y of a P-256 key, 32 bytes each."""
        assert isinstance(self._key, EllipticCurvePublicKey)
        numbers = self._key.public_numbers()
        return numbers.x.to_bytes(32), numbers.y.to_bytes(32)

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Tell whether a signature of 64 bytes over the message was made by this key.

        Ed25519 as RFC 8032 (S below the group order); P-256 as r ‖ s with SHA-256 (RFC 7518,
        section 3.4). It does not judge high S: that is a rule of the envelope.
        """
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
                self._key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeyResolution:
    """Say which keys may assert in the name of a DID, and how well the DID is bound to anyone.

    `keys` maps the absolute DID URLs under `assertionMethod` to keys. `level` is L0 for an
    identity that only asserts itself.
    """

    did: str
    level: str
    keys: Mapping[str, PublicKey]


def did_key(key: PublicKey) -> str:
    """Write the did:key identifier of a public key."""
    return METHOD + multikey(key)


def multikey(key: PublicKey) -> str:
    """Write a public key as a Multikey (W3C Controlled Identifiers, 2.2.2): z6Mk… or zDn…."""
    prefix = _ED25519_PREFIX if key.kind is KeyKind.ED25519 else _P256_PREFIX
    return "z" + base58_encode(prefix + key.raw)


def from_multikey(text: str) -> PublicKey:
    """Read a Multikey, or raise IdentityError (codes K002 to K006)."""
    if not text.startswith("z") or len(text) > MAX_MULTIBASE:
        raise IdentityError(
            "K002",
            message(
                "{text!r} is not z and at most {max_multibase} characters.",
                text=text[:100],
                max_multibase=MAX_MULTIBASE - 1,
            ),
            message("A key is written in base58btc, which starts with z (Multibase)."),
        )
    data = base58_decode(text[1:])
    if data.startswith(_ED25519_PREFIX):
        return PublicKey.from_bytes(KeyKind.ED25519, data.removeprefix(_ED25519_PREFIX))
    if data.startswith(_P256_PREFIX):
        return PublicKey.from_bytes(KeyKind.P256, data.removeprefix(_P256_PREFIX))
    raise IdentityError(
        "K003",
        message("{text!r} holds neither an Ed25519 (z6Mk…) nor a P-256 key (zDn…).", text=text),
        message("Sign with one of these two kinds; `openquality init` makes them."),
    )


def key_id(did: str) -> str:
    """Write the DID URL of the one verification method of a did:key."""
    return f"{did}#{did.removeprefix(METHOD)}"


@lru_cache(maxsize=CACHED_KEYS)
def resolve(did: str) -> KeyResolution:
    """Find the assertion keys of a DID, or raise IdentityError (codes K001 to K006)."""
    if not did.startswith(METHOD):
        raise IdentityError(
            "K001",
            message(
                "The keys of {did!r} are not in the identifier itself, as those of a did:key.",
                did=did[:100],
            ),
            message("Bring the key events of this issuer: the registry adds them to the bundle."),
        )
    key = from_multikey(did.removeprefix(METHOD))
    return KeyResolution(did=did, level="L0", keys=MappingProxyType({key_id(did): key}))


def multihash(data: bytes) -> str:
    """Return the SHA-256 of bytes as a Multihash (0x12, 32) in base58btc."""
    return base58_encode(b"\x12\x20" + sha256(data).digest())


def base58_encode(data: bytes) -> str:
    """Write bytes in base58btc (the Bitcoin alphabet, leading zero bytes as leading 1)."""
    number = int.from_bytes(data)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(text: str) -> bytes:
    """Read base58btc, where every text stands for exactly one byte string.

    Raises IdentityError (K002).
    """
    number = 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise IdentityError(
                "K002",
                message("{character!r} is not a base58btc character.", character=character),
                message("Copy the identifier again: base58 has no 0, O, I and l."),
            )
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _ed25519(raw: bytes) -> Ed25519PublicKey:
    y = int.from_bytes(raw, "little") % _SIGN_BIT
    if y in _SMALL_ORDER_Y:
        raise IdentityError(
            "K005",
            message(
                "The Ed25519 key is a point of small order, with which anyone could sign anything."
            ),
            message("Make a new key with `openquality init`; no honest program makes this one."),
        )
    if y >= _P:
        raise IdentityError(
            "K006",
            message("The Ed25519 key is not spelled canonically (RFC 8032, section 5.1.3)."),
            message("Make a new key with `openquality init`; no honest program makes this one."),
        )
    return Ed25519PublicKey.from_public_bytes(raw)
