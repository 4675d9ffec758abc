"""Profiles over HTTP, on either database: published, judged, and judged again by the buyer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import pytest
from profiles_at_work import key, records, subject_of, trust
from registry_at_work import RunRegistry, publish, trust_in
from years_at_work import Calendar

import openquality_schemas
from openquality.signing import sign
from openquality_registry.bootstrap import Parts
from openquality_validator.trust import Trust

Run = Callable[..., Any]
Served = tuple[httpx2.Client, Parts]
NAMES = tuple(openquality_schemas.profiles())
PARTIES = (
    "assessor", "certifier", "sonnwind", "bergblick", "datenwerk", "nordbolt", "einkauf",
    "velanto", "verbund",
)  # fmt: skip
# As of 2026-11-20, with the examples' own lists: as tests/unit/test_profiles_shipped.py adds up.
POINTS = {
    "ai-customer-maturity": "65.00",
    "ai-management-system": "90.00",
    "aicxs-01": "970.00",
    "cx-standard": "96.00",
    "procurement-agent": "95.00",
    "quality-management": "85.00",
    "supplier-onboarding-basic": "90.00",
}


@pytest.fixture(scope="module")
def served(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a registry with the records of all examples, which lists whom they list."""
    folder = tmp_path_factory.mktemp("assess") / "data"
    keys = {key(party).did: key(party) for party in PARTIES}
    with run_registry(folder) as (client, parts):
        for name in NAMES:
            for record in records(name):
                answer = publish(client, sign(record, keys[record["issuer"]["id"]]))
                assert answer.status_code == 201, answer.text
        yield client, parts


def asked(client: httpx2.Client, name: str, subject: str, **more: str) -> httpx2.Response:
    path = f"/v1/profiles/{name}/assess/{quote(subject, safe='')}"
    return client.get(path, params={"asOf": "2026-11-20"} | more)


def test_profiles_are_listed_and_given_byte_for_byte(served: Served) -> None:
    client, _ = served
    items = client.get("/v1/profiles").json()["items"]

    assert [each["id"] for each in items] == list(NAMES)
    for each in items:
        data = client.get(f"/v1/profiles/{each['id']}").content
        assert data == openquality_schemas.profile(each["id"])
        assert openquality_schemas.digest(data) == each["digest"]
    gone = client.get("/v1/profiles/no-such")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-profile")


def test_a_registry_without_a_list_counts_no_certifier_and_no_assessor(served: Served) -> None:
    client, _ = served
    name = "quality-management"

    found = asked(client, name, subject_of(records(name))).json()

    assert (found["points"], found["blockedBy"]) == ("45.00", [name])
    assert {each["proof"] for each in found["records"]} == {"logged"}


