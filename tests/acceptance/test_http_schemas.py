"""Schemas over HTTP: groups, schemas and versions, read by clients that are not ours."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from registry_at_work import registry

import openquality_schemas

BUILT_IN = "/v1/schemagroups/openquality"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with registry(tmp_path_factory.mktemp("schemas") / "data", rate=0) as (client, _):
        yield client


def read(url: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON as a program does that knows nothing of us."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of our own server
        return json.load(answer)


def test_a_stranger_walks_from_the_root_to_a_document(client: httpx2.Client) -> None:
    root = read(f"{client.base_url}/v1")
    assert root["specversion"] == "1.0-rc4"
    assert read(root["self"]) == root
    groups = read(root["schemagroupsurl"])
    schemas = read(groups["openquality"]["schemasurl"])
    assert len(schemas) == groups["openquality"]["schemascount"]
    attestation = schemas["attestation"]
    versions = read(attestation["versionsurl"])
    assert list(versions) == ["1.0-draft.1", "1.0"]
    assert len(versions) == attestation["versionscount"]
    meta = read(attestation["metaurl"])
    default = read(meta["defaultversionurl"])
    assert default == versions[meta["defaultversionid"]]
    assert read(attestation["self"]) == attestation

    with urllib.request.urlopen(default["self"].removesuffix("$details"), timeout=30) as answer:  # noqa: S310 - of our own server
        document = answer.read()
        assert answer.headers["content-type"] == default["contenttype"]
        assert answer.headers["xregistry-versionid"] == "1.0"
        assert "immutable" in answer.headers["cache-control"]

    assert document == openquality_schemas.read("attestation.schema.json")
    assert openquality_schemas.digest(document) == default["digest"]


def test_a_document_is_found_by_its_digest_too(client: httpx2.Client) -> None:
    for data in (
        openquality_schemas.read("metrics.json"),
        openquality_schemas.profile("quality-management"),
        openquality_schemas.read("query.schema.json", version="1.1-draft.1"),
    ):
        digest = openquality_schemas.digest(data)
        found = client.get(f"/v1/schemas/{digest}")
        assert (found.status_code, found.content) == (200, data)
        assert found.headers["content-type"] == (
            "application/schema+json" if b'"$schema"' in data[:40] else "application/json"
        )
        (item,) = client.get("/v1/schemas", params={"digest": digest}).json()["items"]
        assert item["digest"] == digest


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_make_the_whole_list_in_the_same_order(client: httpx2.Client, limit: int) -> None:
    whole = client.get(f"{BUILT_IN}/schemas").json()
    found: dict[str, Any] = {}
    address: str | None = f"{BUILT_IN}/schemas?limit={limit}"
    while address is not None:
        answer = client.get(address)
        assert 1 <= len(answer.json()) <= limit
        found |= answer.json()
        address = answer.links.get("next", {}).get("url")
    assert list(found.items()) == list(whole.items())
    assert list(found) == sorted(found)

    items: list[Any] = []
    cursor: str | None = None
    while cursor is not None or not items:
        page = client.get(
            "/v1/schemas", params={"limit": limit} | ({"cursor": cursor} if cursor else {})
        ).json()
        items += page["items"]
        cursor = page["next"]
    assert [each["name"] for each in items] == list(whole)
    assert page["count"] == len(whole)


def test_a_search_narrows_down(client: httpx2.Client) -> None:
    def names(**asked: str) -> list[str]:
        return [each["name"] for each in client.get("/v1/schemas", params=asked).json()["items"]]

    assert names(kind="profile") == list(openquality_schemas.profiles())
    assert names(q="quality manag") == ["quality-management"]
    assert names(q="QUALITY", kind="language") == ["assessment", "attestation"]
    assert names(metric="cpk") == ["metrics", "quality-management"]
    assert names(status="deprecated") == names(sector="nace:25.61") == []
    assert names(owner="did:key:z6Mkstranger") == []
    assert names(q="nothing-is-called-so") == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{BUILT_IN}/schemas/no-such$details", "unknown-schema"),
        (f"{BUILT_IN}/schemas/attestation/versions/9.9", "unknown-schema"),
        ("/v1/schemagroups/did:key:z6Mkstranger", "unknown-schema"),
        ("/v1/schemagroups/did:key:z6Mkstranger/schemas/coating", "unknown-schema"),
        # A % of a DID is escaped again in an address.
        ("/v1/schemagroups/did:web:a.example%253A8443/schemas/coating$details", "unknown-schema"),
        (f"/v1/schemas/{64 * '0'}", "unknown-schema"),
        ("/v1/schemagroups/somebody", "invalid-parameter"),
        (f"{BUILT_IN}/schemas/No_Slug$details", "invalid-parameter"),
        (f"{BUILT_IN}/schemas/attestation/versions/one", "invalid-parameter"),
        ("/v1/schemas?kind=table", "invalid-parameter"),
        ("/v1/schemas?limit=0", "invalid-parameter"),
        ("/v1/schemas?cursor=WzFd", "invalid-question"),
        (f"{BUILT_IN}/schemas?cursor=%00", "invalid-question"),
        ("/v1/schemagroups?cursor=\u00a5", "invalid-question"),
    ],
)
def test_what_is_not_there_is_a_problem_document(
    client: httpx2.Client, path: str, code: str
) -> None:
    answer = client.get(path)

    assert answer.json()["code"] == code
    statuses = {"unknown-schema": 404, "invalid-parameter": 400, "invalid-question": 422}
    assert answer.status_code == statuses[code]


def test_a_cursor_belongs_to_its_question(client: httpx2.Client) -> None:
    cursor = client.get("/v1/schemas", params={"limit": 1}).json()["next"]

    other = client.get("/v1/schemas", params={"limit": 1, "kind": "profile", "cursor": cursor})

    assert other.json()["findings"][0]["code"] == "Q009"


def test_nobody_writes_through_these_addresses(client: httpx2.Client) -> None:
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        answer = client.request(method, f"{BUILT_IN}/schemas/attestation", content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
