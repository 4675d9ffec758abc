"""Judge a signature of 64 bytes: whether the key made it, and whether it is the only one."""

from openquality_validator.errors import EnvelopeError
from openquality_validator.identity.key import KeyKind, PublicKey
from openquality_validator.message import message

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def check(key: PublicKey, signature: bytes, signed: bytes) -> None:
    """Check that a key signed a message: Ed25519, or r ‖ s with SHA-256 for P-256.

    Raises EnvelopeError: J012 for the malleable half of ECDSA, J017 for a wrong signature.
    """
    # (r, s) and (r, n − s) both verify, so anyone could make a twin with another digest.
    if key.kind is KeyKind.P256 and int.from_bytes(signature[32:]) > P256_ORDER // 2:
        raise EnvelopeError(
            "J012",
            message("The ECDSA signature has a high S."),
            message("Replace s by n − s, or sign with `openquality sign`, which does."),
        )
    if not key.accepts(signature, signed):
        raise EnvelopeError(
            "J017",
            message(
                "The signature does not verify: what is signed, or the signature, was changed."
            ),
            message("Get the statement again from its source; if it is yours, sign it again."),
        )
