"""What a registry knows about a record, in one bundle: keys, status, registrations, growth."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from registry_at_work import RunRegistry, publish, publish_all, statement, trust_in
from webvh_at_work import NOW, Identity, register, send_line

from openquality import credentials, wire
from openquality.receipts import Judge
from openquality.signing import SigningKey, generate, sign
from openquality_validator import bundle, documents
from openquality_validator.bundle import Bundle, Outcome, Verdict
from openquality_validator.envelope import digest
from openquality_validator.tlog import checkpoint
from openquality_validator.trust import Party, Trust

HOST = "registry.example"


@pytest.fixture(scope="module")
def client(
    run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    folder = tmp_path_factory.mktemp("registry") / "data"
    with run_registry(folder, public_url=f"https://{HOST}") as (running, _):
        yield running


@pytest.fixture
def issuer(client: httpx2.Client, request: pytest.FixtureRequest) -> Identity:
    name = f"b{abs(hash(request.node.name)) % 10**9}"
    identity = Identity(f"{HOST}:issuers:{name}")
    assert register(client, identity).status_code == 201
    return identity


@pytest.fixture
def trust(client: httpx2.Client) -> Trust:
    """Trust the log, its status key, and what it hosts; require the status."""
    told = client.get("/.well-known/openquality").json()
    log = replace(
        trust_in(client).logs[0],
        status_keys=tuple(told["statusKeys"]),
        hosts=tuple(told["hosts"]),
    )
    return Trust(logs=(log,), required=(*Trust().required, "status"))


def admitted(client: httpx2.Client, data: bytes) -> bytes:
    """Publish, and return the receipt."""
    answer = publish(client, data)
    assert answer.status_code == 201, answer.text
    return answer.content


def fetch(client: httpx2.Client, data: bytes, **query: int) -> bytes:
    name = digest(data).removeprefix("sha256:")
    answer = client.get(f"/v1/statements/{name}", params=query, headers={"accept": wire.BUNDLE})
    assert answer.status_code == 200, answer.text
    return answer.content


def judge(data: bytes, trust: Trust, **more: Any) -> Verdict:  # noqa: ANN401 - of verify
    return bundle.verify(data, trust=trust, now=datetime.now(UTC), **more)


def code(verdict: Verdict, step: str) -> str:
    return next(each.code for each in verdict.steps if each.name == step)


def lost(key: SigningKey, by: SigningKey) -> bytes:
    since = credentials.time(NOW - timedelta(days=1))
    subject = {"id": by.did, "key": key.key_id, "since": since}
    made = credentials.make("KeyCompromise", subject, issuer=by.did, name="Nordbolt", now=NOW)
    return sign(made, by)


def test_a_did_key_needs_no_key_events(client: httpx2.Client, trust: Trust) -> None:
    record = statement(100)
    admitted(client, record)
    data = fetch(client, record)
    assert orjson.loads(data)["keys"] == []
    verdict = judge(data, trust)
    assert (verdict.overall, code(verdict, "status")) == (Outcome.PASS, "V110")


def test_the_history_of_a_webvh_is_in_receipt_and_bundle(
    client: httpx2.Client, issuer: Identity, trust: Trust
) -> None:
    before = issuer.statement(101)
    receipts = [admitted(client, before)]
    assert send_line(client, issuer.rotate()).status_code == 201
    after = issuer.statement(102)
    receipts.append(admitted(client, after))
    assert [len(Bundle.from_bytes(data).keys.events) for data in receipts] == [1, 2]
    judging = Judge(replace(trust, required=()), is_trusted=True)
    for data, record in zip(receipts, (before, after), strict=True):
        assert judging.check(data, record).digest == digest(record)
    for record in (before, after):
        data = fetch(client, record)
        assert len(Bundle.from_bytes(data).keys.events) == 2
        verdict = judge(data, trust)
        assert verdict.overall is Outcome.PASS
        assert verdict.record is not None
        assert verdict.record.identity_level == "L0"  # a guest of the registry


def test_receipts_of_a_batch_bring_the_history_too(
    client: httpx2.Client, issuer: Identity, trust: Trust
) -> None:
    records = [issuer.statement(number) for number in (103, 104)]
    lines = publish_all(client, records).content.splitlines()
    judging = Judge(replace(trust, required=()), is_trusted=True)
    for line, record in zip(lines, records, strict=True):
        received = wire.Outcome.from_line(line).bundle
        assert received is not None
        assert judging.check(received, record).digest == digest(record)


def test_a_lost_key_disputes_what_it_signed_and_cannot_be_hidden(
    client: httpx2.Client, issuer: Identity, trust: Trust
) -> None:
    record, old = issuer.statement(105), issuer.signing
    admitted(client, record)
    assert judge(fetch(client, record), trust).overall is Outcome.PASS
    assert send_line(client, issuer.rotate()).status_code == 201
    said = lost(old, issuer.signing)
    judging = Judge(replace(trust, required=()), is_trusted=True)
    assert judging.check(admitted(client, said), said).digest == digest(said)
    data = fetch(client, record)
    disputed = judge(data, trust)
    assert (disputed.overall, code(disputed, "key")) == (Outcome.UNKNOWN, "V045")
    # Whoever passes the bundle on cannot leave the word out: the status counts the key events.
    value = orjson.loads(data)
    del value["keys"][2]
    assert code(judge(documents.canonical(value), trust), "status") == "V116"
    newer = issuer.statement(106)
    admitted(client, newer)
    assert judge(fetch(client, newer), trust).overall is Outcome.PASS


def test_a_registration_is_in_the_bundle_and_counts_by_the_trust_file(
    client: httpx2.Client, trust: Trust
) -> None:
    registrar, supplier = generate(), generate()
    subject = {
        "id": supplier.did,
        "name": "Nordbolt GmbH",
        "identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO55"}],
    }
    made = credentials.make(
        "IssuerRegistration",
        subject,
        issuer=registrar.did,
        name="A registrar",
        now=NOW - timedelta(hours=1),
    )
    admitted(client, sign(made, registrar))
    record = statement(107, key=supplier)
    admitted(client, record)
    data = fetch(client, record)
    assert len(Bundle.from_bytes(data).supporting) == 1
    believing = replace(trust, registrars=(Party(registrar.did, ("lei",)),))
    for whom, level in ((trust, "L0"), (believing, "L2")):
        verdict = judge(data, whom)
        assert verdict.overall is Outcome.PASS
        assert verdict.record is not None
        assert verdict.record.identity_level == level


def test_nobody_can_fill_the_bundle_of_another(client: httpx2.Client) -> None:
    supplier = generate()
    record = statement(111, key=supplier)
    admitted(client, record)
    subject = {"id": supplier.did, "name": "N", "identifiers": [{"scheme": "vat", "value": "DE1"}]}
    said = []
    for _ in range(25):
        anybody = generate()
        made = credentials.make(
            "IssuerRegistration", subject, issuer=anybody.did, name="Anybody", now=NOW
        )
        said.append(sign(made, anybody))
    lines = publish_all(client, said).content.splitlines()
    assert all(orjson.loads(line)["status"] == 201 for line in lines)
    assert Bundle.from_bytes(fetch(client, record)).supporting == tuple(said[5:])


def test_a_statement_of_another_kind_has_a_bundle_of_its_own(
    client: httpx2.Client, issuer: Identity, trust: Trust
) -> None:
    old = issuer.signing
    assert send_line(client, issuer.rotate()).status_code == 201
    said = lost(old, issuer.signing)
    admitted(client, said)
    verdict = judge(fetch(client, said), replace(trust, required=Trust().required))
    assert verdict.overall is Outcome.PASS
    assert code(verdict, "evidence") == "V125"


def test_a_bundle_proves_growth_from_any_size(client: httpx2.Client, trust: Trust) -> None:
    first, second = statement(108), statement(109)
    seen = checkpoint.parse(Bundle.from_bytes(admitted(client, first)).checkpoint)[0]
    admitted(client, second)
    verdict = judge(fetch(client, first, **{"from": seen.size}), trust, seen=seen)
    assert code(verdict, "consistency") == "V090"
    assert code(judge(fetch(client, first), trust, seen=seen), "consistency") == "V093"


def test_a_receipt_stays_small(client: httpx2.Client) -> None:
    received = orjson.loads(admitted(client, statement(110)))
    assert "status" not in received
    assert received["keys"] == received["anchors"] == received["supporting"] == []
