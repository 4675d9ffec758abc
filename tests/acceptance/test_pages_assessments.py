"""The page of an assessment: who found what, whether this registry lists them, what was signed."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from profiles_at_work import key, records, subject_of, trust
from registry_at_work import publish, registry, trust_in

from openquality.signing import generate, sign, write_key
from openquality_validator import envelope
from openquality_validator.trust import Trust

Run = Callable[..., Any]
Served = tuple[httpx2.Client, dict[str, str]]
HTML = {"accept": "text/html"}
PARTIES = ("assessor", "sonnwind", "bergblick", "velanto", "nordbolt", "certifier")
LISTED = ("aicxs-01",)  # for AICXS-01 alone the operator lists the assessor
NAMES = ("aicxs-01", "cx-standard", "supplier-onboarding-basic", "quality-management")


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Serve the examples' records; give the digest of each example's last assessment."""
    folder = tmp_path_factory.mktemp("assessments") / "data"
    with registry(folder):
        pass
    config = json.loads((folder / "config.json").read_bytes())
    config["accreditors"] = [
        {"did": each.did, "schemes": list(each.schemes)}
        for name in LISTED
        for each in trust(name).accreditors
    ]
    (folder / "config.json").write_text(json.dumps(config))
    keys = {key(party).did: key(party) for party in PARTIES}
    digests: dict[str, str] = {}
    with registry(folder) as (client, _):
        for name in NAMES:
            for record in records(name):
                statement = sign(record, keys[record["issuer"]["id"]])
                assert publish(client, statement).status_code == 201
                if "QualityAssessment" in record["type"]:
                    digests[name] = envelope.digest(statement)[7:]
        yield client, digests


def page(client: httpx2.Client, address: str) -> str:
    """Return what a page says, without its tags."""
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_how_it_stands_comes_first_and_then_who_assessed(served: Served) -> None:
    client, digests = served
    said = page(client, f"/records/{digests['aicxs-01']}")

    stands = ("Sonnwind", "✓ Valid", "Finding of a listed assessor", "Findings", "Raw forms")
    places = [said.index(each) for each in stands]
    assert places == sorted(places)
    assert "This registry lists the issuer as an assessor for AICXS-01" in said
    assert "An assessment is never a certificate." in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cx-standard", "Third party, not on this registry’s list"),
        ("supplier-onboarding-basic", "Own declaration"),
    ],
)
def test_a_stranger_and_the_organisation_itself_do_not_look_like_an_assessor(
    served: Served, name: str, words: str
) -> None:
    client, digests = served
    said = page(client, f"/records/{digests[name]}")

    assert words in said
    assert "Finding of a listed assessor" not in said
    assert "This registry lists the issuer" not in said


def test_each_finding_has_its_question_conclusion_and_evidence(served: Served) -> None:
    client, digests = served
    findings = next(
        each["credentialSubject"]["findings"]
        for each in records("aicxs-01")
        if "findings" in each["credentialSubject"]
    )
    answer = client.get(f"/records/{digests['aicxs-01']}", headers=HTML).text

    assert answer.count('class="answer answer-fulfilled"') == sum(
        each["conclusion"] == "fulfilled" for each in findings
    )
    for each in findings:
        assert each["criterion"] in answer
        for one in each.get("evidence", ()):
            assert one.get("digest", "") in answer


def test_what_is_not_stated_is_said_to_be_that(served: Served) -> None:
    client, digests = served
    said = page(client, f"/records/{digests['aicxs-01']}")
    assert "Sample not stated" in said
    drawn = page(client, f"/records/{digests['cx-standard']}")
    assert "45 of 2\u202f000, drawn at random" in drawn


