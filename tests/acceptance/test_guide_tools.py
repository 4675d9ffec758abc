"""What the guides on editors and installing show is so: settings, tasks, the container."""

import re
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def guide(name: str) -> str:
    return (ROOT / "docs" / "guide" / f"{name}.md").read_text()


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", guide(name), re.DOTALL)


SETTINGS, TASKS = (orjson.loads(text) for text in blocks("editors", "json"))


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_value: Callable[[str], Any]
) -> Path:
    """Give a folder of records with several mistakes, some of them warnings."""
    (tmp_path / "records").mkdir()
    value = record_value("fastener-cpk-on-time.json")
    value["validFrom"] = "2026-13-01T00:00:00Z"
    value["name"] = "The world-class bolt: 1:2: error Z999 said the text"
    value["credentialSubject"]["claims"][0]["metrik"] = "cpk"
    written = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    (tmp_path / "records" / "bolt.attestation.json").write_bytes(written)
    (tmp_path / "records" / "deep").mkdir()
    (tmp_path / "records" / "deep" / "attestation.json").write_bytes(b'{"id": 1}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_schema_that_an_editor_is_given_is_the_shipped_one(project: Path) -> None:
    command = blocks("editors", "sh")[0].replace("python3", sys.executable)

    subprocess.run(["bash", "-c", command], check=True)

    assert project.joinpath(SETTINGS["json.schemas"][0]["url"]).read_bytes().rstrip() == (
        openquality_schemas.read("attestation.schema.json").rstrip()
    )


def test_the_association_takes_the_names_of_records_and_no_others() -> None:
    patterns = SETTINGS["json.schemas"][0]["fileMatch"]
    names = ["attestation.json", "bolt.attestation.json", "package.json", "attestation.schema.json"]

    assert [n for n in names if any(fnmatch(n, p) for p in patterns)] == names[:2]


@pytest.mark.usefixtures("project")
def test_the_problem_matcher_reads_every_finding_from_the_text() -> None:
    task = TASKS["tasks"][0]
    matcher = task["problemMatcher"]["pattern"]
    command = [BIN / task["command"], *task["args"]]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    told = subprocess.run([*command, "--format", "json"], capture_output=True, check=False)
    findings = [
        (document["path"], each["line"], each["column"], each["severity"], each["code"])
        for document in orjson.loads(told.stdout)["documents"]
        for each in document["findings"]
    ]

    matched = [
        found
        for line in shown.stdout.splitlines()
        if (found := re.search(matcher["regexp"], line, re.ASCII))
    ]
    read = [
        (
            found[matcher["file"]],
            int(found[matcher["line"]]),
            int(found[matcher["column"]]),
            found[matcher["severity"]],
            found[matcher["code"]],
        )
        for found in matched
    ]

    assert {severity for *_, severity, _ in findings} == {"error", "warning"}
    assert {path for path, *_ in findings} == {
        "records/bolt.attestation.json",
        "records/deep/attestation.json",
    }
    assert sorted(read) == sorted(findings)


def described(schema: object, path: str = "") -> list[str]:
    """Name the members that a schema describes, and of which it says neither title nor meaning.

    Conditions (`if`, `then`, `else`, `not`) narrow members that are described elsewhere.
    """
    found = []
    if isinstance(schema, dict):
        for name, member in schema.get("properties", {}).items():
            if not {"title", "description"} <= member.keys():
                found.append(f"{path}/{name}")
        for key, inner in schema.items():
            if key not in {"if", "then", "else", "not", "examples"}:
                found += described(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            found += described(inner, f"{path}/{index}")
    return found


def test_an_editor_can_tell_the_meaning_of_every_member() -> None:
    assert described(openquality_schemas.attestation_schema()) == []


def test_a_record_with_a_schema_inside_is_told_of_as_the_guide_says(
    project: Path, record_value: Callable[[str], Any]
) -> None:
    value = {"$schema": "./attestation.schema.json", **record_value("fastener-cpk-on-time.json")}
    path = project / "records" / "attestation.json"
    path.write_bytes(orjson.dumps(value))

    done = subprocess.run(
        [BIN / "openquality", "validate", path], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert re.findall(r": (?:error|warning) (\w+) ", done.stdout) == ["S003"]


def test_the_guide_lists_every_extra() -> None:
    listed = re.findall(r"^\| `([a-z0-9]+)` \|", guide("install"), re.MULTILINE)

    assert sorted(listed) == sorted(PROJECT["project"]["optional-dependencies"])


def test_python_runs_the_package_as_the_program() -> None:
    ours, named = (
        subprocess.run([*command, "--version"], check=True, capture_output=True).stdout
        for command in ([BIN / "openquality"], [sys.executable, "-m", "openquality"])
    )

    assert ours == named == f"openquality {PROJECT['project']['version']}\n".encode()


RECIPE = [
    re.split(r"\s+", line, maxsplit=1)
    for line in re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text()).splitlines()
    if line and not line.startswith("#")
]


def said(instruction: str) -> list[str]:
    return [rest for name, rest in RECIPE if name == instruction]


def test_the_container_takes_only_what_is_there_and_all_of_the_packages() -> None:
    sources = [
        source
        for rest in said("COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert all((ROOT / source).exists() for source in sources)
    assert {source.split("/")[0] for source in sources} == {*let_in}
    assert {package.split("/")[0] for package in packages} <= {*sources}


def test_the_container_runs_pinned_packages_without_rights() -> None:
    installs = [each for rest in said("RUN") for each in rest.split("&&") if "pip install" in each]

    assert all("--require-hashes" in each or "--no-deps" in each for each in installs)
    assert said("USER") == ["10001:10001"]
    assert said("VOLUME") == ["/data"]
    assert orjson.loads(said("ENTRYPOINT")[0]) == ["openquality"]


def test_the_health_check_of_the_container_asks_what_a_registry_answers(registry: str) -> None:
    check = orjson.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])
    address = re.search(r"http://[^']*", check[-1])
    assert address is not None
    path = address[0].removeprefix("http://127.0.0.1:8080")
    healthy = [sys.executable, "-c", check[-1].replace(address[0], f"{registry}{path}")]
    broken = [sys.executable, "-c", check[-1].replace(address[0], f"{registry}/nothing")]

    assert urllib.request.urlopen(f"{registry}{path}", timeout=9).status == 200  # noqa: S310 - loopback
    assert subprocess.run(healthy, check=False, capture_output=True).returncode == 0
    assert subprocess.run(broken, check=False, capture_output=True).returncode == 1
