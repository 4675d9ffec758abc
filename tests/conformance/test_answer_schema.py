"""Real answers have the shape of the published schema, and the schema names all their members."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import orjson
import pytest
from registry_at_work import publish_all, registry, statement

import openquality_schemas
from openquality_validator.engines import compiled

QUERY = {
    "where": [{"metric": "on-time-delivery", "comparator": "atLeast", "value": "95", "unit": "%"}],
    "limit": 2,
}


def schema() -> bytes:
    _, version = openquality_schemas.newest("answer.schema.json")
    return openquality_schemas.read("answer.schema.json", version=version)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with registry(tmp_path_factory.mktemp("registry") / "data") as (client, _):
        publish_all(client, [statement(number) for number in range(3)])
        yield client


def unnamed(value: object, shape: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    """Yield the members of a value that its schema does not name."""
    if "$ref" in shape:
        shape = whole["$defs"][shape["$ref"].rpartition("/")[2]]
    shape = next((each for each in shape.get("anyOf", ()) if "$ref" in each), shape)
    if "$ref" in shape:
        yield from unnamed(value, shape, whole)
    elif isinstance(value, list):
        for item in value:
            yield from unnamed(item, shape["items"], whole)
    elif isinstance(value, dict) and "properties" in shape:
        yield from value.keys() - shape["properties"].keys()
        for name in value.keys() & shape["properties"].keys():
            yield from unnamed(value[name], shape["properties"][name], whole)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"where": [{"metric": "cpk"}, {"metric": "on-time-delivery"}]},
        {
            "where": [{"metric": "cpk"}, {"metric": "on-time-delivery"}],
            "rank": [{"metric": "cpk", "weight": "1"}],
        },
        {"floors": {"verification": "recomputed"}},
        {
            "fairness": {
                "reserve": {"share": "0.5", "countries": ["DE"]},
                "diversityWeight": "0.3",
            },
            "explain": True,
            "facets": ["category", "relation", "sizeClass"],
            "bundles": True,
        },
        {"atCheckpoint": {"size": 2}, "explain": True, "subject": {"countries": ["XX"]}},
    ],
)
def test_answers_have_the_shape_of_the_schema(client: httpx2.Client, more: dict[str, Any]) -> None:
    answer = client.post("/v1/query", json=QUERY | more).json()
    assert not list(compiled(schema()).problems(answer))
    assert not set(unnamed(answer, orjson.loads(schema()), orjson.loads(schema())))


def test_the_link_of_a_row_leads_to_the_bundle_of_its_statement(client: httpx2.Client) -> None:
    row = client.post("/v1/query", json=QUERY).json()["rows"][0]
    bundle = client.get(row["bundle"])
    assert bundle.headers["content-type"].startswith("application/vnd.openquality.bundle+json")
    as_asked = client.get(
        f"/v1/statements/{row['values'][0]['statement']}",
        headers={"accept": "application/vnd.openquality.bundle+json"},
    )
    assert bundle.json()["statement"] == as_asked.json()["statement"]
