"""The measuring guide shows what really happens."""

import json
import re
import shlex
from pathlib import Path

import pytest

from openquality.cli.main import main
from openquality.measuring import measure_file_groups
from openquality_validator.measure import Mapping

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "measure.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = re.findall(
        r"^`(\S+\.csv)`:\n\n```csv\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(files) == len(blocks("csv"))
    for name, text in files:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", blocks("console"))
def test_each_command_prints_what_the_guide_shows(
    block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, expected = block.partition("\n")
    main(shlex.split(command)[2:])
    captured = capsys.readouterr()
    assert captured.out + captured.err == expected


def test_the_guides_mapping_measures_the_guides_file(folder: Path) -> None:
    mapping = Mapping.from_json(json.loads(blocks("json")[0]))
    assert Mapping.from_json(mapping.to_json()) == mapping
    names: dict[str, object] = {"mapping": mapping}
    exec(blocks("python")[0], names)  # noqa: S102 - our own page
    groups = names["groups"]
    assert groups == measure_file_groups(
        folder / "deliveries.csv", mapping, by="Customer", metrics=("on-time-delivery",)
    )
    assert list(groups) == ["North"]
    assert groups["North"].claims[0]["counts"] == {"numerator": 1, "denominator": 2}
