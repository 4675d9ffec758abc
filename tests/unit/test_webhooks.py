"""Webhooks are signed as Standard Webhooks says, and nothing else passes for genuine."""

import base64
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import openquality
from openquality import signing, webhooks
from openquality.webhooks import NotGenuine
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
EVENT = {"specversion": "1.0", "id": "1c6a2b5e", "type": "org.openquality.data.late.v1"}
BODY = orjson.dumps(EVENT)
KEY = signing.generate()
PINNED = [webhooks.key_text(KEY.public)]
HEADERS = webhooks.sign(EVENT["id"], BODY, KEY, now=NOW)


def by_others(identifier: str, seconds: int, body: bytes) -> tuple[dict[str, str], str]:
    """Sign as the text of Standard Webhooks says, with nothing of ours; give the key's text too."""
    key = Ed25519PrivateKey.generate()
    signature = key.sign(f"{identifier}.{seconds}.".encode() + body)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return {
        "Webhook-Id": identifier,
        "Webhook-Timestamp": str(seconds),
        "Webhook-Signature": f"v1a,{base64.b64encode(signature).decode()}",
    }, f"whpk_{public}"


def refused(headers: dict[str, str], body: bytes = BODY, *, now: datetime = NOW) -> str:
    with pytest.raises(NotGenuine) as caught:
        openquality.webhooks.verify(headers, body, keys=PINNED, now=now)
    return caught.value.reason


def test_what_we_sign_verifies_with_nothing_of_ours() -> None:
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(PINNED[0].removeprefix("whpk_")))
    version, _, text = HEADERS["webhook-signature"].partition(",")
    assert version == "v1a"
    content = f"{HEADERS['webhook-id']}.{HEADERS['webhook-timestamp']}.".encode() + BODY
    public.verify(base64.b64decode(text), content)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(text), content + b" ")


def test_what_others_sign_verifies_here() -> None:
    headers, key = by_others("1c6a2b5e", int(NOW.timestamp()), BODY)
    assert webhooks.verify(headers, BODY, keys=[*PINNED, key], now=NOW) == EVENT


def test_one_of_several_signatures_is_enough() -> None:
    # While a sender changes its key it signs with both; and v1 is the symmetric form, of others.
    headers, _ = by_others("1c6a2b5e", int(NOW.timestamp()), BODY)
    both = f"v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= {headers['Webhook-Signature']} "
    many = {**HEADERS, "webhook-signature": both + HEADERS["webhook-signature"]}
    assert webhooks.verify(many, BODY, keys=PINNED, now=NOW) == EVENT


def test_every_part_is_covered() -> None:
    nobody = "No pinned key has signed it."
    assert refused(HEADERS, BODY + b" ") == nobody
    assert refused({**HEADERS, "webhook-id": "1c6a2b5f"}) == nobody
    assert refused({**HEADERS, "webhook-timestamp": str(int(NOW.timestamp()) + 1)}) == nobody
    assert refused(by_others("1c6a2b5e", int(NOW.timestamp()), BODY)[0]) == nobody
    # A full stop more or less moves nothing from one part into another.
    moved = {**HEADERS, "webhook-id": f"{HEADERS['webhook-id']}.{HEADERS['webhook-timestamp']}"}
    assert refused(moved) == nobody


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_is_named(name: str) -> None:
    assert name in refused({key: value for key, value in HEADERS.items() if key != name})
    assert name in refused({**HEADERS, name: ""})


@pytest.mark.parametrize(
    "signature",
    ["v1a", "v1a,", "v1a,===", "v1a,AAAA", "v1,AAAA", ",", " ", "v1a,ä", "v1a," + "A" * 86 + "=="],
)
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    refused({**HEADERS, "webhook-signature": signature})


def test_only_so_many_signatures_are_tried() -> None:
    junk = "v1a," + base64.b64encode(bytes(64)).decode()
    within = " ".join([junk] * 7 + [HEADERS["webhook-signature"]])
    beyond = " ".join([junk] * 8 + [HEADERS["webhook-signature"]])
    assert webhooks.verify({**HEADERS, "webhook-signature": within}, BODY, keys=PINNED, now=NOW)
    refused({**HEADERS, "webhook-signature": beyond})


def test_what_was_heard_once_does_not_count_later() -> None:
    for minutes in (-5, 5):
        now = NOW + timedelta(minutes=minutes)
        assert webhooks.verify(HEADERS, BODY, keys=PINNED, now=now) == EVENT
    for seconds in (-301, 301, 86_400):
        assert "too far" in refused(HEADERS, now=NOW + timedelta(seconds=seconds))
    later = NOW + timedelta(hours=1)
    assert webhooks.verify(HEADERS, BODY, keys=PINNED, now=later, tolerance=timedelta(hours=2))


@pytest.mark.parametrize("stamp", ["", "x", "1e3", "-1", "٣", "9" * 400, "0x10", " 1"])
def test_a_timestamp_that_is_none_is_refused_also_where_it_is_signed(stamp: str) -> None:
    key = KEY.signer
    signature = base64.b64encode(key.sign(f"1c6a2b5e.{stamp}.".encode() + BODY)).decode()
    headers = {"webhook-id": "1c6a2b5e", "webhook-timestamp": stamp}
    refused({**headers, "webhook-signature": f"v1a,{signature}"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id":1}', b'{"id":"other"}', b"\xff"])
def test_a_body_that_is_not_the_event_is_refused_also_where_it_is_signed(body: bytes) -> None:
    refused(webhooks.sign("1c6a2b5e", body, KEY, now=NOW), body)


def test_a_pinned_key_that_is_none_is_an_error_of_its_own() -> None:
    for text in ("", "whpk_", "whpk_AAAA", "whsk_" + PINNED[0][5:], PINNED[0][5:], "whpk_ä"):
        with pytest.raises(IdentityError, match="K00"):
            webhooks.verify(HEADERS, BODY, keys=[text], now=NOW)


def test_without_a_pinned_key_nothing_is_genuine() -> None:
    with pytest.raises(NotGenuine):
        webhooks.verify(HEADERS, BODY, keys=[], now=NOW)


def test_only_ed25519_signs_webhooks() -> None:
    other = signing.generate(KeyKind.P256)
    with pytest.raises(IdentityError):
        webhooks.read_key(webhooks.key_text(other.public))
