"""What a version changed is told within bounded work."""

import time

import orjson

from openquality_registry.schemagroups import changes

HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://buyer.example/x.json",
    "type": "object",
}


def told(old: object, new: object) -> list[tuple[str, str]] | None:
    found = changes._changes("extension", orjson.dumps(old), orjson.dumps(new))
    return None if found is None else [(each.rule, each.nature.value) for each in found]


def test_changes_are_told_without_annotations() -> None:
    old = {**HEAD, "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    new = {**old, "title": "A title", "required": ["a"]}

    assert told(old, old) == []
    assert told(old, new) == [("Z103", "breaking")]


def test_what_is_too_entangled_is_given_up() -> None:
    def entangled(last: int) -> object:
        parts = [
            {"not": {"properties": {f"a{n}": {"const": n}, f"b{n}": {}}, "required": [f"a{n}"]}}
            for n in range(1_200)
        ]
        return {**HEAD, "allOf": parts, "maxProperties": last}

    began = time.process_time()
    assert told(entangled(5), entangled(6)) is None
    # Bounded by steps; the time only says that they are not many.
    assert time.process_time() - began < 30
