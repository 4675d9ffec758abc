"""did:key: published vectors, and every key that must not pass for one."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from openquality_validator import identity
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind, PublicKey

VECTORS = Path(__file__).parents[1] / "vectors" / "keys"
DID_KEY = json.loads((VECTORS / "did-key.json").read_text())
ED25519_PREFIX, P256_PREFIX = bytes([0xED, 0x01]), bytes([0x80, 0x24])  # multicodec varints
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
P256_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw_key(case: dict[str, str]) -> bytes:
    if "raw" in case:
        return bytes.fromhex(case["raw"])
    return bytes([2 + unpadded(case["y"])[-1] % 2]) + unpadded(case["x"])


def did_of(data: bytes) -> str:
    return "did:key:z" + identity.base58_encode(data)


def code_of(did: str) -> str:
    with pytest.raises(IdentityError) as refusal:
        identity.resolve(did)
    return refusal.value.code


# --- naive edwards25519 arithmetic, only to find the points of small order -----------------------


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P,
    )


def times(n: int, point: tuple[int, int]) -> tuple[int, int]:
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def point_with_y(y: int) -> tuple[int, int] | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    for x in (root, root * pow(2, (P - 1) // 4, P) % P):
        if x * x % P == square:
            return x, y
    return None


def small_order_encodings() -> set[bytes]:
    points: set[tuple[int, int]] = set()
    for y in range(2, 60):
        point = point_with_y(y)
        if point is not None:
            torsion = times(ORDER, point)
            points |= {times(n, torsion) for n in range(8)}
    assert len(points) == 8
    spellings = set()
    for _, y in points:
        for unreduced in (y, y + P):
            for sign in (0, 1):
                if unreduced < 2**255:
                    spellings.add((unreduced | sign << 255).to_bytes(32, "little"))
    return spellings


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", DID_KEY["accepted"], ids=lambda case: case["did"][8:16])
def test_published_did_keys_give_their_key_and_are_written_again(case: dict[str, str]) -> None:
    resolution = identity.resolve(case["did"])
    key_id = case["did"] + "#" + case["did"].removeprefix("did:key:")
    expected = PublicKey.from_bytes(KeyKind(case["kind"]), raw_key(case))
    assert dict(resolution.keys) == {key_id: expected}
    assert resolution.did == case["did"]
    assert resolution.level == "L0"
    assert identity.did_key(expected) == case["did"]
    assert identity.key_id(case["did"]) == key_id


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ],
)
def test_base58_vectors_of_draft_msporny_base58(data: bytes, text: str) -> None:
    assert identity.base58_encode(data) == text
    assert identity.base58_decode(text) == data


@given(st.binary(max_size=48))
def test_base58_round_trip(data: bytes) -> None:
    assert identity.base58_decode(identity.base58_encode(data)) == data


@given(st.text(identity.key._ALPHABET, max_size=48))
def test_every_base58_text_is_the_only_spelling_of_its_bytes(text: str) -> None:
    assert identity.base58_encode(identity.base58_decode(text)) == text


# --- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", json.loads((VECTORS / "rfc8032.json").read_text())["cases"])
def test_rfc8032_signatures_verify_and_their_malleable_twins_do_not(case: dict[str, str]) -> None:
    key = PublicKey.from_bytes(KeyKind.ED25519, bytes.fromhex(case["public"]))
    message, signature = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])
    twin = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(
        32, "little"
    )
    assert key.accepts(signature, message)
    assert not key.accepts(twin, message)
    assert not key.accepts(signature, message + b"\0")


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "jws.json").read_text())["cases"], ids=lambda c: c["source"]
)
def test_published_jws_signatures_verify(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["public"]) if "public" in case else raw_key(case)
    signing_input, _, signature = case["token"].rpartition(".")
    key = PublicKey.from_bytes(KeyKind(case["kind"]), raw)
    assert key.accepts(unpadded(signature), signing_input.encode())
    assert not key.accepts(unpadded(signature), signing_input.encode() + b"A")


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_signature_of_zeros_is_no_signature(kind: KeyKind) -> None:
    case = next(case for case in DID_KEY["accepted"] if case["kind"] == kind)
    assert not PublicKey.from_bytes(kind, raw_key(case)).accepts(bytes(64), b"message")


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", sorted(small_order_encodings()), ids=bytes.hex)
def test_small_order_ed25519_key(raw: bytes) -> None:
    assert code_of(did_of(ED25519_PREFIX + raw)) == "K005"


def test_the_identity_key_would_verify_any_message() -> None:
    # Why the rule above exists: the library says yes to a signature that nobody made.
    key = Ed25519PublicKey.from_public_bytes(bytes([1]) + bytes(31))
    key.verify(bytes([1]) + bytes(63), b"any message at all")


@pytest.mark.parametrize("y", range(P + 2, 2**255))
def test_ed25519_key_in_an_unreduced_spelling(y: int) -> None:
    assert code_of(did_of(ED25519_PREFIX + y.to_bytes(32, "little"))) == "K006"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x02" + (1).to_bytes(32),  # 1 − 3 + b is no square modulo p
        b"\x02" + P256_FIELD.to_bytes(32),
        b"\x03" + b"\xff" * 32,
        bytes(33),
        b"\x04" + unpadded(DID_KEY["accepted"][1]["x"]),
    ],
    ids=["off the curve", "x is the field's prime", "x beyond the field", "infinity", "prefix 4"],
)
def test_p256_bytes_that_are_no_compressed_point(raw: bytes) -> None:
    assert code_of(did_of(P256_PREFIX + raw)) == "K006"


@pytest.mark.parametrize(
    "data",
    [
        ED25519_PREFIX + bytes(31),
        ED25519_PREFIX + bytes(33),
        ED25519_PREFIX,
        P256_PREFIX + b"\x02" + bytes(31),
        P256_PREFIX + b"\x02" + bytes(33),
    ],
    ids=["ed25519 short", "ed25519 long", "ed25519 empty", "p256 short", "p256 long"],
)
def test_key_of_a_wrong_length(data: bytes) -> None:
    assert code_of(did_of(data)) == "K004"


@pytest.mark.parametrize("case", DID_KEY["refused"], ids=lambda case: case["what"])
def test_published_did_keys_of_other_kinds(case: dict[str, str]) -> None:
    assert code_of(case["did"]) in {"K002", "K003"}  # K002: longer than any key read here


@pytest.mark.parametrize(
    "prefix",
    [b"\xed\x81\x00", b"\x80\xa4\x00", b"\x00\xed\x01", b"\x81\x24", b""],
    ids=["long varint", "long p256 varint", "leading zero", "p384 codec", "no codec"],
)
def test_multicodec_that_is_not_spelled_minimally_or_not_ours(prefix: bytes) -> None:
    raw = raw_key(DID_KEY["accepted"][0])
    assert code_of(did_of(prefix + raw)) in {"K002", "K003"}


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:web:example.com", "K001"),
        ("DID:KEY:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "K001"),
        ("", "K001"),
        ("did:key:", "K002"),
        ("did:key:z", "K003"),
        ("did:key:1.1:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "K002"),
        ("did:key:u7QE7aie8zraTLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ", "K002"),
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0", "K002"),
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWl", "K002"),
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp ", "K002"),
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#x", "K002"),
        ("did:key:z" + "6" * 1_000_000, "K002"),
    ],
)
def test_identifier_that_is_no_did_key(did: str, code: str) -> None:
    assert code_of(did) == code
