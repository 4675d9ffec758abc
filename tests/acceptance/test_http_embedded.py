"""Statements with a proof inside them (W3C Data Integrity), over HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from registry_at_work import KEY, attestation, registry, trust_in

from openquality import wire
from openquality.signing import SigningKey, generate
from openquality_validator import bundle, dataintegrity
from openquality_validator.bundle import Bundle, Outcome
from openquality_validator.identity import KeyKind

P256 = generate(KeyKind.P256)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx2.Client]:
    with registry(tmp_path) as (client, _):
        yield client


def embedded(number: int, key: SigningKey = KEY, suite: str = "eddsa-jcs-2022") -> dict[str, Any]:
    value = attestation(number, key=key)
    proof = dataintegrity.sign(
        value, suite=suite, method=key.key_id, created=None, sign_bytes=key.sign
    )
    return value | {"proof": proof}


def post(client: httpx2.Client, data: bytes) -> httpx2.Response:
    return client.post("/v1/statements", content=data, headers={"content-type": "application/vc"})


@pytest.mark.parametrize(("key", "suite"), [(KEY, "eddsa-jcs-2022"), (P256, "ecdsa-jcs-2019")])
def test_a_credential_with_its_proof_inside_is_admitted_and_verified(
    client: httpx2.Client, key: SigningKey, suite: str
) -> None:
    data = json.dumps(embedded(1, key, suite), indent=2).encode()
    answer = post(client, data)
    assert answer.status_code == 201
    verdict = bundle.verify(answer.content, trust=trust_in(client), now=datetime.now(UTC))
    assert verdict.overall is Outcome.PASS
    name = answer.headers["location"]
    exact = client.get(name, headers={"accept": "application/vc"})
    assert (exact.content, exact.headers["content-type"]) == (data, "application/vc")
    view = client.get(name, headers={"accept": wire.JSON}).json()
    assert view["header"] == {"alg": suite, "kid": key.key_id}


def test_the_same_in_other_bytes_gets_the_receipt_of_the_first(client: httpx2.Client) -> None:
    value = embedded(1)
    first = post(client, json.dumps(value).encode())
    twin = post(client, json.dumps(dict(reversed(value.items())), indent=1).encode())
    assert (first.status_code, twin.status_code) == (201, 200)
    assert Bundle.from_bytes(twin.content).statement == json.dumps(value).encode()
    assert twin.headers["location"] == first.headers["location"]
    other = embedded(1) | {"proof": embedded(1)["proof"] | {"created": "2026-01-01T00:00:00Z"}}
    changed = post(client, json.dumps(other).encode())
    assert changed.status_code == 422


def test_a_changed_credential_is_refused(client: httpx2.Client) -> None:
    value = embedded(1) | {"name": "Another name"}
    answer = post(client, json.dumps(value).encode())
    assert (answer.status_code, answer.json()["findings"][0]["code"]) == (422, "J017")
