"""An identity that outlives its keys, on the command line: made, rotated, recovered, ended."""

import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from registry_at_work import registry, trust_in

from openquality.client import Client
from openquality.identities import IdentityFolder
from openquality.signing import SigningKey
from openquality_registry.bootstrap import Parts
from openquality_validator import bundle

Run = Callable[..., Any]
Served = tuple[httpx2.Client, Parts]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with registry(tmp_path / "data", public_url="https://registry.example") as running:
        yield running


@pytest.fixture
def url(served: Served) -> str:
    return str(served[0].base_url)


@pytest.fixture
def supplier(run: Run, machine: Path, url: str) -> Path:
    made = run(
        "init", "--did", "webvh", "--registry", url, "--slug", "nordbolt", "--name", "Nordbolt"
    )
    assert made.code == 0, made.err
    return machine


def did_of(folder: Path) -> str:
    return IdentityFolder(folder / "openquality.key").lines()[-1].did


def record(folder: Path, name: str) -> Path:
    """Write a record of its own, by the identity of this folder."""
    value = orjson.loads((folder / "attestation.json").read_bytes())
    value["issuer"]["id"] = did_of(folder)
    value["id"] = f"urn:uuid:00000000-0000-4000-8000-{name.encode().hex():0>12}"
    value["credentialSubject"]["claims"][0]["id"] = f"{value['id']}#c1"
    path = folder / f"{name}.json"
    path.write_bytes(orjson.dumps(value))
    return path


def publish(run: Run, path: Path, url: str) -> Any:  # noqa: ANN401 - what the command did
    return run("publish", path, "--registry", url, "--yes")