def test_a_signed_result_names_its_records_and_where_it_is_computed_again(
    served: Served, run: Run, machine: Path
) -> None:
    client, _ = served
    name = "quality-management"
    subject = subject_of(records(name))
    whom = machine / "trust.json"
    accreditors = trust(name).accreditors
    whom.write_bytes(Trust(logs=trust_in(client).logs, accreditors=accreditors).to_bytes())
    write_key(machine / "assessor.key", key("assessor"))
    signed = machine / "result.jwt"
    ran = run(
        "assess", subject, "--profile", name, "--registry", str(client.base_url),
        "--trust", whom, "--as-of", "2026-11-20", "--sign", signed, "--key", "assessor.key",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert publish(client, signed.read_bytes()).status_code == 201
    digits = envelope.digest(signed.read_bytes())[7:]

    answer = client.get(f"/records/{digits}", headers=HTML)
    said = page(client, f"/records/{digits}")

    # 40 for the certificate, 45 of 60 for what is measured: docs/guide/assess.md.
    assert "85.00 / 100.00" in said
    assert "Certificate with live results" in said
    assert "It is not counted as evidence" in said
    assert f'href="/profiles/{name}?' in answer.text
    again = re.search(r'href="(/profiles/[^"]*)">Compute it again', answer.text)
    assert again is not None
    # Here nobody is listed for ISO-9001, so the registry's own word is another.
    assert "45.00 / 100.00" in page(client, again[1].replace("&amp;", "&"))
    for each in re.findall(r'href="/records/([0-9a-f]{64})"', answer.text):
        assert client.get(f"/records/{each}", headers=HTML).status_code == 200


def test_it_has_the_raw_forms_of_a_record_but_turtle(served: Served) -> None:
    client, digests = served
    where = f"/records/{digests['cx-standard']}"
    answer = client.get(where, headers=HTML).text

    for form in ("statement.jwt", "bundle.json", "record.json", "record.jsonld"):
        assert f'href="{where}/{form}"' in answer
        assert client.get(f"{where}/{form}").status_code == 200
    assert "record.ttl" not in answer
    badge = client.get(f"/badges/{digests['cx-standard']}.svg")
    assert (badge.status_code, badge.headers["content-type"]) == (200, "image/svg+xml")
    assert "Admitted to the log" in page(client, where)


def test_the_pages_of_its_issuer_and_of_profiles_lead_to_it(served: Served) -> None:
    client, digests = served
    where = f'href="/records/{digests["aicxs-01"]}"'
    issuer = client.get(f"/suppliers/{key('assessor').did}", headers=HTML).text
    row = next(each for each in issuer.split("<tr>") if where in each)
    assert "Assessment under AICXS-01" in row
    assert "checkbox" not in row  # it states no values to compare

    subject = subject_of(records("aicxs-01"))
    supplier = client.get(f"/suppliers/{subject}", headers=HTML).text
    assert where in supplier[supplier.index("Assessments by others") :]
    shown = client.get("/profiles/aicxs-01", params={"subject": subject}, headers=HTML).text
    assert where in shown


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Bewertung"), ("fr", "Évaluation")], ids=["de", "fr"]
)
def test_it_speaks_the_readers_language(served: Served, language: str, words: str) -> None:
    client, digests = served
    answer = client.get(
        f"/records/{digests['aicxs-01']}", headers=HTML | {"accept-language": language}
    )
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text


def test_a_subject_that_says_nothing_itself_has_a_page_of_what_is_said_about_it(
    served: Served,
) -> None:
    client, _ = served
    silent = generate()
    record = records("cx-standard")[1]
    text = json.dumps(record).replace(record["credentialSubject"]["id"], silent.did)
    made = json.loads(text.replace(record["id"], f"urn:uuid:{UUID(int=71)}"))
    statement = sign(made, key("assessor"))
    assert publish(client, statement).status_code == 201

    said = page(client, f"/suppliers/{silent.did}")
    assert "Statements about it" in said
    assert "by Klarsicht Assessments GmbH" in said
    assert client.get(f"/suppliers/{generate().did}", headers=HTML).status_code == 404
