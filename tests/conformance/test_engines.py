"""Both engines find the same, on every example and on lists that are too long."""

# ruff: noqa: ANN401 - any JSON value

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator import structure
from openquality_validator.engines import Engine, PythonEngine, RustEngine, compiled
from openquality_validator.findings import Finding
from openquality_validator.keywords import explain

SCHEMA = openquality_schemas.read("attestation.schema.json")
ENGINES = (RustEngine(SCHEMA), PythonEngine(SCHEMA))


def findings(engine: Engine, value: object) -> set[Finding]:
    return {finding for problem in engine.problems(value) for finding in explain(problem)}


def test_both_engines_say_the_same_about_an_invalid_example(invalid_example: Any) -> None:
    by_rust, by_python = (findings(engine, invalid_example.value) for engine in ENGINES)

    assert by_rust == by_python
    assert [engine.is_valid(invalid_example.value) for engine in ENGINES] == [not by_rust] * 2


def test_both_engines_accept_a_valid_example(
    valid_name: str, record_value: Callable[[str], Any]
) -> None:
    value = record_value(valid_name)

    assert [engine.is_valid(value) for engine in ENGINES] == [True, True]
    assert [findings(engine, value) for engine in ENGINES] == [set(), set()]


def lists(value: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list):
        yield path, value
    for name, below in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(below, dict | list):
            yield from lists(below, f"{path}/{name}")


def long_lists() -> dict[str, tuple[str, str]]:
    """Name one place for each kind of list, shortest item first: example and pointer."""
    found: dict[str, tuple[int, str, str]] = {}
    for name, data in openquality_schemas.examples("valid").items():
        if not name.endswith(".expected.json"):
            for where, items in lists(orjson.loads(data)):
                kind = re.sub(r"/[0-9]+", "", where)
                if items and kind not in {"/@context", "/type"}:
                    place = (len(orjson.dumps(items[-1])), name, where)
                    found[kind] = min(place, found.get(kind, place))
    return {kind: (name, where) for kind, (_, name, where) in found.items()}


@pytest.mark.parametrize(("name", "where"), long_lists().values(), ids=long_lists())
def test_both_engines_refuse_a_list_that_is_too_long(
    name: str, where: str, record_value: Callable[[str], Any]
) -> None:
    value = record_value(name)
    items = dict(lists(value))[where]
    items.extend([items[-1]] * 500)

    by_rust, by_python = (findings(engine, value) for engine in ENGINES)

    assert by_rust == by_python
    assert {(each.code, each.pointer) for each in by_rust} >= {("S011", where)}


def test_a_value_with_the_same_members_in_another_order_is_the_same_item() -> None:
    schema = b'{"uniqueItems": true}'
    value = [{"a": 1, "b": "x"}, {"b": "x", "a": 1}]

    assert [kind(schema).is_valid(value) for kind in (RustEngine, PythonEngine)] == [False, False]


@pytest.mark.parametrize(
    ("value", "where"),
    [({"": 1}, ("",)), ({"a": {"": 1}}, ("a", "")), ({"": {"b": 1}}, ("", "b"))],
)
def test_a_member_without_a_name_keeps_its_place(value: Any, where: tuple[str, ...]) -> None:
    texts = {"type": ["object", "string"], "additionalProperties": {"type": "string"}}
    schema = orjson.dumps({"type": "object", "additionalProperties": texts})

    for kind in (RustEngine, PythonEngine):
        assert [problem.path for problem in kind(schema).problems(value)] == [where]


@pytest.mark.parametrize("text", ["12\n", "\n12", "12 "])
def test_a_pattern_ends_where_the_text_ends(text: str) -> None:
    schema = b'{"pattern": "^[0-9]+$"}'

    assert [kind(schema).is_valid(text) for kind in (RustEngine, PythonEngine)] == [False, False]


def test_without_the_wheel_the_other_engine_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema_rs", None)

    assert isinstance(compiled(b'{"type": "string"}'), PythonEngine)


def test_an_empty_member_name_keeps_its_place(record_value: Callable[[str], Any]) -> None:
    record = record_value("fastener-cpk-on-time.json")
    record["evidence"][0][""] = None
    found = {(finding.code, finding.pointer) for finding in structure.check(record).findings}
    assert found == {("S003", "/evidence/0/")}