def full_bundle(served: Served, receipt: Path) -> bytes:
    entry = orjson.loads(orjson.loads(receipt.read_bytes())["entry"])
    answer = served[0].get(
        f"/v1/statements/{entry['digest']}",
        headers={"accept": "application/vnd.openquality.bundle+json"},
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def issuer(served: Served, did: str) -> Any:  # noqa: ANN401 - JSON
    return served[0].get(f"/v1/issuers/{did}").json()


def test_init_makes_keys_for_the_owner_alone_and_registers(supplier: Path, served: Served) -> None:
    folder = IdentityFolder(supplier / "openquality.key")
    for path in (folder.key_path, folder.next_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    did = did_of(supplier)
    assert did.startswith("did:webvh:Qm")
    assert did.endswith(":registry.example:issuers:nordbolt")
    log = served[0].get("/issuers/nordbolt/did.jsonl")
    assert log.content == folder.log_path.read_bytes()
    assert log.headers["content-type"].startswith("text/jsonl")
    assert log.headers["cache-control"] == "public, max-age=60"
    shown = issuer(served, did)
    assert (shown["level"], shown["hosted"]) == ("L0", True)
    assert [version["index"] for version in shown["versions"]] == [0]


def test_after_a_rotation_the_old_records_verify_and_the_new_key_signs(
    run: Run, supplier: Path, url: str, served: Served
) -> None:
    assert publish(run, record(supplier, "one"), url).code == 0
    before = (supplier / "openquality.key").read_bytes()
    rotated = run("key", "rotate")
    assert rotated.code == 0, rotated.err
    assert (supplier / "openquality.key").read_bytes() != before
    assert not (supplier / "identity" / "pending").exists()
    assert publish(run, record(supplier, "two"), url).code == 0
    versions = issuer(served, did_of(supplier))["versions"]
    assert [version["index"] for version in versions] == [0, 2]
    assert run("trust", "add", url, "--yes").code == 0
    for name in ("one", "two"):
        full = supplier / f"{name}.full.bundle.json"
        full.write_bytes(full_bundle(served, supplier / f"{name}.bundle.json"))
        verified = run("verify", full)
        assert verified.code in {0, 3}, verified.out
        signature = {step.number: step for step in bundle_steps(full, served)}[5]
        assert signature.outcome is bundle.Outcome.PASS


def bundle_steps(path: Path, served: Served) -> Any:  # noqa: ANN401 - steps of a verdict
    trust = trust_in(served[0])
    return bundle.verify(path.read_bytes(), trust=trust, now=datetime.now(UTC)).steps


def test_a_retired_key_signs_nothing_more_and_what_was_sent_keeps_its_receipt(
    run: Run, supplier: Path, url: str, tmp_path: Path
) -> None:
    thief = tmp_path / "thief"
    (thief / "identity").mkdir(parents=True)
    for name in ("openquality.key", "attestation.json", "identity/did.jsonl"):
        (thief / name).write_bytes((supplier / name).read_bytes())
    (thief / "openquality.key").chmod(0o600)
    assert publish(run, record(supplier, "one"), url).code == 0
    assert run("key", "rotate").code == 0
    stolen = record(thief, "stolen")
    assert run("sign", stolen, "--key", thief / "openquality.key").code == 0
    refused = publish(run, stolen.with_suffix(".jwt"), url)
    assert refused.code == 1
    assert "J015" in refused.err
    # The same bytes as before the rotation still get their receipt.
    (supplier / "one.bundle.json").unlink()
    again = publish(run, supplier / "one.jwt", url)
    assert again.code == 0, again.err


def test_a_lost_folder_comes_back_with_the_copy_of_the_next_key(
    run: Run, supplier: Path, url: str, served: Served, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.key"
    copy.write_bytes((supplier / "identity" / "next.key").read_bytes())
    copy.chmod(0o600)
    did = did_of(supplier)
    elsewhere = tmp_path / "new-machine"
    elsewhere.mkdir()
    recovered = run(
        "key", "recover", did, "--next-key", copy, "--registry", url,
        "--key", elsewhere / "openquality.key",
    )  # fmt: skip
    assert recovered.code == 0, recovered.err
    assert did_of(elsewhere) == did
    (elsewhere / "attestation.json").write_bytes((supplier / "attestation.json").read_bytes())
    published = run(
        "publish", record(elsewhere, "after"), "--registry", url, "--yes",
        "--key", elsewhere / "openquality.key",
    )  # fmt: skip
    assert published.code == 0, published.err
    # The folder that was lost is of no use to whoever finds it.
    found = run("key", "rotate")
    assert found.code == 1
    assert "K1" in found.err
    assert len(issuer(served, did)["versions"]) == 2


def test_recovery_with_another_key_changes_nothing(
    run: Run, supplier: Path, url: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "new-machine"
    elsewhere.mkdir()
    recovered = run(
        "key", "recover", did_of(supplier), "--next-key", supplier / "openquality.key",
        "--registry", url, "--key", elsewhere / "openquality.key",
    )  # fmt: skip
    assert recovered.code == 1
    assert "committed to" in recovered.err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("taken_over", [0, 1, 2])
def test_a_rotation_that_broke_off_is_finished_by_the_same_command(
    run: Run, supplier: Path, url: str, served: Served, taken_over: int
) -> None:
    folder = IdentityFolder(supplier / "openquality.key")
    next_key = SigningKey.from_pem(folder.next_path.read_bytes())
    line = folder.prepare(next_key, source=folder.next_path, now=datetime.now(UTC))
    pending = folder.path / "pending"
    if taken_over >= 1:  # the registry had it, and the log was written
        with Client(url) as client:
            client.publish(line)
        folder.log_path.write_bytes(folder.log_path.read_bytes() + line + b"\n")
    if taken_over >= 2:
        (pending / "openquality.key").replace(folder.key_path)
    assert run("key", "rotate").code == 0
    assert not pending.exists()
    assert folder.raw_lines()[-1] == line
    assert len(folder.raw_lines()) == 2
    assert publish(run, record(supplier, "after"), url).code == 0
    assert len(issuer(served, did_of(supplier))["versions"]) == 2


def test_a_compromised_key_is_named_by_its_successor(
    run: Run, supplier: Path, served: Served
) -> None:
    lost = orjson.loads(run("key", "show", "--format", "json").out)["versions"][0]["keys"][0]
    at_once = run("key", "compromise", lost, "--since", "2026-11-20T12:00:00Z")
    assert at_once.code == 1
    assert "openquality key rotate" in at_once.err
    assert run("key", "rotate").code == 0
    said = run("key", "compromise", lost, "--since", "2026-11-20T12:00:00Z")
    assert said.code == 0, said.err
    (dispute,) = issuer(served, did_of(supplier))["disputes"]
    assert dispute == {"key": lost, "since": "2026-11-20T12:00:00Z", "index": 2}


@pytest.mark.parametrize(
    ("method", "since", "told"),
    [
        ("did:webvh:x#y", "2026-11-20T12:00:00Z", "never a key"),
        (None, "yesterday", "2026-11-20T12:00:00Z"),
        (None, "2026-11-20T12:00:00", "with its zone"),
    ],
)
def test_a_compromise_that_says_nothing_usable_is_refused(
    run: Run, supplier: Path, method: str | None, since: str, told: str
) -> None:
    shown = orjson.loads(run("key", "show", "--format", "json").out)
    assert run("key", "rotate").code == 0
    refused = run("key", "compromise", method or shown["versions"][0]["keys"][0], "--since", since)
    assert refused.code == 1
    assert told in refused.err
    assert list((supplier / "identity").glob("compromise-*")) == []


def test_a_deactivated_identity_is_ended_and_its_records_stand(
    run: Run, supplier: Path, url: str, served: Served
) -> None:
    assert publish(run, record(supplier, "one"), url).code == 0
    unsure = run("key", "deactivate")
    assert unsure.code == 2
    assert len(issuer(served, did_of(supplier))["versions"]) == 1
    signed = record(supplier, "two")
    assert run("sign", signed).code == 0
    assert run("key", "deactivate", "--yes").code == 0
    refused = publish(run, signed.with_suffix(".jwt"), url)
    assert refused.code == 1
    assert "K121" in refused.err
    assert run("key", "rotate").code == 1
    full_bundle(served, supplier / "one.bundle.json")
    assert issuer(served, did_of(supplier))["versions"][-1]["deactivated"] is True


def test_a_name_that_is_taken_can_be_asked_for_no_more(
    run: Run, supplier: Path, url: str, tmp_path: Path
) -> None:
    assert supplier.is_dir()
    again = run(
        "init", tmp_path / "other", "--did", "webvh", "--registry", url, "--slug", "nordbolt"
    )
    assert again.code == 1
    assert "name-taken" in again.err


def test_a_registry_that_does_not_host_says_so(run: Run, machine: Path, tmp_path: Path) -> None:
    with registry(tmp_path / "plain") as (client, _):
        refused = run("init", "--did", "webvh", "--registry", str(client.base_url))
    assert refused.code == 1
    assert "hosts no identities" in refused.err
    assert list(machine.iterdir()) == []


def test_an_identity_on_an_own_domain_is_made_without_a_registry(run: Run, machine: Path) -> None:
    made = run("init", "--did", "webvh", "--domain", "nordbolt.example/quality")
    assert made.code == 0, made.err
    assert did_of(machine).endswith(":nordbolt.example:quality")
    assert "https://nordbolt.example/quality/did.jsonl" in made.err
    rotated = run("key", "rotate")
    assert rotated.code == 0, rotated.err
    assert len(IdentityFolder(machine / "openquality.key").lines()) == 2


@pytest.mark.parametrize("domain", ["127.0.0.1", "localhost", "ex ample.com", "example.com/../x"])
def test_a_domain_that_is_none_is_refused(run: Run, machine: Path, domain: str) -> None:
    refused = run("init", "--did", "webvh", "--domain", domain)
    assert refused.code == 1
    assert "is not of the form" in refused.err
    assert list(machine.iterdir()) == []
