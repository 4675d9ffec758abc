"""`openquality get --refresh` and the receipt before it, against a running registry."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import openquality_schemas
from openquality.client import Client
from openquality.signing import load_key, sign
from openquality_validator.tlog import checkpoint, cosignature
from openquality_validator.tlog.note import COSIGNATURE, VerifierKey

Run = Callable[..., Any]
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BUNDLE = "attestation.bundle.json"


@pytest.fixture
def published(
    run: Run, supplier: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Publish one record, trust the registry with its status key, and ask for the status."""
    monkeypatch.setenv("OPENQUALITY_REGISTRY", registry)
    assert run("publish", "attestation.json", "--yes").code == 0
    assert run("trust", "add", registry, "--yes", "--with-status-key").code == 0
    assert run("trust", "require", "status").code == 0
    value: dict[str, Any] = orjson.loads((supplier / BUNDLE).read_bytes())
    return value


def verdict(run: Run, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = run("verify", BUNDLE, "--format", "json", *options).json["verdicts"][0]
    return found


def revoke(machine: Path, registry: str, digest: str, origin: str) -> None:
    key = load_key(machine / "openquality.key")
    schema = openquality_schemas.read("status.schema.json", version="1.0-draft.2")
    statement = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": "urn:uuid:00000000-0000-4000-8000-" + digest[-12:],
        "type": ["VerifiableCredential", "StatusStatement"],
        "issuer": {"id": key.did, "name": "Nordbolt GmbH"},
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSchema": {
            "id": "https://w3id.org/openquality/schemas/1/status.json",
            "type": "JsonSchema",
            "digestSRI": openquality_schemas.sri(schema),
        },
        "credentialSubject": {
            "id": f"statement:{digest}",
            "log": origin,
            "state": "revoked",
            "reason": "Gauge 7 was out of calibration.",
        },
    }
    with Client(registry) as client:
        client.publish(sign(statement, key))


def test_a_receipt_becomes_a_bundle_with_the_status(
    run: Run, machine: Path, published: dict[str, Any]
) -> None:
    assert verdict(run)["overall"] == "unknown"  # a receipt says nothing about status
    ran = run("get", "--refresh", BUNDLE)
    assert ran.code == 0
    assert "not revoked as of" in ran.err
    refreshed = orjson.loads((machine / BUNDLE).read_bytes())
    for member in ("statement", "entry"):
        assert refreshed[member] == published[member]
    proved = verdict(run)
    assert (proved["overall"], proved["state"]) == ("pass", "active")


def test_a_revocation_is_news_and_is_written(
    run: Run, machine: Path, registry: str, published: dict[str, Any]
) -> None:
    before = verdict(run)
    revoke(machine, registry, before["statement"], before["log"])
    ran = run("get", "--refresh", BUNDLE, "-o", "new.bundle.json")
    assert ran.code == 1
    assert "revoked" in ran.err
    assert orjson.loads((machine / BUNDLE).read_bytes()) == published
    found = run("verify", "new.bundle.json", "--format", "json")
    assert found.code == 1
    (revoked,) = found.json["verdicts"]
    assert (revoked["overall"], revoked["state"]) == ("fail", "revoked")


def test_what_a_witness_signed_is_kept(run: Run, machine: Path, published: dict[str, Any]) -> None:
    head = checkpoint.parse(published["log"]["checkpoint"].encode())[0]
    moment = datetime.now(UTC).replace(microsecond=0)
    line = cosignature.cosign(head.to_text(), name="w.example", key=WITNESS, moment=moment)
    published["log"]["checkpoint"] += line.to_text()
    (machine / BUNDLE).write_bytes(orjson.dumps(published, option=orjson.OPT_SORT_KEYS))
    public = WITNESS.public_key().public_bytes_raw()
    witness = VerifierKey.ed25519("w.example", public, kind=COSIGNATURE)
    (machine / "policy.txt").write_text(f"witness w {witness.to_text()}\nquorum w\n")
    assert run("trust", "policy", "policy.txt").code == 0
    assert run("trust", "require", "status", "anchors").code == 0
    existed = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert verdict(run)["existedBy"] == existed
    assert run("get", "--refresh", BUNDLE).code == 0
    kept = verdict(run)
    assert (kept["overall"], kept["existedBy"], kept["state"]) == ("pass", existed, "active")


