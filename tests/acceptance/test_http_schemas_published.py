"""Published schemas over HTTP, on either database: read, found, deprecated, assessed under."""

import datetime as dt
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from profiles_at_work import key as party
from profiles_at_work import records, subject_of, trust
from registry_at_work import RunRegistry, publish, trust_in
from schemas_at_work import TEXT, coating, deprecation, profile, publication, publish_all

import openquality_schemas
from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_validator.trust import Trust

Run = Callable[..., Any]
BROWSER = {"accept": "text/html"}


@dataclass
class Served:
    """Hold a registry in which two owners publish, and what they published."""

    client: httpx2.Client
    buyer: SigningKey = field(default_factory=generate)
    other: SigningKey = field(default_factory=generate)
    digests: dict[str, str] = field(default_factory=dict)

    def group(self, key: SigningKey) -> str:
        return f"/v1/schemagroups/{key.did}/schemas"


@pytest.fixture(scope="module")
def served(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("published") / "data"
    with run_registry(folder, rate=0) as (client, _):
        found = Served(client)
        _fill(found)
        yield found


def _fill(served: Served) -> None:
    key, client = served.buyer, served.client
    extension = {"kind": "extension", "name": "coating"}
    sectors = {"sectors": ["nace:25.61"]}
    first = publication(coating(key), key, version="1.0", **extension, **sectors)
    (served.digests["1.0"],) = publish_all(client, first)
    second = publication(
        coating(key, layers={"type": "integer", "minimum": 1}), key, version="1.1", **extension,
        **sectors, ancestor=served.digests["1.0"],
    )  # fmt: skip
    (served.digests["1.1"],) = publish_all(client, second)
    third = publication(
        coating(key) | {"required": ["process", "colour"]}
        | {"properties": {"process": TEXT, "colour": TEXT}},
        key, version="2.0", **extension, **sectors, ancestor=served.digests["1.1"],
    )  # fmt: skip
    (served.digests["2.0"],) = publish_all(client, third)
    own = publication(profile(key), key, kind="profile", name="our-suppliers", version="1.0")
    foreign = publication(
        coating(served.other), served.other, kind="extension", name="coating", version="1.0",
        compatibility="FULL",
    )  # fmt: skip
    served.digests["profile"], served.digests["foreign"] = publish_all(client, own, foreign)
    (served.digests["word"],) = publish_all(
        client, deprecation(first, key, alternative=served.digests["2.0"], removal="2027-12-01")
    )


def read(url: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON as a program does that knows nothing of us."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of our own server
        return json.load(answer)


def test_a_stranger_follows_the_line_of_versions(served: Served) -> None:
    root = read(f"{served.client.base_url}/v1")
    groups = read(root["schemagroupsurl"])
    # By DID, then the built-in group.
    assert list(groups) == [*sorted([served.buyer.did, served.other.did]), "openquality"]
    assert groups[served.buyer.did]["schemascount"] == 2
    schemas = read(groups[served.buyer.did]["schemasurl"])
    assert list(schemas) == ["coating", "our-suppliers"]
    versions = read(schemas["coating"]["versionsurl"])

    assert {number: each["ancestorid"] for number, each in versions.items()} == {
        "1.0": "1.0",
        "1.1": "1.0",
        "2.0": "2.0",  # a new major version may break what it likes
    }
    assert [each["isdefault"] for each in versions.values()] == [False, False, True]
    assert [each["logindex"] for each in versions.values()] == [0, 1, 2]
    for number, each in versions.items():
        assert each["statement"] == served.digests[number]
        url = each["self"].removesuffix("$details")
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of our own server
            document = answer.read()
        assert openquality_schemas.digest(document) == each["digest"]
        # What is published is what the signed statement holds, byte for byte.
        signed = served.client.get(f"/v1/statements/{each['statement'][7:]}", headers={
            "accept": "application/json"}).json()  # fmt: skip
        assert signed["credential"]["credentialSubject"]["content"].encode() == document
        assert served.client.get(f"/v1/schemas/{each['digest']}").content == document


def test_meta_says_what_later_versions_must_keep_to(served: Served) -> None:
    def mode(key: SigningKey, name: str) -> Any:  # noqa: ANN401 - a text or nothing
        meta = served.client.get(f"{served.group(key)}/{name}/meta").json()
        return meta.get("compatibility")

    assert mode(served.buyer, "coating") == "backward_transitive"
    assert mode(served.other, "coating") == "full"
    assert mode(served.buyer, "our-suppliers") is None


def test_a_deprecated_version_says_so_and_stays(served: Served) -> None:
    path = f"{served.group(served.buyer)}/coating/versions/1.0"

    told = served.client.get(f"{path}$details").json()
    document = served.client.get(path)

    root = str(served.client.base_url).rstrip("/")
    assert told["status"] == "deprecated"
    assert told["deprecated"] == {
        "effective": "2026-12-01T00:00:00Z",
        "reason": "Layers were missing.",
        "removal": "2027-12-01T00:00:00Z",
        "alternative": f"{root}/v1/statements/{served.digests['2.0'][7:]}",
        "documentation": f"{root}/v1/statements/{served.digests['word'][7:]}",
    }
    assert document.status_code == 200
    # RFC 9745: seconds since 1970 after an @; RFC 8594: a date as in HTTP.
    assert document.headers["deprecation"] == "@1796083200"
    assert document.headers["sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    # What stands against the default version stands on the schema; 2.0 is not deprecated.
    assert (
        "deprecated" not in served.client.get(f"{served.group(served.buyer)}/coating/meta").json()
    )


def test_a_search_finds_by_owner_kind_status_sector_metric_and_words(served: Served) -> None:
    def found(**asked: str) -> list[tuple[str, str]]:
        answer = served.client.get("/v1/schemas", params=asked)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert answer.json()["count"] == len(items)
        return [
            ("" if each["group"] == "openquality" else each["group"], each["name"])
            for each in items
        ]

    buyer, other = served.buyer.did, served.other.did
    assert found(owner=buyer) == [(buyer, "coating"), (buyer, "our-suppliers")]
    assert found(kind="extension") == [(did, "coating") for did in sorted([buyer, other])]
    assert found(sector="nace:25.61") == [(buyer, "coating")]
    assert found(owner=buyer, metric="cpk") == [(buyer, "our-suppliers")]
    assert found(q="coat thick", owner=other) == [(other, "coating")]
    assert found(status="deprecated") == []  # of the default versions none is
    assert found(metric="cpk", kind="profile") == [
        (buyer, "our-suppliers"),
        ("", "quality-management"),
    ]


def test_pages_of_a_search_go_over_owners_into_the_built_in_group(served: Served) -> None:
    whole = served.client.get("/v1/schemas", params={"limit": 200}).json()["items"]
    found: list[Any] = []
    asked: dict[str, Any] = {"limit": 1}
    for _ in range(6):
        page = served.client.get("/v1/schemas", params=asked).json()
        found += page["items"]
        asked["cursor"] = page["next"]

    assert found == whole[:6]
    assert [each["group"] == "openquality" for each in found] == 3 * [False] + 3 * [True]


def test_a_published_profile_stands_beside_the_shipped_ones(served: Served) -> None:
    client, name = served.client, f"our-suppliers@{served.buyer.did}"
    items = client.get("/v1/profiles").json()["items"]
    assert [each["id"] for each in items] == [*openquality_schemas.profiles(), name]

    first = client.get("/v1/profiles", params={"limit": 7}).json()
    rest = client.get("/v1/profiles", params={"limit": 7, "cursor": first["next"]}).json()
    assert (first["items"] + rest["items"], rest["next"]) == (items, None)

    digest = items[-1]["digest"]
    for named in (name, f"our-suppliers:1.0@{served.buyer.did}", digest):
        data = client.get(f"/v1/profiles/{quote(named, safe='')}").content
        assert openquality_schemas.digest(data) == digest
    for wrong in (f"coating@{served.buyer.did}", f"none@{served.buyer.did}", "sha256:" + 64 * "0"):
        gone = client.get(f"/v1/profiles/{quote(wrong, safe='')}")
        assert (gone.status_code, gone.json()["code"]) == (404, "unknown-profile")


def test_registry_and_buyer_judge_the_same_under_a_published_profile(
    served: Served, run: Run, machine: Path
) -> None:
    client, name = served.client, f"our-suppliers@{served.buyer.did}"
    keys = {party(each).did: party(each) for each in ("certifier", "nordbolt")}
    for record in records("quality-management"):
        publish(client, sign(record, keys[record["issuer"]["id"]]))
    subject = subject_of(records("quality-management"))
    log = trust_in(client).logs
    whom = machine / "trust.json"
    whom.write_bytes(Trust(logs=log).to_bytes())

    told = client.get(
        f"/v1/profiles/{quote(name, safe='')}/assess/{quote(subject, safe='')}",
        params={"asOf": "2026-11-20"},
    ).json()
    asked = ("--registry", str(client.base_url), "--as-of", "2026-11-20", "--format", "json")
    ran = run("assess", subject, "--profile", name, "--trust", whom, *asked)

    assert ran.json == told
    assert told["profile"]["id"] == "our-suppliers"
    # With a list of one's own the certificate counts too: 85 points, as for the shipped one.
    accreditors = trust("quality-management").accreditors
    whom.write_bytes(Trust(logs=log, accreditors=accreditors).to_bytes())
    by_digest = run(
        "assess", subject, "--profile", told["profile"]["digest"], "--trust", whom, *asked
    )
    assert by_digest.json["points"] == "85.00"


def test_people_see_a_schema_its_versions_and_what_changed(served: Served) -> None:
    client, did = served.client, served.buyer.did

    every = client.get("/schemas", params={"owner": did}, headers=BROWSER).text
    assert f'href="/schemas/{did}/coating"' in every
    asking = client.get("/schemas", params={"metric": "cpk"}, headers=BROWSER).text
    assert f'href="/schemas/{did}/our-suppliers"' in asking
    assert f'href="/schemas/{did}/coating"' not in asking
    newest = client.get(f"/schemas/{did}/coating", headers=BROWSER).text
    assert all(f"/coating/{number}" in newest for number in ("1.0", "1.1", "2.0"))
    second = client.get(f"/schemas/{did}/coating/1.1", headers=BROWSER).text
    assert "What changed since 1.0" in second
    assert "The old schema allows no member &#39;layers&#39;, which the new one allows." in second
    first = client.get(f"/schemas/{did}/coating/1.0", headers=BROWSER).text
    # First of all that it should be used no more.
    assert first.index("To be used no more from") < first.index("Owner")
    assert f'href="/schemas/{did}/coating/2.0"' in first
    assert "Layers were missing." in first

    german = client.get(f"/schemas/{did}/coating/1.1?lang=de", headers=BROWSER).text
    assert "Das Schema des Vorgängers lässt kein Feld &#39;layers&#39; zu" in german
    client.cookies.clear()

    profiles = client.get("/profiles", headers=BROWSER).text
    name = quote(f"our-suppliers@{did}", safe="")
    shown = client.get(f"/profiles/{name}", headers=BROWSER)
    assert shown.status_code == 200
    assert "our-suppliers" in profiles
    assert "Few pieces are defective on arrival" in shown.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/schemas/did:key:z6Mkstranger/coating", 404),
        ("/schemas/openquality/no-such", 404),
        ("/schemas/openquality/attestation/9.9", 404),
        ("/schemas?q=%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("/schemas?kind=nonsense&status=nonsense&group=x&after=y", 200),
        ("/profiles/none@did:key:z6Mk", 404),
    ],
)
def test_a_page_takes_bad_addresses_calmly(served: Served, path: str, status: int) -> None:
    answer = served.client.get(path, headers=BROWSER)

    assert answer.status_code == status
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": "1.0"}, "Z011"),  # a released version with other bytes
        ({"version": "1.1"}, "Z104"),  # FULL: readers of 1.0 would refuse the new member
        ({"version": "2.0", "id": "did:key:z6Mkstranger/coating"}, "Z301"),  # another's namespace
    ],
)
def test_what_may_not_be_published_is_refused_with_findings(
    served: Served, changed: dict[str, str], code: str
) -> None:
    key = served.other
    document = coating(key, colour=TEXT) | {"$id": changed.get("id", f"{key.did}/coating")}
    subject = {
        "id": document["$id"],
        "kind": "extension",
        "name": "coating",
        "title": "Coatings",
        "description": "What a coating is.",
        "ancestor": served.digests["foreign"],
        "content": json.dumps(document),
        **changed,
    }
    now = dt.datetime.now(dt.UTC)
    made = credentials.make("SchemaPublication", subject, issuer=key.did, name="Other", now=now)

    answer = publish(served.client, sign(made, key))

    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["findings"]] == [code]