@pytest.mark.parametrize("name", NAMES)
def test_the_buyer_computes_the_same_from_bundles(
    served: Served, run: Run, machine: Path, name: str
) -> None:
    client, _ = served
    log = trust_in(client).logs
    whom = machine / "trust.json"
    whom.write_bytes(Trust(logs=log, accreditors=trust(name).accreditors).to_bytes())
    subject = subject_of(records(name))

    ran = run(
        "assess", subject, "--profile", name, "--registry", str(client.base_url),
        "--trust", whom, "--as-of", "2026-11-20", "--format", "json",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    assert (ran.json["points"], ran.json["preview"]) == (POINTS[name], False)
    # The registry says the same of the same records where nobody's list decides.
    whom.write_bytes(Trust(logs=log).to_bytes())
    alone = run(
        "assess", subject, "--profile", name, "--registry", str(client.base_url),
        "--trust", whom, "--as-of", "2026-11-20", "--format", "json",
    )  # fmt: skip
    assert asked(client, name, subject).json() == alone.json


def test_parameters_come_in_the_address(served: Served) -> None:
    client, _ = served
    name = "procurement-agent"
    subject = subject_of(records(name))

    low = asked(client, name, subject, **{"risk-tier": "low"}).json()
    assert low["parameters"] == {"risk-tier": "low"}

    wrong = asked(client, name, subject, **{"risk-tier": "none"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-question")
    assert wrong.json()["findings"][0]["code"] == "Z210"


def test_a_subject_of_another_type_is_not_assessed(served: Served) -> None:
    client, _ = served

    wrong = asked(client, "procurement-agent", subject_of(records("quality-management")))
    assert wrong.status_code == 422
    assert wrong.json()["findings"][0]["code"] == "Z211"


def test_nothing_is_known_of_a_stranger(served: Served) -> None:
    client, _ = served

    found = asked(client, "quality-management", "https://stranger.example/things/1?a=b").json()

    assert (found["points"], found["level"], found["records"]) == ("0.00", None, [])
    assert found["subject"] == "https://stranger.example/things/1?a=b"


def test_a_withdrawn_record_counts_no_more(
    run_registry: RunRegistry, run: Run, machine: Path, tmp_path: Path
) -> None:
    from openquality.signing import write_key

    name = "supplier-onboarding-basic"
    owner = key("velanto")
    write_key(machine / "openquality.key", owner)
    with run_registry(tmp_path / "data", clock=Calendar("2026-11-20")) as (client, _):
        for number, record in enumerate(records(name)):
            statement = sign(record, owner)
            (machine / f"{number}.jwt").write_bytes(statement)
            assert publish(client, statement).status_code == 201
        subject = subject_of(records(name))
        assert asked(client, name, subject).json()["points"] == "90.00"

        said = run(
            "status", "0.jwt", "suspend", "--reason", "The data are looked at again.",
            "--registry", str(client.base_url),
        )  # fmt: skip
        assert said.code == 0, said.err

        found = asked(client, name, subject).json()
        assert found["points"] == "30.00"
        why = {each["id"]: each["reasons"] for each in found["indicators"]}
        assert why["delivery"] == why["defects"] == ["withdrawn"]
        # The day before nobody had said anything against it.
        before = asked(client, name, subject, asOf="2026-11-19").json()
        assert before["points"] == "90.00"


def test_an_assessment_of_findings_is_logged_as_its_kind(served: Served) -> None:
    client, _ = served
    subject = subject_of(records("cx-standard"))

    items = client.post("/v1/lookup", json={"subjects": [subject]}).json()["items"]

    assert sorted(each["kind"] for each in items) == ["assessment", "attestation"]
    digest = next(each["digest"] for each in items if each["kind"] == "assessment")
    shown = client.get(f"/v1/statements/{digest}", headers={"accept": "application/json"})
    assert orjson.loads(shown.content)["credential"]["credentialSubject"]["findings"]


def test_people_see_the_profiles_and_what_the_log_shows(served: Served) -> None:
    client, _ = served
    browser = {"accept": "text/html"}
    every = client.get("/profiles", headers=browser)
    assert every.status_code == 200
    assert all(f'href="/profiles/{name}"' in every.text for name in NAMES)

    name = "quality-management"
    asks = client.get(f"/profiles/{name}", headers=browser)
    assert "Few pieces are defective on arrival" in asks.text
    assert "never a certificate" in asks.text

    shown = client.get(
        f"/profiles/{name}",
        params={"subject": subject_of(records(name)), "asOf": "2026-11-20"},
        headers=browser,
    )
    assert shown.status_code == 200
    assert "45.00 / 100.00" in shown.text
    assert "none is reached" in shown.text
    assert "Publish a measurement of cpk" in shown.text
    for statement in asked(client, name, subject_of(records(name))).json()["records"]:
        assert f"/records/{statement['statement'][7:]}" in shown.text


def test_a_page_of_a_profile_says_what_is_wrong_with_the_question(served: Served) -> None:
    client, _ = served
    browser = {"accept": "text/html"}

    assert client.get("/profiles/no-such", headers=browser).status_code == 404
    path = "/profiles/procurement-agent"
    for wrong in ({"asOf": "soon"}, {"subject": "x" * 3_000}):
        assert client.get(path, params=wrong, headers=browser).status_code == 400
    hostile = '"><script>alert(1)</script>'
    shown = client.get(path, params={"subject": hostile}, headers=browser)
    assert shown.status_code == 200
    assert "<script>" not in shown.text
    tier = client.get(path, params={"subject": "x", "risk-tier": hostile}, headers=browser)
    assert tier.status_code == 422


def test_the_index_of_a_log_with_assessments_is_what_its_statements_give(served: Served) -> None:
    from openquality_registry.adapters.sql.index_check import IndexCheck

    _, parts = served
    check = IndexCheck(parts.folder.store.read, origin=parts.folder.origin, operator=None)

    assert list(check.run(parts.published_size())) == []
