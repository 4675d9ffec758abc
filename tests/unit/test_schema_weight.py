"""How many subschemas may judge one value: counted by hand."""

from typing import Any

import pytest

import openquality_schemas
from openquality_validator.compatibility import Schema, read
from openquality_validator.compatibility.weight import MOST
from openquality_validator.documents import MAX_DEPTH

NODE = {"$ref": "#/$defs/node"}


def weight(schema: Any) -> int:  # noqa: ANN401 - a schema
    return Schema(schema, side="new").weight


def recursive(node: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema
    return {**NODE, "$defs": {"node": node}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, 1),
        ({}, 1),
        ({"anyOf": [{}, {}, {}]}, 4),
        ({"if": {}, "then": {}, "else": {}}, 4),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{}, {}]}}}, 4),
        # Of members with names one is judged, by its own schema and by those of all.
        ({"properties": {"a": {"anyOf": [{}, {}]}, "b": {}}}, 3),
        ({"properties": {"a": {}, "b": {}}, "additionalProperties": {"anyOf": [{}, {}]}}, 4),
        ({"properties": {"ab": {}}, "patternProperties": {"^a": {}, "b$": {}}}, 3),
        ({"items": {"anyOf": [{}, {}]}, "prefixItems": [{}], "contains": {}}, 5),
        # Sixteen names or values are looked through as fast as one subschema.
        ({"enum": list(range(40))}, 3),
        ({"required": [str(n) for n in range(16)], "properties": {}}, 2),
        # Each level of a tree is judged once more, by the reference and what it names.
        (recursive({"properties": {"left": NODE, "right": NODE}}), 2),
        (recursive({"items": NODE, "anyOf": [{}, {}]}), 4),
        # Two ways down at each level double it: 2 at the first, 2 ** 33 at the last.
        (recursive({"items": NODE, "contains": NODE}), MOST),
    ],
)
def test_the_weight_of_a_schema_is_what_judges_one_value(
    schema: Any,  # noqa: ANN401 - a schema
    expected: int,
) -> None:
    assert weight(schema) == expected


def test_alternatives_that_refer_to_the_same_twice_double_it() -> None:
    def doubled(times: int) -> dict[str, Any]:
        steps = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(times)}
        return {"$ref": "#/$defs/d0", "$defs": {**steps, f"d{times}": {}}}

    # w(0) = 1; w(n) = 1 for the schema, and twice 1 for the reference and w(n - 1) behind it.
    expected = 1
    for times in range(1, 6):
        expected = 1 + 2 * (1 + expected)
        assert weight(doubled(times)) == 1 + expected
    assert weight(doubled(60)) == MOST


def test_levels_count_as_deep_as_a_document_goes() -> None:
    deep: Any = {"anyOf": [{}] * 9}
    for _ in range(MAX_DEPTH):
        deep = {"items": deep}
    assert weight(deep) == 10
    assert weight({"items": deep}) == 1  # no document reaches so far


def test_our_own_schemas_are_light() -> None:
    assert read(openquality_schemas.read("attestation.schema.json")).weight < 300
