"""A query may ask for a certificate: who signed it, for which scheme, valid on which day."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import openquality_schemas
from openquality import Client
from openquality.signing import SigningKey, generate, sign

BODY, SUPPLIER = generate(), generate()
DAY = "2026-11-20"  # the certificate holds from 2026-05-01 to 2029-04-30


def issued(name: str, key: SigningKey, holder: str | None = None) -> bytes:
    """Sign a shipped example with a key of ours, about a holder of ours."""
    text = openquality_schemas.examples("valid")[name].decode()
    record = json.loads(text)
    text = text.replace(record["issuer"]["id"], key.did)
    if holder is not None:
        text = text.replace(record["credentialSubject"]["id"], holder)
    unsigned = json.loads(text)
    # What this version of the registry does not take yet.
    for later in ("supersedes", "extensionSchemas"):
        unsigned.pop(later, None)
    subject = unsigned["credentialSubject"]
    for part in (subject, *subject["claims"]):
        part.pop("extensions", None)
    return sign(unsigned, key)


@pytest.fixture(scope="module")
def client(registry: str) -> Iterator[Client]:
    with Client(registry) as asking:
        asking.publish(issued("organisation-on-time.json", SUPPLIER))
        asking.publish(issued("management-certificate.json", BODY, SUPPLIER.did))
        yield asking


def asked(client: Client, certificate: dict[str, Any], **more: object) -> tuple[int, set[str]]:
    """Ask for the supplier with the certificate: how many rows, and why others are left out."""
    answer = client.query(
        {
            "subject": {"ids": [SUPPLIER.did]},
            "where": [{"metric": "on-time-delivery"}],
            "certificates": [certificate],
            "asOf": DAY,
        }
        | more
    )
    return len(answer["rows"]), {item["reason"] for item in answer["leftOut"]}


FOUND: tuple[int, set[str]] = (1, set())
MISSING = (0, {"certificateMissing:ISO-9001"})
LISTED = [{"did": BODY.did, "schemes": ["ISO-9001"]}]


@pytest.mark.parametrize(
    ("certificate", "more", "expected"),
    [
        ({"scheme": "ISO-9001"}, {}, FOUND),
        ({"scheme": "ISO-9001", "edition": "2015"}, {}, FOUND),
        ({"scheme": "ISO-9001", "edition": "2008"}, {}, MISSING),
        ({"scheme": "ISO-9001"}, {"asOf": "2026-04-30"}, (0, {"periodAhead"})),
        ({"scheme": "ISO-9001"}, {"asOf": "2029-05-01"}, (0, {"expired"})),
        ({"scheme": "ISO-9001", "on": "2029-04-30"}, {}, FOUND),
        ({"scheme": "ISO-9001", "on": "2029-05-01"}, {}, MISSING),
        ({"scheme": "ISO-9001", "accredited": True}, {}, MISSING),
        ({"scheme": "ISO-9001", "accredited": True}, {"accreditors": LISTED}, FOUND),
        (
            {"scheme": "ISO-9001", "accredited": True},
            {"accreditors": [{"did": BODY.did, "schemes": ["ISO-14001"]}]},
            MISSING,
        ),
    ],
    ids=[
        "the scheme",
        "its edition",
        "another edition",
        "before the measurement ended",
        "after the record that is asked for ran out",
        "on its last day",
        "the day after",
        "nobody listed as accredited",
        "the body listed for it",
        "the body listed for another scheme",
    ],
)
def test_a_certificate_that_was_asked_for(
    client: Client,
    certificate: dict[str, Any],
    more: dict[str, object],
    expected: tuple[int, set[str]],
) -> None:
    assert expected == asked(client, certificate, **more)
