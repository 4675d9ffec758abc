"""A private key that a passphrase opens: PKCS #8 EncryptedPrivateKeyInfo (RFC 5958, section 3).

    -----BEGIN ENCRYPTED PRIVATE KEY-----   PBES2 (RFC 8018, A.4): scrypt (RFC 7914), AES-256-CBC
    -----BEGIN PUBLIC KEY-----              so that the identity is known without the passphrase

Other programs read it: `openssl pkey -in openquality.key`. The passphrase stands in for the key,
so the work of trying one is set as OWASP's cheat sheet on storing passwords asks (2^14, 8, 5);
with these numbers OpenSSL's own bound of 32 MiB lets it read the file.
"""

import os
import re
from base64 import encodebytes

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from openquality.keeping.local import LocalSigner
from openquality.keeping.passphrase import PASSPHRASE, Ask, Wanted
from openquality.keeping.signer import unusable, wrong
from openquality_validator.identity import KeyKind, PublicKey
from openquality_validator.message import message

LABEL = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)

COST, BLOCK, PARALLEL = 2**14, 8, 5
SALT, IV, KEY = 16, 16, 32  # bytes
AES_BITS = 128  # of a block

# Object identifiers in DER: id-PBES2, id-scrypt (RFC 7914, 7), aes256-CBC-PAD (RFC 8018, B.2.5).
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02
_LONG = 0x80  # lengths from here on are written with the number of their bytes before them


class SealedSigner:
    """Sign with a key whose file a passphrase opens, asked for once, by the first signature."""

    def __init__(self, public: PublicKey, data: bytes, ask: Ask, where: str) -> None:
        self.public = public
        self._data = data
        self._ask = ask
        self._where = where
        self._open: tuple[LocalSigner, bytes] | None = None

    def __repr__(self) -> str:
        return f"SealedSigner({self.public!r})"

    @classmethod
    def seal(cls, key: LocalSigner, passphrase: bytes, *, where: str) -> "SealedSigner":
        """Protect a key by a passphrase."""
        sealed = cls(key.public, _written(key, passphrase), lambda _: passphrase, where)
        sealed._open = key, passphrase
        return sealed

    @classmethod
    def from_file(cls, data: bytes, *, ask: Ask, where: str) -> "SealedSigner":
        """Read a file; one without its public key is opened at once. Raises IdentityError."""
        found = _PUBLIC.search(data)
        if found is None:
            # Made by another program, such as `openssl genpkey -aes256`.
            passphrase = ask(Wanted(PASSPHRASE, where))
            key = _opened(data, passphrase, where)
            sealed = cls(key.public, data, ask, where)
            sealed._open = key, passphrase
            return sealed
        return cls(read_public(found[0]), data, ask, where)

    def sign(self, message: bytes) -> bytes:
        """Sign bytes."""
        return self._unlock()[0].sign(message)

    def to_file(self) -> bytes:
        """Return the file as it is."""
        return self._data

    def unlocked(self) -> LocalSigner:
        """Return the key itself. Raises IdentityError (K011, K012)."""
        return self._unlock()[0]

    def successor(self, kind: KeyKind) -> "SealedSigner":
        """Make another key under the same passphrase."""
        return self.seal(LocalSigner.generate(kind), self._unlock()[1], where=self._where)

    def _unlock(self) -> tuple[LocalSigner, bytes]:
        if self._open is None:
            passphrase = self._ask(Wanted(PASSPHRASE, self._where))
            key = _opened(self._data, passphrase, self._where)
            if key.public != self.public:
                raise unusable(message("its public key is not that of its private key"))
            self._open = key, passphrase
        return self._open


def _opened(data: bytes, passphrase: bytes, where: str) -> LocalSigner:
    private_part = data[data.index(LABEL) :]
    try:
        private = load_pem_private_key(private_part, password=passphrase)
    except UnsupportedAlgorithm as error:
        raise unusable(message("its encryption is not known here ({why})", why=error)) from None
    except (ValueError, TypeError):
        # One wrong passphrase in 256 gives a padding that fits, and bytes that are no key.
        raise wrong(Wanted(PASSPHRASE, where).words, where) from None
    return LocalSigner.of(private)


def _written(key: LocalSigner, passphrase: bytes) -> bytes:
    salt, iv = os.urandom(SALT), os.urandom(IV)
    secret = Scrypt(salt=salt, length=KEY, n=COST, r=BLOCK, p=PARALLEL).derive(passphrase)
    padder, encryptor = PKCS7(AES_BITS).padder(), Cipher(AES(secret), CBC(iv)).encryptor()
    padded = padder.update(key.to_der()) + padder.finalize()
    numbers = (_der(_INTEGER, _number(each)) for each in (COST, BLOCK, PARALLEL))
    derivation = _sequence(_SCRYPT, _sequence(_der(_OCTETS, salt), *numbers))
    scheme = _sequence(_AES_256_CBC, _der(_OCTETS, iv))
    info = _sequence(
        _sequence(_PBES2, _sequence(derivation, scheme)),
        _der(_OCTETS, encryptor.update(padded) + encryptor.finalize()),
    )
    body = encodebytes(info).replace(b"\n", b"")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return b"\n".join((LABEL, *lines, LABEL.replace(b"BEGIN", b"END"), key.public_pem()))


def read_public(pem: bytes) -> PublicKey:
    """Read a public key as SubjectPublicKeyInfo in PEM, or raise IdentityError (K007)."""
    try:
        loaded = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise unusable(message("its public key does not read ({why})", why=error)) from None
    if isinstance(loaded, Ed25519PublicKey):
        return PublicKey.from_bytes(KeyKind.ED25519, loaded.public_bytes_raw())
    if isinstance(loaded, EllipticCurvePublicKey) and isinstance(loaded.curve, SECP256R1):
        raw = loaded.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return PublicKey.from_bytes(KeyKind.P256, raw)
    raise unusable(message("it is neither an Ed25519 nor a P-256 key"))


def _sequence(*parts: bytes) -> bytes:
    return _der(_SEQUENCE, b"".join(parts))


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < _LONG:
        return bytes((tag, len(content))) + content
    length = _number(len(content)).lstrip(b"\0")
    return bytes((tag, _LONG + len(length))) + length + content


def _number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1)  # with room for the sign
