"""Extensions of a record are held to the schemas that it pins."""

import copy
import json
from typing import Any

import orjson
import pytest
from coated import COATING, adhesion, coated
from hypothesis import given, settings
from hypothesis import strategies as st
from published_schemas import coating
from registry_at_work import attestation

import openquality_schemas
from openquality_validator import documents, validate
from openquality_validator.findings import Finding, Severity
from openquality_validator.governance import extension

URI = "https://buyer.example/coating"
SCHEMA = coating(URI).encode()
SUBJECT = "/credentialSubject/extensions/https:~1~1buyer.example~1coating"


def sri(data: bytes) -> str:
    return openquality_schemas.sri(data)


def record(value: Any, *, pinned: bytes = SCHEMA, uri: str = URI) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    made = attestation(1)
    made["extensionSchemas"] = [{"id": uri, "digestSRI": sri(pinned)}]
    made["credentialSubject"]["extensions"] = {uri: value}
    return made


def found(made: dict[str, Any], *schemas: bytes) -> tuple[Finding, ...]:
    read = documents.parse_object(orjson.dumps(made))
    return validate.validate(read, schemas={sri(each): each for each in schemas}).findings


def told(made: dict[str, Any], *schemas: bytes) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in found(made, *schemas)]


def test_an_extension_that_fits_has_no_finding() -> None:
    assert told(record({"microns": 12}), SCHEMA) == []


def test_without_the_schema_nobody_looked_and_a_warning_says_so() -> None:
    (only,) = found(record({"microns": "twelve"}))
    assert (only.code, only.severity, only.pointer) == (
        "S033",
        Severity.WARNING,
        "/extensionSchemas/0",
    )


def test_what_does_not_fit_is_told_at_its_place_with_the_rule() -> None:
    made = record({"microns": 0, "grade": "fine"})
    every = found(made, SCHEMA)
    assert [(each.code, each.pointer) for each in every] == [
        ("S034", SUBJECT),
        ("S034", f"{SUBJECT}/microns"),
    ]
    assert '"grade"' in every[0].message
    assert every[1].hint == "The schema says: minimum 1"


def test_an_extension_of_a_claim_is_held_to_the_schema_too() -> None:
    made = record({"microns": 1})
    made["credentialSubject"]["claims"][1]["extensions"] = {URI: {}}
    at = "/credentialSubject/claims/1/extensions/https:~1~1buyer.example~1coating"
    assert told(made, SCHEMA) == [("S034", at)]


def test_a_pin_is_used_and_stands_once() -> None:
    made = record({"microns": 1})
    del made["credentialSubject"]["extensions"]
    assert told(made, SCHEMA) == [("S035", "/extensionSchemas/0")]
    made = record({"microns": 1})
    other = coating(URI, title="Other").encode()
    made["extensionSchemas"].append({"id": URI, "digestSRI": sri(other)})
    assert told(made, SCHEMA, other) == [("S038", "/extensionSchemas/1/id")]
    made = record({"microns": 1})
    made["credentialSubject"]["extensions"]["https://buyer.example/paint"] = {}
    assert ("S032", "/credentialSubject/extensions/https:~1~1buyer.example~1paint") in told(made)


@pytest.mark.parametrize(
    "pinned",
    [
        coating(f"{URI}2").encode(),
        coating(URI, type="objekt").encode(),
        coating(URI, properties={"a": {"pattern": "^(a+)+$"}}).encode(),
        coating(URI, properties={"a": {"$ref": "https://other.example/"}}).encode(),
        b"{",
        b"null",
        b"\xff",
    ],
)
def test_what_could_not_be_published_is_no_schema(pinned: bytes) -> None:
    assert told(record({"microns": 1}, pinned=pinned), pinned) == [("S036", "/extensionSchemas/0")]


def test_a_metric_set_is_judged_by_its_own_rules() -> None:
    made = attestation(1)
    assert told(coated(made, adhesion(made)), COATING) == []
    wrong = adhesion(made)
    wrong["value"]["unit"] = "kg"
    assert "S034" not in {code for code, _ in told(coated(made, wrong), COATING)}
    assert told(coated(made, wrong), COATING) != []
    twin = orjson.loads(COATING) | {"id": "https://buyer.example/other"}
    data = orjson.dumps(twin)
    lying = coated(made, adhesion(made))
    lying["extensionSchemas"][0]["digestSRI"] = sri(data)
    assert ("S036", "/extensionSchemas/0") in told(lying, data)


def test_a_large_extension_of_a_heavy_schema_is_not_judged_at_all() -> None:
    item: dict[str, Any] = {"type": "array", "items": {"anyOf": [{"const": n} for n in range(400)]}}
    heavy = coating(URI, properties={"all": item}, required=[]).encode()
    assert told(record({"all": [399] * 1_000}, pinned=heavy), heavy) == []
    assert told(record({"all": [399] * 40_000}, pinned=heavy), heavy) == [("S039", SUBJECT)]


def test_at_most_fifty_places_of_an_extension_are_listed() -> None:
    schema = coating(URI, properties={"all": {"items": {"type": "integer"}}}, required=[]).encode()
    assert len(told(record({"all": ["x"] * 80}, pinned=schema), schema)) == 50


KEYWORDS = st.dictionaries(
    st.sampled_from(
        (
            *("type", "enum", "const", "minimum", "pattern", "properties", "additionalProperties"),
            *("items", "contains", "required", "not", "anyOf", "allOf", "if", "then", "$ref"),
            *("propertyNames", "minProperties", "uniqueItems", "prefixItems", "format", "x-any"),
            *("dependentRequired", "unevaluatedProperties", "patternProperties", "oneOf", "$defs"),
        )
    ),
    st.recursive(
        st.sampled_from([None, True, False, 0, 1, "a", "object", "string", "^a$", "#", "date", []]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["a", "type", "items", "const", "enum"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ),
    max_size=4,
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 7, "a", "", "2026-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "", "b/~"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(members=KEYWORDS, value=st.dictionaries(st.sampled_from(["a", "b", ""]), VALUES, max_size=3))
def test_whatever_is_pinned_and_stated_gets_findings_and_no_error(
    members: dict[str, Any], value: dict[str, Any]
) -> None:
    schema = json.dumps(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": URI} | members
    )
    made = record(copy.deepcopy(value), pinned=schema.encode())
    for each in found(made, schema.encode()):
        assert each.code in {"S034", "S036"}
        assert each.message
        assert each.hint


def test_a_document_is_read_once() -> None:
    extension.read.cache_clear()
    for _ in range(3):
        told(record({"microns": 12}), SCHEMA)
    assert extension.read.cache_info().misses == 1
