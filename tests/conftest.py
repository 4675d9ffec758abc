"""Shared fixtures; a named skip for a newcomer is a failure in continuous integration."""

import copy
import importlib.util
import os
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

import openquality_schemas


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("OPENQUALITY_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


@dataclass(frozen=True)
class InvalidExample:
    """One file of `examples/invalid`, with its patch applied, and what must be found in it."""

    name: str
    value: Any
    expected: frozenset[tuple[str, str]]

    @property
    def data(self) -> bytes:
        return orjson.dumps(self.value)


def valid_example(name: str) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads(openquality_schemas.examples("valid")[name])


def expected_findings(data: bytes) -> frozenset[tuple[str, str]]:
    return frozenset((each["code"], each["pointer"]) for each in orjson.loads(data))


def patched(value: Any, patch: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - any JSON value
    """Apply the add, remove and replace operations of JSON Patch (RFC 6902) to a copy."""
    result = copy.deepcopy(value)
    for step in patch:
        *above, last = (
            part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]
        )
        parent = result
        for part in above:
            parent = parent[int(part)] if isinstance(parent, list) else parent[part]
        key = last if isinstance(parent, dict) else len(parent) if last == "-" else int(last)
        if step["op"] == "remove":
            del parent[key]
        elif step["op"] == "replace":
            assert parent[key] != step["value"]  # a patch that changes nothing proves nothing
            parent[key] = step["value"]
        elif isinstance(parent, list):
            parent.insert(key, step["value"])
        else:
            parent[key] = step["value"]
    return result


def _case(code: str, case: dict[str, Any]) -> InvalidExample:
    expected = frozenset((each["code"], each["pointer"]) for each in case["expected"])
    value = patched(valid_example(case["base"]), case["patch"])
    return InvalidExample(f"{code}-{case['name']}", value, expected)


@cache
def invalid_examples() -> tuple[InvalidExample, ...]:
    """Read every invalid example; see examples/README.md for the form."""
    files = openquality_schemas.examples("invalid")
    found = []
    for name, data in files.items():
        if name.endswith(".expected.json"):
            continue
        value = orjson.loads(data)
        if name.endswith(".cases.json"):
            code = name.removesuffix(".cases.json")
            found += [_case(code, case) for case in value]
            continue
        if isinstance(value, dict) and value.keys() == {"base", "patch"}:
            value = patched(valid_example(value["base"]), value["patch"])
        expected = expected_findings(files[name.removesuffix(".json") + ".expected.json"])
        found.append(InvalidExample(name, value, expected))
    return tuple(found)


@pytest.fixture(params=invalid_examples(), ids=lambda example: example.name)
def invalid_example(request: pytest.FixtureRequest) -> InvalidExample:
    """Run the test once for each invalid example."""
    example: InvalidExample = request.param
    return example


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """Give the independent program that makes statements, logs and bundles."""
    place = Path(__file__).parent / "vectors" / "bundle" / "make.py"
    spec = importlib.util.spec_from_file_location("independent_maker", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
