"""`publish --evidence`: recomputed here, published, then the data follow; never unasked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from brought_data import CSV, digest
from registry_at_work import registry as registry_at

Run = Callable[..., Any]
MEASURE = (
    *("measure", "data/deliveries.csv", "--into", "attestation.json"),
    *("--metric", "on-time-delivery", "--due", "Due", "--event", "Done"),
    *("--anchor", "requested", "--level", "line", "--date-format", "%Y-%m-%d"),
    *("--qualifier", "event=receipt", "--qualifier", "denominatorBasis=deliveredInPeriod"),
)
PUBLISH = ("publish", "attestation.json", "--evidence", "data")


@pytest.fixture
def measured(run: Run, machine: Path) -> Path:
    """Give a folder with a key, a record, and the data from which its claim was measured."""
    assert run("init", "--name", "Nordbolt GmbH", "--country", "DE").code == 0
    (machine / "data").mkdir()
    (machine / "data" / "deliveries.csv").write_bytes(CSV)
    ran = run(*MEASURE)
    assert ran.code == 0, ran.err
    return machine


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with registry_at(tmp_path / "registry") as (client, _):
        yield str(client.base_url)


def test_the_data_follow_the_record_and_the_registry_recomputes(
    run: Run, measured: Path, address: str
) -> None:
    assert measured.is_dir()
    ran = run(*PUBLISH, "--registry", address, "--yes")
    assert ran.code == 0, ran.err
    assert "1 recomputed" in ran.err
    assert "its operator can read them" in ran.err
    assert "deliveries.csv: recomputed" in ran.out
    asked = {"where": [{"metric": "on-time-delivery"}], "floors": {"verification": "recomputed"}}
    assert httpx2.post(f"{address}/v1/query", json=asked).json()["total"] == 1
    # What has its receipt is not published again, and the data may be brought again.
    again = run(*PUBLISH, "--registry", address, "--yes", "--format", "json")
    assert again.code == 0
    assert again.json["summary"]["evidence"] == {"recomputed": 1}
    (result,) = again.json["results"]
    assert (result["evidence"], result["outcome"]) == (digest(CSV), "recomputed")


def test_data_are_never_sent_unasked(run: Run, measured: Path, address: str) -> None:
    assert run("publish", "attestation.json", "--registry", address, "--yes").code == 0
    # That records are public and permanent was agreed to; of data nothing was said.
    (measured / "attestation.bundle.json").unlink()
    refused = run(*PUBLISH, "--registry", address)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert not (measured / "attestation.bundle.json").exists()
    assert told_of(address) == 404


def told_of(address: str) -> int:
    return httpx2.get(f"{address}/v1/evidence/{digest(CSV)}").status_code


def test_a_claim_that_the_data_refute_is_not_published(
    run: Run, measured: Path, address: str
) -> None:
    record = orjson.loads((measured / "attestation.json").read_bytes())
    (claim,) = record["credentialSubject"]["claims"]
    claim["counts"]["numerator"] = 38
    claim["value"]["amount"] = "95"
    claim.pop("interval", None)
    (measured / "attestation.json").write_bytes(orjson.dumps(record))
    assert run("validate", "attestation.json").code == 0
    ran = run(*PUBLISH, "--registry", address, "--yes")
    assert ran.code == 1
    assert "E003" in ran.err
    assert "E004" in ran.err
    assert not (measured / "attestation.jwt").exists()


def test_a_dry_run_recomputes_and_sends_nothing(run: Run, measured: Path, address: str) -> None:
    assert measured.is_dir()
    ran = run(*PUBLISH, "--registry", address, "--dry-run")
    assert ran.code == 0
    assert "1 recomputed" in ran.err
    assert told_of(address) == 404


def test_a_file_that_is_not_there_or_not_taken_is_named(
    run: Run, measured: Path, tmp_path: Path
) -> None:
    with registry_at(tmp_path / "small", max_evidence_bytes=100) as (client, _):
        ran = run(*PUBLISH, "--registry", str(client.base_url), "--yes")
        assert ran.code == 1  # the record is published, its data are not taken
        assert "889 bytes, 100 are taken" in ran.err
        assert (measured / "attestation.bundle.json").exists()
    with registry_at(tmp_path / "small") as (client, _):
        (measured / "data" / "deliveries.csv").write_bytes(CSV + b" ")
        ran = run(*PUBLISH, "--registry", str(client.base_url), "--yes")
        assert ran.code == 0
        assert "1 not in the folder" in ran.err
    with registry_at(tmp_path / "small", max_evidence_bytes=0) as (client, _):
        ran = run(*PUBLISH, "--registry", str(client.base_url), "--yes")
        assert ran.code == 0
        assert "takes no data files" in ran.err


def test_many_records_from_one_file_are_published_and_their_data_brought(
    run: Run, measured: Path, address: str
) -> None:
    data = (measured / "attestation.json").read_bytes()
    own = orjson.loads(data)["id"].removeprefix("urn:uuid:").encode()
    lines = [
        orjson.dumps(orjson.loads(data.replace(own, b"%08d%s" % (n, own[8:])))) for n in (1, 2)
    ]
    (measured / "bulk.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    ran = run(
        *("publish", "bulk.jsonl", "--evidence", "data", "--registry", address, "--yes"),
        *("--format", "json"),
    )
    assert ran.code == 0, ran.err
    outcomes = [result["outcome"] for result in ran.json["results"]]
    assert sorted(outcomes) == ["published", "published", "recomputed", "recomputed"]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"results": 7},
        {"results": [{"claim": "c1", "outcome": "excellent", "findings": []}]},
        {"results": [{"claim": "\x1b[2J", "outcome": "recomputed", "findings": []}]},
        {"results": [{"claim": "c1", "outcome": "differs", "findings": [7]}]},
    ],
)
def test_what_a_registry_makes_up_is_no_result(
    run: Run, measured: Path, address: str, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    assert measured.is_dir()
    monkeypatch.setattr("openquality.client.Client.bring", lambda *_: told)
    ran = run(*PUBLISH, "--registry", address, "--yes")
    assert ran.code == 1
    assert "cannot be read" in ran.err
    assert "\x1b" not in ran.out + ran.err


def test_the_issuer_has_the_registry_delete_its_data(
    run: Run, measured: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", address)
    assert run(*PUBLISH, "--yes").code == 0
    data = measured / "data" / "deliveries.csv"
    refused = run("delete-data", data)
    assert refused.code == 2
    assert "--yes" in refused.err
    gone = run("delete-data", data, "--yes")
    assert gone.code == 0, gone.err
    assert gone.out.startswith(f"{digest(CSV)} was deleted at 2")
    told = httpx2.get(f"{address}/v1/evidence/{digest(CSV)}").json()
    assert told["deletedAt"] is not None
    assert [result["outcome"] for result in told["results"]] == ["recomputed"]
    # The same file is not taken again, and another one was never there.
    assert run(*PUBLISH, "--yes").code == 1
    assert "unknown-evidence" in run("delete-data", digest(b""), "--yes").err
