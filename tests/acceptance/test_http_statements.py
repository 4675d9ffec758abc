"""Publishing and fetching statements over HTTP, by a real server."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from registry_at_work import (
    KEY,
    RunRegistry,
    attestation,
    publish,
    publish_all,
    statement,
    trust_in,
    verdict,
)

import openquality_schemas
from openquality import wire
from openquality.signing import generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import catalogue
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.trust import Trust


@pytest.fixture(scope="module")
def served(
    run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx2.Client, Parts]]:
    with run_registry(tmp_path_factory.mktemp("registry") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def client(served: tuple[httpx2.Client, Parts]) -> httpx2.Client:
    return served[0]


@pytest.fixture(scope="module")
def trust(client: httpx2.Client) -> Trust:
    return trust_in(client)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_receipt_verifies_offline(client: httpx2.Client, trust: Trust) -> None:
    answer = publish(client, statement(1))
    assert answer.status_code == 201
    assert answer.headers["content-type"] == wire.BUNDLE
    assert answer.headers["location"] == f"/v1/statements/sha256:{digest(statement(1))}"
    assert verdict(answer.content, trust) == "pass"


def test_the_same_bytes_again_get_the_same_entry(client: httpx2.Client, trust: Trust) -> None:
    first = publish(client, statement(2))
    publish(client, statement(3))
    again = publish(client, statement(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["entry"] == first.json()["entry"]
    assert again.json()["log"]["index"] == first.json()["log"]["index"]
    assert verdict(again.content, trust) == "pass"


def test_the_same_id_with_other_bytes_is_a_conflict(client: httpx2.Client) -> None:
    publish(client, statement(4))
    other = attestation(4) | {"name": "Another name"}
    answer = publish(client, sign(other, KEY))
    assert answer.status_code == 409
    assert answer.json()["code"] == "duplicate-id"


def test_another_issuer_may_use_the_same_id(client: httpx2.Client) -> None:
    publish(client, statement(5))
    assert publish(client, statement(5, key=generate())).status_code == 201


def test_every_finding_comes_in_one_answer(client: httpx2.Client) -> None:
    value = attestation(6)
    claims = value["credentialSubject"]["claims"]
    claims[1]["value"]["amount"] = "12.5"
    value["credentialSubject"]["identifiers"][0]["value"] = "09506000134353"
    answer = publish(client, sign(value, KEY))
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid-statement"
    pointers = {finding["pointer"] for finding in answer.json()["findings"]}
    assert "/credentialSubject/claims/1/value/amount" in pointers
    assert "/credentialSubject/identifiers/0/value" in pointers


def test_a_later_catalogue_than_the_registrys_is_no_error_of_the_record(
    client: httpx2.Client,
) -> None:
    value = attestation(8) | {"catalogueVersion": "1.3"}
    answer = publish(client, sign(value, KEY))
    assert (answer.status_code, answer.json()["code"]) == (422, "not-supported-yet")
    assert "catalogue 1.3" in answer.json()["detail"]
    assert "Nothing is wrong with the record" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("number", "version"), list(enumerate(openquality_schemas.CATALOGUES, 900))
)
def test_a_bundle_names_the_catalogue_that_its_record_names(
    client: httpx2.Client, trust: Trust, number: int, version: str
) -> None:
    shipped = catalogue.load(version)
    receipt = publish(client, sign(attestation(number) | {"catalogueVersion": version}, KEY))
    assert receipt.status_code == 201
    assert verdict(receipt.content, trust) == "pass"
    full = client.get(receipt.headers["location"], headers={"accept": wire.BUNDLE})
    for answer in (receipt, full):
        named = answer.json()["catalogue"]
        assert named == {"version": version, "digest": shipped.digest}


def test_values_compare_whichever_catalogue_their_records_name(client: httpx2.Client) -> None:
    versions = openquality_schemas.CATALOGUES
    receipts = [
        publish(client, sign(attestation(910 + n) | {"catalogueVersion": version}, KEY))
        for n, version in enumerate(versions)
    ]
    digests = [receipt.headers["location"].rpartition("/")[2] for receipt in receipts]
    answer = client.post("/v1/compare", json={"digests": digests}).json()
    assert answer["metrics"]
    for metric in answer["metrics"]:
        grades = [value["grade"] for value in metric["values"]]
        assert len(grades) == len(versions)
        assert "notComparable" not in grades


def test_a_batch_answers_each_line_in_order(client: httpx2.Client, trust: Trust) -> None:
    publish(client, statement(10))
    conflicting = sign(attestation(10) | {"name": "Another name"}, KEY)
    lines = [statement(11), statement(10), b"rubbish", conflicting, statement(12), statement(11)]
    answer = publish_all(client, lines)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == wire.LINES
    answered = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["status"] for line in answered] == [201, 200, 422, 409, 201, 200]
    assert answered[2]["problem"]["findings"][0]["code"] == "J002"
    assert answered[3]["problem"]["code"] == "duplicate-id"
    for line, sent in zip(answered, lines, strict=True):
        if "bundle" in line:
            assert line["bundle"]["statement"].encode() == sent
            canonical = json.dumps(
                line["bundle"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            assert verdict(canonical.encode(), trust) == "pass"


def test_a_batch_of_several_windows_keeps_the_order_and_one_entry_for_each(
    run_registry: RunRegistry,
    tmp_path: Path,
) -> None:
    sent = [statement(number) for number in range(1_100)]
    with run_registry(tmp_path / "data", workers=1) as (client, parts):
        answered = publish_all(client, sent).text.splitlines()
        indices = [json.loads(line)["bundle"]["log"]["index"] for line in answered]
        assert indices == list(range(1_100))
        assert parts.published_size() == 1_100


def test_empty_lines_and_carriage_returns_are_no_statements(client: httpx2.Client) -> None:
    answer = client.post(
        "/v1/statements/batch",
        content=b"\r\n" + statement(13) + b"\r\n\r\n\n",
        headers={"content-type": wire.LINES},
    )
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [201]


def test_an_empty_batch_has_an_empty_answer(client: httpx2.Client) -> None:
    assert publish_all(client, []).text == ""


def test_the_exact_bytes_come_back(client: httpx2.Client) -> None:
    publish(client, statement(20))
    for name in (digest(statement(20)), f"sha256:{digest(statement(20))}"):
        answer = client.get(f"/v1/statements/{name}")
        assert answer.content == statement(20)
        assert answer.headers["content-type"] == "application/vc+jwt"
        assert "immutable" in answer.headers["cache-control"]
        assert "accept" in answer.headers["vary"].lower()


def test_the_decoded_view_shows_credential_and_place(client: httpx2.Client) -> None:
    index = publish(client, statement(21)).json()["log"]["index"]
    view = client.get(
        f"/v1/statements/{digest(statement(21))}", headers={"accept": "application/json"}
    ).json()
    assert view["credential"] == attestation(21)
    assert view["index"] == index
    assert view["issuer"] == KEY.did
    assert view["header"]["alg"] == "EdDSA"


def test_a_bundle_is_under_the_newest_checkpoint(client: httpx2.Client, trust: Trust) -> None:
    publish(client, statement(22))
    publish(client, statement(23))
    checkpoint = client.get("/checkpoint").text
    answer = client.get(
        f"/v1/statements/{digest(statement(22))}",
        headers={"accept": "application/vnd.openquality.bundle+json;v=1"},
    )
    assert answer.headers["content-type"] == wire.BUNDLE
    assert answer.json()["log"]["checkpoint"] == checkpoint
    assert verdict(answer.content, trust) == "pass"


def test_a_bundle_can_prove_that_the_log_only_grew(client: httpx2.Client, trust: Trust) -> None:
    seen = checkpoints.parse(client.get("/checkpoint").content)[0]
    publish(client, statement(24))
    answer = client.get(
        f"/v1/statements/{digest(statement(24))}?from={seen.size}",
        headers={"accept": "application/vnd.openquality.bundle+json"},
    )
    assert answer.json()["consistency"]["from"] == seen.size
    assert verdict(answer.content, trust, seen=seen) == "pass"
    beyond = client.get(
        f"/v1/statements/{digest(statement(24))}?from=100000",
        headers={"accept": "application/vnd.openquality.bundle+json"},
    )
    assert (beyond.status_code, beyond.json()["code"]) == (400, "invalid-parameter")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/vc+jwt"),
        ("application/*;q=0.5, application/json", "application/json"),
        ("text/html, application/json;q=0.1, */*;q=0.01", "application/json"),
        ("application/vc+jwt;q=0, application/json;q=0.5", "application/json"),
    ],
)
def test_the_form_follows_accept(client: httpx2.Client, accept: str, media_type: str) -> None:
    publish(client, statement(25))
    answer = client.get(f"/v1/statements/{digest(statement(25))}", headers={"accept": accept})
    assert answer.headers["content-type"] == media_type


def test_a_form_that_is_not_there_is_refused(client: httpx2.Client) -> None:
    publish(client, statement(25))
    answer = client.get(f"/v1/statements/{digest(statement(25))}", headers={"accept": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_an_unknown_digest_is_not_found(client: httpx2.Client) -> None:
    answer = client.get(f"/v1/statements/{64 * '0'}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-statement")
