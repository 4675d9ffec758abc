"""A private key in a token that speaks PKCS #11: a smart card, a USB key, an HSM, many a KMS.

The key never leaves the token. Ed25519 by CKM_EDDSA (PKCS #11 3.0, 2.3.14), P-256 by CKM_ECDSA
over the SHA-256 of the message (2.3.6).
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex
from types import ModuleType
from typing import TYPE_CHECKING, Any

from openquality.keeping import agreed
from openquality.keeping.local import low
from openquality.keeping.passphrase import PIN, Ask, Wanted
from openquality.keeping.signer import cannot, gone, locked, missing, other_key, wrong
from openquality_validator import documents
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind, PublicKey, multikey
from openquality_validator.message import message

if TYPE_CHECKING:
    from pkcs11 import PublicKey as TokenKey
    from pkcs11 import Session

NAME = "pkcs11"
# EC_PARAMS, in DER: the printable name that PKCS #11 3.0 gives the curve; the identifier of P-256.
_EDWARDS_25519 = bytes.fromhex("130c656477617264733235353139")
_P256 = bytes.fromhex("06082a8648ce3d030107")
_OCTETS, _UNCOMPRESSED = 0x04, 0x04
# A login is one of the whole process (PKCS #11, 5.6), and so is the session that made it.
_sessions: "dict[tuple[str, str], Session]" = {}


@dataclass(frozen=True, slots=True)
class Slot:
    """Name a key pair: the module (a shared library), the token's label, the key's label."""

    module: str
    token: str
    label: str


class TokenSigner:
    """Sign in a token; its PIN is asked for once, by the first signature."""

    def __init__(self, public: PublicKey, slot: Slot, ask: Ask) -> None:
        self.public = public
        self.slot = slot
        self._ask = ask

    def __repr__(self) -> str:
        return f"TokenSigner({self.public!r}, {self.slot!r})"

    @classmethod
    def take(cls, slot: Slot, *, kind: KeyKind, ask: Ask) -> "TokenSigner":
        """Take the key pair of this label, or make one in the token if there is none.

        Raises IdentityError (K011 to K016).
        """
        library, session = _library(), _login(slot, ask)
        try:
            found = _found(session, slot)
            public = _public(found if found is not None else _generate(session, slot.label, kind))
        except library.PKCS11Error as error:
            raise _refused(error, slot) from None
        return cls(public, slot, ask)

    def sign(self, message: bytes) -> bytes:
        """Sign bytes in the token."""
        library, slot = _library(), self.slot
        session = _login(slot, self._ask)
        try:
            key: Any = session.get_key(library.ObjectClass.PRIVATE_KEY, label=slot.label)
            if self.public.kind is KeyKind.ED25519:
                signature = bytes(key.sign(message, mechanism=library.Mechanism.EDDSA))
            else:
                digest = sha256(message).digest()
                signature = low(bytes(key.sign(digest, mechanism=library.Mechanism.ECDSA)))
        except library.PKCS11Error as error:
            raise _refused(error, slot) from None
        if not self.public.accepts(signature, message):
            raise other_key(slot.label)
        return signature

    def to_file(self) -> bytes:
        """Write a key file that names module, token and label."""
        return documents.canonical(
            {
                "v": 1,
                "signer": NAME,
                "module": self.slot.module,
                "token": self.slot.token,
                "label": self.slot.label,
                "publicKey": multikey(self.public),
            }
        )

    def successor(self, kind: KeyKind) -> "TokenSigner":
        """Make another key in the same token; its label is this one's with a random end."""
        stem = self.slot.label.partition("~")[0]
        slot = replace(self.slot, label=f"{stem}~{token_hex(4)}")
        return TokenSigner.take(slot, kind=kind, ask=self._ask)


def _library() -> ModuleType:
    try:
        import pkcs11
    except ModuleNotFoundError:
        raise missing(
            message("the package python-pkcs11 is not installed"),
            message("Run: pip install 'openquality[pkcs11]'."),
        ) from None
    return pkcs11


