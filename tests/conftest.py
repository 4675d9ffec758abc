"""Shared fixtures; a named skip for a newcomer is a failure in continuous integration."""

import copy
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import programs
import pytest
from hypothesis import settings

import openquality_schemas

# Sentences are English here, whatever the machine speaks; also in programs that tests start.
os.environ["OPENQUALITY_LANGUAGE"] = "en"

# What a property says holds on a busy machine too; time is measured in benchmarks.
settings.register_profile("openquality", deadline=None)
settings.load_profile("openquality")


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


NOW = openquality_schemas.VERSION


def valid_example(name: str, version: str = NOW) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads(openquality_schemas.examples("valid", version=version)[name])


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
            # A patch that changes nothing proves nothing; 480 and 480.0 differ here.
            assert orjson.dumps(parent[key]) != orjson.dumps(step["value"])
            parent[key] = step["value"]
        elif isinstance(parent, list):
            parent.insert(key, step["value"])
        else:
            parent[key] = step["value"]
    return result


@cache
def _invalid_sources(version: str = NOW) -> dict[str, dict[str, Any]]:
    """Name every invalid example and hold its parts, unread: one bad file spoils one test only."""
    files = openquality_schemas.examples("invalid", version=version)
    found: dict[str, dict[str, Any]] = {}
    for name, data in files.items():
        if name.endswith(".cases.json"):
            code = name.removesuffix(".cases.json")
            found |= {f"{code}-{case['name']}": case for case in orjson.loads(data)}
        elif not name.endswith(".expected.json"):
            beside = files.get(name.removesuffix(".json") + ".expected.json", b"null")
            found[name] = {"document": data, "expected": orjson.loads(beside)}
    return found


@cache
def _invalid_example(name: str, version: str = NOW) -> InvalidExample:
    parts = _invalid_sources(version)[name]
    value = orjson.loads(parts["document"]) if "document" in parts else parts
    if "document" not in parts or (isinstance(value, dict) and value.keys() == {"base", "patch"}):
        value = patched(valid_example(value["base"], version), value["patch"])
    expected = frozenset((each["code"], each["pointer"]) for each in parts["expected"])
    return InvalidExample(name, value, expected)


def invalid_examples(version: str = NOW) -> tuple[InvalidExample, ...]:
    """Read every invalid example of a version; see examples/README.md for the form."""
    return tuple(_invalid_example(name, version) for name in _invalid_sources(version))


@pytest.fixture(params=_invalid_sources())
def invalid_example(request: pytest.FixtureRequest) -> InvalidExample:
    """Run the test once for each invalid example."""
    return _invalid_example(request.param)


@pytest.fixture(scope="session")
def draft_examples() -> tuple[InvalidExample, ...]:
    """Give the invalid examples of the draft that stays shipped."""
    return invalid_examples("1.0-draft.1")


@pytest.fixture(scope="session")
def all_invalid_examples() -> tuple[InvalidExample, ...]:
    return invalid_examples()


def _valid_names() -> list[str]:
    names = openquality_schemas.examples("valid")
    return [name for name in names if not name.endswith(".expected.json")]


@pytest.fixture(params=_valid_names())
def valid_name(request: pytest.FixtureRequest) -> str:
    """Run the test once for each valid example, by file name."""
    name: str = request.param
    return name


@pytest.fixture
def record_value() -> Callable[[str], Any]:
    """Give a callable that reads a valid example anew by its file name."""
    return valid_example


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """Give the independent program that makes statements, logs and bundles."""
    return programs.load(
        Path(__file__).parent / "vectors" / "bundle" / "make.py", "independent_maker"
    )


@pytest.fixture(scope="session")
def conformance_maker() -> ModuleType:
    """Give the independent program that makes bundles with key events, witnesses and status."""
    place = Path(__file__).parent / "conformance" / "verifier" / "make.py"
    return programs.load(place, "make_cases")