def test_a_receipt_counts_before_witnesses_have_signed(
    run: Run, machine: Path, published: dict[str, Any]
) -> None:
    public = WITNESS.public_key().public_bytes_raw()
    witness = VerifierKey.ed25519("w.example", public, kind=COSIGNATURE)
    (machine / "policy.txt").write_text(f"witness w {witness.to_text()}\nquorum w\n")
    assert run("trust", "policy", "policy.txt").code == 0
    assert published["v"] == 1
    (machine / BUNDLE).unlink()
    assert run("publish", "attestation.json").code == 0
    steps = {step["name"]: step["code"] for step in verdict(run)["steps"]}
    assert steps["checkpoint"] == "V085"


def test_a_log_key_that_the_trust_file_retired_gives_no_receipt(
    run: Run, machine: Path, published: dict[str, Any]
) -> None:
    trust = run("trust", "show").json
    now = orjson.loads(published["entry"])["admittedAt"]
    trust["logs"][0]["keys"][0]["validUntil"] = now
    (machine / "retired.json").write_bytes(orjson.dumps(trust))
    (machine / BUNDLE).unlink()
    ran = run("publish", "attestation.json", "--trust", "retired.json")
    assert ran.code != 0
    assert "V084" in ran.err
    assert not (machine / BUNDLE).exists()


def test_a_record_may_be_published_before_it_is_valid(
    run: Run, machine: Path, registry: str, published: dict[str, Any]
) -> None:
    assert published["v"] == 1
    assert run("init", "other").code == 0
    record = orjson.loads((machine / "other" / "attestation.json").read_bytes())
    record.pop("validUntil", None)
    text = orjson.dumps(record | {"validFrom": "2100-01-01T00:00:00Z"})
    (machine / "later.json").write_bytes(text.replace(b"#example", b"#c1"))
    ran = run("publish", "later.json", "--key", "other/openquality.key", "--registry", registry)
    assert ran.code == 0
    found = run("verify", "later.bundle.json", "--format", "json").json["verdicts"][0]
    assert [step["code"] for step in found["steps"] if step["outcome"] == "fail"] == ["V111"]


def test_a_larger_log_that_proves_no_growth_is_not_remembered(
    run: Run, machine: Path, registry: str, published: dict[str, Any]
) -> None:
    def remembered() -> str:
        state = orjson.loads((machine.parent / "home/openquality/state.json").read_bytes())
        text: str = state["seen"][origin]
        return text

    first = verdict(run)
    origin = first["log"]
    before = remembered()
    revoke(machine, registry, first["statement"], origin)
    with Client(registry) as client:
        (machine / BUNDLE).write_bytes(client.bundle(first["statement"]))
    assert {step["code"] for step in verdict(run)["steps"]} >= {"V093"}
    assert remembered() == before
    assert run("get", first["statement"], "--bundle", "-o", BUNDLE).code == 0
    assert {step["code"] for step in verdict(run)["steps"]} >= {"V090"}
    assert remembered() != before
    assert published["log"]["checkpoint"].startswith(before)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "digest"),
        (["sha256:" + "0" * 64, "--refresh", BUNDLE], "either"),
        (["--refresh", BUNDLE, "--jwt"], "Choose one"),
        (["--refresh", "attestation.json"], "B001"),
        (["--refresh", "missing.json"], "missing.json"),
    ],
)
def test_a_call_that_cannot_be_meant_is_told(run: Run, arguments: list[str], said: str) -> None:
    ran = run("get", *arguments)
    assert ran.code in {1, 2}
    assert said in ran.err


@pytest.mark.usefixtures("published")
def test_without_a_trusted_log_the_shown_key_is_used_and_said(run: Run, machine: Path) -> None:
    (machine / "empty.json").write_bytes(
        b'{"v":1,"logs":[],"issuers":[],"accreditors":[],"required":[]}'
    )
    ran = run("get", "--refresh", BUNDLE, "--trust", "empty.json")
    assert ran.code == 0
    assert "not in your trust file" in ran.err