def _login(slot: Slot, ask: Ask) -> "Session":
    agreed.require(slot.module)
    if (slot.module, slot.token) in _sessions:
        return _sessions[slot.module, slot.token]
    library = _library()
    try:
        module = library.lib(slot.module)
    except library.PKCS11Error as error:
        raise missing(
            message(
                "the PKCS #11 module {module} does not load ({why!r})",
                module=slot.module,
                why=error,
            ),
            message("Install the token's software, or make the key file anew with its module."),
        ) from None
    try:
        token = module.get_token(token_label=slot.token)
        pin = ask(Wanted(PIN, slot.token))
        session: Session = token.open(rw=True, user_pin=pin.decode("utf-8", "surrogateescape"))
    except library.PKCS11Error as error:
        raise _refused(error, slot) from None
    _sessions[slot.module, slot.token] = session
    return session


def forget_sessions() -> None:
    """Log out of all tokens."""
    while _sessions:
        _sessions.popitem()[1].close()


def _found(session: "Session", slot: Slot) -> "TokenKey | None":
    library = _library()
    try:
        key: TokenKey = session.get_key(library.ObjectClass.PUBLIC_KEY, label=slot.label)  # type: ignore[assignment]
    except library.NoSuchKey:
        return None
    return key


def _generate(session: "Session", label: str, kind: KeyKind) -> "TokenKey":
    library = _library()
    edwards = kind is KeyKind.ED25519
    key_type = library.KeyType.EC_EDWARDS if edwards else library.KeyType.EC
    curve = session.create_domain_parameters(
        key_type, {library.Attribute.EC_PARAMS: _EDWARDS_25519 if edwards else _P256}, local=True
    )
    mechanism = library.Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else None
    hidden = {library.Attribute.SENSITIVE: True, library.Attribute.EXTRACTABLE: False}
    public, _ = curve.generate_keypair(
        mechanism=mechanism, store=True, label=label, private_template=hidden
    )
    key: TokenKey = public
    return key


def _public(key: "TokenKey") -> PublicKey:
    """Read the public key: 32 bytes, or 0x04 ‖ x ‖ y, bare or as a DER octet string."""
    library = _library()
    point = bytes(key[library.Attribute.EC_POINT])
    if point[0] == _OCTETS and point[1] == len(point) - 2:
        point = point[2:]
    if key.key_type == library.KeyType.EC_EDWARDS:
        return PublicKey.from_bytes(KeyKind.ED25519, point)
    if point[0] != _UNCOMPRESSED:
        raise cannot(message("used, since its point is compressed"), message("Take another token."))
    x, y = point[1:33], point[33:]
    return PublicKey.from_bytes(KeyKind.P256, bytes((2 + (y[-1] & 1),)) + x)


def _refused(error: Exception, slot: Slot) -> IdentityError:
    library = _library()
    # A token that was pulled out and put back wants a login anew.
    _sessions.pop((slot.module, slot.token), None)
    if isinstance(error, (library.PinIncorrect, library.PinLenRange, library.PinInvalid)):
        return wrong(Wanted(PIN, slot.token).words, slot.token)
    if isinstance(error, (library.PinLocked, library.PinExpired)):
        return locked(message("the token {token}", token=slot.token))
    if isinstance(error, (library.NoSuchToken, library.TokenNotPresent, library.DeviceRemoved)):
        return gone(message("there is no token {token}", token=slot.token))
    if isinstance(error, (library.NoSuchKey, library.MultipleObjectsReturned)):
        return gone(
            message(
                "the token {token} has not exactly one key {label}",
                token=slot.token,
                label=slot.label,
            )
        )
    return cannot(
        message("used by the token {token} ({why})", token=slot.token, why=type(error).__name__),
        message("See what the token's software says of it; a token without Ed25519 may do P-256."),
    )
