"""The weight of a schema bounds the work of judging any value: against a count of every step."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openquality_validator.compatibility import SchemaError, read

NAMES = ("a", "b", "c")
REFERENCE = st.sampled_from([{"$ref": f"#/$defs/{name}"} for name in NAMES])


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    listed = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "anyOf": listed,
            "allOf": listed,
            "not": inner,
            "if": inner,
            "then": inner,
            "properties": named,
            "patternProperties": st.fixed_dictionaries({"^a$": inner}),
            "additionalProperties": inner,
            "dependentSchemas": named,
            "prefixItems": listed,
            "items": inner,
            "contains": inner,
        },
    )


SCHEMAS = st.recursive(REFERENCE | st.just({}) | st.booleans(), larger, max_leaves=8)
VALUES = st.recursive(
    st.sampled_from([None, 1, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)


class Judged:
    """Count for each part of a value the subschemas that judge it, if none is ever passed over."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self.counts: Counter[tuple[object, ...]] = Counter()

    def judge(self, value: Any, schema: Any, *path: object) -> None:  # noqa: ANN401 - any JSON values
        self.counts[path] += 1
        if isinstance(schema, bool):
            return
        for each in self._beside(value, schema):
            self.judge(value, each, *path)
        if isinstance(value, dict):
            for name, member in value.items():
                for each in _of_member(schema, name):
                    self.judge(member, each, *path, name)
        if isinstance(value, list):
            for at, item in enumerate(value):
                for each in _of_item(schema, at):
                    self.judge(item, each, *path, at)

    def _beside(self, value: Any, schema: Mapping[str, Any]) -> list[Any]:  # noqa: ANN401 - any JSON value
        found = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
        found += [schema[name] for name in ("not", "if", "then") if name in schema]
        if "$ref" in schema:
            found.append(self._root["$defs"][schema["$ref"].rpartition("/")[2]])
        named = value if isinstance(value, dict) else ()
        found += [
            each for name, each in schema.get("dependentSchemas", {}).items() if name in named
        ]
        return found


def _of_member(schema: Mapping[str, Any], name: str) -> list[Any]:
    known = [schema["properties"][name]] if name in schema.get("properties", ()) else []
    if name == "a" and "patternProperties" in schema:
        known.append(schema["patternProperties"]["^a$"])
    if not known and "additionalProperties" in schema:
        known.append(schema["additionalProperties"])
    return known


def _of_item(schema: Mapping[str, Any], at: int) -> list[Any]:
    first = schema.get("prefixItems", ())
    known = [first[at]] if at < len(first) else [schema["items"]] if "items" in schema else []
    return [*known, schema["contains"]] if "contains" in schema else known


@settings(max_examples=100, deadline=None)
@given(
    root=larger(REFERENCE | st.just({})),
    defs=st.fixed_dictionaries(dict.fromkeys(NAMES, SCHEMAS)),
    value=VALUES,
)
def test_no_part_of_a_value_is_judged_by_more_subschemas_than_the_weight(
    root: dict[str, Any], defs: dict[str, Any], value: object
) -> None:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": defs}
    try:
        schema = read(json.dumps(whole).encode())
    except SchemaError:
        return  # in place to itself, which nobody publishes
    assume(schema.weight < 5_000)  # what is heavier may take as long as it says
    work = Judged(whole)
    work.judge(value, whole)
    assert max(work.counts.values()) <= schema.weight
