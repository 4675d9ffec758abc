"""`openquality convert`, as people and scripts call it."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas

Run = Callable[..., Any]
VECTORS = Path(__file__).parents[1] / "vectors/projections"


@pytest.fixture
def files(machine: Path) -> Path:
    for path in VECTORS.iterdir():
        shutil.copy(path, machine)
    for name, data in openquality_schemas.examples("valid", version="1.0-draft.1").items():
        (machine / name).write_bytes(data)
    return machine


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("name", "target", "part"),
    [
        ("fastener-cpk-on-time.json", "untp-dpp", '"DigitalProductPassport"'),
        ("laboratory-accreditation.json", "untp-dcc", '"ConformityAttestation"'),
        ("data-service.json", "schema-org", '"Observation"'),
        ("management-certificate.json", "gs1", '"gs1:CertificationDetails"'),
    ],
)
def test_a_record_goes_out_and_the_losses_are_told(
    run: Run, name: str, target: str, part: str
) -> None:
    ran = run("convert", name, "--to", target)
    assert ran.code == 0
    assert part in ran.out
    assert isinstance(orjson.loads(ran.out), dict)
    assert "lost, wholly or in part:" in ran.err
    assert "/credentialSchema  " in ran.err


@pytest.mark.usefixtures("files")
def test_a_signed_record_goes_out_as_well(run: Run) -> None:
    assert run("init", "--name", "Nordbolt", "--gtin", "09506000134352").code == 0
    value = orjson.loads(Path("attestation.json").read_bytes())
    claims = orjson.loads(Path("fastener-cpk-on-time.json").read_bytes())["credentialSubject"]
    claim = claims["claims"][1] | {"id": value["id"] + "#c1"}
    claim.pop("evidenceRefs", None)
    value["credentialSubject"]["claims"] = [claim]
    Path("attestation.json").write_bytes(orjson.dumps(value))
    signed = run("sign", "attestation.json")
    assert signed.code == 0, signed.err
    ran = run("convert", "attestation.jwt", "--to", "schema-org", "--format", "json")
    assert ran.code == 0, ran.err
    assert orjson.loads(ran.out)["document"]["@type"] == "ProductModel"


def test_output_goes_into_a_file_and_json_holds_the_losses(run: Run, files: Path) -> None:
    words = ("convert", "organisation-on-time.json", "--to", "schema-org")
    ran = run(*words, "-o", "page.jsonld", "--format", "json")
    told = orjson.loads(ran.out)
    assert orjson.loads((files / "page.jsonld").read_bytes()) == told["document"]
    assert {"pointer", "reason"} == set(told["losses"][0])


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("name", "source", "claims"),
    [
        ("untp-dpp.json", "untp-dpp", 2),
        ("untp-dcc.json", "untp-dcc", 2),
        ("pact.json", "pact", 1),
        ("en10168.json", "en10168", 7),
        ("coa.json", "coa", 1),
        ("odcs.yaml", "odcs", 2),
        ("openslo.yaml", "openslo", 2),
    ],
)
def test_a_document_comes_in_as_claims_with_the_file_as_evidence(
    run: Run, name: str, source: str, claims: int
) -> None:
    ran = run("convert", name, "--from", source, "-o", "claims.json")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == claims
    found = orjson.loads(Path("claims.json").read_bytes())
    assert len(found["claims"]) == claims
    digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert found["evidence"][0]["digest"] == f"sha256:{digest}"


def test_claims_go_into_a_record_that_validates_when_completed(run: Run, files: Path) -> None:
    assert run("init", "--name", "Brinkmann", "--gtin", "09506000134406").code == 0
    record = files / "attestation.json"
    for _ in range(2):  # again is harmless
        assert run("convert", "pact.json", "--from", "pact", "--into", "attestation.json").code == 0
    value = orjson.loads(record.read_bytes())
    (claim,) = value["credentialSubject"]["claims"]
    assert claim["id"] == value["id"] + "#c1"
    assert claim["assessor"] == {"assessorLevel": "self"}
    assert claim["evidenceRefs"] == [value["evidence"][0]["id"]]

    lacking = run("validate", "attestation.json")
    assert lacking.code == 1
    assert "assurance" in lacking.out

    claim["verification"]["assurance"] = "limited"
    record.write_bytes(orjson.dumps(value))
    completed = run("validate", "attestation.json")
    assert completed.code == 0, completed.out


def test_a_document_without_claims_writes_nothing(run: Run, files: Path) -> None:
    value = orjson.loads((files / "pact.json").read_bytes())
    (files / "old.json").write_bytes(orjson.dumps(value | {"status": "Deprecated"}))
    ran = run("convert", "old.json", "--from", "pact", "-o", "claims.json")
    assert ran.code == 1
    assert "deprecated" in ran.err
    assert not (files / "claims.json").exists()


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("pact.json",), 2, "--to"),
        (("pact.json", "--to", "gs1", "--from", "pact"), 2, "--from"),
        (("pact.json", "--to", "gs1"), 1, "finding(s) that refuse it"),
        (("pact.json", "--from", "coa"), 1, "F001"),
        (("organisation-on-time.json", "--to", "untp-dpp"), 1, "F005"),
        (("management-certificate.json", "--to", "untp-dcc"), 1, "--assessment-level"),
        (("recall-notice.json", "--to", "gs1", "--assessment-level", "x"), 1, "F008"),
        (("nowhere.json", "--from", "pact"), 2, "nowhere.json"),
        (("pact.json", "--from", "pact", "--into", "openslo.yaml"), 1, "D003"),
        (("pact.json", "--from", "pact", "--into", "coa.json"), 2, "no attestation"),
    ],
)
def test_what_cannot_be_converted_is_said(
    run: Run, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = run("convert", *words)
    assert ran.code == code
    assert says in ran.err
    assert "Traceback" not in ran.err
