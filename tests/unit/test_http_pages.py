"""The pages about the HTTP interface say what the code does: codes, routes, settings."""

import re
from pathlib import Path

import pytest

from openquality_registry import problems
from openquality_registry.bootstrap import Parts, build
from openquality_registry.http.app import create_api, create_app
from openquality_registry.settings import PREFIX, Settings, load

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = Path(problems.__file__).parent


def page(name: str) -> str:
    return (DOCS / name).read_text()


def test_every_problem_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", page("spec/http-errors.md"), re.MULTILINE)
    documented = {code: int(status) for code, status in rows}
    assert documented == {code: status for code, (status, _) in problems.CODES.items()}


def test_every_problem_code_is_used_and_none_is_made_up() -> None:
    source = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    for code in problems.CODES:
        assert source.count(f'"{code}"') > 1, code  # once in the table, once where it is said
    said = re.findall(r'(?:Refused|problem)\(\s*"([a-z-]+)"', source)
    assert said
    assert set(said) <= problems.CODES.keys()


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return build(load(data=tmp_path / "data", workers=0))


def test_every_route_is_documented_and_described(parts: Parts) -> None:
    described = create_api(parts).openapi()["paths"]
    parts.close()
    methods = {
        (method.upper(), path) for path, operations in described.items() for method in operations
    }
    documented = set(re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s]*)`", page("spec/http.md")))
    wanted = {(method, path) for method, path in documented if "?" not in path}
    assert methods | {("GET", "/openapi.json")} == wanted


def test_every_operation_has_a_summary_an_example_and_its_problems(parts: Parts) -> None:
    described = create_api(parts).openapi()["paths"]
    parts.close()
    for path, operations in described.items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert "500" in operation["responses"], where
            if method == "post":
                (content,) = operation["requestBody"]["content"].values()
                assert "example" in content, where
                assert {"413", "415", "429"} <= operation["responses"].keys(), where


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(
        rf"^\| `{PREFIX}([A-Z_]+)`[ *]*\| (.*?) \|", page("guide/operate.md"), re.MULTILINE
    )
    documented = {name.lower(): default for name, default in rows}
    assert documented.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        shown = documented[name].strip("`")
        if name == "origin":
            continue  # made up for each new folder
        assert shown == ("none" if field.default is None else f"{field.default}"), name


@pytest.mark.parametrize("name", ["openquality_log_size", "openquality_http_seconds"])
def test_the_guide_names_real_metrics(parts: Parts, name: str) -> None:
    create_app(parts)
    families = {family.name for family in parts.metrics.collect()}
    parts.close()
    named = set(re.findall(r"`(openquality_[a-z_]+?)(?:_total)?`", page("guide/operate.md")))
    assert name in named
    assert named == families
