"""The guide to converting shows what really happens."""

import json
import re
import shlex
from pathlib import Path

import pytest

import openquality_schemas
from openquality.cli.main import main
from openquality_validator.projections.formats import Source, Target

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "convert.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "slo.yaml").write_text(blocks("yaml")[0])
    record = openquality_schemas.examples("valid", version="1.0-draft.1")[
        "organisation-on-time.json"
    ]
    (tmp_path / "record.json").write_bytes(record)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", blocks("console"))
def test_each_command_prints_what_the_guide_shows(
    block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, expected = block.partition("\n")
    assert main(shlex.split(command)[2:]) == 0
    captured = capsys.readouterr()
    assert (captured.out + captured.err) == expected


def test_the_draft_is_the_one_that_the_guide_shows(folder: Path) -> None:
    assert main(["convert", "slo.yaml", "--from", "openslo", "-o", "claims.json"]) == 0
    found = json.loads((folder / "claims.json").read_bytes())
    assert found["claims"] == [json.loads(blocks("json")[0])]


def test_the_guide_lists_every_format() -> None:
    named = re.findall(r"^\| `([a-z][a-z0-9-]+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert named == [*Target, *Source]
