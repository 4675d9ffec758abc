"""Records bring extensions of schemas that their log holds, on both databases and by command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from coated import COATING, adhesion, coated
from published_schemas import coating, deprecated, published
from registry_at_work import (
    KEY,
    RunRegistry,
    attestation,
    publish,
    publish_all,
    trust_in,
    verdict,
)
from sqlalchemy import select

import openquality_schemas
from openquality import wire
from openquality.signing import sign
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_validator import entry
from openquality_validator.bundle import Bundle

Run = Callable[..., Any]
URI = f"{KEY.did}/coating"
SCHEMA = coating(URI)


def extended(number: int, value: Any, *, pinned: str = SCHEMA) -> bytes:  # noqa: ANN401 - any JSON value
    made = attestation(number)
    pin = openquality_schemas.sri(pinned.encode())
    made["extensionSchemas"] = [{"id": URI, "digestSRI": pin}]
    made["credentialSubject"]["extensions"] = {URI: value}
    return sign(made, KEY)


def test_what_nobody_published_is_pinned_in_vain(tmp_path: Path, run_registry: RunRegistry) -> None:
    record = extended(1, {"microns": 12})
    with run_registry(tmp_path) as (client, parts):
        refused = publish(client, record)
        assert (refused.status_code, refused.json()["code"]) == (422, "unpublished-schema")
        assert [each["pointer"] for each in refused.json()["findings"]] == ["/extensionSchemas/0"]
        assert parts.published_size() == 0
        assert publish(client, published(KEY)).status_code == 201
        assert publish(client, record).status_code == 201  # the same bytes, now that it is there


def test_receipt_and_bundle_bring_the_schema_and_verify_offline(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    record = extended(1, {"microns": 12})
    with run_registry(tmp_path) as (client, _):
        publish(client, published(KEY))
        receipt = publish(client, record)
        trust = trust_in(client)
        address = f"/v1/statements/{entry.digest(record)}"
        whole = client.get(address, headers={"accept": wire.BUNDLE})
    for answer in (receipt, whole):
        assert Bundle.from_bytes(answer.content).schemas == (SCHEMA.encode(),)
        assert verdict(answer.content, trust) == "pass"
    without = json.loads(receipt.content) | {"schemas": []}
    assert verdict(rfc8785_of(without), trust) == "unknown"


def rfc8785_of(value: dict[str, Any]) -> bytes:
    import rfc8785

    return rfc8785.dumps(value)


def test_an_extension_that_does_not_fit_is_refused(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    with run_registry(tmp_path) as (client, _):
        publish(client, published(KEY))
        answer = publish(client, extended(1, {"microns": "twelve"}))
        assert answer.status_code == 422
        assert [each["code"] for each in answer.json()["findings"]] == ["S034"]


def test_a_profile_is_nothing_that_records_pin(tmp_path: Path, run_registry: RunRegistry) -> None:
    shipped = json.loads(openquality_schemas.profile("quality-management"))
    own = json.dumps(shipped | {"owner": {"name": "Buyer"}})
    name, version = shipped["id"], shipped["version"]
    uri = f"{KEY.did}/{name}"
    said = {"id": uri, "name": name, "kind": "profile", "version": version, "content": own}
    with run_registry(tmp_path) as (client, _):
        assert publish(client, published(KEY, **said)).status_code == 201
        answer = publish(client, extended(1, {}, pinned=own))
        assert answer.json()["code"] == "unpublished-schema"


def test_a_deprecated_schema_still_admits_records(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    schema = published(KEY)
    with run_registry(tmp_path) as (client, _):
        publish(client, schema)
        said = deprecated(KEY, entry.digest(schema), effective="2026-01-01", removal="2026-02-01")
        assert publish(client, said).status_code == 201
        assert publish(client, extended(1, {"microns": 12})).status_code == 201


def test_worker_processes_leave_extensions_to_the_server(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    plain = [sign(attestation(number), KEY) for number in range(100, 180)]
    with run_registry(tmp_path, workers=1) as (client, _):
        publish(client, published(KEY))
        lines = [*plain, extended(1, {"microns": 12}), extended(2, {"microns": 0})]
        answer = publish_all(client, lines)
        statuses = [json.loads(line)["status"] for line in answer.text.splitlines()]
        assert statuses == [201] * 81 + [422]


def test_measurements_of_a_published_set_are_admitted(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    uri = f"{KEY.did}/metrics"
    own = json.dumps(json.loads(COATING) | {"id": uri, "version": "1.0"})
    made = attestation(1)
    record = sign(coated(made, adhesion(made), pinned=own.encode()), KEY)
    with run_registry(tmp_path) as (client, parts):
        assert publish(client, record).json()["code"] == "unpublished-schema"
        schema = published(KEY, id=uri, name="metrics", kind="metrics", content=own)
        assert publish(client, schema).status_code == 201
        receipt = publish(client, record)
        assert receipt.status_code == 201
        assert verdict(receipt.content, trust_in(client)) == "pass"
        # Whoever has the log alone derives the same rows, those of the set's metrics included.
        store = parts.folder.store
        check = IndexCheck(store.read, origin=parts.folder.origin, operator=None)
        assert list(check.run(2)) == []
        with store.read.connect() as connection:
            metrics = connection.execute(select(measurements.c.metric)).scalars().all()
    assert f"{uri}#coating-adhesion" in metrics


@pytest.fixture
def files(machine: Path) -> tuple[Path, Path]:
    """Write a record with an extension that does not fit, and its schema."""
    made = attestation(1)
    pin = openquality_schemas.sri(SCHEMA.encode())
    made["extensionSchemas"] = [{"id": URI, "digestSRI": pin}]
    made["credentialSubject"]["extensions"] = {URI: {"microns": "twelve"}}
    record, schema = machine / "record.json", machine / "coating.schema.json"
    record.write_text(json.dumps(made, indent=1))
    schema.write_text(SCHEMA)
    return record, schema


def test_files_of_schemas_are_checked_against_without_a_network(
    run: Run, files: tuple[Path, Path]
) -> None:
    record, schema = files
    unseen = run("validate", record, "--format", "json")
    (only,) = unseen.json["documents"][0]["findings"]
    assert (unseen.code, only["code"], only["severity"]) == (0, "S033", "warning")
    seen = run("validate", record, "--schema", schema, "--format", "json")
    (only,) = seen.json["documents"][0]["findings"]
    assert (seen.code, only["code"], only["pointer"].rpartition("/")[2]) == (1, "S034", "microns")
    assert only["line"] is not None


def test_publish_checks_with_the_files_before_it_sends(run: Run, files: tuple[Path, Path]) -> None:
    record, schema = files
    assert run("publish", record, "--dry-run").code == 0
    refused = run("publish", record, "--dry-run", "--schema", schema)
    assert refused.code == 1
    assert "S034" in refused.err
    assert run("validate", record, "--schema", schema, "--fix").code == 2
    assert run("validate", record, "--schema", "none.json").code == 2
