"""The guide to validating and the page of diagnostics show what really happens."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fenced_blocks import blocks

import openquality_schemas
from openquality import configuration
from openquality.cli.report import ReportFormat

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "guide" / "validate.md").read_text("utf-8")
PAGE = (DOCS / "spec" / "diagnostics.md").read_text("utf-8")
SCREW = openquality_schemas.examples("valid")["fastener-cpk-on-time.json"]
Run = Callable[..., Any]


@pytest.fixture
def folder(machine: Path) -> Path:
    bolt = SCREW.replace(b'"1.33"', b'"1,33"').replace(
        b'"on-time-delivery"', b'"on-time-deliverry"'
    )
    (machine / "bolt.json").write_bytes(bolt)
    return machine


@pytest.mark.usefixtures("folder")
def test_each_command_prints_what_the_guide_shows_in_its_order(run: Run) -> None:
    shown = blocks(GUIDE, "console")
    assert len(shown) == 2
    for block in shown:
        command, _, expected = block.partition("\n")
        ran = run(*shlex.split(command)[2:])
        assert ran.out + ran.err == expected
        assert ran.code == 1


def test_each_command_for_many_files_runs(run: Run, machine: Path) -> None:
    (machine / "records/drafts").mkdir(parents=True)
    (machine / "records/a.json").write_bytes(SCREW)
    (machine / "records/drafts/b.json").write_bytes(b"{")
    (machine / "records.jsonl").write_bytes(json.dumps(json.loads(SCREW)).encode())
    (commands,) = blocks(GUIDE, "sh")
    codes = [
        run(*words[1:]).code
        for line in commands.splitlines()
        if "--watch" not in (words := shlex.split(line))
    ]
    assert codes == [1, 0, 0]


def test_the_settings_of_the_guide_are_all_there_are(machine: Path) -> None:
    (text,) = blocks(GUIDE, "toml")
    found = configuration.parse(text.encode(), machine / "openquality.toml")
    assert found.validate.exclude == ("drafts",)
    shown = tomllib.loads(text)
    assert shown.keys() == {"registry", "language", "validate"}
    assert shown["validate"].keys() == set(configuration.Validate.__slots__)


def test_the_guide_lists_every_format() -> None:
    named = re.findall(r"^\| `([a-z]+)` \|", GUIDE.partition("| `--format` |")[2], re.MULTILINE)
    assert named == [each.value for each in ReportFormat]
    assert named == list(configuration.FORMATS)


def test_the_example_of_the_page_is_what_the_command_writes(run: Run, machine: Path) -> None:
    record, findings = blocks(PAGE, "json")
    (machine / "record.json").write_text(record)
    ran = run("validate", "record.json", "--format", "json")
    (document,) = ran.json["documents"]
    shown = {"/valid_from", "/validFrom"}
    found = [each for each in document["findings"] if each["pointer"] in shown]
    assert found == json.loads(findings)
    listed = set(re.findall(r"`(\w+)`", PAGE))
    for each in (ran.json, document, *document["findings"], ran.json["summary"]):
        assert set(each) <= listed
