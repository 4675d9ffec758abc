"""Every error that was put in is found, where it was put, and nothing else, in each format."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import seeded_errors
from seeded_errors import Found, Seeded

Run = Callable[..., Any]
CORPUS = {seeded.name: seeded for seeded in seeded_errors.corpus()}
PLACED = re.compile(r"^(.+?):(\d+):(\d+): (?:error|warning) ([A-Z]\d{3}) ", re.MULTILINE)
COMMAND = re.compile(
    r"^::(?:error|warning) file=(.+?),line=(\d+),endLine=\d+,col=(\d+)", re.MULTILINE
)
TITLE = re.compile(r",title=([A-Z]\d{3})::")
ROW = re.compile(r"^\| (.+?):(\d+):(\d+) \| (?:error|warning) ([A-Z]\d{3}) \|", re.MULTILINE)

Placed = set[tuple[str, Found]]


@pytest.fixture(scope="module", params=CORPUS)
def seeded(request: pytest.FixtureRequest) -> Seeded:
    return CORPUS[request.param]


@pytest.fixture
def files(machine: Path) -> Path:
    for seeded in CORPUS.values():
        (machine / f"{seeded.name}.json").write_bytes(seeded.data)
    return machine


EXPECTED: Placed = {
    (f"{seeded.name}.json", found) for seeded in CORPUS.values() for found in seeded.found
}


def of_json(out: str) -> Placed:
    return {
        (document["path"], Found(each["code"], each["line"], each["column"]))
        for document in json.loads(out)["documents"]
        for each in document["findings"]
    }


def of_sarif(out: str) -> Placed:
    placed = set()
    (run,) = json.loads(out)["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        region = physical["region"]
        found = Found(result["ruleId"], region["startLine"], region["startColumn"])
        placed.add((physical["artifactLocation"]["uri"], found))
    return placed


def of_lines(pattern: re.Pattern[str], text: str) -> Placed:
    return {
        (path.replace("\\-", "-"), Found(code, int(line), int(column)))
        for path, line, column, code in pattern.findall(text)
    }


def of_junit(out: str) -> Placed:
    root = ET.fromstring(out)  # noqa: S314 - our own
    texts = [each.text or "" for each in root.iter("failure")]
    return of_lines(PLACED, "\n".join(texts))


def of_github(out: str) -> Placed:
    places = COMMAND.findall(out)
    codes = TITLE.findall(out)
    return {
        (path, Found(code, int(line), int(column)))
        for (path, line, column), code in zip(places, codes, strict=True)
    }


READERS: dict[str, Callable[[str], Placed]] = {
    "text": lambda out: of_lines(PLACED, out),
    "json": of_json,
    "sarif": of_sarif,
    "junit": of_junit,
    "github": of_github,
    "markdown": lambda out: of_lines(ROW, out),
}


@pytest.mark.parametrize("form", READERS)
@pytest.mark.usefixtures("files")
def test_what_was_seeded_is_what_is_found(run: Run, form: str) -> None:
    ran = run("validate", "*.json", "--all", "--format", form)
    assert ran.code == 1
    assert EXPECTED == READERS[form](ran.out)


def test_the_fix_gives_the_record_before_the_error(seeded: Seeded, run: Run, machine: Path) -> None:
    path = machine / "record.json"
    path.write_bytes(seeded.data)
    ran = run("validate", "record.json", "--fix")
    if seeded.mends:
        assert path.read_text() == seeded.base
        assert ran.code == 0
        assert " fixed " in ran.out
    else:
        assert ran.code == 1


@pytest.mark.usefixtures("files")
def test_a_fix_that_is_only_shown_is_not_written(run: Run, machine: Path) -> None:
    ran = run("validate", "decimal-comma.json", "--diff")
    assert ran.code == 1
    assert '-          "amount": "97,7181",\n+          "amount": "97.7181",\n' in ran.out
    assert (machine / "decimal-comma.json").read_bytes() == CORPUS["decimal-comma"].data


def test_in_a_file_of_many_records_each_error_is_found_in_its_line(run: Run, machine: Path) -> None:
    seeded = [each for each in CORPUS.values() if not {f.code[0] for f in each.found} & {"D"}]
    valid = json.dumps(json.loads(seeded[0].base))
    texts = [json.dumps(json.loads(each.text)) for each in seeded]
    lines = [line for text in texts for line in (text, valid)]
    (machine / "all.jsonl").write_text("\n".join(lines))
    found = {
        (placed.line, placed.code)
        for _, placed in of_json(
            run("validate", "all.jsonl", "--format", "json", "--jobs", "2").out
        )
    }
    assert found == {
        (2 * number + 1, placed.code) for number, each in enumerate(seeded) for placed in each.found
    }


@pytest.mark.usefixtures("files")
def test_fixes_are_told_to_programs_too(run: Run) -> None:
    ran = run("validate", "decimal-comma.json", "--fix", "--format", "json")
    assert ran.code == 0
    (document,) = ran.json["documents"]
    (placed,) = CORPUS["decimal-comma"].found
    assert document["fixed"] == [
        {
            "code": "S006",
            "pointer": "/credentialSubject/claims/0/value/amount",
            "line": placed.line,
            "column": placed.column,
            "before": '"97,7181"',
            "after": '"97.7181"',
            "what": "spelling of the number",
        }
    ]
    assert ran.json["summary"]["fixed"] == 1


@pytest.mark.usefixtures("files")
def test_a_difference_is_shown_to_people_only(run: Run) -> None:
    ran = run("validate", "decimal-comma.json", "--diff", "--format", "json")
    assert (ran.code, ran.out) == (2, "")
    assert "--diff is for people" in ran.err
