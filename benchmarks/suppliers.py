"""Statements as suppliers with many products would publish them: one attestation a product."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import harness
from openquality import signing
from openquality.signing import SigningKey

ORDERS = 480  # lines due, in the fixture's delivery claim
_TEXT = harness.example().decode()
_VALUE = json.loads(_TEXT)
_ID, _ISSUER = _VALUE["id"], _VALUE["issuer"]["id"]
_GTIN = _VALUE["credentialSubject"]["identifiers"][0]["value"]
_DELIVERED = '"value":{"amount":"97.5","unit":"%"},"counts":{"numerator":468,"denominator":480}'
assert _DELIVERED in _TEXT


@dataclass(frozen=True, slots=True)
class Product:
    """Name one product and its attestation."""

    credential_id: str
    gtin: str

    @classmethod
    def numbered(cls, number: int) -> "Product":
        """Return the product of this number; other numbers give other ids and GTINs."""
        return cls(f"urn:uuid:{uuid.UUID(int=number)}", gtin(number))


def gtin(number: int) -> str:
    """Write a GTIN-14 (GS1 General Specifications, 7.9: weights 3 and 1 from the right)."""
    digits = f"0{number:012d}"
    weighed = sum(int(d) * (3 if at % 2 == 0 else 1) for at, d in enumerate(reversed(digits)))
    return f"{digits}{-weighed % 10}"


def attestation(key: SigningKey, product: Product, *, on_time: int) -> bytes:
    """Write a valid attestation: `on_time` of 480 order lines came in time."""
    percent = f"{100 * on_time / ORDERS:.4f}"
    return (
        _TEXT.replace(_ID, product.credential_id)
        .replace(_ISSUER, key.did)
        .replace(_GTIN, product.gtin)
        .replace(
            _DELIVERED, _DELIVERED.replace('"97.5"', f'"{percent}"').replace("468", str(on_time))
        )
    ).encode()


def signed(count: int) -> Iterator[bytes]:
    """Yield signed statements of one new supplier, with ids of its own."""
    key = signing.generate()
    first = random.randrange(10**11, 10**12 - count)  # noqa: S311 - only not to meet another's
    for number in range(first, first + count):
        product = Product(f"urn:uuid:{uuid.uuid4()}", gtin(number))
        on_time = random.randint(ORDERS // 2, ORDERS)  # noqa: S311 - a fixture
        yield signing.sign(attestation(key, product, on_time=on_time), key)
