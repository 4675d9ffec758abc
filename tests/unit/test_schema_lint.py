"""What a schema is refused for before it is published, each with its code and place."""

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.compatibility import SchemaError, lint, read
from openquality_validator.compatibility.linting import is_inside

SCHEMAS = Path(__file__).parents[2] / "schemas" / "openquality_schemas"
GOOD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://buyer.example/schemas/coating.json",
    "title": "Coating",
    "x-iri": "https://buyer.example/terms#Coating",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "thickness": {"$ref": "#/$defs/Decimal"},
        "layers": {"type": "array", "items": {"$ref": "#"}},
        "since": {"type": "string", "format": "date"},
    },
    "$defs": {"Decimal": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"}},
}


def data(**changes: Any) -> bytes:  # noqa: ANN401 - schemas
    return orjson.dumps(copy.deepcopy(GOOD) | changes)


def found(content: bytes, **options: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - its options
    return [(f.code, f.pointer) for f in lint(content, **options).findings]


def test_a_schema_within_the_rules_has_no_finding() -> None:
    assert found(data(), namespace="https://buyer.example/", released=data()) == []


@pytest.mark.parametrize(
    "path", sorted(SCHEMAS.rglob("*.schema.json")), ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_every_schema_of_ours_may_be_published(path: Path) -> None:
    assert found(path.read_bytes(), namespace="https://w3id.org/openquality/") == []


def below(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema
    return {"properties": {"a": schema}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", [("D003", "")]),
        (b'{"a":1,"a":2}', [("D004", "")]),
        (b"[" * 100 + b"]" * 100, [("D005", "")]),
        (b" " * 1_048_577, [("D001", "")]),
        (b"true", [("Z001", "")]),
        (b"{}", [("Z001", "/$schema")]),
        (data(**{"$schema": "http://json-schema.org/draft-07/schema#"}), [("Z001", "/$schema")]),
        (data(type="text"), [("Z001", "/type")]),
        (data(**below({"minLength": -1})), [("Z001", "/properties/a/minLength")]),
        (data(**below({"$ref": "https://other.example/s.json"})), [("Z002", "/properties/a/$ref")]),
        (data(**below({"$ref": "other.json#/$defs/X"})), [("Z002", "/properties/a/$ref")]),
        (data(**below({"$ref": "#anchor"})), [("Z002", "/properties/a/$ref")]),
        (data(**below({"$dynamicRef": "#x"})), [("Z002", "/properties/a/$dynamicRef")]),
        (data(**below({"$id": "https://x.example/"})), [("Z002", "/properties/a/$id")]),
        (data(**below({"$ref": "#/$defs/None"})), [("Z003", "/properties/a/$ref")]),
        (data(**below({"$ref": "#/properties"})), [("Z003", "/properties/a/$ref")]),
        (data(**{"$ref": "#"}), [("Z004", "")]),
        (
            data(
                **{
                    "$defs": {
                        "A": {"allOf": [{"$ref": "#/$defs/B"}]},
                        "B": {"not": {"$ref": "#/$defs/A"}},
                    },
                    "properties": {},
                }
            ),
            [("Z004", "/$defs/B/not")],
        ),
        (data(**below({"pattern": "(?=a)b"})), [("Z005", "/properties/a/pattern")]),
        (data(**below({"pattern": "("})), [("Z005", "/properties/a/pattern")]),
        (data(**below({"pattern": "^(a+)+$"})), [("Z006", "/properties/a/pattern")]),
        (data(patternProperties={"^(a+)+$": True}), [("Z006", "/patternProperties/^(a+)+$")]),
        (
            data(**{"$defs": {f"D{n}": {"not": {}} for n in range(6_000)}, "properties": {}}),
            [("Z007", "")],
        ),
        (
            data(properties={f"p{n}": {"pattern": f"^a{{{n}}}$"} for n in range(201)}),
            [("Z007", "")],
        ),
        (data(**below({"nullable": True})), [("Z008", "/properties/a/nullable")]),
        (data(**below({"format": "email"})), [("Z009", "/properties/a/format")]),
        (data(**{"$id": "http://buyer.example/x"}), [("Z010", "/$id")]),
        (data(**{"$id": "https://buyer.example/x#part"}), [("Z001", "/$id")]),
        (data(**{"$id": "/x"}), [("Z010", "/$id")]),
    ],
    ids=lambda value: value[0][0] + value[0][1] if isinstance(value, list) else "",
)
def test_each_fault_has_its_code_and_place(content: bytes, expected: list[tuple[str, str]]) -> None:
    assert found(content) == expected


def test_faults_of_different_kinds_are_all_told_at_once() -> None:
    content = data(**below({"pattern": "\\d", "format": "uri"}), **{"$id": "urn:x"})

    assert [code for code, _ in found(content)] == ["Z010", "Z009", "Z005"]


def test_a_name_that_looks_like_a_pointer_is_followed_as_one() -> None:
    schema = {"$defs": {"a/b": {"type": "string"}, "~1": {"type": "string"}}}

    assert found(data(**schema, **below({"$ref": "#/$defs/a~1b"}))) == []
    assert found(data(**schema, **below({"$ref": "#/$defs/~01"}))) == []


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        ("https://a.example/x", "https://a.example/", True),
        ("https://a.example/x", "https://a.example", True),
        ("https://a.example/s/x", "https://a.example/s", True),
        ("did:web:a.example:s:x", "did:web:a.example:", True),
        ("https://a.example/", "https://a.example/", False),
        ("https://a.example.net/x", "https://a.example", False),
        ("https://a.example@evil.example/x", "https://a.example", False),
        ("https://a.example/../b", "https://a.example/", False),
        ("https://a.example/%2e%2e/b", "https://a.example/", False),
        ("https://a.example\\x", "https://a.example", False),
        ("http://a.example/x", "https://a.example/", False),
        ("https://a.example/suffix", "https://a.example/s", False),
    ],
)
def test_a_name_lies_in_a_namespace_segment_by_segment(
    name: str, namespace: str, *, expected: bool
) -> None:
    assert is_inside(name, namespace) is expected


def test_another_owners_namespace_is_refused() -> None:
    assert found(data(), namespace="https://seller.example/") == [("Z010", "/$id")]


def test_a_released_version_changes_by_no_byte() -> None:
    assert found(data() + b"\n", released=data()) == [("Z011", "")]


def test_what_cannot_be_compared_is_refused_with_the_first_fault() -> None:
    with pytest.raises(SchemaError, match=r"^Z002: .*leads out of the schema"):
        read(data(**below({"$ref": "https://other.example/s.json"})))


def test_the_shipped_schema_reads() -> None:
    assert read(openquality_schemas.read("attestation.schema.json")).root.schema["type"] == "object"
