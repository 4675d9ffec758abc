"""Look-up, query, compare, catalogue and the log's files over HTTP."""

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from postgres import database
from registry_at_work import KEY, gtin, publish_all, registry, statement

import openquality_schemas
from openquality.signing import generate
from openquality_registry.bootstrap import Parts

OTHER = generate()
COUNT = 300  # beyond one tile
QUERY = {
    "subject": {"type": "Product", "ids": [f"https://id.gs1.org/01/{gtin(n)}" for n in range(5)]},
    "where": [{"metric": "on-time-delivery", "comparator": "atLeast", "value": "95", "unit": "%"}],
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx2.Client, Parts]]:
    folder = tmp_path_factory.mktemp("registry") / "data"
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(database()) if request.param == "postgresql" else None
        running = stack.enter_context(registry(folder, database=url))
        client, _ = running
        sent = [statement(number) for number in range(COUNT)]
        sent += [statement(7, key=OTHER), statement(8, key=OTHER)]
        answered = publish_all(client, sent).text.splitlines()
        assert {json.loads(line)["status"] for line in answered} == {201}
        yield running


@pytest.fixture(scope="module")
def client(served: tuple[httpx2.Client, Parts]) -> httpx2.Client:
    return served[0]


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def looked_up(client: httpx2.Client, **question: object) -> list[int]:
    answer = client.post("/v1/lookup", json=question)
    assert answer.status_code == 200, answer.text
    return [item["index"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    "subject",
    [
        f"gtin:{gtin(7)}",
        f"gtin:{gtin(7).lstrip('0')}",
        f"https://id.gs1.org/01/{gtin(7)}",
        f"HTTPS://ID.GS1.org/01/{gtin(7)}",
    ],
)
def test_look_up_finds_every_statement_about_a_subject(client: httpx2.Client, subject: str) -> None:
    assert looked_up(client, subjects=[subject]) == [7, COUNT]


def test_look_up_finds_every_statement_of_an_issuer(client: httpx2.Client) -> None:
    assert looked_up(client, issuers=[OTHER.did]) == [COUNT, COUNT + 1]


def test_look_up_joins_subjects_and_issuers_without_repetition(client: httpx2.Client) -> None:
    found = looked_up(
        client, subjects=[f"gtin:{gtin(n)}" for n in (9, 7, 8)], issuers=[OTHER.did, OTHER.did]
    )
    assert found == [7, 8, 9, COUNT, COUNT + 1]


def test_look_up_says_what_the_log_says(client: httpx2.Client) -> None:
    item = client.post("/v1/lookup", json={"subjects": [f"gtin:{gtin(9)}"]}).json()["items"][0]
    assert item["digest"] == digest(statement(9))
    assert (item["issuer"], item["kind"]) == (KEY.did, "attestation")
    assert f"gtin:{gtin(9)}" in item["subjects"]


def test_pages_of_a_look_up_join_to_the_whole_and_stay_at_its_size(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, _ = served
    question = {"issuers": [KEY.did], "limit": 70}
    answer = client.post("/v1/lookup", json=question).json()
    size, found = answer["log"]["size"], [item["index"] for item in answer["items"]]
    publish_all(client, [statement(1_000)])
    while answer["next"]:
        answer = client.post("/v1/lookup", json=question | {"cursor": answer["next"]}).json()
        assert answer["log"]["size"] == size
        found += [item["index"] for item in answer["items"]]
    assert found == list(range(COUNT))


def test_an_unknown_subject_has_no_statements(client: httpx2.Client) -> None:
    assert looked_up(client, subjects=["gtin:00000000000000"], issuers=["did:key:z6Mk"]) == []


def test_a_query_is_answered_with_rows_and_the_same_by_get(client: httpx2.Client) -> None:
    answer = client.post("/v1/query", json=QUERY)
    assert answer.status_code == 200
    # 468 of 480: the one-sided 95 % Clopper-Pearson lower limit is 95.98 %, above 95 %.
    assert answer.json()["total"] == 5
    statements = {row["values"][0]["statement"] for row in answer.json()["rows"]}
    assert statements == {digest(statement(number)) for number in range(5)}
    assert client.get(f"/v1/query?q={quote(json.dumps(QUERY))}").json() == answer.json()


def test_pages_of_a_query_join_to_the_whole(client: httpx2.Client) -> None:
    whole = client.post("/v1/query", json=QUERY).json()["rows"]
    question: dict[str, object] = QUERY | {"limit": 2}
    rows = []
    while True:
        answer = client.post("/v1/query", json=question).json()
        rows += answer["rows"]
        if answer["next"] is None:
            break
        question["cursor"] = answer["next"]
    assert rows == whole


def test_an_empty_answer_says_what_would_have_been_needed(client: httpx2.Client) -> None:
    where = [QUERY["where"][0] | {"value": "99"}]  # type: ignore[index]
    answer = client.post("/v1/query", json=QUERY | {"where": where}).json()
    assert answer["rows"] == []
    assert [item["reason"] for item in answer["leftOut"]] == ["threshold"]


def test_records_stand_side_by_side(client: httpx2.Client) -> None:
    digests = [digest(statement(2)), digest(statement(1))]
    answer = client.post("/v1/compare", json={"digests": digests, "asOf": "2026-11-20"}).json()
    assert answer["asOf"] == "2026-11-20"
    assert answer["statements"] == digests
    assert [metric["metric"] for metric in answer["metrics"]] == ["cpk", "on-time-delivery"]


def test_comparing_what_is_not_in_the_log_names_it(client: httpx2.Client) -> None:
    missing = digest(b"nothing")
    answer = client.post("/v1/compare", json={"digests": [digest(statement(1)), missing]})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-statement")
    assert missing in answer.json()["detail"]
    assert digest(statement(1)) not in answer.json()["detail"]


@pytest.mark.parametrize(("name", "key"), [("metrics", "id"), ("units", "code")])
def test_the_catalogue_is_answered_as_it_is_shipped(
    client: httpx2.Client, name: str, key: str
) -> None:
    shipped = json.loads(
        openquality_schemas.read(f"{name}.json", version=openquality_schemas.CATALOGUE)
    )[name]
    answer = client.get(f"/v1/{name}").json()
    assert answer["items"] == sorted(shipped, key=lambda item: item[key])
    if name == "metrics":
        assert client.get("/v1/metrics/cpk").json() in shipped


def test_an_unknown_metric_names_the_nearest(client: httpx2.Client) -> None:
    answer = client.get("/v1/metrics/cpkk")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-term")
    assert "cpk" in answer.json()["detail"]


def test_a_schema_comes_by_its_digest(client: httpx2.Client) -> None:
    data = openquality_schemas.read("attestation.schema.json")
    answer = client.get(f"/v1/schemas/{digest(data)}")
    assert answer.content == data
    assert client.get(f"/v1/schemas/{64 * '0'}").json()["code"] == "unknown-schema"


def test_tiles_are_exact_and_cacheable(client: httpx2.Client) -> None:
    note = client.get("/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.headers["cache-control"] == "no-store"
    full = client.get("/tile/0/000")
    assert full.headers["content-type"] == "application/octet-stream"
    assert full.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(full.content) == 8_192
    size = int(note.text.split("\n")[1])
    partial = client.get(f"/tile/0/001.p/{size - 256}")
    assert len(partial.content) == (size - 256) * 32
    assert "immutable" not in partial.headers["cache-control"]
    # RFC 6962: the tree over the leaves of both tiles has the signed root (256 leaves on the left).
    hashes = [full.content[at : at + 32] for at in range(0, 8_192, 32)]
    hashes += [partial.content[at : at + 32] for at in range(0, len(partial.content), 32)]
    assert base64.b64encode(tree(hashes)).decode() == note.text.split("\n")[2]
    entries = client.get("/tile/entries/000").content
    first = entries[2 : 2 + int.from_bytes(entries[:2])]
    assert hashlib.sha256(b"\0" + first).digest() == hashes[0]
    assert client.head("/tile/0/000").headers["content-length"] == "8192"


def tree(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(hashes[:split]) + tree(hashes[split:])).digest()
